//! `settle`: the sender alone knows what its POST was answered. Needs no lease.

use jiff::Timestamp;

use super::Outcome;
use crate::store::record::{OutState, OutboundRecord};

/// Notes the outcome of attempt `n`; returns the state after it, and whether a double was seen for the first time.
pub(in crate::store) fn settle(outbound: &mut OutboundRecord, n: u32, outcome: Outcome, now: Timestamp) -> (OutState, bool) {
    let tried = outbound.tries.entry(n).or_default();
    tried.outcome = Some(outcome.clone());
    let current = outbound.attempts == n && matches!(outbound.state, OutState::Sending | OutState::Unknown);
    match outcome {
        Outcome::Accepted { wamid } => {
            tried.wamid = Some(wamid);
            // A 200 is evidence whatever the state: it may come late, from a holder that was frozen.
            outbound.state = OutState::Accepted;
        }
        Outcome::Refused { .. } if current => outbound.state = OutState::Refused,
        Outcome::NotSent { .. } if current => outbound.state = OutState::Planned,
        Outcome::Unknown { .. } if current => {
            outbound.state = OutState::Unknown;
            // A holder that was frozen at its socket may have sent only now: the wait of `resolve` starts again.
            outbound.started_at = outbound.started_at.max(Some(now));
        }
        Outcome::Refused { .. } | Outcome::NotSent { .. } | Outcome::Unknown { .. } => {}
    }
    (outbound.state, outbound.count_doubles())
}

impl OutboundRecord {
    /// Sets `double_send` when two attempts were accepted; true when that is news.
    pub(super) fn count_doubles(&mut self) -> bool {
        let accepted = self.tries.values().filter(|tried| tried.was_accepted()).count();
        let news = accepted > 1 && !self.double_send;
        self.double_send |= news;
        news
    }
}

impl super::super::record::Tried {
    /// True when Meta took this attempt: by its answer, or by a status better than `failed`.
    pub(super) fn was_accepted(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Accepted { .. }))
            || self.statuses.keys().any(|kind| *kind != crate::domain::StatusKind::Failed)
    }
}
