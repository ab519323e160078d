//! Webhooks per second against what the emulators can do at all: the same records created and the same events published, one by one, by
//! as many at once.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use tokio::runtime::Runtime;
use wabridge::clock::Clock;
use wabridge::domain::Limits;
use wabridge::firestore::{Expect, Fields, Firestore, Key, Write};
use wabridge::queue::{Arrival, Event, EventKind, PubSubPlace, Queue};

use crate::common::http;
use crate::common::report::{Pairs, Report, Wanted};
use crate::far_end::FarEnd;
use crate::people::{Said, says};
use crate::project::Project;
use crate::service::{self, runtime};

const AT_ONCE: usize = 32;
const DELIVERIES: u64 = 600;
const ROUNDS: u64 = 7;

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let (folder, far_end, project) = (tempfile::tempdir()?, FarEnd::start()?, project()?);
    let receiver = service::start(&["receive"], folder.path(), &far_end, &project)?;
    let (database, queue) = (project.database(), queue(&project));
    let mut rounds = Vec::new();
    // The clients' connections live in it.
    let runtime = runtime()?;
    for round in 0..=ROUNDS {
        let raw = raw(&runtime, &database, &queue, round)?;
        let said: Vec<Said> = (0..DELIVERIES).map(|person| says(person, &format!("i{round}"), 0)).collect();
        let ours = per_second(webhooks(&runtime, receiver.port, &said)?);
        // The first one warms everything up.
        if round > 0 {
            rounds.push((raw, ours));
        }
    }
    report.add(
        "webhooks/s in the emulators",
        "raw creates with publishes",
        Pairs::of(&rounds, |rate| *rate),
        Wanted::AtLeast(0.7),
    );
    let of = |value: &dyn Fn(&(f64, f64)) -> f64| {
        rounds.iter().map(value).sum::<f64>() / f64::from(u32::try_from(ROUNDS).unwrap_or(1))
    };
    report.note(format!("raw: {:.0}/s, webhooks: {:.0}/s, {AT_ONCE} at once", of(&|(raw, _)| *raw), of(&|(_, ours)| *ours)));
    Ok(())
}

fn project() -> Result<Project> {
    Project::new(false).map_err(anyhow::Error::msg)
}

fn queue(project: &Project) -> Queue {
    let place = PubSubPlace {
        project: project.name.clone(),
        topic: "whatsapp-events".into(),
        subscription: "whatsapp-consumer".into(),
        emulator: Some(project.pubsub.clone()),
        push_to: None,
    };
    Queue::pubsub(place, Arrival::Pulled { at_once: 1 }, &Limits::default())
}

fn per_second(elapsed: Duration) -> f64 {
    f64::from(u32::try_from(DELIVERIES).unwrap_or(u32::MAX)) / elapsed.as_secs_f64()
}

/// A record like that of a raw delivery, and an event like that of its message; both at the same time.
fn raw(runtime: &Runtime, database: &Firestore, queue: &Queue, round: u64) -> Result<f64> {
    let next = Cell::new(0);
    let now = Clock::default().now();
    let one_by_one = async || {
        loop {
            let n = next.replace(next.get() + 1);
            if n >= DELIVERIES {
                return anyhow::Ok(());
            }
            let id = format!("raw-{round}-{n}");
            let fields =
                Fields::new().text("body", "x".repeat(700)).text("state", "accepted").number("shard", 1).time("received_at", now);
            let create = Write { key: Key::new("raw", &id), fields: Some(fields), expect: Expect::Absent };
            let event = Event::new(EventKind::Message, &[&id], now, &id, "x".repeat(700));
            let (created, published) = tokio::join!(database.commit(vec![create]), queue.publish(vec![event]));
            ensure!(created.is_ok(), "{created:?}");
            published?;
        }
    };
    let began = Instant::now();
    runtime.block_on(try_join_all((0..AT_ONCE).map(|_| one_by_one())))?;
    Ok(per_second(began.elapsed()))
}

fn webhooks(runtime: &Runtime, port: u16, said: &[Said]) -> Result<Duration> {
    runtime.block_on(async {
        let (next, began) = (Cell::new(0), Instant::now());
        let one_by_one = async || {
            let mut stream = http::connect(port).await?;
            while let Some(said) = said.get(next.replace(next.get() + 1)) {
                http::exchange(&mut stream, &said.request).await?;
            }
            anyhow::Ok(())
        };
        try_join_all((0..AT_ONCE).map(|_| one_by_one())).await?;
        Ok(began.elapsed())
    })
}
