//! Takes events of the lane `reply` and drains their conversations, many at a time, each in a task of its own.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Parts, begin, timer};
use crate::queue::{Lane, consume};

/// Conversations at work at once. Most of them only wait for a debounce, so this bounds memory, not the rate.
const AT_ONCE: usize = 1024;

/// Who publishes wakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wakes {
    /// A timer of this process.
    ByTimer,
    /// A scheduler that calls it.
    ByScheduler,
}

/// The consumer of one process.
#[derive(Debug)]
pub struct Worker {
    parts: Arc<Parts>,
    wakes: Wakes,
    stopping: CancellationToken,
}

impl Worker {
    /// A worker that stops taking events when `stopping` is cancelled.
    #[must_use]
    pub fn new(parts: Arc<Parts>, wakes: Wakes, stopping: CancellationToken) -> Self {
        Self { parts, wakes, stopping }
    }

    /// Works until it is told to stop, then waits for what it began: a POST on its way is settled, everything else lets go.
    pub async fn run(self) {
        let Self { parts, wakes, stopping } = &self;
        let handle = |delivery| begin::handle(Arc::clone(parts), delivery, stopping.clone());
        let timer = async {
            match wakes {
                Wakes::ByTimer => Box::pin(timer::run(Arc::clone(parts), stopping.clone())).await,
                Wakes::ByScheduler => {}
            }
        };
        tokio::join!(timer, consume(&parts.queue, Lane::Reply, AT_ONCE, stopping, handle),);
    }
}
