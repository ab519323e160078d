//! Incoming: from the bytes of a webhook to its changes and items, and from an event's data back to a message or a status.
//!
//! The receiver reads a [`Delivery`], asks each [`Change`] for its [`Item`]s and writes [`EventData`] for each. The consumer hands
//! that data to [`inbound()`] or [`status()`]. Nothing here fails because of a neighbour: what cannot be read is an item of kind
//! [`ItemKind::Unknown`].

mod change;
mod data;
mod delivery;
mod error;
mod fields;
mod inbound;
mod item;
mod json;
mod status;
#[cfg(test)]
mod tests;
mod walk;

pub use change::Change;
pub use data::EventData;
pub use delivery::{Delivery, NotADelivery};
pub use error::WebhookError;
pub use inbound::inbound;
pub use item::{Item, ItemKind, NaturalKey};
pub use status::status;
