//! The messages of a sealed turn, in order: the stored bytes, one attempt at a time.

use jiff::Timestamp;

use super::turn::First;
use super::{Drain, TurnEnd};
use crate::domain::Failure;
use crate::failure_points::{Point, reach};
use crate::reply::begin::policy;
use crate::reply::pace::Entry;
use crate::reply::send::{self, Permit};
use crate::reply::settle;
use crate::store::{OutState, OutboundRecord, Outcome, Parked, Resolved, SendAnswer, StoreError};
use crate::whatsapp::Graph;

/// What to do next with the turn.
enum Next {
    Post(Permit),
    /// Look at the positions again.
    Look,
    End(TurnEnd),
}

impl Drain {
    pub(super) async fn positions(&self, graph: &Graph, first: First) -> Result<TurnEnd, StoreError> {
        let mut next = match first {
            First::Look => Next::Look,
            First::Permit(permit) => Next::Post(permit),
        };
        loop {
            next = match next {
                Next::Post(permit) => self.post(graph, permit).await?,
                Next::Look => self.look().await?,
                Next::End(end) => return Ok(end),
            };
        }
    }

    /// Posts and settles. Nothing cancels this: the outcome of a POST is known to us alone.
    async fn post(&self, graph: &Graph, permit: Permit) -> Result<Next, StoreError> {
        let sent = send::post(&self.parts, graph, permit).await;
        reach(Point::T8).await;
        settle::tell_number(&self.parts, &sent).await;
        let settled = settle::settle(&self.parts, &sent, &self.held).await?;
        if let Some(finished) = settled.finished {
            return Ok(Next::End(TurnEnd::Finished(finished)));
        }
        if settled.state == OutState::Accepted {
            reach(Point::T9).await;
        }
        Ok(match sent.outcome {
            Outcome::NotSent { failure } => self.wait(failure.as_ref()).await?,
            Outcome::Accepted { .. } | Outcome::Refused { .. } | Outcome::Unknown { .. } => Next::Look,
        })
    }

    async fn look(&self) -> Result<Next, StoreError> {
        if self.stopping.is_cancelled() {
            return Ok(Next::End(TurnEnd::Stopped));
        }
        let Some(positions) = self.parts.store.positions(self.held.clone()).await? else {
            return Ok(Next::End(TurnEnd::Lost));
        };
        match positions.iter().enumerate().find(|(_, outbound)| outbound.state != OutState::Accepted) {
            None => self.finish().await,
            Some((place, outbound)) => self.advance(place, outbound).await,
        }
    }

    async fn advance(&self, place: usize, outbound: &OutboundRecord) -> Result<Next, StoreError> {
        let now = self.parts.clock.now();
        match outbound.state {
            OutState::Planned => self.record_sending(place, outbound).await,
            OutState::Sending => {
                let until = outbound.started_at.map_or(now, |started| started + self.parts.limits.sending);
                if now < until { self.park_for(until, outbound).await } else { self.resolve(place, outbound).await }
            }
            OutState::Unknown => self.resolve(place, outbound).await,
            OutState::Accepted => Ok(Next::Look),
            OutState::Refused | OutState::Unresolved | OutState::Skipped => self.finish().await,
        }
    }

    async fn record_sending(&self, place: usize, outbound: &OutboundRecord) -> Result<Next, StoreError> {
        let slot = match self.parts.pacer.enter(&outbound.number, &self.stopping).await {
            Entry::Slot(slot) => slot,
            Entry::Later(wait) => return self.park_for(self.parts.clock.now() + wait, outbound).await,
            Entry::Stopped => return Ok(Next::End(TurnEnd::Stopped)),
        };
        let taken_at = self.parts.clock.both();
        Ok(match self.parts.store.record_sending(self.held.clone(), place, taken_at.wall).await? {
            SendAnswer::Attempt(attempt) => Next::Post(Permit::new(attempt, taken_at, slot)),
            SendAnswer::WindowClosed => {
                slot.unused();
                Next::Look
            }
            SendAnswer::Paused(at) => {
                slot.unused();
                self.park_for(at, outbound).await?
            }
            SendAnswer::Lost => Next::End(TurnEnd::Lost),
        })
    }

    async fn resolve(&self, place: usize, outbound: &OutboundRecord) -> Result<Next, StoreError> {
        let slot = match self.parts.pacer.enter(&outbound.number, &self.stopping).await {
            Entry::Slot(slot) => slot,
            Entry::Later(wait) => return self.park_for(self.parts.clock.now() + wait, outbound).await,
            Entry::Stopped => return Ok(Next::End(TurnEnd::Stopped)),
        };
        let taken_at = self.parts.clock.both();
        Ok(match self.parts.store.resolve(self.held.clone(), place, policy(&self.parts), taken_at.wall).await? {
            Resolved::Attempt(attempt) => Next::Post(Permit::new(attempt, taken_at, slot)),
            Resolved::ParkUntil(at) => {
                slot.unused();
                self.park_for(at, outbound).await?
            }
            Resolved::Final => {
                slot.unused();
                Next::Look
            }
            Resolved::GaveUp(finished) => Next::End(TurnEnd::Finished(finished)),
            Resolved::Lost => Next::End(TurnEnd::Lost),
        })
    }

    /// A message that was certainly not sent: a short wait is slept, a long one is parked.
    async fn wait(&self, failure: Option<&Failure>) -> Result<Next, StoreError> {
        let Some(positions) = self.parts.store.positions(self.held.clone()).await? else {
            return Ok(Next::End(TurnEnd::Lost));
        };
        let Some(outbound) = positions.iter().find(|outbound| outbound.state == OutState::Planned) else {
            return Ok(Next::Look);
        };
        let wait = settle::back_off(outbound, failure, &self.parts.limits);
        if wait > self.parts.limits.sleep_most {
            return self.park_for(self.parts.clock.now() + wait, outbound).await;
        }
        self.stopping.run_until_cancelled(tokio::time::sleep(wait)).await;
        Ok(Next::Look)
    }

    async fn park_for(&self, at: Timestamp, outbound: &OutboundRecord) -> Result<Next, StoreError> {
        Ok(match self.park(at, Some(outbound.id.clone())).await? {
            Parked::Done => Next::End(TurnEnd::Parked),
            Parked::EvidenceWon => Next::Look,
            Parked::Lost => Next::End(TurnEnd::Lost),
        })
    }

    async fn finish(&self) -> Result<Next, StoreError> {
        reach(Point::T10).await;
        let finished = self.parts.store.finish(self.held.clone(), self.parts.clock.now()).await?;
        Ok(Next::End(TurnEnd::Finished(finished)))
    }
}
