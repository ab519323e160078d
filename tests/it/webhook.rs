//! The receiver over real HTTP, with a real store and a real queue: every row of its table, every documented shape, and strangers.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod bounds;
mod handshake;
mod hostile;
mod ids;
mod logs;
mod published;
pub(crate) mod service;
mod shapes;
mod signatures;
mod table;
