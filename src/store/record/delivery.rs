//! A raw delivery: the bytes of one webhook, as they were signed.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::DeliveryId;

/// A delivery to be kept.
#[derive(Debug, Clone)]
pub struct RawDelivery {
    /// SHA-256 of the body.
    pub id: DeliveryId,
    /// The body, byte by byte: it must verify again later.
    pub body: Bytes,
    /// The signature header as received.
    pub signature: String,
    /// When it came.
    pub received_at: Timestamp,
    /// What became of it.
    pub state: DeliveryState,
    /// The places of changes that were not ours, in an accepted delivery.
    pub quarantined_changes: Vec<u32>,
    /// How many events it yielded.
    pub events: u32,
    /// Why it is not `accepted`, in words; else empty.
    pub reason: String,
}

/// What the receiver made of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Ours: every event of it is queued.
    Accepted,
    /// Signed, but not for the configured ids (or none are configured).
    Quarantined,
    /// Signed, but nothing that we handle.
    Ignored,
    /// Signed, but not JSON.
    Unparsed,
}

impl DeliveryState {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Quarantined => "quarantined",
            Self::Ignored => "ignored",
            Self::Unparsed => "unparsed",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Accepted, Self::Quarantined, Self::Ignored, Self::Unparsed].into_iter().find(|state| state.name() == word)
    }
}

/// An event that was kept as it is: of the account, or one that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptEvent {
    /// Its kind: `account.message_template_status_update`.
    pub kind: String,
    /// When it came.
    pub received_at: Timestamp,
    /// Its data, JSON.
    pub data: String,
}

/// What a list shows of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliverySummary {
    /// SHA-256 of the body.
    pub id: DeliveryId,
    /// When it came first.
    pub received_at: Timestamp,
    /// What became of it.
    pub state: DeliveryState,
    /// How many events it yielded.
    pub events: u32,
    /// Length of the body in bytes.
    pub bytes: u32,
    /// The places of changes that were not ours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quarantined_changes: Vec<u32>,
    /// Why it is not `accepted`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A kept delivery, whole.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// What a list shows.
    pub summary: DeliverySummary,
    /// The signature header as received.
    pub signature: String,
    /// The body, byte by byte.
    pub body: Bytes,
}
