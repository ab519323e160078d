//! A delivery that goes all the way: to the receiver, into the store, through the queue to the consumer.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Url;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tokio::time::{sleep, timeout};

use super::webhook::{IS_IT_RIGHT, answer};
use super::{Findings, Meta, Records};
use crate::domain::{DeliveryId, EventId, PhoneNumberId, WabaId};
use crate::ingest;
use crate::simulator::{sample_delivery, sign};
use crate::store::{DeliveryState, Store};
use crate::whatsapp::webhook::Delivery;

/// What has been answered 200 is in the store: this is only for its answer to a reader.
const STORED_WITHIN: Duration = Duration::from_secs(5);
/// A push, a cold start of the consumer, a write.
const RECORDED_WITHIN: Duration = Duration::from_secs(40);
const AGAIN: Duration = Duration::from_millis(250);
/// By these words a delivery of doctor's is known.
const MARK: &str = "a test by wabridge doctor at ";

/// Where it goes, for whom, and who signs.
pub(super) struct Sent<'a> {
    pub(super) client: &'a reqwest::Client,
    pub(super) url: &'a Url,
    pub(super) account: &'a WabaId,
    pub(super) meta: &'a Meta,
    /// The secret by which Meta signs, where Meta was asked.
    pub(super) secret: Option<&'a SecretString>,
}

/// Sends one of a field that Meta does not have: it is kept, and it can answer nobody and be evidence of nothing.
pub(super) async fn examine(sent: Sent<'_>, records: Option<&Records>, now: Timestamp, findings: &mut Findings) {
    let check = "webhook.delivery";
    let body = test_delivery(sent.account, now);
    let Some((status, said)) = accepted(&sent, &body).await else {
        return findings.skipped(check, "WHATSAPP_APP_SECRET is not set here");
    };
    match status {
        200 => findings.ok(check, format!("a signed one for {} gets 200 (it names no number)", sent.account)),
        403 if said.contains("foreign") => {
            let remedy = "The service has another WHATSAPP_WABA_ID than is set here: compare the two.";
            return findings.fail(check, format!("the account {} is refused as foreign", sent.account), remedy);
        }
        403 => {
            let remedy = "The service has another WHATSAPP_APP_SECRET than is set here, or has not read the new one yet (half a minute): compare the two.";
            return findings.fail(check, "one signed as Meta does gets 403", remedy);
        }
        503 => {
            let remedy = "Store or queue do not answer the service: its log says which; look at the checks of the area google.";
            return findings.fail(check, "a signed one gets 503: it could not be made durable", remedy);
        }
        0 => return findings.fail(check, "no answer", IS_IT_RIGHT),
        other => return findings.fail(check, format!("a signed one gets {other}"), IS_IT_RIGHT),
    }
    match records {
        Some(Records::There { store, place, .. }) => followed(store, place, &body, findings).await,
        Some(Records::NotYet(_) | Records::Unusable(_)) | None => {
            findings.skipped("webhook.stored", "the store cannot be asked from here");
        }
    }
}

/// Status (0: no answer) and words of the receiver; `None` without a secret. Where nobody knows by which one Meta signs, each is tried.
async fn accepted(sent: &Sent<'_>, body: &[u8]) -> Option<(u16, String)> {
    let mut newest = None;
    for secret in sent.secret.map_or(&sent.meta.app_secrets[..], std::slice::from_ref) {
        let request = sent.client.post(sent.url.clone()).header("Content-Type", "application/json");
        let request = request.header("X-Hub-Signature-256", sign(secret, body)).body(body.to_vec());
        let got = answer(request).await.unwrap_or_default();
        let is_refused = got.0 == 403 && !got.1.contains("foreign");
        newest = Some(got);
        if !is_refused {
            break;
        }
    }
    newest
}

fn test_delivery(account: &WabaId, now: Timestamp) -> Vec<u8> {
    let text = format!("{MARK}{now}");
    sample_delivery("unknown", account, &PhoneNumberId::new("0"), "", &text, now).unwrap_or_default()
}

/// Whether a delivery is one of doctor's.
pub(super) fn is_a_test(body: &[u8]) -> bool {
    body.windows(MARK.len()).any(|part| part == MARK.as_bytes())
}

/// Whether the store has it, and whether the consumer has worked it off: with that, Pub/Sub's push and the consumer's checks are good.
async fn followed(store: &Store, place: &str, body: &[u8], findings: &mut Findings) {
    let id = DeliveryId::new(hex::encode(Sha256::digest(body)));
    let Some(events) = until(STORED_WITHIN, async || stored(store, &id).await).await else {
        let what = format!("it is not in {place}");
        return findings.fail("webhook.stored", what, "The service keeps its records elsewhere: look at its first lines (data …), or at terraform output operator_environment.");
    };
    findings.ok("webhook.stored", format!("it is in {place}"));
    let Some(event) = events.first() else {
        let what = "it is in quarantine: the service does not know the account as its own, and answers nobody";
        return findings.fail(
            "webhook.recorded",
            what,
            "Set WHATSAPP_WABA_ID and WHATSAPP_PHONE_NUMBER_ID where the service runs.",
        );
    };
    let recorded = async || store.kept_event(event.clone()).await.ok().flatten().map(drop);
    if until(RECORDED_WITHIN, recorded).await.is_some() {
        findings.ok("webhook.recorded", "the consumer took its event from the queue and kept it");
    } else {
        let remedy = "Is the consumer running? Its log names the pushes that it refuses (401: audience or service account differ); \
                      the area google compares the subscriptions.";
        findings.fail("webhook.recorded", "its event was not taken from the queue within 40 s", remedy);
    }
}

/// The events of a delivery that is in the store.
async fn stored(store: &Store, id: &DeliveryId) -> Option<Vec<EventId>> {
    let found = store.delivery(id.clone()).await.ok().flatten()?;
    let summary = &found.summary;
    if summary.state != DeliveryState::Accepted {
        return Some(Vec::new());
    }
    let delivery = Delivery::read(&found.body).ok()?;
    let events = ingest::events(&delivery, &summary.id, &summary.quarantined_changes, summary.received_at);
    Some(events.into_iter().map(|event| event.id).collect())
}

async fn until<T>(most: Duration, ask: impl AsyncFn() -> Option<T>) -> Option<T> {
    let asked = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            sleep(AGAIN).await;
        }
    };
    timeout(most, asked).await.ok()
}
