//! What people ask: a message, its answers, how much there is. And the message that a status is about.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::Cloud;
use super::collections::{ACCOUNT_EVENTS, CONVERSATIONS, DEAD_LETTERS, DELIVERIES, DOC, MESSAGES};
use super::documents::{conversation_key, inbound_key, letter_key, outbound_key};
use super::work::Work;
use crate::domain::{ConversationId, EventId, InboundId, OutboundId, StatusUpdate, TurnId};
use crate::firestore::{Bound, FirestoreError, Key, Query};
use crate::store::StoreError;
use crate::store::record::{Conversation, DeadLetter, InboundRecord, KeptEvent, OutboundRecord};

impl Cloud {
    pub(in crate::store) async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        Ok(Work::new(&self.db).record(&conversation_key(&id)).await?)
    }

    pub(in crate::store) async fn inbound(&self, id: InboundId) -> Result<Option<InboundRecord>, StoreError> {
        self.message(&inbound_key(&id), "in").await
    }

    pub(in crate::store) async fn outbound(&self, id: OutboundId) -> Result<Option<OutboundRecord>, StoreError> {
        self.message(&outbound_key(&id), "out").await
    }

    /// Both directions are in one collection: a person who asks for an id does not say which it is.
    async fn message<T: DeserializeOwned>(&self, key: &Key, direction: &str) -> Result<Option<T>, StoreError> {
        let mut work = Work::new(&self.db);
        let found = work.find(key).await?.filter(|fields| fields.read_text("direction") == Some(direction));
        Ok(found.map(|fields| fields.read_json(DOC, MESSAGES)).transpose()?.flatten())
    }

    pub(in crate::store) async fn turn(&self, id: TurnId) -> Result<(Vec<OutboundRecord>, Option<DeadLetter>), StoreError> {
        let mut work = Work::new(&self.db);
        Ok((work.sent_by(&id).await?, work.record(&letter_key(&id)).await?))
    }

    pub(in crate::store) async fn kept_event(&self, id: EventId) -> Result<Option<KeptEvent>, StoreError> {
        let mut work = Work::new(&self.db);
        let found = work.find(&Key::new(ACCOUNT_EVENTS, id.as_str())).await?;
        Ok(found.map(|fields| KeptEvent {
            kind: fields.read_text("kind").unwrap_or_default().to_owned(),
            received_at: fields.read_time("received_at").unwrap_or_default(),
            data: fields.read_text("data").unwrap_or_default().to_owned(),
        }))
    }

    pub(in crate::store) async fn answers(&self, id: InboundId) -> Result<Vec<OutboundRecord>, StoreError> {
        let found = self.db.query(Query::of(MESSAGES).holds("members", id.as_str())).await?;
        let records = found.iter().map(|found| found.fields.read_json(DOC, MESSAGES)).filter_map(Result::transpose);
        let mut answers: Vec<OutboundRecord> = records.collect::<Result<_, _>>()?;
        answers.sort_by_key(|record| record.position);
        Ok(answers)
    }

    pub(in crate::store) async fn counts(&self) -> Result<BTreeMap<&'static str, u32>, StoreError> {
        let ever = Bound::From(Timestamp::UNIX_EPOCH);
        let questions = [
            ("deliveries", Query::of(DELIVERIES)),
            ("conversations", Query::of(CONVERSATIONS)),
            ("inbound", Query::of(MESSAGES).is("direction", "in")),
            ("outbound", Query::of(MESSAGES).is("direction", "out")),
            ("dead_letters", Query::of(DEAD_LETTERS)),
            ("leases", Query::of(CONVERSATIONS).counts("leased", 1)),
            ("parked", Query::of(CONVERSATIONS).within("wake_at", ever)),
            ("mailboxes", Query::of(CONVERSATIONS).at_least("waiting", 1)),
        ];
        let mut counts = BTreeMap::new();
        for (name, query) in questions {
            counts.insert(name, u32::try_from(self.db.count(query).await?).unwrap_or(u32::MAX));
        }
        Ok(counts)
    }

    /// The message that a status is about, and which attempt of it.
    pub(super) async fn find_sent(
        &self,
        work: &mut Work<'_>,
        status: &StatusUpdate,
        place: Option<&(OutboundId, u32)>,
    ) -> Result<Option<(OutboundRecord, u32)>, FirestoreError> {
        if let Some((id, n)) = place
            && let Some(record) = work.record(&outbound_key(id)).await?
        {
            return Ok(Some((record, *n)));
        }
        let by_wamid = Query::of(MESSAGES).is("wamid", status.wamid.as_str()).most(1);
        let Some(found) = self.db.query(by_wamid).await?.into_iter().next() else { return Ok(None) };
        // Once more by its key, so that the write rests on the version that was read.
        let record: Option<OutboundRecord> = work.record(&Key::new(MESSAGES, found.id)).await?;
        Ok(record.and_then(|record| {
            let n = record.tries.iter().find(|(_, tried)| tried.wamid.as_ref() == Some(&status.wamid)).map(|(n, _)| *n)?;
            Some((record, n))
        }))
    }

    /// Answers when the database does.
    pub(in crate::store) async fn ping(&self) -> Result<(), StoreError> {
        self.db.get(&[Key::new(CONVERSATIONS, "none")]).await?;
        Ok(())
    }
}
