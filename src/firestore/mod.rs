//! Firestore as the store needs it: documents by key, one atomic commit with preconditions, a few queries. Every call has a deadline
//! of its own, and an error says whether the commit may have happened.
//!
//! Preconditions instead of transactions: a transaction of Firestore locks what it reads, so that writers of one document wait for
//! each other's locks; a precondition fails at once, and the verb reads again.

mod client;
mod document;
mod error;
mod query;

pub use client::{Firestore, Operations, Place};
pub use document::{Expect, Fields, Found, Key, Write};
pub use error::{CommitError, FirestoreError};
pub use query::{Bound, Order, Query};
