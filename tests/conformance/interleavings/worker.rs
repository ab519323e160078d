//! One worker, one verb at a time: between two of its steps anything may happen.

use jiff::Timestamp;
use wabridge::domain::InboundId;
use wabridge::store::{Attempt, Draft, Finished, Held, OutState, OutboundRecord, Outcome, Parked, Resolved, Sealed, SendAnswer};

use super::Answer;
use super::world::World;
use crate::chat::{NOT_SENT, POLICY, draft, seconds};

/// A drain, stopped between two verbs.
#[derive(Debug, Clone)]
pub(super) struct Worker {
    /// The copy of the event that it must ack or nack.
    pub(super) copy: u64,
    pub(super) held: Held,
    pub(super) stage: Stage,
}

impl Worker {
    /// A worker that is told to stop first settles what it posts.
    pub(super) fn can_stop(&self) -> bool {
        !matches!(self.stage, Stage::Post { .. } | Stage::Settle { .. })
    }
}

#[derive(Debug, Clone)]
pub(super) enum Stage {
    Decide,
    Seal { members: Vec<InboundId>, drafts: Vec<Draft> },
    Post { attempt: Attempt, recorded_at: Timestamp },
    Settle { attempt: Attempt, outcome: Outcome },
    Look,
}

/// What a step leads to.
pub(super) enum After {
    Stage(Stage),
    Turn(Held),
    Ack,
    Nack,
}

impl World<'_> {
    pub(super) async fn step(&mut self, worker: &Worker, answer: Answer, positions: usize) -> Result<After, String> {
        let held = worker.held.clone();
        match worker.stage.clone() {
            Stage::Decide => {
                let Some(mailbox) = self.store.mailbox(held).await.unwrap() else { return Ok(After::Nack) };
                let members = mailbox.messages.into_iter().map(|message| message.id).collect();
                // Every decision differs: only what was sealed may be sent.
                let drafts = (0..positions).map(|n| draft(&format!("decision {} of {n}", self.next()))).collect();
                Ok(After::Stage(Stage::Seal { members, drafts }))
            }
            Stage::Seal { members, drafts } => self.seal(held, members, drafts).await,
            Stage::Post { attempt, recorded_at } => {
                let valid = self.now <= recorded_at + seconds(5);
                if valid {
                    self.on_record(&attempt).await?;
                }
                let outcome = if valid { self.graph.post(&attempt, answer, self.now)? } else { NOT_SENT };
                Ok(After::Stage(Stage::Settle { attempt, outcome }))
            }
            Stage::Settle { attempt, outcome } => {
                let settled = self.store.settle(attempt.clone(), outcome.clone(), Some(held.clone()), self.now).await.unwrap();
                if let Some(finished) = settled.finished {
                    return Ok(after(finished));
                }
                if outcome == NOT_SENT && settled.state == OutState::Planned {
                    return Ok(self.park(held, self.now + seconds(60), &attempt.outbound).await);
                }
                Ok(After::Stage(Stage::Look))
            }
            Stage::Look => self.look(worker).await,
        }
    }

    async fn seal(&mut self, held: Held, members: Vec<InboundId>, drafts: Vec<Draft>) -> Result<After, String> {
        let sealed = self.store.seal(held.clone(), members.clone(), drafts, self.now).await.unwrap();
        if sealed == Sealed::Lost {
            return Ok(After::Nack);
        }
        self.sealed_once(&held.turn, &members)?;
        Ok(match sealed {
            Sealed::Silent(finished) => after(finished),
            Sealed::Sending(answer) => self.sending(answer),
            Sealed::Lost => After::Nack,
        })
    }

    fn sending(&mut self, answer: SendAnswer) -> After {
        match answer {
            SendAnswer::Attempt(attempt) => After::Stage(Stage::Post { attempt, recorded_at: self.now }),
            SendAnswer::WindowClosed => After::Stage(Stage::Look),
            // No number of these stories is ever paused.
            SendAnswer::Lost | SendAnswer::Paused(_) => After::Nack,
        }
    }

    async fn look(&mut self, worker: &Worker) -> Result<After, String> {
        let held = worker.held.clone();
        let Some(positions) = self.store.positions(held.clone()).await.unwrap() else { return Ok(After::Nack) };
        let Some((place, out)) = positions.iter().enumerate().find(|(_, out)| out.state != OutState::Accepted) else {
            return Ok(after(self.store.finish(held, self.now).await.unwrap()));
        };
        match out.state {
            OutState::Planned => {
                let answer = self.store.record_sending(held, place, self.now).await.unwrap();
                Ok(self.sending(answer))
            }
            OutState::Sending if self.now < out.started_at.unwrap() + seconds(20) => {
                Ok(self.park(held, out.started_at.unwrap() + seconds(20), &out.id).await)
            }
            OutState::Sending | OutState::Unknown => self.resolve(worker, place, out).await,
            OutState::Accepted | OutState::Refused | OutState::Unresolved | OutState::Skipped => {
                Ok(after(self.store.finish(held, self.now).await.unwrap()))
            }
        }
    }

    async fn resolve(&mut self, worker: &Worker, place: usize, out: &OutboundRecord) -> Result<After, String> {
        let held = worker.held.clone();
        let resolved = self.store.resolve(held.clone(), place, POLICY, self.now).await.unwrap();
        Ok(match resolved {
            Resolved::Attempt(attempt) => {
                self.seen.resent += 1;
                After::Stage(Stage::Post { attempt, recorded_at: self.now })
            }
            Resolved::ParkUntil(at) => self.park(held, at, &out.id).await,
            Resolved::Final => After::Stage(Stage::Look),
            Resolved::GaveUp(finished) => {
                self.seen.given_up += 1;
                after(finished)
            }
            Resolved::Lost => After::Nack,
        })
    }

    async fn park(&mut self, held: Held, at: Timestamp, out: &wabridge::domain::OutboundId) -> After {
        match self.store.park(held, at, Some(out.clone())).await.unwrap() {
            Parked::Done => {
                self.seen.parked += 1;
                After::Ack
            }
            Parked::EvidenceWon => After::Stage(Stage::Look),
            Parked::Lost => After::Nack,
        }
    }
}

fn after(finished: Finished) -> After {
    match finished {
        Finished::Empty => After::Ack,
        Finished::Next(held) => After::Turn(held),
        Finished::Lost => After::Nack,
    }
}
