//! Publishes a `wake` for every conversation that is due: once a second by a timer, or as often as a scheduler asks.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::clock::Clock;
use crate::domain::Limits;
use crate::queue::{Event, Queue, QueueError};
use crate::store::{Store, StoreError, Wake};

/// Conversations published in one go.
const PAGE: u32 = 500;
/// How long one call of a scheduler may be at work: it calls again a minute later.
const AT_WORK: Duration = Duration::from_secs(45);
/// The pause before a page is read again whose conversations were all published and not taken up yet.
const NOT_TAKEN_UP: Duration = Duration::from_secs(1);

/// Publishes wakes, and knows which it published lately.
#[derive(Debug)]
pub struct Waker {
    store: Store,
    queue: Queue,
    limits: Limits,
    clock: Clock,
    published: BTreeMap<(String, Timestamp), Timestamp>,
}

/// Nothing is lost: it is looked again at the next tick or call.
#[derive(Debug, thiserror::Error)]
pub enum WakeError {
    /// The store did not say who is due.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue did not take the wakes.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

struct Page {
    published: usize,
    full: bool,
}

impl Waker {
    /// Knows of nothing yet.
    #[must_use]
    pub fn new(store: Store, queue: Queue, limits: Limits, clock: Clock) -> Self {
        Self { store, queue, limits, clock, published: BTreeMap::new() }
    }

    /// All that is due, page by page, for at most 45 s. Returns how many were published.
    ///
    /// # Errors
    /// The rest is published at the next call.
    pub async fn publish_all_due(&mut self) -> Result<usize, WakeError> {
        let (began, mut published) = (Instant::now(), 0);
        loop {
            let page = self.publish_due().await?;
            published += page.published;
            if !page.full || began.elapsed() > AT_WORK {
                return Ok(published);
            }
            if page.published == 0 {
                tokio::time::sleep(NOT_TAKEN_UP).await;
            }
        }
    }

    /// One page of what is due.
    pub(super) async fn publish_a_page(&mut self) -> Result<(), WakeError> {
        self.publish_due().await.map(drop)
    }

    async fn publish_due(&mut self) -> Result<Page, WakeError> {
        let now = self.clock.now();
        // Given again after a lease's time: the wake itself may have been lost with a process.
        self.published.retain(|_, at| now.duration_since(*at).unsigned_abs() < self.limits.lease);
        let due = self.store.due(now, PAGE).await?;
        let full = due.len() >= PAGE as usize;
        let fresh: Vec<Wake> = due.into_iter().filter(|wake| !self.published.contains_key(&key(wake))).collect();
        if !fresh.is_empty() {
            let wakes = fresh.iter().map(|wake| Event::wake(&wake.conversation, wake.at, now)).collect();
            self.queue.publish(wakes).await?;
            self.published.extend(fresh.iter().map(|wake| (key(wake), now)));
        }
        Ok(Page { published: fresh.len(), full })
    }
}

fn key(wake: &Wake) -> (String, Timestamp) {
    (wake.conversation.as_str().to_owned(), wake.at)
}
