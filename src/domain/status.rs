//! What Meta tells us about a message that we sent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Person, PhoneNumberId, Wamid};

/// How far a message came. `sent < delivered < read < played`; `failed` stands apart and is final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusKind {
    /// Meta's server has it.
    Sent,
    /// It is on the person's device.
    Delivered,
    /// The person saw it.
    Read,
    /// The person listened to it (voice).
    Played,
    /// Meta gave up.
    Failed,
}

impl StatusKind {
    /// Meta's word for it, or `None` for a status that this version does not know.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "sent" => Self::Sent,
            "delivered" => Self::Delivered,
            "read" => Self::Read,
            "played" => Self::Played,
            "failed" => Self::Failed,
            _ => return None,
        })
    }

    /// Meta's word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
        }
    }

    /// The furthest of what was seen of one attempt, in whatever order it came; `failed` is final.
    pub fn furthest<'a>(seen: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut failed = false;
        let mut best = None;
        for kind in seen {
            match kind {
                Self::Failed => failed = true,
                Self::Sent | Self::Delivered | Self::Read | Self::Played => best = best.max(Some(*kind)),
            }
        }
        if failed { Some(Self::Failed) } else { best }
    }
}

/// One status of one message, parsed once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusUpdate {
    /// The message at Meta.
    pub wamid: Wamid,
    /// The business number that sent it.
    pub number: PhoneNumberId,
    /// How far it came.
    pub kind: StatusKind,
    /// When, by Meta (whole seconds).
    pub at: Timestamp,
    /// To whom.
    pub recipient: Person,
    /// The `biz_opaque_callback_data` that we sent with it.
    pub callback: Option<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// What Meta will bill.
    pub pricing: Option<Pricing>,
}

/// An error of Meta. Only the code decides anything; the title is for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Meta's error code.
    pub code: i64,
    /// Meta's title, without personal data.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
}

/// The `pricing` object of a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pricing {
    /// Whether it costs money.
    pub billable: bool,
    /// `service`, `utility`, `marketing`, `authentication`, …
    pub category: String,
    /// `PMP`, or `CBP` before July 2025.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// Whatever else Meta says of it (`type`, tiers), verbatim.
    #[serde(default, flatten)]
    pub more: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::StatusKind::{Delivered, Failed, Played, Read, Sent};
    use super::*;

    #[test]
    fn any_order_and_any_gap_end_in_the_furthest() {
        assert_eq!(StatusKind::furthest(&[Read, Sent, Delivered]), Some(Read));
        assert_eq!(StatusKind::furthest(&[Played, Sent]), Some(Played));
        assert_eq!(StatusKind::furthest(&[Failed, Sent]), Some(Failed));
        assert_eq!(StatusKind::furthest(&[]), None);
    }
}
