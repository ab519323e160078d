//! Meta, as far as one number sees it: what it was sent, and the statuses that are on their way.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use wabridge::domain::OutboundId;
use wabridge::store::{Attempt, Outcome};

use super::Answer;
use crate::chat::{NOT_SENT, SERVER_ERROR, UNKNOWN, accepted, refused, wamid_of};

/// A status that Meta will send. In a healthy channel it is processed before one that is a minute younger, and within ten minutes.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) attempt: Attempt,
    pub(super) at: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct Graph {
    posted: BTreeSet<(OutboundId, u32)>,
    bodies: BTreeMap<OutboundId, String>,
    pub(super) taken: BTreeMap<OutboundId, u32>,
    /// Accepted, and then reported as failed: nobody got it.
    pub(super) failed: BTreeSet<OutboundId>,
    pub(super) pending: Vec<Pending>,
}

impl Graph {
    /// One POST within its permit. Breaks where the person would see a wrong or second message.
    pub(super) fn post(&mut self, attempt: &Attempt, answer: Answer, now: Timestamp) -> Result<Outcome, String> {
        let id = &attempt.outbound;
        if !self.posted.insert((id.clone(), attempt.n)) {
            return Err(format!("attempt {} of {id} was posted twice", attempt.n));
        }
        let body = self.bodies.entry(id.clone()).or_insert_with(|| attempt.body.clone());
        if *body != attempt.body {
            return Err(format!("{id} had two bodies: {body} and {}", attempt.body));
        }
        if matches!(answer, Answer::Accepts | Answer::AcceptsAndTheAnswerIsLost) {
            let taken = self.taken.entry(id.clone()).or_default();
            *taken += 1;
            if *taken > 1 {
                return Err(format!("{id} reached the person twice"));
            }
            self.pending.push(Pending { attempt: attempt.clone(), at: now });
        }
        Ok(match answer {
            Answer::Accepts => accepted(&wamid_of(attempt)),
            Answer::AcceptsAndTheAnswerIsLost | Answer::NeverSeesIt => UNKNOWN,
            Answer::FailsItself => SERVER_ERROR,
            Answer::Refuses => refused(),
            Answer::SlowsDown => NOT_SENT,
        })
    }
}
