//! `evidence`: a status tells what became of an attempt, in any order, late, twice or before the POST's answer.

use jiff::Timestamp;

use super::{Evidence, Wake};
use crate::domain::{Pricing, StatusKind, StatusUpdate};
use crate::store::record::{Conversation, DeadLetter, OutState, OutboundRecord};

/// Notes the status of attempt `n`. `conversation` and `dead_letter` are there only when the backend asked for them.
pub(in crate::store) fn evidence(
    outbound: &mut OutboundRecord,
    conversation: Option<&mut Conversation>,
    dead_letter: Option<&mut DeadLetter>,
    n: u32,
    status: &StatusUpdate,
    now: Timestamp,
) -> Evidence {
    // An attempt that never was is nobody's evidence.
    if outbound.number != status.number || !(1..=outbound.attempts).contains(&n) {
        return Evidence::Foreign;
    }
    let current = n == outbound.attempts;
    let tried = outbound.tries.entry(n).or_default();
    // In a group each participant tells the same of one message: the first of them counts, whoever is heard first.
    if tried.statuses.get(&status.kind).is_some_and(|seen| *seen <= status.at) {
        return Evidence::Known;
    }
    let failed_before = tried.statuses.contains_key(&StatusKind::Failed);
    tried.statuses.insert(status.kind, status.at);
    tried.wamid.get_or_insert_with(|| status.wamid.clone());
    if status.kind == StatusKind::Failed {
        tried.error.clone_from(&status.failure);
    }
    apply(outbound, status.kind, current, failed_before, dead_letter, now);
    outbound.delivery = delivery(outbound);
    let billed = price(outbound, status);
    let double_send = outbound.count_doubles();
    let wake = wake(outbound, conversation, now);
    Evidence::Stored { outbound: outbound.id.clone(), double_send, billed, wake }
}

fn apply(
    outbound: &mut OutboundRecord,
    kind: StatusKind,
    current: bool,
    failed_before: bool,
    dead_letter: Option<&mut DeadLetter>,
    now: Timestamp,
) {
    if kind == StatusKind::Failed {
        if current && matches!(outbound.state, OutState::Sending | OutState::Unknown) {
            outbound.state = OutState::Refused;
        }
    } else if !failed_before {
        outbound.state = OutState::Accepted;
        if let Some(letter) = dead_letter {
            letter.closed_at.get_or_insert(now);
        }
    }
}

/// How far the message came: as far as the best of its attempts. `failed` only where none did better.
fn delivery(outbound: &OutboundRecord) -> Option<StatusKind> {
    let of_each = outbound.tries.values().filter_map(|tried| StatusKind::furthest(tried.statuses.keys()));
    of_each.max_by_key(|kind| (*kind != StatusKind::Failed, *kind))
}

/// Meta tells the price with more than one status; the last word is that of the newest, not of the one that came last. Returns the
/// category when it was not known before that the message costs money.
fn price(outbound: &mut OutboundRecord, status: &StatusUpdate) -> Option<String> {
    let billed = |pricing: Option<&Pricing>| pricing.filter(|pricing| pricing.billable).map(|pricing| pricing.category.clone());
    let before = billed(outbound.pricing.as_ref());
    let told = Some((status.at, status.kind));
    if status.pricing.is_some() && outbound.priced_by <= told {
        outbound.pricing.clone_from(&status.pricing);
        outbound.priced_by = told;
    }
    billed(outbound.pricing.as_ref()).filter(|_| before.is_none())
}

/// A conversation that is parked for this message is due now.
fn wake(outbound: &mut OutboundRecord, conversation: Option<&mut Conversation>, now: Timestamp) -> Option<Wake> {
    if !std::mem::take(&mut outbound.waiting) {
        return None;
    }
    let conversation = conversation.filter(|conversation| conversation.waiting_for.as_ref() == Some(&outbound.id))?;
    conversation.wake_at = Some(now);
    Some(Wake { conversation: conversation.id.clone(), at: now })
}
