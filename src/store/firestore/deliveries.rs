//! Raw deliveries: kept byte by byte, listed without their bodies. A large body is compressed, and cut into pieces where that is not
//! enough; the pieces are there before the head is.

use bytes::Bytes;
use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::Cloud;
use super::collections::{CHUNKS, DELIVERIES, EXPIRE_AT};
use super::tries::Tries;
use super::work::Work;
use crate::domain::DeliveryId;
use crate::firestore::{Bound, Fields, FirestoreError, Found, Key, Order, Query};
use crate::store::StoreError;
use crate::store::packing::{self, LARGEST_PIECE, Packed};
use crate::store::record::{Delivery, DeliveryState, DeliverySummary, RawDelivery};

/// Deliveries come in time after time: without shards each of them would be written at the same end of one index.
const SHARDS: u32 = 16;

impl Cloud {
    pub(in crate::store) async fn stage(&self, delivery: RawDelivery) -> Result<(), StoreError> {
        let Packed { encoding, body } = packing::pack(&delivery.body).map_err(|_| FirestoreError::Shape(DELIVERIES))?;
        let pieces = self.stage_pieces(&delivery, &body).await?;
        let key = Key::new(DELIVERIES, delivery.id.as_str());
        let mut tries = Tries::new(&self.db);
        // Almost every delivery is new: the first try does not look.
        let mut is_new = true;
        loop {
            let mut work = Work::new(&self.db);
            let known = if is_new { None } else { work.find(&key).await? };
            let state = known.and_then(|fields| fields.read_text("state")).and_then(DeliveryState::parse);
            let received_at = known.and_then(|fields| fields.read_time("received_at")).unwrap_or(delivery.received_at);
            // A twin changes nothing, unless it is accepted now and was not before.
            if state.is_some_and(|state| state == DeliveryState::Accepted || delivery.state != DeliveryState::Accepted) {
                return Ok(());
            }
            let fields = head(&delivery, received_at, encoding).number("pieces", i64::from(pieces));
            let fields = fields.time(EXPIRE_AT, self.expiry(received_at));
            let fields = if pieces == 0 { fields.bytes("body", &body) } else { fields };
            if is_new {
                work.create(key.clone(), fields);
            } else {
                work.put(key.clone(), fields);
            }
            if tries.commit(work, ()).await?.is_some() {
                return Ok(());
            }
            is_new = false;
        }
    }

    /// Returns how many there are: none where the body fits into the head.
    async fn stage_pieces(&self, delivery: &RawDelivery, body: &Bytes) -> Result<u32, StoreError> {
        if body.len() <= LARGEST_PIECE {
            return Ok(0);
        }
        let mut count = 0;
        for piece in body.chunks(LARGEST_PIECE) {
            let mut work = Work::new(&self.db);
            let fields = Fields::new().bytes("body", piece);
            work.put(piece_key(&delivery.id, count), fields.time(EXPIRE_AT, self.expiry(delivery.received_at)));
            // The same bytes whoever writes them: nothing depends on who is first, and after an error Meta delivers again.
            if Tries::new(&self.db).commit(work, ()).await?.is_none() {
                return Err(FirestoreError::Unclear.into());
            }
            count += 1;
        }
        Ok(count)
    }

    pub(in crate::store) async fn deliveries(
        &self,
        state: Option<DeliveryState>,
        most: u32,
    ) -> Result<Vec<DeliverySummary>, StoreError> {
        let of_shard = |shard| of_state(shard, state).by("received_at", Order::Falling).most(most);
        let mut found = self.of_all_shards(of_shard).await?;
        found.sort_by(|one, other| (other.received_at, &one.id).cmp(&(one.received_at, &other.id)));
        found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(found)
    }

