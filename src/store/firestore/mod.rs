//! The store in Firestore: each record is a document whose field `doc` is its JSON, with other fields only for what is searched. A verb
//! reads, lets `protocol` decide, and commits all of it with the versions that it read as preconditions; where others were
//! faster it reads again. `docs/reference/store.md` lists collections, fields, indexes and queries.

mod begins;
mod collections;
mod contacts;
mod dead_letters;
mod deliveries;
mod documents;
mod look;
mod pauses;
mod timer;
mod tries;
mod turns;
mod verbs;
mod work;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Current, Limits, PhoneNumberId};
use crate::firestore::Firestore;

pub use collections::{EXPIRE_AT, EXPIRING, INDEXES};

/// The backend.
#[derive(Debug, Clone)]
pub(super) struct Cloud {
    db: Firestore,
    limits: Limits,
    retention: Duration,
    /// Hash of the token with which this process sends.
    token: Option<Current<String>>,
    begins: begins::Begins,
    /// When the newest status of a number was written, by Meta's time.
    seen: Arc<Mutex<HashMap<PhoneNumberId, Timestamp>>>,
}

impl Cloud {
    pub(super) fn new(db: Firestore, limits: Limits, retention: Duration) -> Self {
        Self { db, limits, retention, token: None, begins: begins::Begins::default(), seen: Arc::default() }
    }

    pub(super) fn sending_with(self, token: Option<Current<String>>) -> Self {
        Self { token, ..self }
    }

    fn token(&self) -> Option<String> {
        self.token.as_ref().map(|token| token.get().as_ref().clone())
    }

    /// When a record that is written now may go.
    fn expiry(&self, now: Timestamp) -> Timestamp {
        super::protocol::after(now, self.retention)
    }
}
