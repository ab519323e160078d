//! The baseline of persistence: the rows of the same deliveries, inserted by 64 writers with a group commit and nothing around it.
//!
//! As bare as it can be with the same promise: one job per delivery, no savepoints, no HTTP, no digests, no JSON.

use std::cell::Cell;
use std::path::Path;
use std::sync::mpsc;
use std::time::Instant;

use anyhow::{Context, Result};
use futures_util::future::join_all;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use wabridge::clock::Clock;
use wabridge::domain::DeliveryId;
use wabridge::ingest::events;
use wabridge::queue::{Event, Queue};
use wabridge::store::Store;
use wabridge::whatsapp::webhook::Delivery;

use crate::common::deliveries::Signed;
use crate::common::process;
use crate::deliveries;
use crate::load::CONNECTIONS;

/// Rows of one delivery, ready to be inserted.
struct Rows {
    id: String,
    signed: Signed,
    events: Vec<Event>,
}

type Job = (usize, oneshot::Sender<()>);

/// Inserts the deliveries of a series; prints seconds and seconds of CPU.
pub(crate) fn run(folder: &Path, seed: u64, count: u64) -> Result<()> {
    let rows = (0..count).map(|place| rows(deliveries::text(seed, place))).collect::<Result<Vec<_>>>()?;
    let connection = open(&folder.join("baseline.db"))?;
    let (sender, receiver) = mpsc::channel();
    let (before, started) = (process::cpu_seconds("self")?, Instant::now());
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let rows = &rows;
    std::thread::scope(|scope| -> Result<()> {
        let writer = scope.spawn(move || write_groups(&connection, rows, &receiver));
        let next = Cell::new(0);
        runtime.block_on(join_all((0..CONNECTIONS).map(|_| submit_one_by_one(sender.clone(), rows.len(), &next))));
        let (elapsed, cpu) = (started.elapsed().as_secs_f64(), process::cpu_seconds("self")? - before);
        drop(sender);
        writer.join().expect("the writer does not panic")?;
        println!("{elapsed} {cpu}");
        Ok(())
    })
}

fn rows(signed: Signed) -> Result<Rows> {
    let id = hex::encode(Sha256::digest(&signed.body));
    let delivery = Delivery::read(signed.body.as_bytes()).ok().context("not a delivery")?;
    let events = events(&delivery, &DeliveryId::new(id.as_str()), &[], Clock::default().now());
    Ok(Rows { id, signed, events })
}

/// The settings and the schema of the embedded backends.
fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -4096)?;
    connection.execute_batch(Store::SCHEMA)?;
    connection.execute_batch(Queue::SCHEMA)?;
    Ok(connection)
}

async fn submit_one_by_one(sender: mpsc::Sender<Job>, count: usize, next: &Cell<usize>) {
    loop {
        let place = next.replace(next.get() + 1);
        if place >= count {
            return;
        }
        let (answer, answered) = oneshot::channel();
        sender.send((place, answer)).expect("the writer waits");
        answered.await.expect("the writer answers");
    }
}

/// All that wait in one transaction, one fsync, then the answers.
fn write_groups(connection: &Connection, rows: &[Rows], jobs: &mpsc::Receiver<Job>) -> Result<()> {
    let mut group = Vec::new();
    while let Ok(first) = jobs.recv() {
        group.push(first);
        group.extend(jobs.try_iter().take(511));
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for (place, _) in &group {
            insert(connection, &rows[*place])?;
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        for (_, answer) in group.drain(..) {
            answer.send(()).expect("somebody waits");
        }
    }
    Ok(())
}

fn insert(connection: &Connection, Rows { id, signed, events }: &Rows) -> Result<()> {
    let now_ms = Clock::default().now().as_millisecond();
    let (bytes, count) = (u32::try_from(signed.body.len())?, u32::try_from(events.len())?);
    connection
        .prepare_cached("INSERT INTO deliveries VALUES (?1, ?2, 'accepted', ?3, ?4, '', '', ?5, 'identity', ?6)")?
        .execute(params![id, now_ms, count, bytes, signed.signature, signed.body.as_bytes()])?;
    for Event { id, kind, lane, subject, data, .. } in events {
        connection
            .prepare_cached(
                "INSERT INTO queue (id, kind, lane, time_ms, subject, data, due_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?4)",
            )?
            .execute(params![id.as_str(), kind.name(), lane.name(), now_ms, subject, data])?;
    }
    Ok(())
}
