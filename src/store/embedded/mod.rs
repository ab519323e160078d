//! The store in one SQLite file: each document is a row with its JSON, and columns only for what is searched.

mod contacts;
mod dead_letters;
mod deliveries;
mod documents;
mod look;
mod pauses;
mod timer;
mod verbs;

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;

use super::StoreError;
use crate::domain::{Current, Limits};
use crate::embedded::{Engine, EngineError};

/// Tables and indexes; safe to run at every start.
pub(super) const SCHEMA: &str = include_str!("schema.sql");

/// The embedded backend.
#[derive(Debug, Clone)]
pub(super) struct Embedded {
    engine: Engine,
    limits: Limits,
    retention: Duration,
    /// Hash of the token with which this process sends.
    token: Option<Current<String>>,
}

impl Embedded {
    pub(super) fn new(engine: Engine, limits: Limits, retention: Duration) -> Self {
        Self { engine, limits, retention, token: None }
    }

    pub(super) fn sending_with(self, token: Option<Current<String>>) -> Self {
        Self { token, ..self }
    }

    fn token(&self) -> Option<String> {
        self.token.as_ref().map(|token| token.get().as_ref().clone())
    }

    fn write<T, F>(&self, work: F) -> impl Future<Output = Result<T, StoreError>> + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, EngineError> + Send + 'static,
    {
        let done = self.engine.write(work);
        async move { Ok(done.await?) }
    }

    /// For work of one statement.
    fn write_one<T, F>(&self, work: F) -> impl Future<Output = Result<T, StoreError>> + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, EngineError> + Send + 'static,
    {
        let done = self.engine.write_one(work);
        async move { Ok(done.await?) }
    }

    fn read<T, F>(&self, work: F) -> impl Future<Output = Result<T, StoreError>> + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, EngineError> + Send + 'static,
    {
        let done = self.engine.read(work);
        async move { Ok(done.await?) }
    }

    /// When a record that is written now may go, in milliseconds.
    fn expiry_ms(&self, now: Timestamp) -> i64 {
        super::protocol::after(now, self.retention).as_millisecond()
    }
}
