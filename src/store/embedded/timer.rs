//! What time brings: due conversations, the proof that statuses arrive, leases of a process that is gone, expiry.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::Embedded;
use super::documents::{conversation, save_conversation};
use crate::domain::{ConversationId, EventId, PhoneNumberId};
use crate::embedded::EngineError;
use crate::store::protocol::{Wake, after};
use crate::store::{Store, StoreError};

/// Rows that one clean-up removes from each table: short enough that no webhook waits for it.
const AT_ONCE: usize = Store::FORGOTTEN_AT_ONCE;

impl Embedded {
    pub(in crate::store) async fn due(&self, now: Timestamp, most: u32) -> Result<Vec<Wake>, StoreError> {
        let now_ms = now.as_millisecond();
        let absurd_ms = after(now, self.limits.longest_wait()).as_millisecond();
        let swept_ms = now_ms - i64::try_from(self.limits.sweep_after.as_millis()).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, wake_ms FROM conversations WHERE wake_ms <= ?1 OR wake_ms > ?4
                 UNION SELECT id, pending_ms FROM conversations WHERE pending_ms <= ?2 ORDER BY 2 LIMIT ?3",
            )?;
            let rows = statement.query_map(params![now_ms, swept_ms, most, absurd_ms], |row| {
                let at = Timestamp::from_millisecond(row.get(1)?).unwrap_or_default();
                Ok(Wake { conversation: ConversationId::new(row.get::<_, String>(0)?), at })
            })?;
            rows.map(|row| row.map_err(EngineError::from)).collect()
        })
        .await
    }

    pub(in crate::store) async fn status_seen(&self, number: PhoneNumberId, at: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO numbers (id, status_seen_ms) VALUES (?1, ?2)
                     ON CONFLICT (id) DO UPDATE SET status_seen_ms = max(status_seen_ms, ?2)",
                )?
                .execute(params![number.as_str(), at.as_millisecond()])?;
            Ok(())
        })
        .await
    }

    pub(in crate::store) async fn keep_event(
        &self,
        id: EventId,
        kind: String,
        data: String,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            let statement = "INSERT OR IGNORE INTO account_events (id, kind, received_ms, data) VALUES (?1, ?2, ?3, ?4)";
            connection.prepare_cached(statement)?.execute(params![id.as_str(), kind, now.as_millisecond(), data])?;
            Ok(())
        })
        .await
    }

    pub(in crate::store) async fn expire_leases(&self, now: Timestamp) -> Result<usize, StoreError> {
        let expiry_ms = self.expiry_ms(now);
        self.write(move |connection| {
            let mut statement = connection.prepare_cached("SELECT id FROM conversations WHERE leased = 1")?;
            let ids: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let count = ids.len();
            for id in ids {
                let Some(mut held) = conversation(connection, &ConversationId::new(id))? else { continue };
                // Expired, not removed: taking over an expired lease is what counts a crash. One that ended long ago keeps its
                // time: it tells how long nobody was here.
                if let Some(lease) = &mut held.lease {
                    lease.until = lease.until.min(now);
                }
                save_conversation(connection, &held, expiry_ms)?;
            }
            Ok(count)
        })
        .await
    }

    pub(in crate::store) async fn forget_expired(&self, now: Timestamp) -> Result<usize, StoreError> {
        let now_ms = now.as_millisecond();
        let received_ms = now_ms - i64::try_from(self.retention.as_millis()).unwrap_or(i64::MAX);
        self.write(move |connection| {
            let mut gone = 0;
            for (table, column, before) in [
                ("deliveries", "received_ms", received_ms),
                ("account_events", "received_ms", received_ms),
                ("inbound", "expire_ms", now_ms),
                ("outbound", "expire_ms", now_ms),
                ("dead_letters", "expire_ms", now_ms),
            ] {
                gone += forget(connection, table, column, before)?;
            }
            gone += forget_people(connection, now_ms)?;
            Ok(gone)
        })
        .await
    }
}

fn forget(connection: &Connection, table: &str, column: &str, before: i64) -> Result<usize, EngineError> {
    let statement =
        format!("DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {column} <= ?1 LIMIT {AT_ONCE})");
    Ok(connection.prepare_cached(&statement)?.execute([before])?)
}

/// A conversation with work left stays, and so does its contact.
fn forget_people(connection: &Connection, now_ms: i64) -> Result<usize, EngineError> {
    let idle = "wake_ms IS NULL AND pending_ms IS NULL AND leased = 0";
    let old = format!("SELECT rowid FROM conversations WHERE expire_ms <= ?1 AND {idle} LIMIT {AT_ONCE}");
    let mut gone = connection.prepare_cached(&format!("DELETE FROM conversations WHERE rowid IN ({old})"))?.execute([now_ms])?;
    // Whoever writes keeps their contact young. Each part of the union has an index of its own, which holds only what is at work.
    let contact = "SELECT json_extract(doc, '$.contact') FROM conversations WHERE";
    let unused = format!(
        "SELECT rowid FROM contacts WHERE expire_ms <= ?1 AND id NOT IN
         ({contact} wake_ms IS NOT NULL UNION {contact} pending_ms IS NOT NULL UNION {contact} leased = 1) LIMIT {AT_ONCE}"
    );
    let forget_contacts = format!("DELETE FROM contacts WHERE rowid IN ({unused}) RETURNING id");
    let mut statement = connection.prepare_cached(&forget_contacts)?;
    let contacts: Vec<String> = statement.query_map([now_ms], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for contact in &contacts {
        connection.prepare_cached("DELETE FROM aliases WHERE contact = ?1")?.execute([contact])?;
    }
    gone += contacts.len();
    Ok(gone)
}

/// The newest Meta timestamp of a processed status of the number.
pub(super) fn status_seen(connection: &Connection, number: &PhoneNumberId) -> Result<Option<Timestamp>, EngineError> {
    let query = "SELECT status_seen_ms FROM numbers WHERE id = ?1";
    let ms: Option<i64> = connection.prepare_cached(query)?.query_row([number.as_str()], |row| row.get(0)).optional()?;
    Ok(ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()))
}
