//! Messages, both ways.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{ConversationId, Failure, Inbound, InboundId, OutboundId, PhoneNumberId, Pricing, StatusKind, TurnId, Wamid};

/// An inbound message. Created once; only a note may be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundRecord {
    /// The message.
    pub message: Inbound,
    /// Its conversation.
    pub conversation: ConversationId,
    /// When we first saw it.
    pub received_at: Timestamp,
    /// Why it has no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// Why an inbound message has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// Older than `answer_within` when it came.
    Stale,
    /// The mailbox was full.
    Flood,
    /// It asks for no answer, or there is no bot.
    NoTurn,
    /// Its turn was given up: see the dead letters.
    Dead,
}

impl Note {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Flood => "flood",
            Self::NoTurn => "no_turn",
            Self::Dead => "dead",
        }
    }
}

/// Where an outbound message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutState {
    /// To be sent; certainly not sent yet.
    Planned,
    /// An attempt is on its way, or its process died.
    Sending,
    /// The last attempt may or may not have been accepted.
    Unknown,
    /// Meta has it. Final.
    Accepted,
    /// Meta refused it. Final.
    Refused,
    /// An earlier message of the turn was not sent, so this one was not either. Final.
    Skipped,
    /// Nobody can tell whether it was sent; see the dead letters. Final, unless evidence comes.
    Unresolved,
}

impl OutState {
    /// True when no worker will touch it again.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Accepted | Self::Refused | Self::Skipped | Self::Unresolved => true,
            Self::Planned | Self::Sending | Self::Unknown => false,
        }
    }
}

/// An outbound message: its bytes, its attempts and what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundRecord {
    /// Hash of turn and position.
    pub id: OutboundId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// The number that sends it.
    pub number: PhoneNumberId,
    /// Its turn.
    pub turn: TurnId,
    /// From 0.
    pub position: u32,
    /// `text`, `buttons`, `list`.
    pub kind: String,
    /// The route that said it.
    #[serde(default)]
    pub route: Option<String>,
    /// The request's JSON without the callback data, as bytes to send.
    pub body: String,
    /// The messages that it answers.
    pub members: Vec<InboundId>,
    /// Where it stands.
    pub state: OutState,
    /// How far it came, by Meta's statuses.
    #[serde(default)]
    pub delivery: Option<StatusKind>,
    /// The number of attempts begun.
    #[serde(default)]
    pub attempts: u32,
    /// Who began the last one.
    #[serde(default)]
    pub nonce: Option<String>,
    /// When the last one began, or ended without anybody knowing how: from here `resolve` waits.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// Nobody was at work for a while: statuses of that time are still to come, and nothing is decided before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until: Option<Timestamp>,
    /// When the first one began.
    #[serde(default)]
    pub first_started_at: Option<Timestamp>,
    /// True while the conversation is parked for a status of it.
    #[serde(default)]
    pub waiting: bool,
    /// By attempt, from 1.
    #[serde(default)]
    pub tries: BTreeMap<u32, Tried>,
    /// Two attempts were accepted: counted, and never hidden.
    #[serde(default)]
    pub double_send: bool,
    /// What Meta bills for it.
    #[serde(default)]
    pub pricing: Option<Pricing>,
    /// The status that said so: its time, by Meta, and its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priced_by: Option<(Timestamp, StatusKind)>,
}

/// What is known of one attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The answer to the POST; `None` while there is none.
    #[serde(default)]
    pub outcome: Option<crate::store::Outcome>,
    /// Meta's id of the message.
    #[serde(default)]
    pub wamid: Option<Wamid>,
    /// When each status happened, by Meta.
    #[serde(default)]
    pub statuses: BTreeMap<StatusKind, Timestamp>,
    /// Why a status said `failed`.
    #[serde(default)]
    pub error: Option<Failure>,
}
