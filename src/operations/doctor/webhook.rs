//! The webhook as Meta sees it: name, certificate, handshake, refusals, and a delivery that goes all the way.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};

use super::{Findings, Meta, Records};
use crate::domain::{DeliveryId, EventId, PhoneNumberId, WabaId, chain};
use crate::ingest;
use crate::simulator::{sample_delivery, sign};
use crate::store::{DeliveryState, Store};
use crate::whatsapp::http;
use crate::whatsapp::webhook::Delivery;

/// Longer than a cold start.
const PATIENCE: Duration = Duration::from_secs(20);
/// What has been answered 200 is in the store: this is only for its answer to a reader.
const STORED_WITHIN: Duration = Duration::from_secs(5);
/// A push, a cold start of the consumer, a write.
const RECORDED_WITHIN: Duration = Duration::from_secs(40);
const AGAIN: Duration = Duration::from_millis(250);
const IS_IT_RIGHT: &str = "Is --url the service's, and is the service running? terraform output webhook_url";

/// Asks from outside. `None`: nobody said where it is.
pub(super) async fn examine(meta: &Meta, records: Option<&Records>, now: Timestamp, findings: &mut Findings) {
    let Some(url) = &meta.webhook else {
        return findings.skipped("webhook", "say where it is: --url https://…");
    };
    let (Ok(url), Ok(client)) = (Url::parse(url), http::client(PATIENCE)) else {
        return findings.fail("webhook", format!("{url} is no address"), IS_IT_RIGHT);
    };
    if !is_reached(&url, findings).await {
        return;
    }
    let health = url.join("/health").unwrap_or_else(|_| url.clone());
    match client.get(health).send().await {
        Ok(answer) if answer.status().is_success() => findings.ok("webhook.health", "it answers"),
        Ok(answer) => return findings.fail("webhook.health", format!("/health answers {}", answer.status()), IS_IT_RIGHT),
        Err(error) => return unanswered("webhook.health", error, findings),
    }
    handshake(meta, &client, &url, findings).await;
    refusals(&client, &url, findings).await;
    delivery(meta, records, &client, &url, now, findings).await;
}

/// Name and connection, each with its own remedy; the certificate shows with the first request.
async fn is_reached(url: &Url, findings: &mut Findings) -> bool {
    let (host, port) = (url.host_str().unwrap_or_default().trim_matches(['[', ']']), url.port_or_known_default().unwrap_or(443));
    let is_here = matches!(host, "localhost" | "127.0.0.1" | "::1");
    if url.scheme() != "https" && !is_here {
        findings.fail("webhook.address", format!("{url} is not https: Meta calls nothing else"), "Give the https address.");
        return false;
    }
    let found = timeout(PATIENCE, lookup_host((host, port))).await.ok().and_then(Result::ok);
    let Some(address) = found.and_then(|mut found| found.next()) else {
        let remedy = "Look at the name's record (A, AAAA, CNAME) where its domain is kept, or for a misspelling.";
        findings.fail("webhook.address", format!("the name {host} leads nowhere"), remedy);
        return false;
    };
    match timeout(PATIENCE, TcpStream::connect(address)).await {
        Ok(Ok(_)) if is_here => findings.ok("webhook.address", "this machine: Meta cannot reach it, a tunnel can"),
        Ok(Ok(_)) => findings.ok("webhook.address", host),
        Ok(Err(error)) => {
            findings.fail("webhook.address", format!("nothing listens at {host}, port {port}: {error}"), IS_IT_RIGHT);
            return false;
        }
        Err(_) => {
            findings.fail("webhook.address", format!("{host}, port {port} does not answer"), "Look for a firewall in between.");
            return false;
        }
    }
    true
}

fn unanswered(check: &str, error: reqwest::Error, findings: &mut Findings) {
    let is_tls = error.is_connect();
    let words = chain(&error.without_url());
    if is_tls {
        let remedy = "Meta takes only certificates of a known authority, with the whole chain, that have not expired.";
        findings.fail("webhook.certificate", words, remedy);
    } else {
        findings.fail(check, words, IS_IT_RIGHT);
    }
}

async fn handshake(meta: &Meta, client: &reqwest::Client, url: &Url, findings: &mut Findings) {
    const CHALLENGE: &str = "1158201444";
    let check = "webhook.handshake";
    let asked = |token: &str| {
        let mut url = url.clone();
        let pairs = [("hub.mode", "subscribe"), ("hub.verify_token", token), ("hub.challenge", CHALLENGE)];
        url.query_pairs_mut().extend_pairs(pairs);
        client.get(url)
    };
    match answer(asked("doctor-asks-with-a-wrong-word")).await {
        Some((403, _)) => findings.ok(check, "refuses a wrong verify token"),
        Some((status, _)) => findings.fail(check, format!("a wrong verify token gets {status} instead of 403"), IS_IT_RIGHT),
        None => findings.fail(check, "no answer", IS_IT_RIGHT),
    }
    let Some(token) = &meta.verify_token else {
        return findings.skipped(check, "WHATSAPP_VERIFY_TOKEN is not set here");
    };
    match answer(asked(token.expose_secret())).await {
        Some((200, body)) if body == CHALLENGE => findings.ok(check, "takes the verify token"),
        Some((status, _)) => {
            let remedy = "The service has another WHATSAPP_VERIFY_TOKEN: terraform output verify_token_command prints its own.";
            findings.fail(check, format!("the verify token gets {status} instead of the challenge"), remedy);
        }
        None => findings.fail(check, "no answer", IS_IT_RIGHT),
    }
}

