//! `record_sending`: the compare-and-set before each POST. Only who gets an [`Attempt`] may send.

use jiff::Timestamp;

use super::pause::Admission;
use super::{Attempt, Held, Scene, SendAnswer, after};
use crate::domain::{Failure, Limits};
use crate::store::Outcome;
use crate::store::record::{OutState, Tried};

/// Begins the next attempt of a position that is planned (or, through `resolve`, unknown).
pub(in crate::store) fn record_sending(
    scene: &mut Scene,
    held: &Held,
    position: usize,
    now: Timestamp,
    limits: &Limits,
) -> SendAnswer {
    begin_attempt(scene, held, position, &[OutState::Planned], now, limits)
}

/// As [`record_sending`], from one of the states in `from`.
pub(super) fn begin_attempt(
    scene: &mut Scene,
    held: &Held,
    position: usize,
    from: &[OutState],
    now: Timestamp,
    limits: &Limits,
) -> SendAnswer {
    let split = position.min(scene.positions.len());
    let (earlier, rest) = scene.positions.split_at_mut(split);
    let in_order = earlier.iter().all(|outbound| outbound.state == OutState::Accepted);
    let owner = scene.conversation.lease.as_ref().map(|lease| lease.owner.as_str());
    let turn = scene.conversation.turn.as_ref().map(|turn| &turn.id);
    let mine = owner == Some(held.owner.as_str()) && turn == Some(&held.turn);
    let Some(outbound) = rest.first_mut().filter(|outbound| mine && in_order && from.contains(&outbound.state)) else {
        return SendAnswer::Lost;
    };
    let n = outbound.attempts + 1;
    let open = scene.conversation.last_inbound_at.is_some_and(|last| now < after(last, limits.window));
    if !open {
        outbound.state = OutState::Refused;
        let failure = Failure { code: WINDOW_CLOSED, title: "the service window is closed".into() };
        outbound.tries.insert(n, Tried { outcome: Some(Outcome::Refused { failure }), ..Tried::default() });
        outbound.attempts = n;
        return SendAnswer::WindowClosed;
    }
    let probe = match scene.gate.admit(now, limits) {
        Admission::Go => false,
        Admission::Probe => true,
        Admission::Until(at) => return SendAnswer::Paused(at),
    };
    outbound.state = OutState::Sending;
    outbound.attempts = n;
    outbound.nonce = Some(held.owner.clone());
    outbound.started_at = Some(now);
    outbound.first_started_at.get_or_insert(now);
    outbound.tries.entry(n).or_default();
    let (id, number) = (outbound.id.clone(), outbound.number.clone());
    let (kind, body) = (outbound.kind.clone(), outbound.body.clone());
    SendAnswer::Attempt(Attempt { outbound: id, n, number, kind, body, probe })
}

/// Our own refusal before a POST, by the code that Meta would answer.
const WINDOW_CLOSED: i64 = 131_047;
