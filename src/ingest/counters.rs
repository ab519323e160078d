//! Counts what was answered, and says in the log what an operator must know, without letting a stranger fill the log.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::ResponseError;
use serde::Serialize;

use super::error::Refusal;
use super::screen::Strange;
use crate::clock::{Seldom, micros};
use crate::domain::{DeliveryId, WEBHOOK_PATH};

/// A refusal of one code is logged at most this often; the line says how many there were.
const REFUSALS_EVERY: Duration = Duration::from_secs(1);
/// Wrong signatures are summed up at most this often.
const SIGNATURES_EVERY: Duration = Duration::from_secs(10);
/// So many pairs of strange ids are named, once each: an app has few accounts.
const STRANGE_MOST: usize = 100;

/// What was answered since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Deliveries with something of ours in them.
    pub accepted: u64,
    /// Signed deliveries with nothing for us.
    pub ignored: u64,
    /// Signed deliveries that were kept and not published.
    pub quarantined: u64,
    /// Events that were published.
    pub events: u64,
    /// Refused requests by code.
    pub refused: BTreeMap<&'static str, u64>,
}

/// What became of a delivery that got a 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Accepted { events: u64 },
    Ignored,
    Quarantined,
}

/// A delivery that got a 200.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) id: DeliveryId,
    pub(super) bytes: usize,
    pub(super) kept: Kept,
}

/// Counts and logs. One lock; each kind of line is written under it once a second at most.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Page>);

#[derive(Debug, Default)]
struct Page {
    counters: Counters,
    refusals: BTreeMap<&'static str, Seldom>,
    signatures: Seldom,
    checked: u64,
    named: HashSet<Strange>,
}

impl Ledger {
    pub(super) fn counters(&self) -> Counters {
        self.page().counters.clone()
    }

    /// Counts one answer, and tells of it: each delivery that is kept, and of refusals how many there were.
    pub(super) fn note(&self, answer: &Result<Taken, Refusal>, took: Duration) {
        match answer {
            Ok(taken) => {
                self.page().counters.kept(taken.kept);
                tell(taken, took);
            }
            Err(refusal) => self.page().refused(refusal),
        }
    }

    /// Counts one refusal.
    pub(super) fn refused(&self, refusal: &Refusal) {
        self.page().refused(refusal);
    }

    /// Counts one comparison of a signature.
    pub(super) fn compared(&self, fits: bool) {
        let mut page = self.page();
        page.checked += 1;
        if fits {
            return;
        }
        if let Some(wrong) = page.signatures.one_more(SIGNATURES_EVERY) {
            let checked = std::mem::take(&mut page.checked);
            tracing::warn!(webhook.wrong = wrong, webhook.checked = checked, "{}", wrong_signatures(wrong, checked));
        }
    }

    /// Names strange ids, each pair once.
    pub(super) fn name(&self, strange: Vec<Strange>, observing: bool) {
        if strange.is_empty() {
            return;
        }
        let mut page = self.page();
        for pair in strange {
            if page.named.contains(&pair) || page.named.len() >= STRANGE_MOST {
                continue;
            }
            tracing::warn!(webhook.waba_id = pair.waba, webhook.phone_number_id = pair.number, "{}", advice(&pair, observing));
            page.named.insert(pair);
        }
    }

    fn page(&self) -> MutexGuard<'_, Page> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counters {
    fn kept(&mut self, kept: Kept) {
        match kept {
            Kept::Accepted { events } => {
                self.accepted += 1;
                self.events += events;
            }
            Kept::Ignored => self.ignored += 1,
            Kept::Quarantined => self.quarantined += 1,
        }
    }
}

/// The line of a delivery; `http_request` is what Cloud Logging shows as the request.
fn tell(Taken { id, bytes, kept }: &Taken, took: Duration) {
    let (code, events) = match kept {
        Kept::Accepted { events } => ("accepted", *events),
        Kept::Ignored => ("ignored", 0),
        Kept::Quarantined => ("quarantined", 0),
    };
    tracing::info!(
        delivery.id = %id,
        webhook.status = 200,
        webhook.code = code,
        webhook.events = events,
        webhook.latency_us = micros(took),
        http_request.request_method = "POST",
        http_request.request_url = WEBHOOK_PATH,
        http_request.status = 200,
        http_request.request_size = %bytes,
        http_request.latency = format!("{:.6}s", took.as_secs_f64()),
        metric = "webhook.count",
        "a delivery was taken"
    );
}

impl Page {
    fn refused(&mut self, refusal: &Refusal) {
        let code = refusal.code();
        *self.counters.refused.entry(code).or_default() += 1;
        let Some(count) = self.refusals.entry(code).or_default().one_more(REFUSALS_EVERY) else { return };
        let status = refusal.status_code().as_u16();
        if let Refusal::NotStored { cause } = refusal {
            tracing::error!(
                webhook.status = status,
                webhook.code = code,
                webhook.count = count,
                metric = "webhook.count",
                error = cause,
                "{refusal}"
            );
        } else {
            tracing::warn!(
                webhook.status = status,
                webhook.code = code,
                webhook.count = count,
                metric = "webhook.count",
                "{refusal}"
            );
        }
    }
}

fn wrong_signatures(wrong: u64, checked: u64) -> String {
    format!("signature wrong in {wrong} of {checked} deliveries: the secret is of another app, or was reset")
}

fn advice(Strange { waba, number, by_waba }: &Strange, observing: bool) -> String {
    let number = number.as_deref();
    match (observing, number) {
        (true, Some(number)) => {
            format!(
                "delivery for WABA {waba}, number {number}: set WHATSAPP_WABA_ID={waba} WHATSAPP_PHONE_NUMBER_ID={number}, then wabridge replay --state quarantined"
            )
        }
        (true, None) => {
            format!("delivery for WABA {waba}: set WHATSAPP_WABA_ID={waba}")
        }
        (false, Some(number)) if !by_waba => {
            format!(
                "delivery for number {number} of WABA {waba}, which is not ours: if it should be, add {number} to WHATSAPP_PHONE_NUMBER_ID"
            )
        }
        (false, _) => format!("delivery for WABA {waba}, which is not ours: if it should be, add {waba} to WHATSAPP_WABA_ID"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_wrong_signatures_are_one_sentence() {
        assert_eq!(
            wrong_signatures(12, 12),
            "signature wrong in 12 of 12 deliveries: the secret is of another app, or was reset"
        );
    }

    #[test]
    fn strangers_cannot_make_the_receiver_remember_ids_without_end() {
        let ledger = Ledger::default();
        let strange = |number: u32| Strange { waba: number.to_string(), number: None, by_waba: true };
        ledger.name((0..10_000).map(strange).collect(), false);
        assert_eq!(ledger.page().named.len(), STRANGE_MOST);
    }
}
