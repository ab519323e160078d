//! One attempt, one POST, one outcome. Only a [`Permit`] can be posted, and it is good for a few seconds.

use std::time::{Duration, Instant};

use super::Parts;
use super::pace::Slot;
use crate::clock::Moment;
use crate::failure_points::{Point, reach};
use crate::store::{Attempt, Mailbox, Outcome};
use crate::whatsapp::{Graph, Posted, class, message};

/// The right to one POST: an attempt that is on record, the moment before it was recorded, and a place among those on their way.
#[derive(Debug)]
pub(super) struct Permit {
    attempt: Attempt,
    taken_at: Moment,
    slot: Slot,
}

impl Permit {
    /// `taken_at` is read before the attempt is recorded, so that the permit never looks younger than it is.
    pub(super) fn new(attempt: Attempt, taken_at: Moment, slot: Slot) -> Self {
        Self { attempt, taken_at, slot }
    }

    /// False as soon as either clock says that we slept, or went back: somebody else may have resolved the attempt.
    fn is_valid(&self, now: Moment, limit: Duration) -> bool {
        let wall = now.wall.duration_since(self.taken_at.wall);
        let wall = Duration::try_from(wall);
        wall.is_ok_and(|wall| wall <= limit) && now.monotonic.duration_since(self.taken_at.monotonic) <= limit
    }
}

/// What came of a permit.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) attempt: Attempt,
    pub(super) outcome: Outcome,
    /// How long the POST took; `None` when there was none.
    pub(super) took: Option<Duration>,
    /// The access token was replaced meanwhile: what Meta says of it is old.
    pub(super) other_token: bool,
}

/// Sends the message of the permit. Always ends, with an outcome that can be settled.
pub(super) async fn post(parts: &Parts, graph: &Graph, permit: Permit) -> Sent {
    reach(Point::T5).await;
    if !permit.is_valid(parts.clock.both(), parts.limits.permit) {
        permit.slot.unused();
        return Sent { attempt: permit.attempt, outcome: Outcome::NotSent { failure: None }, took: None, other_token: false };
    }
    let (began, token) = (Instant::now(), graph.access_token().hash());
    let before = token.get();
    let Permit { attempt, slot, .. } = permit;
    let body = message::with_callback(&attempt.body, &attempt.outbound, attempt.n);
    let sending = tokio::time::timeout(parts.limits.post, graph.send(&attempt.number, body));
    let (posted, ()) = tokio::join!(sending, reach(Point::T6));
    let took = Some(began.elapsed());
    drop(slot);
    let outcome = match posted.unwrap_or(Posted::Unknown { answered: false }) {
        Posted::Accepted(wamid) => Outcome::Accepted { wamid },
        Posted::Refused(failure) if class(failure.code).may_be_sent_later() => Outcome::NotSent { failure: Some(failure) },
        Posted::Refused(failure) => Outcome::Refused { failure },
        Posted::NotSent => Outcome::NotSent { failure: None },
        Posted::Unknown { answered } => Outcome::Unknown { answered },
    };
    Sent { attempt, outcome, took, other_token: token.get() != before }
}

/// Marks the newest message as read, and with `typing` shows that an answer is being written; at most
/// [`crate::domain::Limits::typing`].
pub(super) async fn read_receipt(parts: &Parts, graph: &Graph, mailbox: &Mailbox, typing: bool) {
    if let Some(newest) = mailbox.messages.last() {
        let told = graph.mark_read(&mailbox.number, &newest.wamid, typing);
        let _best_effort = tokio::time::timeout(parts.limits.typing, told).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::domain::{Limits, OutboundId, PhoneNumberId};
    use crate::reply::pace::{Entry, Pace, Pacer};
    use tokio_util::sync::CancellationToken;

    async fn permit(clock: &Clock) -> Permit {
        let number = PhoneNumberId::new("1");
        let pacer = Pacer::new(Pace { rate: 1, concurrency: 1 }, Limits::default(), clock.clone());
        let Entry::Slot(slot) = pacer.enter(&number, &CancellationToken::new()).await else { panic!("no slot") };
        let attempt =
            Attempt { outbound: OutboundId::new("m_1"), n: 1, number, kind: "text".into(), body: "{}".into(), probe: false };
        Permit::new(attempt, clock.both(), slot)
    }

    #[tokio::test]
    async fn a_permit_ends_when_the_wall_clock_jumps() {
        let clock = Clock::default();
        let permit = permit(&clock).await;
        assert!(permit.is_valid(clock.both(), Duration::from_secs(5)));
        clock.advance(Duration::from_secs(6));
        assert!(!permit.is_valid(clock.both(), Duration::from_secs(5)));
    }

    #[tokio::test]
    async fn a_permit_ends_when_the_wall_clock_goes_back() {
        let clock = Clock::default();
        clock.advance(Duration::from_mins(1));
        let permit = permit(&clock).await;
        clock.reset();
        assert!(!permit.is_valid(clock.both(), Duration::from_secs(5)));
    }
}
