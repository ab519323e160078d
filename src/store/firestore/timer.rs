//! What time brings: due conversations, the proof that statuses arrive, expiry.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::Cloud;
use super::collections::{ACCOUNT_EVENTS, CONVERSATIONS, DOC, EXPIRE_AT, EXPIRING, NUMBERS};
use super::tries::Tries;
use super::work::Work;
use crate::clock::Seldom;
use crate::domain::{EventId, PhoneNumberId};
use crate::firestore::{Bound, Fields, FirestoreError, Found, Key, Order, Query, Write};
use crate::store::protocol::{Wake, after};
use crate::store::record::Conversation;
use crate::store::{Store, StoreError};

/// Documents in one commit: Firestore's own limit was 500 for long, and a request has 10 MiB.
const WRITES: usize = 400;
/// The time of the newest status is written this seldom: it proves that statuses arrive, a little later.
const SELDOM_MS: i64 = 10_000;

/// A document that cannot be read is spoken of this often.
const TOLD_EVERY: Duration = Duration::from_mins(1);

pub(super) fn number_key(number: &PhoneNumberId) -> Key {
    Key::new(NUMBERS, number.as_str())
}

impl Work<'_> {
    /// The newest Meta timestamp of a processed status of the number.
    pub(super) async fn status_seen(&mut self, number: &PhoneNumberId) -> Result<Option<Timestamp>, FirestoreError> {
        Ok(self.find(&number_key(number)).await?.and_then(|fields| fields.read_time("status_seen")))
    }
}

impl Cloud {
    pub(in crate::store) async fn due(&self, now: Timestamp, most: u32) -> Result<Vec<Wake>, StoreError> {
        let swept = now.checked_sub(self.limits.sweep_after).unwrap_or(Timestamp::UNIX_EPOCH);
        let absurd = after(now, self.limits.longest_wait());
        let by = |field: &str, bound| Query::of(CONVERSATIONS).within(field, bound).by(field, Order::Rising).most(most);
        let (late, ahead, forgotten) = tokio::try_join!(
            self.db.query(by("wake_at", Bound::Until(now))),
            self.db.query(by("wake_at", Bound::After(absurd))),
            self.db.query(by("pending_since", Bound::Until(swept))),
        )?;
        let mut due = Vec::new();
        for conversation in late.iter().chain(&ahead).filter_map(readable) {
            due.extend(conversation.wake_at.map(|at| Wake { conversation: conversation.id, at }));
        }
        for conversation in forgotten.iter().filter_map(readable) {
            due.extend(conversation.pending_since.map(|at| Wake { conversation: conversation.id, at }));
        }
        due.sort_by_key(|wake| wake.at);
        due.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(due)
    }

    /// Each lease ends by itself: other processes may be at work.
    #[expect(clippy::unused_async, reason = "the verb of the other backend waits for its disk")]
    pub(in crate::store) async fn expire_leases(&self, _now: Timestamp) -> Result<usize, StoreError> {
        Ok(0)
    }

    pub(in crate::store) async fn status_seen(&self, number: PhoneNumberId, at: Timestamp) -> Result<(), StoreError> {
        if self.seen_lately(&number, at) {
            return Ok(());
        }
        let mut tries = Tries::new(&self.db);
        loop {
            let mut work = Work::new(&self.db);
            // Once this process has looked, it does not look again: where another is further, less is proved than could be, and only for
            // seconds.
            let further = if self.has_seen(&number) { None } else { work.status_seen(&number).await? };
            let at = at.max(further.unwrap_or(at));
            work.put(number_key(&number), Fields::new().time("status_seen", at));
            if tries.commit(work, ()).await?.is_some() {
                self.note_seen(number, at);
                return Ok(());
            }
        }
    }

    fn seen_lately(&self, number: &PhoneNumberId, at: Timestamp) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(number).is_some_and(|seen| at.as_millisecond() < seen.as_millisecond() + SELDOM_MS)
    }

    fn has_seen(&self, number: &PhoneNumberId) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains_key(number)
    }

    fn note_seen(&self, number: PhoneNumberId, at: Timestamp) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = seen.entry(number).or_insert(at);
        *newest = at.max(*newest);
    }

    pub(in crate::store) async fn keep_event(
        &self,
        id: EventId,
        kind: String,
        data: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let key = Key::new(ACCOUNT_EVENTS, id.as_str());
        let fields =
            Fields::new().text("kind", kind).text("data", data).time("received_at", now).time(EXPIRE_AT, self.expiry(now));
        let mut tries = Tries::new(&self.db);
        loop {
            let mut work = Work::new(&self.db);
            if work.find(&key).await?.is_some() {
                return Ok(());
            }
            work.put(key.clone(), fields.clone());
            if tries.commit(work, ()).await?.is_some() {
                return Ok(());
            }
        }
    }

    /// Google removes what has expired; an emulator does not.
    pub(in crate::store) async fn forget_expired(&self, now: Timestamp) -> Result<usize, StoreError> {
        if !self.db.is_emulator() {
            return Ok(0);
        }
        let mut gone = 0;
        let page = u32::try_from(Store::FORGOTTEN_AT_ONCE).unwrap_or(u32::MAX);
        for collection in EXPIRING {
            let expired = Query::of(collection).within(EXPIRE_AT, Bound::Until(now)).by(EXPIRE_AT, Order::Rising).most(page);
            let found = self.db.query(expired).await?;
            for some in found.chunks(WRITES) {
                let ends = some.iter().map(|found| end(collection, found));
                // Whatever was written meanwhile is young again: it is left for the next time.
                if self.db.commit(ends.collect()).await.is_ok() {
                    gone += some.len();
                }
            }
        }
        Ok(gone)
    }
}

fn end(collection: &'static str, found: &Found) -> Write {
    Write { key: Key::new(collection, found.id.clone()), fields: None, expect: found.expect() }
}

/// The conversation of a document. One that cannot be read, as a newer version may have written it, must not keep the others waiting.
fn readable(found: &Found) -> Option<Conversation> {
    static TOLD: Mutex<Seldom> = Mutex::new(Seldom::new());
    let conversation = found.fields.read_json(DOC, CONVERSATIONS).ok().flatten();
    if conversation.is_none()
        && let Some(count) = TOLD.lock().unwrap_or_else(PoisonError::into_inner).one_more(TOLD_EVERY)
    {
        tracing::error!(
            conversation.id = found.id,
            times = count,
            "a conversation is due and cannot be read: a newer version can, or mend its document"
        );
    }
    conversation
}
