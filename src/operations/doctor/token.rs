//! The app at Meta: its access token, its secret, where its webhooks go, and Meta's clock.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use super::{App, Findings, Meta, could_not_ask};
use crate::clock::Clock;
use crate::domain::WabaId;
use crate::whatsapp::{CallFailure, CallbackFacts, Graph, MANAGEMENT, MESSAGING, TokenFacts};

/// A token that ends sooner is one to replace now: a week for somebody to find the time, and a week to spare.
const ENDS_SOON: SignedDuration = SignedDuration::from_hours(24 * 14);
/// More is a clock that nobody sets: tokens and signatures carry times.
const SKEW: SignedDuration = SignedDuration::from_secs(5);
const NEW_TOKEN: &str = "Meta Business Settings → System users → Generate token, with whatsapp_business_messaging and \
                         whatsapp_business_management, expiry never; set it as WHATSAPP_ACCESS_TOKEN.";
/// The field without which no message comes.
const MESSAGES: &str = "messages";
/// News of the account that somebody should hear of.
const WANTED: [&str; 6] = [
    "account_alerts",
    "account_update",
    "message_template_status_update",
    "phone_number_quality_update",
    "security",
    "user_preferences",
];
const CONFIGURE: &str = "Meta App Dashboard → WhatsApp → Configuration";

/// Asks Meta about token and app; what it told, where the token is good.
pub(super) async fn examine(meta: &Meta, graph: &Graph, clock: &Clock, findings: &mut Findings) -> Option<App> {
    let token = match graph.token_facts().await {
        Ok(token) => token,
        Err(failure) => {
            let remedy = match failure {
                CallFailure::Refused { .. } => NEW_TOKEN,
                CallFailure::Status(_) | CallFailure::Unreadable(_) | CallFailure::Unreachable(_) => {
                    "Look at the network, a firewall, and WHATSAPP_API_BASE_URL; then ask again."
                }
            };
            findings.fail("meta.token", failure.to_string(), remedy);
            return None;
        }
    };
    time(graph, clock, findings).await;
    validity(&token, clock.now(), findings);
    permissions(meta, &token, findings);
    if !token.is_valid {
        return None;
    }
    let secret = secret(meta, graph, findings).await.cloned();
    let callback = match &secret {
        Some(secret) => callback(graph, &token.app, secret, findings).await,
        None => None,
    };
    Some(App { token, secret, callback })
}

async fn time(graph: &Graph, clock: &Clock, findings: &mut Findings) {
    let began = Instant::now();
    let Some(theirs) = graph.time_at_meta().await else {
        return findings.skipped("meta.clock", "Meta's answer has no date");
    };
    // Somewhere on the way it was that time, in whole seconds.
    let way = SignedDuration::try_from(began.elapsed()).unwrap_or_default();
    let skew = theirs.duration_since(clock.now()).abs();
    if skew > SKEW + way {
        let seconds = skew.as_secs();
        findings.warn("meta.clock", format!("{seconds} s between this clock and Meta's"), "Let the system set its clock (NTP).");
    } else {
        findings.ok("meta.clock", "as Meta's, to the second or two");
    }
}

fn validity(token: &TokenFacts, now: Timestamp, findings: &mut Findings) {
    let ends = token.expires_at.map_or_else(|| "does not expire".to_owned(), |at| format!("expires at {at}"));
    if !token.is_valid {
        return findings.fail("meta.token", format!("Meta no longer takes it ({ends})"), NEW_TOKEN);
    }
    if token.expires_at.is_some_and(|at| at.duration_since(now) < ENDS_SOON) {
        let what = format!("it {ends}: from then on nothing is sent");
        return findings.warn("meta.token", what, NEW_TOKEN);
    }
    if token.kind != "SYSTEM_USER" {
        let what = format!("it is of the kind {}, and ends when that person leaves or logs out", token.kind);
        return findings.warn("meta.token", what, NEW_TOKEN);
    }
    findings.ok("meta.token", format!("of a system user, {ends}, of the app {}", token.app));
}

