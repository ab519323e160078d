//! The queue in the embedded file: a row per unacked event; `due_ms` is both its delay and the end of its lease.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use tokio::sync::Notify;

use super::facade::Hold;
use super::{Delivery, Event, EventKind, Lane, QueueError};
use crate::clock::Clock;
use crate::domain::{EventId, Limits};
use crate::embedded::{Engine, EngineError};

/// Tables and indexes; safe to run at every start.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS queue (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, lane TEXT NOT NULL, time_ms INTEGER NOT NULL, subject TEXT NOT NULL,
    data TEXT NOT NULL, due_ms INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS queue_due ON queue (lane, due_ms);
";

/// How long `receive` sleeps when nothing was published: bounds how late a delayed retry is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Room for a clock that is corrected by a little.
const BEYOND: Duration = Duration::from_secs(5);

/// The embedded backend.
#[derive(Debug, Clone)]
pub(super) struct Embedded {
    engine: Engine,
    clock: Clock,
    ack_deadline: Duration,
    retry_least: Duration,
    retry_most: Duration,
    published: Arc<[Notify; 2]>,
}

/// Names one delivery: a later delivery of the same row has another number of attempts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    seq: i64,
    attempt: u32,
}

impl Embedded {
    pub(super) fn new(engine: Engine, limits: &Limits, clock: Clock) -> Self {
        Self {
            engine,
            clock,
            ack_deadline: limits.ack_deadline,
            retry_least: limits.retry_least,
            retry_most: limits.retry_most,
            published: Arc::new([Notify::new(), Notify::new()]),
        }
    }

    pub(super) async fn publish(&self, events: Vec<Event>) -> Result<(), QueueError> {
        let lanes = [Lane::Reply, Lane::Record].map(|lane| events.iter().any(|event| event.lane == lane));
        let due_ms = self.clock.now().as_millisecond();
        let one = events.len() <= 1;
        let insert = move |connection: &Connection| {
            let mut insert = connection.prepare_cached(
                "INSERT INTO queue (id, kind, lane, time_ms, subject, data, due_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?;
            for event in &events {
                let (kind, lane, time_ms) = (event.kind.name(), event.lane.name(), event.time.as_millisecond());
                insert.execute(params![event.id.as_str(), kind, lane, time_ms, event.subject, event.data, due_ms])?;
            }
            Ok(())
        };
        if one {
            self.engine.write_one(insert).await?;
        } else {
            self.engine.write(insert).await?;
        }
        for (notify, _) in self.published.iter().zip(lanes).filter(|(_, published)| *published) {
            notify.notify_one();
        }
        Ok(())
    }

    pub(super) async fn receive(&self, lane: Lane, most: u32) -> Result<Vec<Delivery>, QueueError> {
        loop {
            let published = self.published[lane as usize].notified();
            let taken = self.take(lane, most).await?;
            if !taken.is_empty() {
                return Ok(taken);
            }
            let _elapsed_or_published = tokio::time::timeout(LOOK_EVERY, published).await;
        }
    }

    async fn take(&self, lane: Lane, most: u32) -> Result<Vec<Delivery>, QueueError> {
        let now_ms = self.clock.now().as_millisecond();
        // Nothing waits longer than this: what says so was written before the clock went back, and is due.
        let absurd_ms = now_ms + milliseconds(self.retry_most.max(self.ack_deadline) + BEYOND);
        // A read first: an idle queue costs no write.
        let due = self
            .engine
            .read(move |connection| {
                let query = "SELECT EXISTS (SELECT 1 FROM queue WHERE lane = ?1 AND (due_ms <= ?2 OR due_ms > ?3))";
                Ok(connection
                    .prepare_cached(query)?
                    .query_row(params![lane.name(), now_ms, absurd_ms], |row| row.get::<_, bool>(0))?)
            })
            .await?;
        if !due {
            return Ok(Vec::new());
        }
        let until_ms = now_ms + milliseconds(self.ack_deadline);
        let taken = self
            .engine
            .write(move |connection| {
                let mut statement = connection.prepare_cached(
                    "UPDATE queue SET due_ms = ?3, attempts = attempts + 1
                     WHERE seq IN (SELECT seq FROM queue WHERE lane = ?1 AND (due_ms <= ?2 OR due_ms > ?5) ORDER BY due_ms LIMIT ?4)
                     RETURNING seq, attempts, id, kind, time_ms, subject, data",
                )?;
                let rows = statement.query_map(params![lane.name(), now_ms, until_ms, most, absurd_ms], |row| delivered(row, lane))?;
                rows.map(|row| row.map_err(EngineError::from)).collect::<Result<Vec<_>, _>>()
            })
            .await?;
        let delivery = |(ticket, event)| Delivery::new(event, Ticket::attempt(&ticket), Hold::Embedded(self.clone(), ticket));
        Ok(taken.into_iter().map(delivery).collect())
    }

    pub(super) async fn ack(&self, ticket: Ticket) -> Result<(), QueueError> {
        Ok(self
            .engine
            .write_one(move |connection| {
                let statement = "DELETE FROM queue WHERE seq = ?1 AND attempts = ?2";
                connection.prepare_cached(statement)?.execute(params![ticket.seq, ticket.attempt])?;
                Ok(())
            })
            .await?)
    }

    pub(super) async fn nack(&self, ticket: Ticket, wait: Duration, now: Timestamp) -> Result<(), QueueError> {
        let due_ms = now.as_millisecond() + milliseconds(wait);
        Ok(self
            .engine
            .write_one(move |connection| {
                let statement = "UPDATE queue SET due_ms = ?3 WHERE seq = ?1 AND attempts = ?2";
                connection.prepare_cached(statement)?.execute(params![ticket.seq, ticket.attempt, due_ms])?;
                Ok(())
            })
            .await?)
    }

    /// Doubles with each attempt, between the limits that Pub/Sub's retry policy has in production.
    pub(super) fn back_off(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(16);
        self.retry_least.saturating_mul(1 << doublings).min(self.retry_most)
    }

    pub(super) async fn take_back(&self) -> Result<usize, QueueError> {
        let now_ms = self.clock.now().as_millisecond();
        let statement = "UPDATE queue SET due_ms = ?1 WHERE attempts > 0 AND due_ms > ?1";
        Ok(self.engine.write(move |connection| Ok(connection.execute(statement, [now_ms])?)).await?)
    }

    pub(super) async fn unacked(&self, lane: Lane) -> Result<u32, QueueError> {
        let query = "SELECT count(*) FROM queue WHERE lane = ?1";
        Ok(self.engine.read(move |connection| Ok(connection.query_row(query, [lane.name()], |row| row.get(0))?)).await?)
    }
}

impl Ticket {
    fn attempt(&self) -> u32 {
        self.attempt
    }
}

fn delivered(row: &Row<'_>, lane: Lane) -> rusqlite::Result<(Ticket, Event)> {
    let ticket = Ticket { seq: row.get(0)?, attempt: row.get(1)? };
    let kind: String = row.get(3)?;
    let event = Event {
        id: EventId::new(row.get::<_, String>(2)?),
        kind: EventKind::parse(&kind),
        lane,
        time: Timestamp::from_millisecond(row.get(4)?).unwrap_or_default(),
        subject: row.get(5)?,
        data: row.get(6)?,
        trace: None,
    };
    Ok((ticket, event))
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
