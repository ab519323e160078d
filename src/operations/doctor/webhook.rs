//! The webhook as Meta sees it: name, certificate, handshake, refusals, and a delivery that goes all the way.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::{Findings, Meta, Records, delivery};
use crate::domain::chain;
use crate::http;

/// Longer than a cold start.
const PATIENCE: Duration = Duration::from_secs(20);
/// An answer of ours has a few words.
const LONGEST_ANSWER: usize = 64 * 1024;
pub(super) const IS_IT_RIGHT: &str = "Is --url the service's, and is the service running?";

/// Asks from outside. `secret`: the one by which Meta signs, where Meta was asked; `records`: where a delivery must turn up.
pub(super) async fn examine(
    meta: &Meta,
    secret: Option<&SecretString>,
    records: Option<&Records>,
    now: Timestamp,
    findings: &mut Findings,
) {
    let Some(url) = &meta.webhook else {
        return findings.skipped("webhook", "say where it is: --url https://…");
    };
    let Ok(client) = http::client(PATIENCE) else {
        return findings.skipped("webhook", "this machine's certificates cannot be read");
    };
    if !is_reached(url, findings).await || !is_alive(&client, url, findings).await {
        return;
    }
    if is_dev(&client, url).await {
        return findings.skipped("webhook", "this is dev, whose secrets are its own: there is nothing to examine");
    }
    if !handshake(meta, &client, url, findings).await {
        return;
    }
    refusals(&client, url, findings).await;
    for account in &meta.accounts {
        delivery::examine(delivery::Sent { client: &client, url, account, meta, secret }, records, now, findings).await;
    }
    if meta.accounts.is_empty() {
        findings.skipped("webhook.delivery", "WHATSAPP_WABA_ID is not set here");
    }
}

/// Only dev, and only on this machine, has a simulator.
async fn is_dev(client: &reqwest::Client, url: &Url) -> bool {
    let Ok(place) = url.join("/simulator/faults") else { return false };
    is_here(url) && matches!(answer(client.get(place)).await, Some((200, body)) if body.starts_with("{\"faults\""))
}

/// Meta never asks for `/health`: a proxy may keep it to itself. Whoever does not answer at all is asked nothing more.
async fn is_alive(client: &reqwest::Client, url: &Url, findings: &mut Findings) -> bool {
    let health = url.join("/health").unwrap_or_else(|_| url.clone());
    match client.get(health).send().await {
        Ok(answer) if answer.status().is_success() => findings.ok("webhook.health", "it answers"),
        Ok(answer) => {
            let what = format!("/health answers {}", answer.status().as_u16());
            findings.warn("webhook.health", what, "Is --url the service's? A proxy that lets the webhook alone through is fine.");
        }
        Err(error) => {
            unanswered(error, findings);
            return false;
        }
    }
    true
}

/// Name and connection, each with its own remedy; the certificate shows with the first request.
async fn is_reached(url: &Url, findings: &mut Findings) -> bool {
    let (host, port) = (url.host_str().unwrap_or_default().trim_matches(['[', ']']), url.port_or_known_default().unwrap_or(443));
    let is_here = is_here(url);
    if url.scheme() != "https" && !is_here {
        findings.fail("webhook.address", format!("{url} is not https: Meta calls nothing else"), "Give the https address.");
        return false;
    }
    let found = timeout(PATIENCE, lookup_host((host, port))).await.ok().and_then(Result::ok);
    let addresses: Vec<_> = found.into_iter().flatten().collect();
    if addresses.is_empty() {
        let remedy = "Look at the name's record (A, AAAA, CNAME) where its domain is kept, or for a misspelling.";
        findings.fail("webhook.address", format!("the name {host} leads nowhere"), remedy);
        return false;
    }
    // One after the other, as any client does.
    match timeout(PATIENCE, TcpStream::connect(&addresses[..])).await {
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

fn is_here(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn unanswered(error: reqwest::Error, findings: &mut Findings) {
    let is_tls = error.is_connect();
    let words = chain(&error.without_url());
    if words.contains("InvalidContentType") {
        let remedy = "Meta takes https alone: a proxy, a tunnel or the platform in front.";
        findings.fail("webhook.certificate", "there is no TLS at this port: it speaks http", remedy);
    } else if is_tls {
        let remedy = "Meta takes only certificates of a known authority, with the whole chain, that have not expired.";
        findings.fail("webhook.certificate", words, remedy);
    } else {
        findings.fail("webhook.health", words, IS_IT_RIGHT);
    }
}

/// False where there is no webhook at all.
async fn handshake(meta: &Meta, client: &reqwest::Client, url: &Url, findings: &mut Findings) -> bool {
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
        Some((404, _)) => {
            let remedy = "The path is /webhooks/whatsapp, where no proxy changes it.";
            findings.fail("webhook.address", format!("{url} answers 404: there is no webhook"), remedy);
            return false;
        }
        Some((status, _)) => findings.fail(check, format!("a wrong verify token gets {status} instead of 403"), IS_IT_RIGHT),
        None => findings.fail(check, "no answer", IS_IT_RIGHT),
    }
    let Some(token) = &meta.verify_token else {
        findings.skipped(check, "WHATSAPP_VERIFY_TOKEN is not set here");
        return true;
    };
    match answer(asked(token.expose_secret())).await {
        Some((200, body)) if body == CHALLENGE => findings.ok(check, "takes the verify token"),
        Some((status, _)) => {
            let remedy = "The service has another WHATSAPP_VERIFY_TOKEN than is set here (on Google Cloud: terraform output verify_token_command).";
            findings.fail(check, format!("the verify token gets {status} instead of the challenge"), remedy);
        }
        None => findings.fail(check, "no answer", IS_IT_RIGHT),
    }
    true
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

/// Status and body; `None` without an answer. Of a long body only the beginning.
pub(super) async fn answer(request: RequestBuilder) -> Option<(u16, String)> {
    let mut answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while body.len() < LONGEST_ANSWER {
        let Some(chunk) = answer.chunk().await.ok()? else { break };
        body.extend_from_slice(&chunk);
    }
    Some((status, String::from_utf8_lossy(&body).into_owned()))
}
