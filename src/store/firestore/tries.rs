//! A verb is tried until it is committed: others may be faster, and an answer may be lost. Whoever got none looks whether the commit
//! happened, and gives the answer of that try.

use std::time::{Duration, Instant};

use super::collections::OP;
use super::work::Work;
use crate::firestore::{CommitError, Firestore, FirestoreError, Key};

/// How long others may be faster before the caller is told.
const PATIENCE: Duration = Duration::from_secs(15);
const FIRST_PAUSE_MS: u64 = 10;
const LONGEST_PAUSE_MS: u64 = 500;

pub(super) struct Tries<'a, T> {
    db: &'a Firestore,
    began: Instant,
    count: u32,
    /// Commits that may have happened: what each would have answered, the documents that it wrote, and its mark there.
    unclear: Vec<(T, Vec<Key>, String)>,
}

impl<'a, T: Clone> Tries<'a, T> {
    pub(super) fn new(db: &'a Firestore) -> Self {
        Self { db, began: Instant::now(), count: 0, unclear: Vec::new() }
    }

    /// Asked before each try: the answer of an earlier one, where it proves to have happened.
    pub(super) async fn landed(&self) -> Result<Option<T>, FirestoreError> {
        for (answer, keys, op) in &self.unclear {
            // All of them: others may have written some since.
            let found = self.db.get(keys).await?;
            if found.iter().flatten().any(|found| found.fields.read_text(OP) == Some(op.as_str())) {
                return Ok(Some(answer.clone()));
            }
        }
        Ok(None)
    }

    /// Commits what this try decided. `None`: read again, and decide again.
    pub(super) async fn commit(&mut self, work: Work<'_>, answer: T) -> Result<Option<T>, FirestoreError> {
        let op = uuid::Uuid::new_v4().simple().to_string();
        let witnesses = work.witnesses();
        let error = match work.commit(&op).await {
            Ok(()) => return Ok(Some(answer)),
            Err(CommitError::Failed(error)) => return Err(error),
            Err(CommitError::Conflict) => FirestoreError::Contended,
            Err(CommitError::Unclear(_)) => {
                if witnesses.is_empty() {
                    return Err(FirestoreError::Unclear);
                }
                self.unclear.push((answer, witnesses, op));
                FirestoreError::Unclear
            }
        };
        if self.began.elapsed() > PATIENCE {
            return Err(error);
        }
        self.pause().await;
        Ok(None)
    }

    /// Longer each time, and never as long as that of another.
    async fn pause(&mut self) {
        self.count += 1;
        let longest = FIRST_PAUSE_MS.saturating_mul(1 << self.count.min(6)).min(LONGEST_PAUSE_MS);
        let random = uuid::Uuid::new_v4().as_u64_pair().0;
        tokio::time::sleep(Duration::from_millis(1 + random % longest)).await;
    }
}
