//! The other lane: statuses become evidence of what was sent, everything else is kept for people and later versions.
//!
//! 1. `worker`: takes events of the lane `record`.
//! 2. `status`: a status tells what became of an attempt, and wakes the conversation that waits for it.

mod status;
mod worker;

use std::sync::Mutex;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::domain::{Limits, PhoneNumberId};
use crate::queue::Queue;
use crate::store::Store;

pub use worker::Worker;

/// What the steps work with.
#[derive(Debug)]
pub struct Parts {
    store: Store,
    queue: Queue,
    clock: Clock,
    limits: Limits,
    /// What was last written to `numbers`, so that not every status costs a write.
    status_seen: Mutex<std::collections::BTreeMap<PhoneNumberId, Timestamp>>,
}

impl Parts {
    /// The parts, with nothing seen yet.
    #[must_use]
    pub fn new(store: Store, queue: Queue, clock: Clock, limits: Limits) -> Self {
        Self { store, queue, clock, limits, status_seen: Mutex::default() }
    }
}
