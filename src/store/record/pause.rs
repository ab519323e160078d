//! A number that may not send for a while.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a number does not send, and until when nobody tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Why.
    pub why: PauseWhy,
    /// Since when.
    pub since: Timestamp,
    /// From here on one message may try whether it is over.
    pub until: Timestamp,
    /// Hash of the token that Meta did not take: another one ends the pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Why a number does not send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseWhy {
    /// Meta does not take the access token.
    Credentials,
    /// Meta restricts the number: too many people marked its messages as spam.
    Restricted,
}
