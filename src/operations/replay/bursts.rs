//! Messages that came close enough after each other to be answered together, as the reply's debounce does it.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{ContactId, Inbound, PhoneNumberId};

/// A person, as far as a replay knows them: a contact of the store, or an id of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Who {
    Contact(ContactId),
    Stranger(String),
}

/// One message.
#[derive(Debug, Clone)]
pub(super) struct Came {
    pub(super) message: Inbound,
    /// When its delivery came in.
    pub(super) received_at: Timestamp,
    /// Since when the store knows who wrote it.
    pub(super) known_since: Option<Timestamp>,
}

/// Messages of one conversation that are answered together, in the order in which they were written.
#[derive(Debug)]
pub(super) struct Burst {
    pub(super) messages: Vec<Came>,
    /// How many turns of the conversation came before it; at least so many, where some are not among the chosen deliveries.
    pub(super) turns: u32,
}

/// Takes messages in the order in which they came in, and gives bursts back as soon as they are complete.
#[derive(Debug)]
pub(super) struct Bursts {
    quiet: Duration,
    most: Duration,
    open: Vec<((PhoneNumberId, Who), Vec<Came>)>,
    turns: HashMap<(PhoneNumberId, Who), u32>,
}

impl Bursts {
    /// A burst ends when nothing came for `quiet`, at the latest `most` after its first message.
    pub(super) fn new(quiet: Duration, most: Duration) -> Self {
        Self { quiet, most, open: Vec::new(), turns: HashMap::new() }
    }

    /// Takes the next message; returns what is complete by then, the oldest first.
    pub(super) fn take(&mut self, who: Who, came: Came) -> Vec<Burst> {
        let now = came.received_at;
        let (quiet, most) = (self.quiet, self.most);
        let is_over = move |messages: &[Came]| {
            let since = |at: Option<&Came>| {
                at.and_then(|at| Duration::try_from(now.duration_since(at.received_at)).ok()).unwrap_or_default()
            };
            since(messages.last()) > quiet || since(messages.first()) > most
        };
        let (over, open) = std::mem::take(&mut self.open).into_iter().partition(|(_, messages)| is_over(messages));
        self.open = open;
        let key = (came.message.number.clone(), who);
        match self.open.iter_mut().find(|(open, _)| *open == key) {
            Some((_, messages)) => messages.push(came),
            None => self.open.push((key, vec![came])),
        }
        self.complete(over)
    }

    /// What is left when no more messages come.
    pub(super) fn rest(&mut self) -> Vec<Burst> {
        let open = std::mem::take(&mut self.open);
        self.complete(open)
    }

    fn complete(&mut self, over: Vec<((PhoneNumberId, Who), Vec<Came>)>) -> Vec<Burst> {
        let complete = |(key, mut messages): ((PhoneNumberId, Who), Vec<Came>)| {
            messages.sort_by_key(|came| (came.message.sent_at, came.received_at, came.message.index));
            let first = messages.iter().min_by_key(|came| came.received_at);
            let met = first.is_some_and(|came| came.known_since.is_some_and(|since| since < came.received_at));
            let next = self.turns.entry(key).or_insert_with(|| u32::from(met));
            let turns = *next;
            *next += 1;
            Burst { messages, turns }
        };
        over.into_iter().map(complete).collect()
    }
}
