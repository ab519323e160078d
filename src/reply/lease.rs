//! Renews a lease while its holder works, and says so when it is lost.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Parts;
use crate::domain::chain;
use crate::store::Held;
use crate::trace_context::{TraceContext, within};

/// A lease that is being renewed; it stops when this is dropped.
#[derive(Debug)]
pub(super) struct Lease {
    held: Arc<Mutex<Held>>,
    lost: CancellationToken,
    task: JoinHandle<()>,
}

impl Lease {
    /// Renews `held` every [`crate::domain::Limits::renew_every`].
    pub(super) fn keep(parts: Arc<Parts>, held: Held) -> Self {
        let held = Arc::new(Mutex::new(held));
        let lost = CancellationToken::new();
        let task = tokio::spawn(within(TraceContext::current(), renew(parts, Arc::clone(&held), lost.clone())));
        Self { held, lost, task }
    }

    /// Cancelled when somebody else took the lease.
    pub(super) fn lost(&self) -> &CancellationToken {
        &self.lost
    }

    /// The same lease goes on with another turn.
    pub(super) fn turn_over(&self, next: Held) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = next;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn renew(parts: Arc<Parts>, held: Arc<Mutex<Held>>, lost: CancellationToken) {
    loop {
        tokio::time::sleep(parts.limits.renew_every).await;
        let mine = held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match parts.store.renew(mine, parts.clock.now()).await {
            Ok(true) => {}
            Ok(false) => {
                lost.cancel();
                return;
            }
            // The lease outlives two failed renewals; after that every write of ours is refused anyway.
            Err(error) => tracing::warn!(error = chain(&error), "a lease was not renewed: trying again"),
        }
    }
}
