//! What people ask: a message, its answers, how much there is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::Embedded;
use super::documents::{dead_letter, inbound, outbound, sent_by};
use crate::domain::{EventId, InboundId, OutboundId, TurnId};
use crate::embedded::EngineError;
use crate::store::StoreError;
use crate::store::record::{DeadLetter, InboundRecord, KeptEvent, OutboundRecord};

impl Embedded {
    pub(in crate::store) async fn inbound(&self, id: InboundId) -> Result<Option<InboundRecord>, StoreError> {
        self.read(move |connection| inbound(connection, &id)).await
    }

    pub(in crate::store) async fn outbound(&self, id: OutboundId) -> Result<Option<OutboundRecord>, StoreError> {
        self.read(move |connection| outbound(connection, &id)).await
    }

    pub(in crate::store) async fn turn(&self, id: TurnId) -> Result<(Vec<OutboundRecord>, Option<DeadLetter>), StoreError> {
        self.read(move |connection| Ok((sent_by(connection, &id)?, dead_letter(connection, &id)?))).await
    }

    pub(in crate::store) async fn kept_event(&self, id: EventId) -> Result<Option<KeptEvent>, StoreError> {
        self.read(move |connection| {
            let query = "SELECT kind, received_ms, data FROM account_events WHERE id = ?1";
            let found = connection.prepare_cached(query)?.query_row([id.as_str()], |row| {
                let received_at = Timestamp::from_millisecond(row.get(1)?).unwrap_or_default();
                Ok(KeptEvent { kind: row.get(0)?, received_at, data: row.get(2)? })
            });
            Ok(found.optional()?)
        })
        .await
    }

    pub(in crate::store) async fn answers(&self, id: InboundId) -> Result<Vec<OutboundRecord>, StoreError> {
        self.read(move |connection| {
            // A person's question about one message: a scan is fast enough, and an index would cost every message a write.
            let mut statement = connection.prepare_cached("SELECT doc FROM outbound WHERE instr(doc, ?1) > 0")?;
            let texts: Vec<String> = statement.query_map([id.as_str()], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let mut found = Vec::new();
            for text in texts {
                let record: OutboundRecord = serde_json::from_str(&text)?;
                if record.members.contains(&id) {
                    found.push(record);
                }
            }
            found.sort_by_key(|record| record.position);
            Ok(found)
        })
        .await
    }

    pub(in crate::store) async fn counts(&self) -> Result<BTreeMap<&'static str, u32>, StoreError> {
        self.read(|connection| {
            let questions = [
                ("deliveries", "SELECT count(*) FROM deliveries"),
                ("conversations", "SELECT count(*) FROM conversations"),
                ("inbound", "SELECT count(*) FROM inbound"),
                ("outbound", "SELECT count(*) FROM outbound"),
                ("dead_letters", "SELECT count(*) FROM dead_letters"),
                ("leases", "SELECT count(*) FROM conversations WHERE leased = 1"),
                ("parked", "SELECT count(*) FROM conversations WHERE wake_ms IS NOT NULL"),
                ("mailboxes", "SELECT count(*) FROM conversations WHERE json_extract(doc, '$.mailbox') != '{}'"),
            ];
            let count = |query: &str| connection.query_row(query, [], |row| row.get::<_, u32>(0)).map_err(EngineError::from);
            questions.into_iter().map(|(name, query)| Ok((name, count(query)?))).collect()
        })
        .await
    }
}
