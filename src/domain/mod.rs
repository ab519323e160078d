//! The words of the trade: ids, people, messages, statuses, limits. No I/O, no JSON of Meta, no clock.

mod chain;
mod content;
mod current;
mod ids;
mod inbound;
mod limits;
mod ours;
mod person;
mod status;
mod trace;

pub use chain::chain;
pub use content::{Button, Buttons, Content, ContentProblem, List, Row, Section, Text, limit};
pub use current::Current;
pub use ids::{
    ContactId, ConversationId, DeliveryId, EventId, InboundId, OutboundId, PhoneNumberId, TurnId, UserId, WaId, WabaId, Wamid,
    digest,
};
pub use inbound::{Inbound, MediaRef, MessageType};
pub use limits::Limits;
pub use ours::{Foreign, Ids};
pub use person::{Person, Recipient};
pub use status::{Failure, Pricing, StatusKind, StatusUpdate};
pub use trace::{Trace, Tried};

/// Where Meta's webhook comes in: the path of the callback URL.
pub const WEBHOOK_PATH: &str = "/webhooks/whatsapp";
