//! What the store says when it cannot.

use crate::embedded::EngineError;
use crate::firestore::FirestoreError;

/// A verb failed. Unless it says otherwise nothing was written, and the same verb may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The embedded file.
    #[error("the store did not take it: it is tried again")]
    Embedded(#[from] EngineError),
    /// The data file cannot be opened at all.
    #[error(transparent)]
    Unusable(EngineError),
    /// The database at Google.
    #[error("the store did not take it: it is tried again")]
    Firestore(#[from] FirestoreError),
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Embedded(error.into())
    }
}
