//! The decisions of the verbs: pure functions over what a verb reads. A backend loads a [`Scene`], calls one of them and
//! saves what differs, all in one transaction. `docs/delivery.md` says why each rule is there.

mod begin;
mod evidence;
mod finish;
mod pause;
mod redrive;
mod resolve;
mod send;
mod settle;
mod turn;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::record::{Conversation, DeadLetter, InboundRecord, Note, OutboundRecord};
use crate::domain::{ConversationId, EventId, Failure, Inbound, OutboundId, Person, PhoneNumberId, TurnId, Wamid};

pub(super) use begin::begin;
pub(super) use evidence::evidence;
pub(super) use finish::{finish, give_up};
pub(super) use pause::Gate;
pub(super) use redrive::redrive;
pub use redrive::{Redrive, RedriveRefused, Redriven};
pub(super) use resolve::{Question, resolve};
pub(super) use send::record_sending;
pub(super) use settle::settle;
pub(super) use turn::{park, release, renew, seal};

/// Right to work on a turn: every write of the drain carries it, and is lost when somebody else took the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The conversation.
    pub conversation: ConversationId,
    /// Drawn for this drain.
    pub owner: String,
    /// The turn at hand.
    pub turn: TurnId,
}

/// What the bot file says about delivery.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Older messages are recorded and never answered.
    pub answer_within: Duration,
    /// After an outcome that stays unknown: send again (true) or give up (false).
    pub resend: bool,
}

/// Who asks to work on a conversation, and with which message.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The event at hand.
    pub event: EventId,
    /// Drawn for this drain.
    pub owner: String,
    /// Policy of the bot.
    pub policy: Policy,
    /// What it is about.
    pub begin: Begin,
}

/// What a claim is about.
#[derive(Debug, Clone)]
pub enum Begin {
    /// A person wrote.
    Message {
        /// What.
        message: Box<Inbound>,
        /// When its delivery came in: orders messages of the same second.
        received_at: Timestamp,
        /// False when it is only recorded (`no_turn`).
        opens_turn: bool,
    },
    /// The conversation is due.
    Wake,
}

/// The answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BeginAnswer {
    /// Known and finished: ack.
    Duplicate,
    /// In the mailbox of somebody who is at work, or of a timer: ack.
    Queued,
    /// Nothing to answer: ack.
    Recorded(Option<Note>),
    /// A twin of the guardian, which is at work: nack.
    Busy,
    /// The conversation is gone since the person was identified, and the message is not stored: nack.
    Absent,
    /// The lease is ours.
    Begun(Begun),
}

/// A lease was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The right to work.
    pub held: Held,
    /// True when the turn's bodies are stored: never decide again.
    pub sealed: bool,
    /// Messages in the mailbox.
    pub waiting: usize,
}

/// What a turn answers, in the person's order.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// The messages.
    pub messages: Vec<Inbound>,
    /// The newest of what is known of the person.
    pub person: Person,
    /// The number.
    pub number: PhoneNumberId,
    /// Turns that ended before.
    pub turns: u32,
    /// The newest message of the person.
    pub last_inbound_at: Option<Timestamp>,
}

/// A message to be sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// `text`, `buttons`, `list`.
    pub kind: String,
    /// The route that said it.
    pub route: Option<String>,
    /// The request's JSON without the callback data.
    pub body: String,
}

/// The right to one POST, for a few seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The message.
    pub outbound: OutboundId,
    /// Which attempt, from 1.
    pub n: u32,
    /// The number that sends.
    pub number: PhoneNumberId,
    /// The type of the message: `text`, `interactive`.
    pub kind: String,
    /// The request's JSON without the callback data.
    pub body: String,
    /// The number is paused, and this attempt tries whether it still has to be.
    pub probe: bool,
}

/// The answer to `record_sending`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendAnswer {
    /// POST it now.
    Attempt(Attempt),
    /// The service window is closed: refused, nothing is sent.
    WindowClosed,
    /// The number is paused: not before then.
    Paused(Timestamp),
    /// Somebody else has the lease, or the message is not to be sent any more.
    Lost,
}

/// The answer to `seal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sealed {
    /// Stored; position 0 is to be sent.
    Sending(SendAnswer),
    /// Stored, and nothing is to be said.
    Silent(Finished),
    /// Somebody else has the lease, or the turn is sealed already.
    Lost,
}