async fn refusals(client: &reqwest::Client, url: &Url, findings: &mut Findings) {
    let check = "webhook.signature";
    let remedy = "This is not Wabridge's receiver, or something before it answers in its place: anybody could write messages.";
    for (what, signature, wanted) in [("an unsigned", None, 401), ("a wrongly signed", Some("0".repeat(64)), 403)] {
        let mut request = client.post(url.clone()).header("Content-Type", "application/json").body("{}");
        if let Some(signature) = signature {
            request = request.header("X-Hub-Signature-256", format!("sha256={signature}"));
        }
        match answer(request).await {
            Some((status, _)) if status == wanted => findings.ok(check, format!("{what} delivery gets {wanted}")),
            Some((status, _)) => findings.fail(check, format!("{what} delivery gets {status} instead of {wanted}"), remedy),
            None => findings.fail(check, "no answer", IS_IT_RIGHT),
        }
    }
}

/// Of a field that Meta does not have: it is kept, and it can answer nobody and be evidence of nothing.
async fn delivery(
    meta: &Meta,
    records: Option<&Records>,
    client: &reqwest::Client,
    url: &Url,
    now: Timestamp,
    findings: &mut Findings,
) {
    let check = "webhook.delivery";
    let (Some(secret), Some(account)) = (meta.app_secrets.first(), meta.accounts.first()) else {
        return findings.skipped(check, "WHATSAPP_APP_SECRET and WHATSAPP_WABA_ID are not set here");
    };
    let body = test_delivery(account, now);
    match answer(signed(client, url, secret, &body)).await {
        Some((200, _)) => findings.ok(check, "a signed one gets 200"),
        Some((403, body)) if body.contains("foreign") => {
            let remedy = "The service has another WHATSAPP_WABA_ID: compare the two.";
            return findings.fail(check, format!("the account {account} is refused as foreign"), remedy);
        }
        Some((403, _)) => {
            let remedy =
                "The service has another WHATSAPP_APP_SECRET, or has not read the new one yet (half a minute): compare the two.";
            return findings.fail(check, "a signed one gets 403", remedy);
        }
        Some((503, _)) => {
            let remedy = "Store or queue do not answer the service: its log says which; look at the checks of the area google.";
            return findings.fail(check, "a signed one gets 503: it could not be made durable", remedy);
        }
        Some((status, _)) => return findings.fail(check, format!("a signed one gets {status}"), IS_IT_RIGHT),
        None => return findings.fail(check, "no answer", IS_IT_RIGHT),
    }
    match records {
        Some(Records::There { store, place, .. }) => followed(store, place, &body, findings).await,
        Some(Records::NotYet(_) | Records::Unusable(_)) | None => {
            findings.skipped("webhook.stored", "the store cannot be asked from here");
        }
    }
}

fn test_delivery(account: &WabaId, now: Timestamp) -> Vec<u8> {
    let text = format!("a test by wabridge doctor at {now}");
    sample_delivery("unknown", account, &PhoneNumberId::new("0"), "", &text, now).unwrap_or_default()
}

fn signed(client: &reqwest::Client, url: &Url, secret: &SecretString, body: &[u8]) -> RequestBuilder {
    let request = client.post(url.clone()).header("Content-Type", "application/json");
    request.header("X-Hub-Signature-256", sign(secret, body)).body(body.to_vec())
}

/// Whether the store has it, and whether the consumer has worked it off: with that, Pub/Sub's push and the consumer's checks are good.
async fn followed(store: &Store, place: &str, body: &[u8], findings: &mut Findings) {
    let id = DeliveryId::new(hex::encode(Sha256::digest(body)));
    let Some(events) = until(STORED_WITHIN, async || stored(store, &id).await).await else {
        let what = format!("it is not in {place}");
        return findings.fail("webhook.stored", what, "Is this the store of the service? terraform output operator_environment");
    };
    findings.ok("webhook.stored", format!("it is in {place}"));
    let Some(event) = events.first() else {
        return findings.skipped("webhook.recorded", "it is in quarantine: the service does not know the account as its own");
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

async fn answer(request: RequestBuilder) -> Option<(u16, String)> {
    let answer = request.send().await.ok()?;
    Some((answer.status().as_u16(), answer.text().await.ok()?))
}
