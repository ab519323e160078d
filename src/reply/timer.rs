//! Publishes a `wake` for every conversation that is due: the embedded stand-in for a scheduler.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::Parts;
use crate::domain::chain;
use crate::queue::{Event, QueueError};
use crate::store::{Store, StoreError, Wake};

/// Conversations published in one go.
const PAGE: u32 = 500;
/// How often expired records are looked for.
const CLEAN_EVERY: Duration = Duration::from_mins(10);

/// Looks for due conversations until it is told to stop.
pub(super) async fn run(parts: Arc<Parts>, stopping: CancellationToken) {
    let mut published = BTreeMap::new();
    let mut cleaned = Timestamp::UNIX_EPOCH;
    while stopping.run_until_cancelled(tokio::time::sleep(parts.limits.wake_every)).await.is_some() {
        let now = parts.clock.now();
        if let Err(error) = publish_due(&parts, &mut published, now).await {
            tracing::warn!(error = chain(&error), "the timer could not look for due conversations: trying again");
        }
        // A page a tick, so that no webhook waits for it, until one is not full.
        if now.duration_since(cleaned).unsigned_abs() > CLEAN_EVERY && !clean(&parts, now).await {
            cleaned = now;
        }
    }
}

/// The timer tries again at its next tick.
#[derive(Debug, thiserror::Error)]
enum TimerError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Removes one page of what has expired; false when that was the last one.
async fn clean(parts: &Parts, now: Timestamp) -> bool {
    match parts.store.forget_expired(now).await {
        Ok(gone) => gone >= Store::FORGOTTEN_AT_ONCE,
        Err(error) => {
            tracing::warn!(error = chain(&error), "expired records could not be removed: trying again later");
            false
        }
    }
}

type Published = BTreeMap<(String, Timestamp), Timestamp>;

async fn publish_due(parts: &Parts, published: &mut Published, now: Timestamp) -> Result<(), TimerError> {
    // Given again after a lease's time: the wake itself may have been lost with a process.
    published.retain(|_, at| now.duration_since(*at).unsigned_abs() < parts.limits.lease);
    let due = parts.store.due(now, PAGE).await?;
    let fresh: Vec<Wake> = due.into_iter().filter(|wake| !published.contains_key(&key(wake))).collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let wakes = fresh.iter().map(|wake| Event::wake(&wake.conversation, wake.at, now)).collect();
    parts.queue.publish(wakes).await?;
    published.extend(fresh.iter().map(|wake| (key(wake), now)));
    Ok(())
}

fn key(wake: &Wake) -> (String, Timestamp) {
    (wake.conversation.as_str().to_owned(), wake.at)
}
