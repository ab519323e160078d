//! What the store knows: whether it answers, when something last came in, what waits for a person.

use std::time::Duration;

use jiff::Timestamp;

use super::delivery::is_a_test;
use super::{Findings, Records};
use crate::domain::chain;
use crate::store::{DeliveryState, Store, StoreError};

/// How long store and queue may take for a question.
const PATIENCE: Duration = Duration::from_secs(10);
/// Among so many deliveries one is looked for that is not doctor's own.
const LOOKED_THROUGH: u32 = 20;
/// As many dead letters are counted.
const COUNTED: u32 = 50;

/// Asks store and queue. Whether the store can be asked more.
pub(super) async fn examine(records: &Records, findings: &mut Findings) -> bool {
    let (store, queue) = match records {
        Records::NotYet(place) => {
            findings.skipped("records.store", format!("nothing is kept in {place} yet: the service begins it"));
            return false;
        }
        Records::Unusable(why) => {
            findings.fail("records.store", why, "Nothing is lost: see docs/troubleshooting.md.");
            return false;
        }
        Records::There { store, queue, .. } => (store, queue),
    };
    let remedy = "Look at the checks of the area google; the service answers 503 until it is mended, and Meta delivers again.";
    match tokio::time::timeout(PATIENCE, queue.ping()).await {
        Ok(Ok(())) => findings.ok("records.queue", "it answers"),
        Ok(Err(error)) => findings.fail("records.queue", chain(&error), remedy),
        Err(_) => findings.fail("records.queue", "it does not answer within 10 s", remedy),
    }
    // Only reads: whoever examines may not be allowed to write.
    match tokio::time::timeout(PATIENCE, look(store, findings)).await {
        Ok(Ok(())) => {
            findings.ok("records.store", "it answers");
            return true;
        }
        Ok(Err(error)) => findings.fail("records.store", chain(&error), remedy),
        Err(_) => findings.fail("records.store", "it does not answer within 10 s", remedy),
    }
    false
}

/// When the newest delivery came that is none of ours.
async fn newest(store: &Store, state: Option<DeliveryState>) -> Result<Option<Timestamp>, StoreError> {
    for delivery in store.deliveries(state, LOOKED_THROUGH).await? {
        let body = store.delivery(delivery.id.clone()).await?.map(|found| found.body).unwrap_or_default();
        if !is_a_test(&body) {
            return Ok(Some(delivery.received_at));
        }
    }
    Ok(None)
}

async fn look(store: &Store, findings: &mut Findings) -> Result<(), StoreError> {
    match newest(store, None).await? {
        Some(at) => findings.ok("records.deliveries", format!("the newest came at {at:.0}")),
        None => findings.skipped("records.deliveries", "none has come lately, but for those of doctor"),
    }
    if let Some(at) = newest(store, Some(DeliveryState::Quarantined)).await? {
        let what = format!("some are in quarantine, the newest since {at:.0}");
        let remedy =
            "wabridge events list --state quarantined says why; once the ids are right: wabridge replay --state quarantined";
        findings.warn("records.quarantine", what, remedy);
    }
    let dead = store.dead_letters(true, COUNTED).await?.len();
    if dead == 0 {
        findings.ok("records.dead_letters", "none is open");
    } else {
        let most = if dead == COUNTED as usize { " or more" } else { "" };
        findings.warn("records.dead_letters", format!("{dead}{most} wait for a person"), "wabridge dead-letters list");
    }
    Ok(())
}
