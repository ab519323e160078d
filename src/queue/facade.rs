//! The queue as its callers see it. A backend joins by one more variant and its match arms.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::embedded::{Embedded, Ticket};
use super::{Event, Lane};
use crate::clock::Clock;
use crate::domain::{Limits, chain};
use crate::embedded::{Engine, EngineError, FILE};

/// How often a nack is tried while the queue fails.
const NACK_TRIES: u32 = 60;
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// The queue. Clones share it.
#[derive(Debug, Clone)]
pub struct Queue(Backend);

#[derive(Debug, Clone)]
enum Backend {
    Embedded(Embedded),
}

/// The queue failed. Nothing is lost: what was to be published was not, what was to be settled comes again.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The embedded file.
    #[error("the queue did not take it: it is tried again")]
    Embedded(#[from] EngineError),
}

impl Queue {
    /// The statements that make the tables of the embedded queue.
    pub const SCHEMA: &'static str = super::embedded::SCHEMA;

    /// A queue in the embedded file.
    #[must_use]
    pub fn embedded(engine: Engine, limits: &Limits, clock: Clock) -> Self {
        Self(Backend::Embedded(Embedded::new(engine, limits, clock)))
    }

    /// Looks into the embedded queue of a folder, beside a process that works on it.
    ///
    /// # Errors
    /// There is no queue in the folder, or it cannot be opened.
    pub fn inspect(data_dir: &Path) -> Result<Self, QueueError> {
        let engine = Engine::inspect(&data_dir.join(FILE))?;
        Ok(Self::embedded(engine, &Limits::default(), Clock::default()))
    }

    /// Opens the embedded queue of a folder for publishing, beside a process that works on it.
    ///
    /// # Errors
    /// There is no queue in the folder, or it cannot be opened for writing.
    pub fn join(data_dir: &Path) -> Result<Self, QueueError> {
        let engine = Engine::join(&data_dir.join(FILE))?;
        Ok(Self::embedded(engine, &Limits::default(), Clock::default()))
    }

    /// Publishes all of the events or none; returns when they are durable.
    ///
    /// # Errors
    /// Nothing was published.
    pub async fn publish(&self, events: Vec<Event>) -> Result<(), QueueError> {
        match &self.0 {
            Backend::Embedded(embedded) => embedded.publish(events).await,
        }
    }

    /// Waits until there is something in the lane and returns at most `most` deliveries of it.
    ///
    /// # Errors
    /// Nothing was taken.
    pub async fn receive(&self, lane: Lane, most: u32) -> Result<Vec<Delivery>, QueueError> {
        match &self.0 {
            Backend::Embedded(embedded) => embedded.receive(lane, most).await,
        }
    }

    /// At the start of the one consuming process: what an earlier one held is due again at once. Returns how much that was.
    pub async fn take_back(&self) -> Result<usize, QueueError> {
        match &self.0 {
            Backend::Embedded(embedded) => embedded.take_back().await,
        }
    }

    /// How many events of the lane are not acked.
    pub async fn unacked(&self, lane: Lane) -> Result<u32, QueueError> {
        match &self.0 {
            Backend::Embedded(embedded) => embedded.unacked(lane).await,
        }
    }
}

/// One delivery of an event. Dropping it is as good as a crash: it comes again after the ack deadline.
#[derive(Debug)]
pub struct Delivery {
    /// The event.
    pub event: Event,
    /// Which delivery of it this is, from 1.
    pub attempt: u32,
    pub(super) ticket: Ticket,
    pub(super) queue: Embedded,
}

impl Delivery {
    /// Done: it does not come again.
    pub async fn ack(self) {
        if let Err(error) = self.queue.ack(self.ticket).await {
            // Harmless: the event comes again and is recognised.
            tracing::warn!(error = chain(&error), event.id = %self.event.id, "an ack was not stored: the event comes again");
        }
    }

    /// Not done: it comes again after a back-off.
    pub async fn nack(self, now: Timestamp) {
        let wait = self.queue.back_off(self.attempt);
        self.nack_after(wait, now).await;
    }

    /// Not done: it comes again at the earliest after `wait`. Tried until the queue takes it, for a minute: mostly it failed for the
    /// reason for which the work failed, and the ack deadline would be a long wait for who has room on the disk again.
    pub async fn nack_after(self, wait: Duration, now: Timestamp) {
        for _ in 1..NACK_TRIES {
            if self.queue.nack(self.ticket, wait, now).await.is_ok() {
                return;
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        if let Err(error) = self.queue.nack(self.ticket, wait, now).await {
            tracing::warn!(error = chain(&error), event.id = %self.event.id, "a nack was not stored: the event comes again after the ack deadline");
        }
    }
}
