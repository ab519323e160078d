//! `resolve`: an attempt without an outcome. Absence of a status is evidence only where the status channel is proven to work.

use jiff::Timestamp;

use super::{Finished, GiveUp, Held, Policy, Resolved, Scene, SendAnswer, after, give_up, send::begin_attempt};
use crate::domain::{Limits, TurnId};
use crate::store::Outcome;
use crate::store::record::{OutState, OutboundRecord};

/// What `resolve` is asked with.
pub(in crate::store) struct Question<'a> {
    pub(in crate::store) held: &'a Held,
    pub(in crate::store) position: usize,
    pub(in crate::store) policy: Policy,
    /// The newest Meta timestamp of a processed status of this number.
    pub(in crate::store) status_seen: Option<Timestamp>,
    pub(in crate::store) fresh: TurnId,
    pub(in crate::store) now: Timestamp,
}

/// Decides, and begins the new attempt or gives up, in one transaction with any status that comes meanwhile.
pub(in crate::store) fn resolve(scene: &mut Scene, question: Question<'_>, limits: &Limits) -> Resolved {
    let Question { held, position, now, .. } = question;
    if !scene.is_held_by(held) {
        return Resolved::Lost;
    }
    let Some(outbound) = scene.positions.get(position) else {
        return Resolved::Lost;
    };
    if !matches!(outbound.state, OutState::Sending | OutState::Unknown) {
        return Resolved::Final;
    }
    let started = outbound.started_at.unwrap_or(now);
    let earliest = outbound.hold_until.unwrap_or(started).max(after(started, limits.resolve));
    if now < earliest {
        return Resolved::ParkUntil(earliest);
    }
    let waited_out = now >= after(started, limits.no_proof);
    let proven = question.status_seen.is_some_and(|seen| seen >= after(started, limits.proof)) || waited_out;
    if may_resend(scene, outbound, &question, limits) {
        if proven {
            let states = [OutState::Sending, OutState::Unknown];
            return match begin_attempt(scene, held, position, &states, now, limits) {
                SendAnswer::Attempt(attempt) => Resolved::Attempt(attempt),
                SendAnswer::WindowClosed => Resolved::Final,
                SendAnswer::Paused(at) => Resolved::ParkUntil(at),
                SendAnswer::Lost => Resolved::Lost,
            };
        }
        return Resolved::ParkUntil(after(now, limits.look_again));
    }
    if question.policy.resend && !waited_out {
        return Resolved::ParkUntil(after(now, limits.look_again));
    }
    gave_up(give_up(scene, held, &GiveUp::unknown(), question.fresh, now))
}

fn gave_up(finished: Finished) -> Resolved {
    if finished == Finished::Lost { Resolved::Lost } else { Resolved::GaveUp(finished) }
}

fn may_resend(scene: &Scene, outbound: &OutboundRecord, question: &Question<'_>, limits: &Limits) -> bool {
    let oldest = outbound.members.iter().filter_map(|id| scene.conversation.mailbox.get(id)).map(|waiting| waiting.sent_at).min();
    let young = oldest.is_none_or(|sent_at| question.now <= after(sent_at, question.policy.answer_within));
    let first = outbound.first_started_at.unwrap_or(question.now);
    let server_errors_allowed = question.now < after(first, limits.server_errors);
    let unknown = |outcome: &Option<Outcome>| match outcome {
        None | Some(Outcome::Unknown { answered: false }) => true,
        // Graph itself said that it failed: it does not count, for an hour.
        Some(Outcome::Unknown { answered: true }) => !server_errors_allowed,
        Some(Outcome::Accepted { .. } | Outcome::Refused { .. } | Outcome::NotSent { .. }) => false,
    };
    let tries = outbound.tries.values().filter(|tried| unknown(&tried.outcome)).count();
    question.policy.resend && young && tries < 2
}

impl GiveUp {
    /// A message of which nobody can tell whether it was sent.
    #[must_use]
    pub fn unknown() -> Self {
        let reason = "Meta never said whether it took the message: look at the chat before sending it again";
        Self { reason: reason.into(), class: "outcome_unknown".into() }
    }
}
