//! Why a turn was answered as it was: told to whoever listens (in `dev`, the phone page). Never stored, never logged.

use serde::Serialize;

use super::{InboundId, OutboundId, TurnId};

/// The story of one decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// The turn.
    pub turn: TurnId,
    /// The messages that it answers, in order.
    pub members: Vec<InboundId>,
    /// The messages that it sends, in order; empty for silence.
    pub outbound: Vec<OutboundId>,
    /// The route that matched.
    pub route: Option<String>,
    /// Every route that was looked at, in order.
    pub tried: Vec<Tried>,
    /// Why nothing is sent, in words, when nothing is.
    pub silence: Option<String>,
    /// How long the messages waited in the queue, in milliseconds.
    pub waited_ms: u64,
    /// Which delivery of the event this was, from 1.
    pub attempt: u32,
    /// How long we waited for more messages, in milliseconds.
    pub debounced_ms: u64,
    /// How long the decision took, in milliseconds.
    pub decided_ms: u64,
}

/// One route that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Tried {
    /// Its name, or "route 3".
    pub route: String,
    /// Its line in the bot file, from 1.
    pub line: Option<u32>,
    /// Whether it matched.
    pub matched: bool,
    /// Why, or why not: `contains: none of "price", "cost"`.
    pub because: String,
}
