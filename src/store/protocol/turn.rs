//! `renew`, `seal`, `park`, `release`: what the holder of a lease does to its turn.

use jiff::Timestamp;

use super::{Draft, Finished, GiveUp, Held, Parked, Scene, Sealed, after, finish, give_up, record_sending};
use crate::domain::{InboundId, Limits, OutboundId, TurnId};
use crate::store::record::{OutState, OutboundRecord, TurnState};

/// Prolongs the lease; false when somebody else has it.
pub(in crate::store) fn renew(scene: &mut Scene, held: &Held, now: Timestamp, limits: &Limits) -> bool {
    match &mut scene.conversation.lease {
        Some(lease) if lease.owner == held.owner => {
            lease.until = after(now, limits.lease);
            true
        }
        Some(_) | None => false,
    }
}

/// Stores what the turn answers and what it says, once; joins `record_sending` of position 0.
pub(in crate::store) fn seal(
    scene: &mut Scene,
    held: &Held,
    members: &[InboundId],
    drafts: Vec<Draft>,
    fresh: TurnId,
    now: Timestamp,
    limits: &Limits,
) -> Sealed {
    let in_mailbox = members.iter().all(|id| scene.conversation.mailbox.contains_key(id));
    if !scene.is_held_by(held) || !in_mailbox || members.is_empty() {
        return Sealed::Lost;
    }
    let Some(turn) = scene.conversation.turn.as_mut().filter(|turn| turn.state == TurnState::Open) else {
        return Sealed::Lost;
    };
    turn.state = TurnState::Sealed;
    turn.size = u32::try_from(drafts.len()).unwrap_or(u32::MAX);
    turn.members = members.to_vec();
    scene.positions = (0..).zip(drafts).map(|(position, draft)| planned(scene, held, position, members, draft)).collect();
    if scene.positions.is_empty() {
        return Sealed::Silent(finish(scene, held, fresh));
    }
    Sealed::Sending(record_sending(scene, held, 0, now, limits))
}

fn planned(scene: &Scene, held: &Held, position: u32, members: &[InboundId], draft: Draft) -> OutboundRecord {
    OutboundRecord {
        id: OutboundId::of(&held.turn, position),
        conversation: scene.conversation.id.clone(),
        number: scene.conversation.number.clone(),
        turn: held.turn.clone(),
        position,
        kind: draft.kind,
        route: draft.route,
        body: draft.body,
        members: members.to_vec(),
        state: OutState::Planned,
        delivery: None,
        attempts: 0,
        nonce: None,
        started_at: None,
        hold_until: None,
        first_started_at: None,
        waiting: false,
        tries: std::collections::BTreeMap::new(),
        double_send: false,
        pricing: None,
        priced_by: None,
    }
}

/// Hands the conversation to the timer. With `waiting_for`, a status of that message wakes it earlier.
pub(in crate::store) fn park(scene: &mut Scene, held: &Held, at: Timestamp, waiting_for: Option<&OutboundId>) -> Parked {
    if !scene.is_held_by(held) {
        return Parked::Lost;
    }
    if let Some(id) = waiting_for {
        let Some(outbound) = scene.positions.iter_mut().find(|outbound| outbound.id == *id) else {
            return Parked::Lost;
        };
        if outbound.state.is_final() {
            return Parked::EvidenceWon;
        }
        outbound.waiting = true;
    }
    let conversation = &mut scene.conversation;
    conversation.lease = None;
    conversation.pending_since = None;
    conversation.wake_at = Some(at);
    conversation.waiting_for = waiting_for.cloned();
    Parked::Done
}

/// Lets go without an answer. After an error of ours it counts like a crash, so that a poisoned turn ends.
/// True when the turn ended here and nothing is left: the delivery may be acked.
pub(in crate::store) fn release(
    scene: &mut Scene,
    held: &Held,
    after_error: bool,
    fresh: TurnId,
    now: Timestamp,
    limits: &Limits,
) -> bool {
    if !scene.is_held_by(held) {
        return false;
    }
    if after_error && let Some(turn) = &mut scene.conversation.turn {
        turn.crashes += 1;
        if turn.crashes >= limits.crashes && give_up(scene, held, &GiveUp::crashes(limits.crashes), fresh, now) == Finished::Empty
        {
            return true;
        }
    }
    scene.conversation.lease = None;
    false
}
