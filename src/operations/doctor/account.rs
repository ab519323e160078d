//! The accounts and the numbers at Meta.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{App, Findings, Meta, could_not_ask, is_same};
use crate::domain::WabaId;
use crate::whatsapp::{Graph, Health, NumberFacts, class};

/// Messages per second that Meta allows a number of each kind.
const STANDARD: u32 = 80;
const COEXISTENCE: u32 = 20;

/// Asks Meta about every account and every number of ours.
pub(super) async fn examine(meta: &Meta, graph: &Graph, app: &App, findings: &mut Findings) {
    let mut seen = Some(BTreeSet::new());
    for account in &meta.accounts {
        let elsewhere = subscribed(graph, account, app, findings).await;
        account_itself(graph, account, findings).await;
        match graph.numbers_of(account).await {
            Err(failure) => {
                could_not_ask("meta.numbers", &failure, findings);
                seen = None;
            }
            Ok((numbers, are_all)) => {
                seen = seen.filter(|_| are_all);
                for number in numbers {
                    one_number(meta, &number, findings);
                    address(meta, &number, elsewhere.as_deref().or(app.callback.as_deref()), findings);
                    if let Some(seen) = &mut seen {
                        seen.insert(number.id);
                    }
                }
            }
        }
    }
    for number in seen.iter().flat_map(|seen| meta.numbers.difference(seen)) {
        let what = format!("{number} is no number of the account: what is sent with it fails");
        let remedy = "WHATSAPP_PHONE_NUMBER_ID takes the id, not the phone number: Meta App Dashboard → WhatsApp → API Setup.";
        findings.fail("meta.numbers", what, remedy);
    }
}

/// Verification and the dashboard's test button work without it: nobody looks for it here. Where the account has an address of its own, that.
async fn subscribed(graph: &Graph, account: &WabaId, app: &App, findings: &mut Findings) -> Option<String> {
    let check = "meta.subscribed_apps";
    let apps = match graph.subscribed_apps(account).await {
        Ok(apps) => apps,
        Err(failure) => {
            could_not_ask(check, &failure, findings);
            return None;
        }
    };
    let Some(found) = apps.into_iter().find(|found| found.id == app.token.app) else {
        let what = format!("the account {account} does not send its webhooks to the app {}: no message comes", app.token.app);
        findings.fail(check, what, "wabridge subscribe");
        return None;
    };
    findings.ok(check, format!("the account {account} sends its webhooks to the app {}", found.id));
    Some(found.elsewhere).filter(|address| !address.is_empty())
}

/// Where the webhooks of one of our numbers really go: an address of the number wins over one of the account, that over the app's.
fn address(meta: &Meta, number: &NumberFacts, before: Option<&str>, findings: &mut Findings) {
    let check = "meta.webhook";
    if !meta.numbers.contains(&number.id) {
        return;
    }
    let told = number.webhook_configuration.address();
    let Some((address, whose)) = told.or(before.map(|address| (address, "the app's or the account's"))) else {
        return findings.skipped(check, format!("{}: Meta does not say where its webhooks go", number.id));
    };
    match &meta.webhook {
        Some(ours) if !is_same(ours, address) => {
            let what = format!("the webhooks of {} go to {address} ({whose}), not to {ours}", number.id);
            let remedy = "Meta App Dashboard → WhatsApp → Configuration → Callback URL; one of the account is taken back by wabridge subscribe.";
            findings.fail(check, what, remedy);
        }
        Some(_) => findings.ok(check, format!("those of {} come to us", number.id)),
        None => findings.ok(check, format!("those of {} go to {address}", number.id)),
    }
}

async fn account_itself(graph: &Graph, account: &WabaId, findings: &mut Findings) {
    let check = "meta.account";
    let facts = match graph.account_facts(account).await {
        Ok(facts) => facts,
        Err(failure) => return could_not_ask(check, &failure, findings),
    };
    let name = format!("{account} ({})", facts.name);
    let remedy = "Meta Business Suite → Business Support Home shows what is wrong and asks for a review.";
    match facts.review.as_str() {
        "REJECTED" => findings.fail(check, format!("{name}: Meta's review rejected it"), remedy),
        "PENDING" => findings.warn(check, format!("{name}: Meta's review has not ended"), "Wait for it: usually a day."),
        _ => findings.ok(check, name),
    }
    health("meta.health", &facts.health, findings);
}

