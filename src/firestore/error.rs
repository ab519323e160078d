//! Why a call failed, and whether it may have happened all the same.

use gcloud_sdk::tonic::{Code, Status};

/// A call failed. The words of Firestore are left out: they may quote what was to be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FirestoreError {
    /// There is no connection yet, or none any more.
    #[error("Firestore cannot be reached ({0}): are the network, and FIRESTORE_EMULATOR_HOST where there is one, right?")]
    Unreachable(String),
    /// No answer in time.
    #[error("Firestore did not answer in time")]
    Timeout,
    /// Firestore answered with an error.
    #[error("Firestore refused ({0:?}){hint}", hint = hint(*.0))]
    Refused(Code),
    /// A stored document does not have the shape that this version writes.
    #[error("a document of {0} cannot be read: was it written by another version?")]
    Shape(&'static str),
    /// Others changed the same documents, again and again.
    #[error("others changed the same documents too often: it is tried again")]
    Contended,
    /// A commit may have happened, and what is stored now does not tell.
    #[error("Firestore did not say whether it stored: what is stored decides when the event comes again")]
    Unclear,
}

/// Why a commit is not known to have happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitError {
    /// Certainly not: a precondition failed. Read again.
    Conflict,
    /// It may have happened, or may still.
    Unclear(FirestoreError),
    /// Certainly not.
    Failed(FirestoreError),
}

impl From<Status> for FirestoreError {
    fn from(status: Status) -> Self {
        let code = status.code();
        if code == Code::DeadlineExceeded {
            Self::Timeout
        } else if code == Code::Unavailable {
            Self::Unreachable("no connection".to_owned())
        } else {
            Self::Refused(code)
        }
    }
}

impl From<Status> for CommitError {
    fn from(status: Status) -> Self {
        let code = status.code();
        let error = FirestoreError::from(status);
        match code {
            // A precondition, or another commit at the same moment.
            Code::FailedPrecondition | Code::AlreadyExists | Code::NotFound | Code::Aborted => Self::Conflict,
            // The answer may have been lost on its way.
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown | Code::Internal | Code::DataLoss => {
                Self::Unclear(error)
            }
            Code::Ok
            | Code::InvalidArgument
            | Code::PermissionDenied
            | Code::ResourceExhausted
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Unauthenticated => Self::Failed(error),
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others say enough by their name")]
fn hint(code: Code) -> &'static str {
    match code {
        Code::PermissionDenied | Code::Unauthenticated => ": the service account needs the role roles/datastore.user",
        Code::NotFound => ": is FIRESTORE_DATABASE the name of a database in Native mode?",
        Code::ResourceExhausted => ": a quota is used up",
        Code::FailedPrecondition => ": an index may be missing, see docs/reference/store.md",
        _ => "",
    }
}
