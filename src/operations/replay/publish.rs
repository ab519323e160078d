//! Kept deliveries go through the service once more: what was answered is not answered again, because every event is recognised, and
//! what is older than `answer_within` is not either.

use serde::Serialize;

use super::chosen::{Chosen, Which};
use crate::domain::Ids;
use crate::ingest;
use crate::queue::Queue;
use crate::store::{Delivery, DeliveryState, RawDelivery, Store};
use crate::whatsapp::webhook;

/// What a replay did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Deliveries that were read again.
    pub deliveries: u64,
    /// Those of them that were not accepted before and are now.
    pub newly_accepted: u64,
    /// Those of them in which nothing is ours.
    pub not_ours: u64,
    /// Events that were published.
    pub events: u64,
}

/// Publishes the events of the chosen deliveries again, by the ids of today.
///
/// # Errors
/// There is no such delivery, or store or queue cannot be used. What was published until then stays; to do all of it again is harmless.
pub async fn replay(store: Store, queue: Queue, which: Which, ids: &Ids) -> anyhow::Result<Replayed> {
    let replay = Replay { store, queue, ids };
    let mut replayed = Replayed::default();
    let mut chosen = Chosen::of(&replay.store, which).await?;
    while let Some(found) = chosen.next(&replay.store).await? {
        replay.one(found, &mut replayed).await?;
    }
    Ok(replayed)
}

struct Replay<'a> {
    store: Store,
    queue: Queue,
    ids: &'a Ids,
}

impl Replay<'_> {
    async fn one(&self, Delivery { summary, signature, body }: Delivery, replayed: &mut Replayed) -> anyhow::Result<()> {
        replayed.deliveries += 1;
        let read = webhook::Delivery::read(&body).ok();
        let yields = read.and_then(|delivery| ingest::yields(self.ids, &delivery, &summary.id, summary.received_at));
        let Some((events, quarantined_changes)) = yields else {
            replayed.not_ours += 1;
            return Ok(());
        };
        replayed.newly_accepted += u64::from(summary.state != DeliveryState::Accepted);
        replayed.events += events.len() as u64;
        let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
        self.queue.publish(events).await?;
        // Only now: a delivery that says `accepted` has its events in the queue.
        let accepted = RawDelivery {
            id: summary.id,
            body: body.clone(),
            signature,
            received_at: summary.received_at,
            state: DeliveryState::Accepted,
            quarantined_changes,
            events: count,
            reason: String::new(),
        };
        Ok(self.store.stage(accepted).await?)
    }
}
