//! The reply: from an event to at most one answer (`docs/delivery.md` has the protocol and its reasons).
//!
//! 1. `worker`: takes events of the lane `reply`, many conversations at a time.
//! 2. `begin`: puts the message in its conversation's mailbox and takes the lease, or leaves it to who has it.
//! 3. `lease`: renews the lease while somebody works.
//! 4. `decide`: waits until the person has stopped typing, then asks the bot.
//! 5. `draft`: turns what the bot says into the bytes that will be sent; they are sealed before anything leaves.
//! 6. `pace`: waits for a turn and a place of the number, before an attempt is recorded.
//! 7. `send`: one attempt, one POST, one outcome.
//! 8. `settle`: the outcome decides what happens next: go on, wait, park, resolve.
//! 9. `drain`: puts 4–8 in order, turn after turn, until the mailbox is empty; then the event is acked.
//! 10. `wake`: publishes a `wake` for what is due; `timer` does so every second where no scheduler calls.

mod begin;
mod decide;
mod draft;
mod drain;
mod lease;
mod pace;
mod send;
mod settle;
mod timer;
mod wake;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use crate::bot::{Bot, Bots};
use crate::clock::Clock;
use crate::domain::{Limits, PhoneNumberId, Trace};
use crate::queue::Queue;
use crate::store::Store;
use crate::whatsapp::Graph;

pub use pace::{Pace, Pacer};
pub use wake::{WakeError, Waker};
pub use worker::{Wakes, Worker};

/// What the steps work with.
#[derive(Debug)]
pub struct Parts {
    /// Records.
    pub store: Store,
    /// Events.
    pub queue: Queue,
    /// Where answers go; `None` without an access token: everything is recorded, nothing is answered.
    pub graph: Option<Graph>,
    /// The bot, as of its newest good version.
    pub bots: Arc<Bots>,
    /// How fast each number sends.
    pub pacer: Pacer,
    /// The time.
    pub clock: Clock,
    /// Durations and bounds.
    pub limits: Limits,
    /// How a number is shown to people, where it is known.
    pub displays: BTreeMap<PhoneNumberId, String>,
    /// Who wants to know why (in `dev`, the phone page).
    pub traces: Option<UnboundedSender<Trace>>,
}

impl Parts {
    /// The bot that answers now; `None` when nothing is to be answered.
    fn answering(&self) -> Option<(Arc<Bot>, &Graph)> {
        Some((self.bots.current()?, self.graph.as_ref()?))
    }
}
