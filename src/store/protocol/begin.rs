//! `begin`: an event claims its conversation. Its message is in the mailbox before anything else is decided.

use jiff::Timestamp;

use super::{Begin, BeginAnswer, Begun, Claim, Finished, GiveUp, Held, Scene, after, give_up};
use crate::domain::{EventId, Inbound, Limits, TurnId};
use crate::store::record::{InboundRecord, Lease, Note, OutState, OutboundRecord, Turn, TurnState, Waiting};

/// Decides what the claim gets. `known`: `messages/{in_id}` exists. `fresh`: the id of a turn that may be opened.
pub(in crate::store) fn begin(
    scene: &mut Scene,
    claim: &Claim,
    known: bool,
    fresh: &TurnId,
    now: Timestamp,
    limits: &Limits,
) -> BeginAnswer {
    if let Begin::Message { message, received_at, opens_turn } = &claim.begin {
        let waiting = scene.conversation.mailbox.contains_key(&message.id);
        // A message that is known and finished may still be the guardian of what is left in the mailbox.
        if known && !waiting && scene.conversation.mailbox.is_empty() {
            return BeginAnswer::Duplicate;
        }
        if !known && let Some(note) = append(scene, message, *received_at, *opens_turn, claim, now, limits) {
            return BeginAnswer::Recorded(Some(note));
        }
    }
    if let Some(lease) = scene.conversation.lease.as_ref().filter(|lease| lease.until > now && lease.owner != claim.owner) {
        return if lease.guardian == claim.event { BeginAnswer::Busy } else { BeginAnswer::Queued };
    }
    let wake_at = scene.conversation.wake_at;
    let own_wake = wake_at.is_some_and(|at| claim.event == EventId::of_wake(&scene.conversation.id, at));
    if wake_at.is_some_and(|at| at > now) && !own_wake {
        return BeginAnswer::Queued;
    }
    drop_stale(scene, claim, now);
    if scene.conversation.mailbox.is_empty() && scene.conversation.turn.is_none() {
        rest(scene);
        return BeginAnswer::Recorded(None);
    }
    // Whoever comes first after an outage: the statuses of that time are still to come.
    let woken_late = wake_at.is_some_and(|at| now > after(at, limits.late));
    take(scene, claim, fresh, woken_late, now, limits)
}

/// Creates the message and puts it in the mailbox, or notes why it gets no answer.
fn append(
    scene: &mut Scene,
    message: &Inbound,
    received_at: Timestamp,
    opens_turn: bool,
    claim: &Claim,
    now: Timestamp,
    limits: &Limits,
) -> Option<Note> {
    let conversation = &mut scene.conversation;
    let note = if now > after(message.sent_at, claim.policy.answer_within) {
        Some(Note::Stale)
    } else if !opens_turn {
        Some(Note::NoTurn)
    } else if conversation.mailbox.len() >= limits.mailbox {
        Some(Note::Flood)
    } else {
        let waiting = Waiting { sent_at: message.sent_at, received_at, index: message.index };
        conversation.mailbox.insert(message.id.clone(), waiting);
        None
    };
    // A time in the future would keep the window open for ever.
    conversation.last_inbound_at = conversation.last_inbound_at.max(Some(message.sent_at.min(now)));
    scene.inbound = Some(InboundRecord { message: message.clone(), conversation: conversation.id.clone(), received_at, note });
    note
}

/// An open turn loses what became too old to be answered while we were down.
fn drop_stale(scene: &mut Scene, claim: &Claim, now: Timestamp) {
    let conversation = &mut scene.conversation;
    if conversation.turn.as_ref().is_some_and(|turn| turn.state == TurnState::Sealed) {
        return;
    }
    let notes = &mut scene.notes;
    conversation.mailbox.retain(|id, waiting| {
        let young = now <= after(waiting.sent_at, claim.policy.answer_within);
        if !young {
            notes.push((id.clone(), Some(Note::Stale)));
        }
        young
    });
    if conversation.mailbox.is_empty() {
        conversation.turn = None;
    }
}

fn rest(scene: &mut Scene) {
    scene.conversation.wake_at = None;
    scene.conversation.waiting_for = None;
    scene.conversation.pending_since = None;
    scene.conversation.lease = None;
}

fn take(scene: &mut Scene, claim: &Claim, fresh: &TurnId, woken_late: bool, now: Timestamp, limits: &Limits) -> BeginAnswer {
    let conversation = &mut scene.conversation;
    // Our own lease is no crash: the answer to our first claim was lost, and we ask again.
    let dead = conversation.lease.take().filter(|lease| lease.owner != claim.owner);
    let took_over = dead.is_some();
    // A lease that ended long ago: statuses may have been waiting outside as long as nobody worked here.
    if woken_late || dead.is_some_and(|lease| now > after(lease.until, limits.late)) {
        hold(&mut scene.positions, now, limits);
    }
    let conversation = &mut scene.conversation;
    conversation.lease =
        Some(Lease { owner: claim.owner.clone(), guardian: claim.event.clone(), until: after(now, limits.lease) });
    conversation.pending_since = Some(now);
    conversation.wake_at = None;
    conversation.waiting_for = None;
    let turn = conversation.turn.get_or_insert_with(|| Turn::open(fresh.clone()));
    let mut held = Held { conversation: conversation.id.clone(), owner: claim.owner.clone(), turn: turn.id.clone() };
    if took_over {
        turn.crashes += 1;
        if turn.crashes >= limits.crashes {
            let next = TurnId::new(format!("{fresh}n"));
            match give_up(scene, &held, &GiveUp::crashes(limits.crashes), next, now) {
                Finished::Next(next) => held = next,
                Finished::Empty | Finished::Lost => return BeginAnswer::Recorded(Some(Note::Dead)),
            }
        }
    }
    let sealed = scene.conversation.turn.as_ref().is_some_and(|turn| turn.state == TurnState::Sealed);
    BeginAnswer::Begun(Begun { held, sealed, waiting: scene.conversation.mailbox.len() })
}

/// Stored, so that whoever works on the turn next waits as well.
fn hold(positions: &mut [OutboundRecord], now: Timestamp, limits: &Limits) {
    for outbound in positions.iter_mut().filter(|outbound| matches!(outbound.state, OutState::Sending | OutState::Unknown)) {
        outbound.hold_until = Some(after(now, limits.after_outage));
    }
}

impl Turn {
    pub(super) fn open(id: TurnId) -> Self {
        Self { id, state: TurnState::Open, members: Vec::new(), size: 0, crashes: 0 }
    }
}

impl GiveUp {
    /// A turn on which we died too often.
    #[must_use]
    pub fn crashes(times: u32) -> Self {
        Self { reason: format!("the work on it failed {times} times: see the log of that time"), class: "crashes".into() }
    }
}
