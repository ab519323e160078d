//! The baseline of a turn: as many POSTs by the same HTTP client to the same Graph API, each between two inserts with a group commit.
//!
//! What is left of a turn when nothing is decided, nothing looked up and nothing claimed: a row that says what will be sent, the
//! POST, and a row that says what became of it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wabridge::domain::PhoneNumberId;
use wabridge::embedded::Engine;
use wabridge::whatsapp::{AccessToken, Graph, GraphSettings, Posted};

use crate::common::deliveries::NUMBERS;
use crate::common::process;
use crate::far_end::ECHO;

/// As many as the program works on at once, and as many threads.
const AT_ONCE: usize = 1024;
const THREADS: usize = 2;
const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS rows (id TEXT PRIMARY KEY, doc TEXT NOT NULL);";

/// Does it `count` times; prints seconds and seconds of CPU.
pub(crate) fn run(folder: &Path, graph: &str, count: u64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    let engine = Engine::open(&folder.join("baseline.db"), &[SCHEMA])?;
    let settings = GraphSettings {
        base_url: graph.to_owned(),
        version: "v25.0".into(),
        access_token: AccessToken::new("access-token".into()),
        total: Duration::from_secs(8),
    };
    let (graph, places) = (Arc::new(Graph::new(settings)), Arc::new(Semaphore::new(AT_ONCE)));
    let (before, started) = (process::cpu_seconds("self")?, Instant::now());
    runtime.block_on(async {
        let mut turns = JoinSet::new();
        for n in 0..count {
            let place = Arc::clone(&places).acquire_owned().await?;
            let (engine, graph) = (engine.clone(), Arc::clone(&graph));
            turns.spawn(async move {
                let done = turn(&engine, &graph, n).await;
                drop(place);
                done
            });
        }
        while let Some(done) = turns.join_next().await {
            done??;
        }
        anyhow::Ok(())
    })?;
    println!("{} {}", started.elapsed().as_secs_f64(), process::cpu_seconds("self")? - before);
    Ok(())
}

async fn turn(engine: &Engine, graph: &Graph, n: u64) -> Result<()> {
    let body = format!(
        r#"{{"biz_opaque_callback_data":"wb1.m_{n:032x}.1","messaging_product":"whatsapp","recipient_type":"individual","to":"+1555{n:07}","type":"text","text":{{"body":"{ECHO}bare{n}","preview_url":false}}}}"#
    );
    insert(engine, format!("before {n}"), body.clone()).await?;
    let posted = graph.send(&PhoneNumberId::new(NUMBERS[0]), body).await;
    let Posted::Accepted(wamid) = &posted else { anyhow::bail!("the far end did not accept: {posted:?}") };
    ensure!(!wamid.as_str().is_empty(), "no id");
    insert(engine, format!("after {n}"), wamid.as_str().to_owned()).await
}

async fn insert(engine: &Engine, id: String, doc: String) -> Result<()> {
    let statement = "INSERT INTO rows VALUES (?1, ?2)";
    Ok(engine.write_one(move |connection| Ok(connection.prepare_cached(statement)?.execute([id, doc]).map(|_| ())?)).await?)
}
