//! The queue as its callers see it. A backend joins by one more variant and its match arms.

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::embedded::{Embedded, Ticket};
use super::pubsub::{Arrival, Place, Post, PubSub, Pulled, Settled};
use super::{Event, Lane};
use crate::clock::{Clock, micros};
use crate::domain::{Limits, chain};
use crate::embedded::{Engine, EngineError, FILE};

/// How often a nack is tried while the queue fails.
const NACK_TRIES: u32 = 60;
const BETWEEN_TRIES: Duration = Duration::from_secs(1);
/// What was pulled and could not be done is held so long before it is given back.
const PULLED_AGAIN: Duration = Duration::from_secs(1);

/// The queue. Clones share it.
#[derive(Debug, Clone)]
pub struct Queue(Backend);

#[derive(Debug, Clone)]
enum Backend {
    Embedded(Embedded),
    PubSub(PubSub),
}

/// The queue failed. Nothing is lost: what was to be published was not, what was to be settled comes again.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The embedded file.
    #[error("the queue did not take it: it is tried again")]
    Embedded(#[from] EngineError),
    /// Pub/Sub did not take all of them.
    #[error("Pub/Sub did not take all events ({0}): they are published again")]
    Unpublished(String),
    /// Nothing came from Pub/Sub.
    #[error("nothing can be received from Pub/Sub ({0}): does the subscription exist, and may the service account use it?")]
    Unreceived(String),
    /// Its topics or subscriptions cannot be looked at or, on an emulator, made.
    #[error("Pub/Sub does not answer as it should, and is asked again: {0}")]
    Unmade(String),
    /// Nobody counts there.
    #[error("Pub/Sub does not say how many events are not acked: see its metrics")]
    Uncounted,
}

impl Queue {
    /// The statements that make the tables of the embedded queue.
    pub const SCHEMA: &'static str = super::embedded::SCHEMA;

    /// A queue in the embedded file.
    #[must_use]
    pub fn embedded(engine: Engine, limits: &Limits, clock: Clock) -> Self {
        Self(Backend::Embedded(Embedded::new(engine, limits, clock)))
    }

    /// A queue in Pub/Sub. Does not connect yet. On an emulator topic and subscriptions are made when it does.
    #[must_use]
    pub fn pubsub(place: Place, arrival: Arrival, limits: &Limits) -> Self {
        Self(Backend::PubSub(PubSub::new(place, arrival, limits.ack_deadline)))
    }

    /// Takes an event that Pub/Sub posted to this process; returns when it is settled, and its post can be answered.
    pub async fn post(&self, lane: Lane, post: Post) -> Settled {
        match &self.0 {
            Backend::Embedded(_) => Settled::Nacked,
            Backend::PubSub(pubsub) => pubsub.post(lane, post).await,
        }
    }

    /// Whether it answers.
    ///
    /// # Errors
    /// It does not, or events would have nowhere to go.
    pub async fn ping(&self) -> Result<(), QueueError> {
        match &self.0 {
            // The store is in the same file.
            Backend::Embedded(_) => Ok(()),
            Backend::PubSub(pubsub) => pubsub.ping().await,
        }
    }

    /// Takes no more posts of the lane: they are answered at once that they come again.
    pub async fn refuse_posts(&self, lane: Lane) {
        match &self.0 {
            Backend::Embedded(_) => {}
            Backend::PubSub(pubsub) => pubsub.refuse_posts(lane).await,
        }
    }

    /// Nothing more is received in the lane; what was settled until now stays settled.
    pub async fn stop(&self, lane: Lane) {
        match &self.0 {
            Backend::Embedded(_) => {}
            Backend::PubSub(pubsub) => pubsub.stop(lane).await,
        }
    }

    /// Looks into the embedded queue of a folder, beside a process that works on it.
    ///
    /// # Errors
    /// There is no queue in the folder, or it cannot be opened.
    pub fn inspect(data_dir: &Path) -> Result<Self, QueueError> {
        let engine = Engine::inspect(&data_dir.join(FILE))?;
        Ok(Self::embedded(engine, &Limits::default(), Clock::default()))
    }

    /// Publishes all of the events or none; returns when they are durable.
    ///
    /// # Errors
    /// Nothing was published.
    pub async fn publish(&self, events: Vec<Event>) -> Result<(), QueueError> {
        match &self.0 {
            Backend::Embedded(embedded) => embedded.publish(events).await,
            Backend::PubSub(pubsub) => pubsub.publish(events).await,
        }
    }

