//! Makes a delivery durable: the raw bytes to the store and the events to the queue, at the same time, both before the answer.

use std::sync::Arc;
use std::time::Duration;

use super::body::Share;
use super::error::Refusal;
use crate::domain::chain;
use crate::failure_points::{Point, reach};
use crate::queue::{Event, Queue};
use crate::store::{RawDelivery, Store};

/// What is to be made durable, and the memory that it takes until then.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) delivery: RawDelivery,
    pub(super) events: Vec<Event>,
    pub(super) share: Share,
}

/// Where it goes.
pub(super) struct Stage {
    pub(super) target: Target,
    pub(super) within: Duration,
}

/// The store and the queue.
#[cfg_attr(
    feature = "failure-points",
    expect(clippy::large_enum_variant, reason = "the small variant is for the benchmark alone")
)]
pub(super) enum Target {
    Backends {
        store: Store,
        queue: Queue,
    },
    /// Only for the benchmark of what comes before.
    #[cfg(feature = "failure-points")]
    Nowhere,
}

impl Stage {
    /// Ok means durable and queued. The work is a task of its own: when Meta hangs up, actix drops the handler, and the work still
    /// goes on to its end.
    pub(super) async fn run(self: &Arc<Self>, work: Work) -> Result<(), Refusal> {
        let stage = Arc::clone(self);
        // Boxed: a task is moved several times while it is made, and this one is large.
        match tokio::spawn(Box::pin(async move { stage.both(work).await })).await {
            Ok(done) => done,
            // The words of a panic may quote the delivery.
            Err(_) => Err(Refusal::NotStored { cause: "the work on it broke off".to_owned() }),
        }
    }

    async fn both(&self, Work { delivery, events, share }: Work) -> Result<(), Refusal> {
        let done = tokio::time::timeout(self.within, self.target.keep(delivery, events)).await;
        drop(share);
        let late = || Err(format!("store and queue took more than {:?}", self.within));
        done.unwrap_or_else(|_| late()).map_err(|cause| Refusal::NotStored { cause })
    }
}

impl Target {
    async fn keep(&self, delivery: RawDelivery, events: Vec<Event>) -> Result<(), String> {
        match self {
            Self::Backends { store, queue } => {
                let publish = async {
                    reach(Point::R1).await;
                    if events.is_empty() { Ok(()) } else { queue.publish(events).await }
                };
                let keep = async {
                    reach(Point::R2).await;
                    store.stage(delivery).await
                };
                let (stored, queued) = tokio::join!(keep, publish);
                reach(Point::R4).await;
                stored.map_err(|error| chain(&error)).and(queued.map_err(|error| chain(&error)))
            }
            #[cfg(feature = "failure-points")]
            Self::Nowhere => {
                std::hint::black_box((delivery, events));
                Ok(())
            }
        }
    }
}
