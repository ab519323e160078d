//! Wakes what is due and removes what has expired, where no scheduler and no database does it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::Parts;
use super::wake::Waker;
use crate::domain::chain;
use crate::store::Store;

/// How often expired records are looked for.
const CLEAN_EVERY: Duration = Duration::from_mins(10);

/// Looks for due conversations until it is told to stop.
pub(super) async fn run(parts: Arc<Parts>, stopping: CancellationToken) {
    let mut waker = Waker::new(parts.store.clone(), parts.queue.clone(), parts.limits.clone(), parts.clock.clone());
    let mut cleaned = Timestamp::UNIX_EPOCH;
    while stopping.run_until_cancelled(tokio::time::sleep(parts.limits.wake_every)).await.is_some() {
        if let Err(error) = waker.publish_a_page().await {
            tracing::warn!(error = chain(&error), "the timer could not look for due conversations: trying again");
        }
        let now = parts.clock.now();
        // A page a tick, so that no webhook waits for it, until one is not full.
        if now.duration_since(cleaned).unsigned_abs() > CLEAN_EVERY && !clean(&parts, now).await {
            cleaned = now;
        }
    }
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
