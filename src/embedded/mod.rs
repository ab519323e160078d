//! The one-file engine under the embedded store and queue: SQLite with one writer, group commit and an fsync before every
//! answer. Knows no WhatsApp.
//!
//! 1. [`Engine::write`] hands a job to the writer's thread.
//! 2. The writer takes all jobs that wait (at most 512) into one transaction, each in a savepoint.
//! 3. After the commit, which is the one fsync of the group, every job gets its answer.

/// The name of the file in the data folder.
pub const FILE: &str = "wabridge.db";

mod engine;
mod identity;
mod lock;
mod writer;

pub use engine::{Engine, EngineError};
pub use lock::{ConsumerLock, LockError};