    pub(in crate::store) async fn deliveries_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        state: Option<DeliveryState>,
        seen: Option<(Timestamp, DeliveryId)>,
        most: u32,
    ) -> Result<Vec<DeliverySummary>, StoreError> {
        // Firestore's time begins in the year 1.
        let (from, to) = (from.max(Timestamp::UNIX_EPOCH), to);
        let of_shard = |shard| {
            let all = of_state(shard, state).within("received_at", Bound::From(from)).within("received_at", Bound::Before(to));
            let ordered = all.by("received_at", Order::Rising).most(most);
            match &seen {
                Some((at, id)) => ordered.after(*at, id.as_str()),
                None => ordered,
            }
        };
        let mut found = self.of_all_shards(of_shard).await?;
        found.sort_by(|one, other| (one.received_at, &one.id).cmp(&(other.received_at, &other.id)));
        found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(found)
    }

    async fn of_all_shards(&self, query: impl Fn(u32) -> Query) -> Result<Vec<DeliverySummary>, FirestoreError> {
        let found = try_join_all((0..SHARDS).map(|shard| self.db.query(query(shard)))).await?;
        Ok(found.iter().flatten().map(summary).collect())
    }

    pub(in crate::store) async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        let found = self.db.query(Query::of(DELIVERIES).begins(id.as_str()).most(2)).await?;
        let [found] = &found[..] else { return Ok(None) };
        let summary = summary(found);
        let pieces = found.fields.read_number("pieces").and_then(|pieces| u32::try_from(pieces).ok()).unwrap_or(0);
        let mut stored = found.fields.read_bytes("body").unwrap_or_default().to_vec();
        for piece in 0..pieces {
            let mut work = Work::new(&self.db);
            let fields = work.find(&piece_key(&summary.id, piece)).await?.ok_or(FirestoreError::Shape(CHUNKS))?;
            stored.extend_from_slice(fields.read_bytes("body").ok_or(FirestoreError::Shape(CHUNKS))?);
        }
        let encoding = found.fields.read_text("encoding").unwrap_or_default();
        let body = packing::unpack(encoding, stored).map_err(|_| FirestoreError::Shape(DELIVERIES))?;
        let signature = found.fields.read_text("signature").unwrap_or_default().to_owned();
        Ok(Some(Delivery { summary, signature, body }))
    }
}

fn of_state(shard: u32, state: Option<DeliveryState>) -> Query {
    let all = Query::of(DELIVERIES).counts("shard", i64::from(shard));
    match state {
        Some(state) => all.is("state", state.name()),
        None => all,
    }
}

fn piece_key(id: &DeliveryId, piece: u32) -> Key {
    Key::new(CHUNKS, format!("{}-{piece}", id.as_str()))
}

fn head(delivery: &RawDelivery, received_at: Timestamp, encoding: &str) -> Fields {
    let changes: Vec<String> = delivery.quarantined_changes.iter().map(u32::to_string).collect();
    // The id is a hash: its first digit is as good as drawn.
    let shard = delivery.id.as_str().chars().next().and_then(|digit| digit.to_digit(16)).unwrap_or(0);
    Fields::new()
        .time("received_at", received_at)
        .number("shard", i64::from(shard % SHARDS))
        .text("state", delivery.state.name())
        .number("events", i64::from(delivery.events))
        .number("bytes", i64::try_from(delivery.body.len()).unwrap_or(i64::MAX))
        .text("quarantined_changes", changes.join(","))
        .text("reason", delivery.reason.clone())
        .text("signature", delivery.signature.clone())
        .text("encoding", encoding)
}

fn summary(found: &Found) -> DeliverySummary {
    let fields = &found.fields;
    let number = |name| fields.read_number(name).and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
    let changes = fields.read_text("quarantined_changes").unwrap_or_default();
    DeliverySummary {
        id: DeliveryId::new(found.id.clone()),
        received_at: fields.read_time("received_at").unwrap_or_default(),
        state: fields.read_text("state").and_then(DeliveryState::parse).unwrap_or(DeliveryState::Ignored),
        events: number("events"),
        bytes: number("bytes"),
        quarantined_changes: changes.split(',').filter_map(|change| change.parse().ok()).collect(),
        reason: fields.read_text("reason").unwrap_or_default().to_owned(),
    }
}
