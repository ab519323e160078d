//! Works a mailbox off, turn after turn, under one lease. Whatever happens, the delivery of the guardian is acked only when
//! the mailbox is empty or the timer has it.

mod positions;
mod turn;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::Parts;
use super::lease::Lease;
use crate::domain::{EventId, OutboundId, chain};
use crate::failure_points::{Point, reach};
use crate::queue::{Delivery, Event};
use crate::store::{Begun, Finished, Held, Parked, StoreError};

/// How often the lease is given back while the store fails.
const RELEASE_TRIES: u32 = 60;
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// What becomes of the guardian's delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Everything is answered, or the timer has the rest.
    Ack,
    /// Comes again after a back-off.
    Nack,
    /// Comes again at once: we are shutting down.
    NackNow,
}

/// How a turn ended.
#[derive(Debug)]
enum TurnEnd {
    Finished(Finished),
    /// The timer has it.
    Parked,
    /// Somebody else has the lease.
    Lost,
    /// We are shutting down.
    Stopped,
}

/// One lease, from `begin` to its end.
#[derive(Debug)]
pub(super) struct Drain {
    parts: Arc<Parts>,
    /// The guardian.
    event: EventId,
    held: Held,
    sealed: bool,
    /// Messages in the mailbox when the turn began, where that is known.
    waiting: Option<usize>,
    waited_ms: u64,
    attempt: u32,
    stopping: CancellationToken,
}

impl Drain {
    pub(super) fn new(parts: Arc<Parts>, delivery: &Delivery, begun: Begun, stopping: CancellationToken) -> Self {
        let waited = parts.clock.now().duration_since(delivery.event.time).as_millis();
        Self {
            event: delivery.event.id.clone(),
            held: begun.held,
            sealed: begun.sealed,
            waiting: Some(begun.waiting),
            waited_ms: u64::try_from(waited).unwrap_or(0),
            attempt: delivery.attempt,
            parts,
            stopping,
        }
    }

    pub(super) async fn run(mut self) -> End {
        let began = Instant::now();
        let lease = Lease::keep(Arc::clone(&self.parts), self.held.clone());
        loop {
            let end = match self.turn(lease.lost()).await {
                Ok(TurnEnd::Finished(Finished::Next(next))) => {
                    self.go_on(next, &lease);
                    reach(Point::B5).await;
                    if began.elapsed() < self.parts.limits.new_turn_until {
                        continue;
                    }
                    self.yield_to_wake().await
                }
                Ok(TurnEnd::Finished(Finished::Empty)) => {
                    reach(Point::T11).await;
                    return End::Ack;
                }
                Ok(TurnEnd::Parked) => {
                    reach(Point::T12).await;
                    return End::Ack;
                }
                Ok(TurnEnd::Finished(Finished::Lost) | TurnEnd::Lost) => return End::Nack,
                Ok(TurnEnd::Stopped) => {
                    if let Err(error) = self.release().await {
                        tracing::warn!(error = chain(&error), "a lease was not released: it expires by itself");
                    }
                    return End::NackNow;
                }
                Err(error) => Err(error),
            };
            return match end {
                Ok(end) => end,
                Err(error) => self.failed(&error).await,
            };
        }
    }

    fn go_on(&mut self, next: Held, lease: &Lease) {
        lease.turn_over(next.clone());
        self.held = next;
        self.sealed = false;
        self.waiting = None;
    }

    /// The ack deadline comes near: the timer takes the next turn.
    async fn yield_to_wake(&self) -> Result<End, StoreError> {
        let now = self.parts.clock.now();
        if self.parts.store.park(self.held.clone(), now, None).await? != Parked::Done {
            return Ok(End::Nack);
        }
        let wake = Event::wake(&self.held.conversation, now, now);
        if let Err(error) = self.parts.queue.publish(vec![wake]).await {
            tracing::warn!(error = chain(&error), "a wake was not published: the timer will");
        }
        Ok(End::Ack)
    }

    async fn park(&self, at: jiff::Timestamp, waiting_for: Option<OutboundId>) -> Result<Parked, StoreError> {
        self.parts.store.park(self.held.clone(), at, waiting_for).await
    }

    /// Without it the lease would end by itself half a minute later.
    async fn release(&self) -> Result<bool, StoreError> {
        self.parts.store.release(self.held.clone(), false, self.parts.clock.now()).await
    }

    /// The store failed, not the turn: the lease is given back as soon as the store lets us, so that this counts as no crash. Until
    /// then it is renewed, where that can be stored.
    async fn failed(&self, error: &StoreError) -> End {
        let id = &self.held.conversation;
        tracing::warn!(error = chain(error), conversation.id = %id, "the store failed during a turn: the event comes again");
        for _ in 0..RELEASE_TRIES {
            let Err(error) = self.release().await else { return End::Nack };
            tracing::debug!(error = chain(&error), conversation.id = %id, "a lease was not released: trying again");
            if self.stopping.run_until_cancelled(tokio::time::sleep(BETWEEN_TRIES)).await.is_none() {
                break;
            }
        }
        tracing::warn!(conversation.id = %id, "a lease was not released: it expires by itself");
        End::Nack
    }
}
