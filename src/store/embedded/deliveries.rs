//! Raw deliveries: kept byte by byte, listed without their bodies.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::Embedded;
use crate::domain::DeliveryId;
use crate::embedded::EngineError;
use crate::store::StoreError;
use crate::store::packing::{self, Packed};
use crate::store::record::{Delivery, DeliveryState, DeliverySummary, RawDelivery};

const COLUMNS: &str = "id, received_ms, state, events, bytes, quarantined_changes, reason";

impl Embedded {
    pub(in crate::store) async fn stage(&self, delivery: RawDelivery) -> Result<(), StoreError> {
        let Packed { encoding, body } = packing::pack(&delivery.body).map_err(broken)?;
        self.write_one(move |connection| {
            let changes = if delivery.quarantined_changes.is_empty() {
                String::new()
            } else {
                serde_json::to_string(&delivery.quarantined_changes)?
            };
            connection
                .prepare_cached(
                    "INSERT INTO deliveries
                     (id, received_ms, state, events, bytes, quarantined_changes, reason, signature, encoding, body)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                     ON CONFLICT (id) DO UPDATE SET state = ?3, events = ?4, quarantined_changes = ?6, reason = ?7
                     WHERE state != 'accepted' AND ?3 = 'accepted'",
                )?
                .execute(params![
                    delivery.id.as_str(),
                    delivery.received_at.as_millisecond(),
                    delivery.state.name(),
                    delivery.events,
                    u32::try_from(delivery.body.len()).unwrap_or(u32::MAX),
                    changes,
                    delivery.reason,
                    delivery.signature,
                    encoding,
                    &body[..],
                ])?;
            Ok(())
        })
        .await
    }

    pub(in crate::store) async fn deliveries(
        &self,
        state: Option<DeliveryState>,
        most: u32,
    ) -> Result<Vec<DeliverySummary>, StoreError> {
        let state = state.map(DeliveryState::name);
        self.read(move |connection| {
            let query =
                format!("SELECT {COLUMNS} FROM deliveries WHERE ?1 IS NULL OR state = ?1 ORDER BY received_ms DESC, id LIMIT ?2");
            let mut statement = connection.prepare_cached(&query)?;
            let rows = statement.query_map(params![state, most], summary)?;
            rows.map(|row| row.map_err(EngineError::from)).collect()
        })
        .await
    }

    pub(in crate::store) async fn deliveries_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        state: Option<DeliveryState>,
        seen: Option<(Timestamp, DeliveryId)>,
        most: u32,
    ) -> Result<Vec<DeliverySummary>, StoreError> {
        let state = state.map(DeliveryState::name);
        self.read(move |connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM deliveries WHERE received_ms >= ?1 AND received_ms < ?2 AND (?3 IS NULL OR state = ?3)
                 AND (received_ms, id) > (?4, ?5) ORDER BY received_ms, id LIMIT ?6"
            );
            let (seen_ms, seen_id) = seen.map_or((i64::MIN, String::new()), |(at, id)| (at.as_millisecond(), id.to_string()));
            let mut statement = connection.prepare_cached(&query)?;
            let range = params![from.as_millisecond(), to.as_millisecond(), state, seen_ms, seen_id, most];
            let rows = statement.query_map(range, summary)?;
            rows.map(|row| row.map_err(EngineError::from)).collect()
        })
        .await
    }

    pub(in crate::store) async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.read(move |connection| {
            // Ids are hex: a prefix ends before the next letter.
            let query =
                format!("SELECT {COLUMNS}, signature, encoding, body FROM deliveries WHERE id >= ?1 AND id < ?1 || 'g' LIMIT 2");
            let mut statement = connection.prepare_cached(&query)?;
            let mut rows = statement.query([id.as_str()])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let found = whole(row)?;
            Ok(if rows.next()?.is_none() { Some(found) } else { None })
        })
        .await
    }

    pub(in crate::store) async fn ping(&self) -> Result<(), StoreError> {
        // A write, because a full disk still reads.
        self.write_one(|connection| {
            let statement = "INSERT INTO pulse (id, beats) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET beats = beats + 1";
            connection.prepare_cached(statement)?.execute([])?;
            Ok(())
        })
        .await
    }
}

fn summary(row: &Row<'_>) -> rusqlite::Result<DeliverySummary> {
    let state: String = row.get(2)?;
    let changes: String = row.get(5)?;
    Ok(DeliverySummary {
        id: DeliveryId::new(row.get::<_, String>(0)?),
        received_at: Timestamp::from_millisecond(row.get(1)?).unwrap_or_default(),
        state: DeliveryState::parse(&state).unwrap_or(DeliveryState::Ignored),
        events: row.get(3)?,
        bytes: row.get(4)?,
        quarantined_changes: serde_json::from_str(&changes).unwrap_or_default(),
        reason: row.get(6)?,
    })
}

fn whole(row: &Row<'_>) -> Result<Delivery, EngineError> {
    let stored: Vec<u8> = row.get(9)?;
    let encoding: String = row.get(8)?;
    let body = packing::unpack(&encoding, stored).map_err(broken)?;
    Ok(Delivery { summary: summary(row)?, signature: row.get(7)?, body })
}

fn broken(error: std::io::Error) -> EngineError {
    serde_json::Error::io(error).into()
}