    /// Waits until there is something in the lane and returns at most `most` deliveries of it.
    ///
    /// # Errors
    /// Nothing was taken.
    pub async fn receive(&self, lane: Lane, most: u32) -> Result<Vec<Delivery>, QueueError> {
        match &self.0 {
            Backend::Embedded(embedded) => embedded.receive(lane, most).await,
            Backend::PubSub(pubsub) => pubsub.receive(lane, most).await,
        }
    }

    /// At the start of the one consuming process: what an earlier one held is due again at once. Returns how much that was.
    pub async fn take_back(&self) -> Result<usize, QueueError> {
        match &self.0 {
            Backend::Embedded(embedded) => embedded.take_back().await,
            Backend::PubSub(_) => Ok(0),
        }
    }

    /// How many events of the lane are not acked.
    pub async fn unacked(&self, lane: Lane) -> Result<u32, QueueError> {
        match &self.0 {
            Backend::Embedded(embedded) => embedded.unacked(lane).await,
            Backend::PubSub(_) => Err(QueueError::Uncounted),
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
    taken: Instant,
    hold: Hold,
}

/// Through what a delivery is settled.
#[derive(Debug)]
pub(super) enum Hold {
    /// Of the embedded queue.
    Embedded(Embedded, Ticket),
    /// Pulled from Pub/Sub.
    Pulled(Pulled),
    /// Posted by Pub/Sub: whoever waits for the answer is told; dropping it is a nack.
    Pushed(oneshot::Sender<()>),
}

impl Delivery {
    pub(super) fn new(event: Event, attempt: u32, hold: Hold) -> Self {
        Self { event, attempt, taken: Instant::now(), hold }
    }

    /// Done: it does not come again.
    pub async fn ack(self) {
        self.tell("acked");
        match self.hold {
            Hold::Embedded(queue, ticket) => {
                if let Err(error) = queue.ack(ticket).await {
                    // Harmless: the event comes again and is recognised.
                    tracing::warn!(error = chain(&error), event.id = %self.event.id, "an ack was not stored: the event comes again");
                }
            }
            Hold::Pulled(pulled) => pulled.ack(),
            // Who hung up is answered by the next delivery, which is recognised.
            Hold::Pushed(post) => drop(post.send(())),
        }
    }

    /// Not done: it comes again after a back-off.
    pub async fn nack(self, now: Timestamp) {
        let wait = match &self.hold {
            Hold::Embedded(queue, _) => queue.back_off(self.attempt),
            Hold::Pulled(_) => PULLED_AGAIN,
            Hold::Pushed(_) => Duration::ZERO,
        };
        self.nack_after(wait, now).await;
    }

    /// Not done: it comes again at the earliest after `wait`; in Pub/Sub as the subscription's retry policy says, and after a second
    /// where there is none, as on an emulator.
    pub async fn nack_after(self, wait: Duration, now: Timestamp) {
        self.tell("nacked");
        match self.hold {
            Hold::Embedded(queue, ticket) => give_back(&queue, ticket, &self.event, wait, now).await,
            Hold::Pulled(pulled) => {
                tokio::time::sleep(wait.min(PULLED_AGAIN)).await;
                pulled.nack();
            }
            Hold::Pushed(post) => drop(post),
        }
    }

    fn tell(&self, end: &str) {
        let Event { id, kind, subject, .. } = &self.event;
        tracing::info!(
            event.id = %id,
            event.kind = kind.name(),
            event.subject = subject,
            event.attempt = self.attempt,
            event.latency_us = micros(self.taken.elapsed()),
            event.end = end,
            metric = "event.count",
            "an event was handled"
        );
    }
}

/// Tried until the queue takes it, for a minute: mostly it failed for the reason for which the work failed, and the ack deadline would
/// be a long wait for who has room on the disk again.
async fn give_back(queue: &Embedded, ticket: Ticket, event: &Event, wait: Duration, now: Timestamp) {
    for _ in 1..NACK_TRIES {
        if queue.nack(ticket, wait, now).await.is_ok() {
            return;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    if let Err(error) = queue.nack(ticket, wait, now).await {
        tracing::warn!(error = chain(&error), event.id = %event.id, "a nack was not stored: the event comes again after the ack deadline");
    }
}