fn permissions(meta: &Meta, token: &TokenFacts, findings: &mut Findings) {
    for (permission, without) in [(MESSAGING, "no message can be sent"), (MANAGEMENT, "neither doctor nor subscribe can work")] {
        let check = "meta.permissions";
        let Some(accounts) = token.permissions.get(permission) else {
            findings.fail(check, format!("the token lacks {permission}: {without}"), NEW_TOKEN);
            continue;
        };
        let outside: Vec<_> = meta.accounts.iter().filter(|account| !covers(accounts, account)).collect();
        for account in &outside {
            let what = format!("{permission} does not hold for the account {account}");
            let remedy =
                "Meta Business Settings → System users → Assign assets: the WhatsApp account, full control; then a new token.";
            findings.fail(check, what, remedy);
        }
        if outside.is_empty() {
            findings.ok(check, permission);
        }
    }
}

fn covers(accounts: &[WabaId], account: &WabaId) -> bool {
    accounts.is_empty() || accounts.contains(account)
}

/// The secret that is the app's today, if there is one.
async fn secret<'a>(meta: &'a Meta, graph: &Graph, findings: &mut Findings) -> Option<&'a SecretString> {
    let check = "meta.app_secret";
    let mut good = None;
    let mut old = 0;
    for secret in &meta.app_secrets {
        match graph.is_secret_of_the_app(secret).await {
            Ok(true) => good = Some(secret),
            Ok(false) => old += 1,
            Err(failure) => {
                could_not_ask(check, &failure, findings);
                return None;
            }
        }
    }
    match (good, old) {
        (None, 0) => findings.skipped(check, "WHATSAPP_APP_SECRET is not set here"),
        (None, _) => {
            let what = "it is of another app than the token, or was reset: every delivery gets 403";
            let remedy = "Meta App Dashboard → App settings → Basic → App secret; set it as WHATSAPP_APP_SECRET.";
            findings.fail(check, what, remedy);
        }
        (Some(_), 0) => findings.ok(check, "that of the token's app"),
        (Some(_), old) => {
            let what = format!("one is that of the token's app, {old} more is not");
            findings.warn(check, what, "Take the old one out of WHATSAPP_APP_SECRET a week after the reset.");
        }
    }
    good
}

/// The app's callback URL, if it has one.
async fn callback(graph: &Graph, app: &str, secret: &SecretString, findings: &mut Findings) -> Option<String> {
    let check = "meta.callback";
    let found = match graph.callback_facts(app, secret).await {
        Ok(found) => found,
        Err(failure) => {
            could_not_ask(check, &failure, findings);
            return None;
        }
    };
    let Some(found) = found else {
        let remedy = format!("{CONFIGURE}: enter callback URL and verify token, then subscribe the field messages.");
        findings.fail(check, format!("the app {app} has no callback URL for WhatsApp: nothing comes"), remedy);
        return None;
    };
    if found.is_active {
        findings.ok(check, format!("the app's is {}", found.url));
    } else {
        findings.fail(check, format!("{} is switched off", found.url), format!("{CONFIGURE}: verify and save it again."));
    }
    fields(&found, findings);
    Some(found.url)
}

fn fields(found: &CallbackFacts, findings: &mut Findings) {
    let has = |wanted: &str| found.fields.iter().any(|field| field == wanted);
    let remedy = format!("{CONFIGURE} → Webhook fields.");
    if !has(MESSAGES) {
        return findings.fail("meta.fields", "messages is not subscribed: neither messages nor statuses come", remedy);
    }
    let missing: Vec<_> = WANTED.into_iter().filter(|wanted| !has(wanted)).collect();
    if missing.is_empty() {
        findings.ok("meta.fields", format!("messages and {} more", found.fields.len() - 1));
    } else {
        let what = format!("messages, but not {}: what happens to the account is not told", missing.join(", "));
        findings.warn("meta.fields", what, remedy);
    }
}
