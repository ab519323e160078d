//! An event on the queue: CloudEvents 1.0, JSON data, a lane and a versioned type.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{ConversationId, EventId, digest};
use crate::trace_context::TraceContext;

/// One event. Its data is JSON, kept as text: nobody on the way parses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Hash of the natural key: the same event found twice has the same id.
    pub id: EventId,
    /// What it is.
    pub kind: EventKind,
    /// Who handles it.
    pub lane: Lane,
    /// When we received or made it.
    pub time: Timestamp,
    /// The CloudEvents `subject`: the conversation of a wake, the delivery of a webhook's event.
    pub subject: String,
    /// JSON.
    pub data: String,
    /// The trace of the request that it came with; only Pub/Sub carries it.
    pub trace: Option<TraceContext>,
}

/// The kinds of events; the type on the wire is `com.wabridge.whatsapp.<kind>.v1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A person wrote to us.
    Message,
    /// News of a message that we sent.
    Status,
    /// A human answered from the phone app (`smb_message_echoes`).
    Echo,
    /// Old messages (`history`).
    History,
    /// A call.
    Call,
    /// News of the account, by Meta's field name: templates, quality, limits, reviews.
    Account(String),
    /// A person stopped or resumed marketing (`user_preferences`).
    Preference,
    /// A person's id changed (`user_id_update`).
    Identity,
    /// A group changed.
    Group,
    /// A field, type or shape that this version does not know.
    Unknown,
    /// Ours: a conversation or message is due.
    Wake,
}

impl EventKind {
    /// The word for it: `message`, `account.message_template_status_update`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Message => "message".into(),
            Self::Status => "status".into(),
            Self::Echo => "echo".into(),
            Self::History => "history".into(),
            Self::Call => "call".into(),
            Self::Account(field) => format!("account.{field}"),
            Self::Preference => "preference".into(),
            Self::Identity => "identity".into(),
            Self::Group => "group".into(),
            Self::Unknown => "unknown".into(),
            Self::Wake => "wake".into(),
        }
    }

    /// The kind of a word that [`Self::name`] gave; a word of a newer version is `Unknown`.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        if let Some(field) = name.strip_prefix("account.") {
            return Self::Account(field.to_owned());
        }
        match name {
            "message" => Self::Message,
            "status" => Self::Status,
            "echo" => Self::Echo,
            "history" => Self::History,
            "call" => Self::Call,
            "preference" => Self::Preference,
            "identity" => Self::Identity,
            "group" => Self::Group,
            "wake" => Self::Wake,
            _ => Self::Unknown,
        }
    }

    /// Replies have a lane of their own, so that evidence never queues behind them.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match self {
            Self::Message | Self::Wake => Lane::Reply,
            Self::Status
            | Self::Echo
            | Self::History
            | Self::Call
            | Self::Account(_)
            | Self::Preference
            | Self::Identity
            | Self::Group
            | Self::Unknown => Lane::Record,
        }
    }
}

/// Which consumer handles an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Messages and wakes.
    Reply,
    /// Everything else.
    Record,
}

impl Lane {
    /// `reply` or `record`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Record => "record",
        }
    }

    /// The lane of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Reply, Self::Record].into_iter().find(|lane| lane.name() == name)
    }
}

impl Event {
    /// An event whose id is the hash of its natural key.
    #[must_use]
    pub fn new(kind: EventKind, natural_key: &[&str], time: Timestamp, subject: &str, data: String) -> Self {
        let name = kind.name();
        let mut parts = vec![name.as_str()];
        parts.extend_from_slice(natural_key);
        let id = EventId::new(format!("e_{}", digest(&parts)));
        Self { id, lane: kind.lane(), kind, time, subject: subject.to_owned(), data, trace: TraceContext::current() }
    }

    /// A conversation is due since `at`. Twins have the same id and are harmless.
    #[must_use]
    pub fn wake(conversation: &ConversationId, at: Timestamp, now: Timestamp) -> Self {
        let data = format!(r#"{{"conversation":"{conversation}","wake_at":"{at}"}}"#);
        let (id, kind) = (EventId::of_wake(conversation, at), EventKind::Wake);
        let (subject, trace) = (conversation.to_string(), TraceContext::current());
        Self { id, lane: kind.lane(), kind, time: now, subject, data, trace }
    }
}
