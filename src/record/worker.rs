//! Takes events of the lane `record`, many at a time; each is acked when it is kept.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Parts, status};
use crate::domain::chain;
use crate::queue::{Delivery, EventKind, Lane, consume};
use crate::store::StoreError;

/// Events handled at once: they share the store's commits, and one that is slow holds up no other.
const AT_ONCE: usize = 256;
/// The pause after an error (production: retry policy 1–10 s).
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// The recorder of one process.
#[derive(Debug)]
pub struct Worker {
    parts: Arc<Parts>,
    stopping: CancellationToken,
}

impl Worker {
    /// A worker that stops taking events when `stopping` is cancelled.
    #[must_use]
    pub fn new(parts: Arc<Parts>, stopping: CancellationToken) -> Self {
        Self { parts, stopping }
    }

    /// Works until it is told to stop; what it took by then is finished.
    pub async fn run(self) {
        let handle = |delivery| handle(Arc::clone(&self.parts), delivery);
        consume(&self.parts.queue, Lane::Record, AT_ONCE, &self.stopping, handle).await;
    }
}

async fn handle(parts: Arc<Parts>, delivery: Delivery) {
    match record(&parts, &delivery).await {
        Ok(()) => delivery.ack().await,
        Err(error) => {
            tracing::warn!(error = chain(&error), event.id = %delivery.event.id, "the event comes again");
            delivery.nack_after(AFTER_ERROR, parts.clock.now()).await;
        }
    }
}

async fn record(parts: &Parts, delivery: &Delivery) -> Result<(), StoreError> {
    let event = &delivery.event;
    match &event.kind {
        EventKind::Status => status::record(parts, event).await,
        EventKind::Account(_) => {
            tracing::warn!(event.id = %event.id, event.kind = event.kind.name(), "news of the account: wabridge events show tells more");
            keep(parts, delivery).await
        }
        EventKind::Echo
        | EventKind::History
        | EventKind::Call
        | EventKind::Preference
        | EventKind::Identity
        | EventKind::Group
        | EventKind::Unknown
        | EventKind::Message
        | EventKind::Wake => keep(parts, delivery).await,
    }
}

async fn keep(parts: &Parts, delivery: &Delivery) -> Result<(), StoreError> {
    let event = &delivery.event;
    parts.store.keep_event(event.id.clone(), event.kind.name(), event.data.clone(), event.time).await
}
