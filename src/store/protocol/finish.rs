//! `finish` and `give_up`: the two ends of a turn.

use jiff::Timestamp;

use super::{Finished, GiveUp, Held, Scene};
use crate::domain::TurnId;
use crate::store::Outcome;
use crate::store::record::{DeadLetter, Note, OutState, OutboundRecord, Turn, TurnState};

/// Ends a turn whose positions are all final. What was written meanwhile becomes the next turn, under the same lease.
pub(in crate::store) fn finish(scene: &mut Scene, held: &Held, fresh: TurnId) -> Finished {
    if !scene.is_held_by(held) {
        return Finished::Lost;
    }
    let Some(turn) = scene.conversation.turn.clone().filter(|turn| turn.state == TurnState::Sealed) else {
        return Finished::Lost;
    };
    let mut stopped = false;
    for outbound in &mut scene.positions {
        if stopped && outbound.state == OutState::Planned {
            outbound.state = OutState::Skipped;
        }
        stopped |= matches!(outbound.state, OutState::Refused | OutState::Unresolved | OutState::Skipped);
        if !outbound.state.is_final() {
            return Finished::Lost;
        }
    }
    close(scene, held, &turn.members, fresh)
}

fn close(scene: &mut Scene, held: &Held, members: &[crate::domain::InboundId], fresh: TurnId) -> Finished {
    let conversation = &mut scene.conversation;
    for member in members {
        conversation.mailbox.remove(member);
    }
    conversation.turns += 1;
    conversation.turn = None;
    if conversation.mailbox.is_empty() {
        conversation.lease = None;
        conversation.pending_since = None;
        return Finished::Empty;
    }
    conversation.turn = Some(Turn::open(fresh.clone()));
    Finished::Next(Held { turn: fresh, ..held.clone() })
}

/// Ends a turn without its answer: a dead letter tells people, and nothing is sent any more.
pub(in crate::store) fn give_up(scene: &mut Scene, held: &Held, why: &GiveUp, fresh: TurnId, now: Timestamp) -> Finished {
    if !scene.is_held_by(held) {
        return Finished::Lost;
    }
    let Some(turn) = scene.conversation.turn.clone() else {
        return Finished::Lost;
    };
    // An open turn has no members yet: it dies with the mailbox of this moment, or it would open again for ever.
    let members = match turn.state {
        TurnState::Open => scene.conversation.in_order(),
        TurnState::Sealed => turn.members,
    };
    let mut unresolved = None;
    for outbound in scene.positions.iter_mut().filter(|outbound| !outbound.state.is_final()) {
        if outbound.state == OutState::Planned && outbound.was_certainly_never_sent() {
            outbound.state = OutState::Skipped;
        } else {
            outbound.state = OutState::Unresolved;
            unresolved.get_or_insert_with(|| outbound.id.clone());
        }
    }
    scene.notes.extend(members.iter().map(|member| (member.clone(), Some(Note::Dead))));
    scene.dead_letter = Some(DeadLetter {
        turn: held.turn.clone(),
        conversation: held.conversation.clone(),
        members: members.clone(),
        reason: why.reason.clone(),
        class: why.class.clone(),
        outbound: unresolved,
        attempts: scene.positions.iter().map(|outbound| outbound.attempts).sum(),
        crashes: turn.crashes,
        at: now,
        closed_at: None,
        redriven_at: None,
    });
    close(scene, held, &members, fresh)
}

impl OutboundRecord {
    /// False as long as one attempt may have reached Meta: a planned message may have an older attempt of unknown outcome.
    pub(super) fn was_certainly_never_sent(&self) -> bool {
        self.tries.values().all(|tried| match &tried.outcome {
            Some(Outcome::NotSent { .. } | Outcome::Refused { .. }) => true,
            Some(Outcome::Unknown { .. } | Outcome::Accepted { .. }) | None => false,
        })
    }
}
