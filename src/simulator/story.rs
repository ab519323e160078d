//! Why a message is as it is: the decision behind it, the webhook that carried it, the Graph request that sent it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{Trace, Tried, TurnId};

/// Known parts only; the others are `null`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Story {
    pub(super) event: Option<String>,
    #[serde(flatten)]
    pub(super) decision: Decision,
    /// Which message of its turn, from 1.
    pub(super) position: Option<usize>,
    pub(super) of: Option<usize>,
    pub(super) webhook: Option<Webhook>,
    pub(super) request: Option<Request>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Decision {
    pub(super) turn: Option<TurnId>,
    /// The wamids of the messages that the turn answers.
    pub(super) members: Vec<String>,
    pub(super) route: Option<String>,
    pub(super) tried: Vec<Tried>,
    pub(super) silence: Option<String>,
    pub(super) waited_ms: Option<u64>,
    pub(super) attempt: Option<u32>,
    pub(super) debounced_ms: Option<u64>,
    pub(super) decided_ms: Option<u64>,
}

impl Decision {
    pub(super) fn of(trace: &Trace, members: Vec<String>) -> Self {
        Self {
            turn: Some(trace.turn.clone()),
            members,
            route: trace.route.clone(),
            tried: trace.tried.clone(),
            silence: trace.silence.clone(),
            waited_ms: Some(trace.waited_ms),
            attempt: Some(trace.attempt),
            debounced_ms: Some(trace.debounced_ms),
            decided_ms: Some(trace.decided_ms),
        }
    }
}

/// The last webhook that carried a message of a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Webhook {
    /// SHA-256 of the body: the id of the raw delivery in the store.
    pub(super) delivery: String,
    /// `None`: no answer came.
    pub(super) status: Option<u16>,
    pub(super) code: Option<String>,
    pub(super) milliseconds: u64,
    pub(super) signature: Option<String>,
    pub(super) body: String,
}

/// The Graph request that carried a message of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// `None`: the simulator broke the connection.
    pub(super) status: Option<u16>,
    pub(super) milliseconds: u64,
    pub(super) body: Value,
    pub(super) answer: Value,
}