fn one_number(meta: &Meta, number: &NumberFacts, findings: &mut Findings) {
    let id = &number.id;
    if !meta.numbers.contains(id) {
        let what = format!("{id} ({}) belongs to the account, but not to WHATSAPP_PHONE_NUMBER_ID", number.name);
        return findings.warn("meta.numbers", what, "Add it there, or its deliveries are refused as foreign.");
    }
    let is_elsewhere = !matches!(number.platform.as_str(), "CLOUD_API" | "");
    let is_away = matches!(number.status.as_str(), "PENDING" | "DISCONNECTED" | "UNVERIFIED" | "MIGRATED" | "DELETED");
    if !is_elsewhere && !is_away {
        findings.ok("meta.numbers", described(number));
        if matches!(number.status.as_str(), "FLAGGED" | "RESTRICTED" | "RATE_LIMITED" | "BANNED") {
            let what = format!("{id} is {}: Meta lets it send less, or nothing", number.status);
            findings.warn("meta.numbers", what, "WhatsApp Manager → Phone numbers says why; send only what people asked for.");
        }
    } else {
        let what = format!(
            "{id} is not registered for the Cloud API ({}, {})",
            or_unknown(&number.platform),
            or_unknown(&number.status)
        );
        findings.fail(
            "meta.numbers",
            what,
            "Register it with its PIN: Meta App Dashboard → WhatsApp → API Setup, or WhatsApp Manager.",
        );
    }
    name(number, findings);
    quality(number, findings);
    pace(meta.rate, number, findings);
    health("meta.health", &Health { entities: only_the_number(&number.health) }, findings);
}

/// The account, the portfolio and the app are said once, by the account.
fn only_the_number(health: &Health) -> Vec<crate::whatsapp::Part> {
    health.entities.iter().filter(|part| part.kind == "PHONE_NUMBER").cloned().collect()
}

fn described(number: &NumberFacts) -> String {
    let mut text = format!("{} ({}) is registered", number.id, number.name);
    if !number.limit.is_empty() {
        let _ = write!(text, ", may write first to {} people a day", number.limit.trim_start_matches("TIER_"));
    }
    if number.mode == "SANDBOX" {
        text.push_str("; a test number: it reaches only the people listed at Meta App Dashboard → WhatsApp → API Setup → To");
    }
    text
}

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "unknown" } else { text }
}

fn name(number: &NumberFacts, findings: &mut Findings) {
    let remedy = "WhatsApp Manager → Phone numbers → the number → Profile: choose a name by Meta's rules.";
    match number.name_status.as_str() {
        "DECLINED" | "EXPIRED" => {
            findings.fail("meta.name", format!("{}: Meta does not accept the name {}", number.id, number.name), remedy);
        }
        "PENDING_REVIEW" => {
            let what = format!("{}: Meta has not yet accepted the name {}", number.id, number.name);
            findings.warn("meta.name", what, "Wait for it: until then little can be sent.");
        }
        _ => findings.ok("meta.name", format!("{}: {}", number.id, number.name)),
    }
}

fn quality(number: &NumberFacts, findings: &mut Findings) {
    match number.quality.as_str() {
        colour @ ("RED" | "YELLOW") => {
            let what = format!("{}: people block or report its messages (quality {colour})", number.id);
            findings.warn(
                "meta.quality",
                what,
                "Send less that nobody asked for; RED for a while lowers what Meta lets you send.",
            );
        }
        colour => findings.ok("meta.quality", format!("{}: {}", number.id, or_unknown(colour))),
    }
}

fn pace(rate: u32, number: &NumberFacts, findings: &mut Findings) {
    let (most, why) = match () {
        () if number.is_in_the_phone_app => (COEXISTENCE, "it is used in the phone app as well"),
        () if number.throughput.level == "HIGH" => {
            return findings.ok("meta.throughput", format!("{}: 1000 per second", number.id));
        }
        () => (STANDARD, "its throughput is the standard one"),
    };
    if rate > most {
        let what = format!("{}: WABRIDGE_SEND_RATE is {rate}, and Meta allows {most} per second, because {why}", number.id);
        findings.warn("meta.throughput", what, format!("Set WABRIDGE_SEND_RATE={most}."));
    } else {
        findings.ok("meta.throughput", format!("{}: {most} per second", number.id));
    }
}

fn health(check: &str, health: &Health, findings: &mut Findings) {
    for part in &health.entities {
        let what = part.kind.to_lowercase().replace('_', " ");
        match (part.sends.as_str(), part.errors.first()) {
            ("BLOCKED", Some(error)) => {
                let remedy = if error.remedy.is_empty() { class(error.code).remedy() } else { &error.remedy };
                findings.fail(check, format!("the {what} cannot send: {} ({})", error.what, error.code), remedy);
            }
            ("BLOCKED", None) => {
                findings.fail(check, format!("the {what} cannot send"), "Meta Business Suite → Business Support Home.");
            }
            ("LIMITED", _) => {
                let info = part.additional_info.join(" ");
                findings.warn(
                    check,
                    format!("the {what} sends with limits: {info}"),
                    "Meta Business Suite → Business Support Home.",
                );
            }
            ("AVAILABLE", _) => findings.ok(check, format!("the {what} can send")),
            (other, _) => findings.skipped(check, format!("Meta says {} of the {what}", or_unknown(other))),
        }
    }
}
