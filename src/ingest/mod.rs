//! A webhook in six steps: headers, body, signature, split, screen, stage. A 200 means durable and queued.
//!
//! 1. `headers`: what can be refused before a byte of the body.
//! 2. `body`: the bytes, within size, time and what all requests together may hold.
//! 3. `signature`: only a `VerifiedBody` goes on.
//! 4. `split`: its changes and, later, the events of those that are ours.
//! 5. `screen`: which changes are ours.
//! 6. `stage`: raw delivery to the store, events to the queue, both before the answer.

mod body;
mod counters;
mod endpoint;
mod error;
mod handshake;
mod headers;
mod judge;
mod receiver;
mod screen;
mod signature;
mod split;
mod stage;

pub use counters::Counters;
pub use endpoint::not_found;
pub use judge::yields;
pub use receiver::{Bounds, Receiver, Settings};
pub use split::events;