/// The answer to one POST.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 200 with a message id.
    Accepted {
        /// Meta's id.
        wamid: Wamid,
    },
    /// Meta refused it for good.
    Refused {
        /// Why.
        failure: Failure,
    },
    /// Certainly not sent: it may be tried again at once or later.
    NotSent {
        /// Meta's reason, where it gave one.
        failure: Option<Failure>,
    },
    /// Nobody knows.
    Unknown {
        /// True when a server of Graph answered with an error (5xx and a Graph body).
        answered: bool,
    },
}

/// The end of a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    /// The mailbox is empty and the lease is free: ack.
    Empty,
    /// Others wrote meanwhile: a new turn is open under the same lease.
    Next(Held),
    /// Somebody else has the lease.
    Lost,
}

/// The answer to `settle`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Where the message stands now.
    pub state: super::OutState,
    /// A second attempt was accepted.
    pub double_send: bool,
    /// The end of the turn, where it was asked for and the turn was over.
    pub finished: Option<Finished>,
}

/// The answer to `park`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parked {
    /// The timer has it: ack.
    Done,
    /// A status was faster: go on with the turn.
    EvidenceWon,
    /// Somebody else has the lease.
    Lost,
}

/// What is to be done about an attempt whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// Evidence shows that a new attempt cannot double it: POST it now.
    Attempt(Attempt),
    /// Too early to tell, or the number is paused: park until then.
    ParkUntil(Timestamp),
    /// Evidence came meanwhile, or the window closed: go on with the turn.
    Final,
    /// Given up; the turn is over.
    GaveUp(Finished),
    /// Somebody else has the lease.
    Lost,
}

/// What ends a turn without its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiveUp {
    /// In words for people.
    pub reason: String,
    /// `crashes`, `outcome_unknown`.
    pub class: String,
}

/// What a status changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// No message of ours.
    Foreign,
    /// Known already.
    Known,
    /// Stored.
    Stored {
        /// The message.
        outbound: OutboundId,
        /// A second attempt was accepted: counted now for the first time.
        double_send: bool,
        /// The category, when this is the first to say that the message costs money.
        billed: Option<String>,
        /// The conversation that waits for it, due now.
        wake: Option<Wake>,
    },
}

/// A conversation that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wake {
    /// Which.
    pub conversation: ConversationId,
    /// Since when.
    pub at: Timestamp,
}

/// What a verb reads and changes: loaded before it, saved after it where it differs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    /// The conversation.
    pub(super) conversation: Conversation,
    /// The messages of its sealed turn, by position.
    pub(super) positions: Vec<OutboundRecord>,
    /// To be created.
    pub(super) inbound: Option<InboundRecord>,
    /// To be noted on inbound messages; `None` takes a note away.
    pub(super) notes: Vec<(crate::domain::InboundId, Option<Note>)>,
    /// To be created.
    pub(super) dead_letter: Option<DeadLetter>,
    /// The number's; loaded where an attempt may begin.
    pub(super) gate: Gate,
}

impl Scene {
    pub(super) fn new(conversation: Conversation, positions: Vec<OutboundRecord>) -> Self {
        Self { conversation, positions, inbound: None, notes: Vec::new(), dead_letter: None, gate: Gate::default() }
    }

    /// True while the lease and the turn are those of `held`.
    fn is_held_by(&self, held: &Held) -> bool {
        let owner = self.conversation.lease.as_ref().map(|lease| lease.owner.as_str());
        let turn = self.conversation.turn.as_ref().map(|turn| &turn.id);
        owner == Some(held.owner.as_str()) && turn == Some(&held.turn)
    }
}

/// `at + by`, as far as time goes.
pub(super) fn after(at: Timestamp, by: Duration) -> Timestamp {
    jiff::SignedDuration::try_from(by).ok().and_then(|by| at.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

/// Tells people, once it is committed.
pub(super) fn report(letter: Option<&DeadLetter>) {
    if let Some(DeadLetter { turn, class, .. }) = letter {
        tracing::error!(turn.id = %turn, class, metric = "queue.dead_letters", "a turn was given up: wabridge dead-letters show tells more");
    }
}
