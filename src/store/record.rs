//! What is stored. Every record is a JSON document; times are RFC 3339.

mod conversation;
mod delivery;
mod message;
mod pause;

pub use conversation::{Contact, Conversation, DeadLetter, Lease, Turn, TurnState, Waiting};
pub use delivery::{Delivery, DeliveryState, DeliverySummary, KeptEvent, RawDelivery};
pub use message::{InboundRecord, Note, OutState, OutboundRecord, Tried};
pub use pause::{Pause, PauseWhy};
