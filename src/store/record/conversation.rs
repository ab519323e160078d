//! A conversation: its mailbox, its turn, and who is at work on it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{ContactId, ConversationId, EventId, InboundId, OutboundId, Person, PhoneNumberId, TurnId};

/// One number and one contact. The mailbox is the only truth about what is still to be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Ours.
    pub id: ConversationId,
    /// The business number.
    pub number: PhoneNumberId,
    /// The contact.
    pub contact: ContactId,
    /// Messages that have no answer yet.
    #[serde(default)]
    pub mailbox: BTreeMap<InboundId, Waiting>,
    /// The turn that is being worked on.
    #[serde(default)]
    pub turn: Option<Turn>,
    /// Who works on it.
    #[serde(default)]
    pub lease: Option<Lease>,
    /// When the timer must look at it again.
    #[serde(default)]
    pub wake_at: Option<Timestamp>,
    /// The message whose status would wake it earlier.
    #[serde(default)]
    pub waiting_for: Option<OutboundId>,
    /// Since when somebody has been at work: the sweep finds what a lost queue message left behind.
    #[serde(default)]
    pub pending_since: Option<Timestamp>,
    /// The newest message of the person, by Meta: opens the service window.
    #[serde(default)]
    pub last_inbound_at: Option<Timestamp>,
    /// Turns that have ended.
    #[serde(default)]
    pub turns: u32,
}

/// A message in the mailbox: enough to put it in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Waiting {
    /// When the person sent it.
    pub sent_at: Timestamp,
    /// When its delivery came in: Meta's time has whole seconds, and people are faster.
    pub received_at: Timestamp,
    /// Its place in its delivery.
    pub index: u32,
}

/// Some messages and their one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Drawn when it opens, never reused.
    pub id: TurnId,
    /// Open: the members may grow. Sealed: members and bodies are fixed.
    pub state: TurnState,
    /// The messages that it answers; empty while it is open.
    #[serde(default)]
    pub members: Vec<InboundId>,
    /// How many messages it sends.
    #[serde(default)]
    pub size: u32,
    /// How often a process died, or an error of ours ended the work, on it.
    #[serde(default)]
    pub crashes: u32,
}

/// How far a turn is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnState {
    /// Nothing is decided.
    Open,
    /// What it sends is stored; from here on only those bytes are sent.
    Sealed,
}

/// Who works on a conversation, and until when without renewal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Drawn by each worker for each drain.
    pub owner: String,
    /// The event whose delivery stays unacked for the whole mailbox.
    pub guardian: EventId,
    /// Over at this time.
    pub until: Timestamp,
}

impl Conversation {
    /// A new one.
    #[must_use]
    pub fn new(id: ConversationId, number: PhoneNumberId, contact: ContactId) -> Self {
        Self {
            id,
            number,
            contact,
            mailbox: BTreeMap::new(),
            turn: None,
            lease: None,
            wake_at: None,
            waiting_for: None,
            pending_since: None,
            last_inbound_at: None,
            turns: 0,
        }
    }

    /// The mailbox in the order in which the person wrote.
    #[must_use]
    pub fn in_order(&self) -> Vec<InboundId> {
        let mut waiting: Vec<_> = self.mailbox.iter().collect();
        waiting.sort_by_key(|(id, place)| (**place, (*id).clone()));
        waiting.into_iter().map(|(id, _)| id.clone()).collect()
    }
}

/// A person, under an id of ours that never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Ours.
    pub id: ContactId,
    /// The newest of what is known.
    pub person: Person,
    /// When we met.
    pub since: Timestamp,
}

/// A turn that ended without its answer, for people to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The turn.
    pub turn: TurnId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The messages that have no answer.
    pub members: Vec<InboundId>,
    /// Why, in words for people.
    pub reason: String,
    /// `crashes`, `outcome_unknown`.
    pub class: String,
    /// The outbound message whose fate is unknown.
    #[serde(default)]
    pub outbound: Option<OutboundId>,
    /// How many attempts to send its messages began.
    #[serde(default)]
    pub attempts: u32,
    /// How often a process died, or an error of ours ended the work, on it.
    #[serde(default)]
    pub crashes: u32,
    /// When.
    pub at: Timestamp,
    /// Set when a later status showed that it was sent after all.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// Set when a person let its messages be answered once more.
    #[serde(default)]
    pub redriven_at: Option<Timestamp>,
}
