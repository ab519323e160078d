//! Split and screen together: what is to be kept of a verified body, what is published, and the answer once both are durable.

use super::counters::Kept;
use super::error::Refusal;
use super::receiver::Inner;
use super::screen::{Verdict, screen};
use super::signature::VerifiedBody;
use super::split::{events, split};
use super::stage::Work;
use crate::domain::{DeliveryId, Ids};
use crate::queue::Event;
use crate::store::{DeliveryState, RawDelivery};
use crate::whatsapp::webhook::{Delivery, NotADelivery};

/// The answer to a delivery, once it is durable.
pub(super) type Answer = Result<Kept, Refusal>;

/// What becomes of a delivery that is kept.
struct Judgement {
    state: DeliveryState,
    reason: &'static str,
    events: Vec<Event>,
    quarantined_changes: Vec<u32>,
    answer: Answer,
}

impl Inner {
    /// Judges a verified body. An error means that nothing of it is kept.
    pub(super) fn judge(&self, body: VerifiedBody) -> Result<(Work, Answer), Refusal> {
        let (id, received_at) = (body.id(), self.clock.now());
        let judgement = match split(&body) {
            Ok(delivery) => self.judge_delivery(&delivery, &id, received_at)?,
            Err(NotADelivery::NotJson) => nothing(DeliveryState::Unparsed, "not JSON", Err(Refusal::MalformedPayload)),
            Err(NotADelivery::NotWhatsApp) => nothing(DeliveryState::Ignored, "no WhatsApp envelope", Ok(Kept::Ignored)),
        };
        let Judgement { state, reason, events, quarantined_changes, answer } = judgement;
        let (body, signature, share) = body.into_parts();
        let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
        let reason = reason.to_owned();
        let delivery = RawDelivery { id, body, signature, received_at, state, quarantined_changes, events: count, reason };
        Ok((Work { delivery, events, share }, answer))
    }

    fn judge_delivery(&self, delivery: &Delivery<'_>, id: &DeliveryId, now: jiff::Timestamp) -> Result<Judgement, Refusal> {
        let (verdict, strange) = screen(&self.ids, delivery);
        self.ledger.name(strange, matches!(self.ids, Ids::Observe));
        Ok(match verdict {
            Verdict::Accepted { quarantined } => {
                let events = events(delivery, id, &quarantined, now);
                let answer = Ok(Kept::Accepted { events: events.len() as u64 });
                Judgement { state: DeliveryState::Accepted, reason: "", events, quarantined_changes: quarantined, answer }
            }
            Verdict::Ignored => nothing(DeliveryState::Ignored, "of no WhatsApp Business Account", Ok(Kept::Ignored)),
            Verdict::Quarantined { reason } => nothing(DeliveryState::Quarantined, reason, Ok(Kept::Quarantined)),
            Verdict::Refused(refusal) => return Err(refusal),
        })
    }
}

/// What a kept delivery yields under these ids: its events, and the places of the changes that are not ours. `None` when nothing in it
/// is ours.
pub fn yields(
    ids: &Ids,
    delivery: &Delivery<'_>,
    id: &DeliveryId,
    received_at: jiff::Timestamp,
) -> Option<(Vec<Event>, Vec<u32>)> {
    match screen(ids, delivery).0 {
        Verdict::Accepted { quarantined } => Some((events(delivery, id, &quarantined, received_at), quarantined)),
        Verdict::Ignored | Verdict::Quarantined { .. } | Verdict::Refused(_) => None,
    }
}

fn nothing(state: DeliveryState, reason: &'static str, answer: Answer) -> Judgement {
    Judgement { state, reason, events: Vec::new(), quarantined_changes: Vec::new(), answer }
}
