//! One try of a verb: what it has read, and what it will write. A write rests on the version that was read.

use std::collections::{BTreeMap, HashMap};

use serde::de::DeserializeOwned;

use super::collections::{DOC, OP};
use crate::firestore::{CommitError, Expect, Fields, Firestore, FirestoreError, Found, Key, Write};

pub(super) struct Work<'a> {
    db: &'a Firestore,
    seen: HashMap<Key, Option<Found>>,
    writes: BTreeMap<Key, Option<Fields>>,
}

impl<'a> Work<'a> {
    pub(super) fn new(db: &'a Firestore) -> Self {
        Self { db, seen: HashMap::new(), writes: BTreeMap::new() }
    }

    /// Reads those that were not read yet, together.
    pub(super) async fn load(&mut self, keys: impl IntoIterator<Item = Key>) -> Result<(), FirestoreError> {
        let mut missing: Vec<Key> = keys.into_iter().filter(|key| !self.seen.contains_key(key)).collect();
        missing.sort();
        missing.dedup();
        let found = self.db.get(&missing).await?;
        self.seen.extend(missing.into_iter().zip(found));
        Ok(())
    }

    /// A document, read now if it was not before.
    pub(super) async fn find(&mut self, key: &Key) -> Result<Option<&Fields>, FirestoreError> {
        self.load([key.clone()]).await?;
        Ok(self.seen.get(key).and_then(Option::as_ref).map(|found| &found.fields))
    }

    /// The record in a document, read now if it was not before.
    pub(super) async fn record<T: DeserializeOwned>(&mut self, key: &Key) -> Result<Option<T>, FirestoreError> {
        match self.find(key).await? {
            Some(fields) => fields.read_json(DOC, key.collection),
            None => Ok(None),
        }
    }

    /// Writes the whole document.
    pub(super) fn put(&mut self, key: Key, fields: Fields) {
        self.writes.insert(key, Some(fields));
    }

    /// Writes a document that is certainly new, without looking first.
    pub(super) fn create(&mut self, key: Key, fields: Fields) {
        self.seen.insert(key.clone(), None);
        self.put(key, fields);
    }

    pub(super) fn delete(&mut self, key: Key) {
        self.writes.insert(key, None);
    }

    /// The documents that are written: each tells later whether the commit happened, as long as nobody writes it again.
    pub(super) fn witnesses(&self) -> Vec<Key> {
        self.writes.iter().filter(|(_, fields)| fields.is_some()).map(|(key, _)| key.clone()).collect()
    }

    /// All of it or nothing. `op` is drawn for this commit.
    pub(super) async fn commit(mut self, op: &str) -> Result<(), CommitError> {
        if self.writes.is_empty() {
            return Ok(());
        }
        let writes = std::mem::take(&mut self.writes).into_iter().map(|(key, fields)| {
            let expect = match self.seen.get(&key) {
                Some(Some(found)) => found.expect(),
                Some(None) => Expect::Absent,
                None => Expect::Anything,
            };
            Write { key, fields: fields.map(|fields| fields.text(OP, op)), expect }
        });
        self.db.commit(writes.collect()).await
    }
}
