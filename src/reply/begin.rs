//! An event claims its conversation: acked when its message is safe in somebody else's hands, drained when the lease is ours.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Parts;
use super::drain::{Drain, End};
use crate::bot::OnUnknown;
use crate::domain::{ConversationId, Inbound, chain};
use crate::failure_points::{Point, reach};
use crate::queue::{Delivery, EventKind};
use crate::store::{Begin, BeginAnswer, Claim, Policy, StoreError};
use crate::whatsapp::webhook;

/// Handles one delivery to its end: acked or nacked.
pub(super) async fn handle(parts: Arc<Parts>, delivery: Delivery, stopping: CancellationToken) {
    let end = match begin(&parts, &delivery).await {
        Ok(Some(BeginAnswer::Begun(begun))) => Drain::new(Arc::clone(&parts), &delivery, begun, stopping).run().await,
        Ok(Some(BeginAnswer::Busy)) => {
            reach(Point::B4).await;
            End::Nack
        }
        Ok(Some(BeginAnswer::Absent)) => {
            tracing::warn!(event.id = %delivery.event.id, "a conversation was removed as a message came for it: the event comes again");
            End::Nack
        }
        Ok(Some(BeginAnswer::Queued)) => {
            reach(Point::B3).await;
            End::Ack
        }
        Ok(Some(BeginAnswer::Duplicate) | None) => End::Ack,
        Ok(Some(BeginAnswer::Recorded(note))) => {
            if let Some(note) = note {
                tracing::info!(event.id = %delivery.event.id, message.note = note.name(), "a message was recorded and gets no answer");
            }
            End::Ack
        }
        Err(error) => {
            tracing::warn!(error = chain(&error), event.id = %delivery.event.id, "the event comes again");
            End::Nack
        }
    };
    match end {
        End::Ack => delivery.ack().await,
        End::Nack => delivery.nack(parts.clock.now()).await,
        End::NackNow => delivery.nack_after(std::time::Duration::ZERO, parts.clock.now()).await,
    }
}

/// The claim of this event; `None` when it is about nobody.
async fn begin(parts: &Parts, delivery: &Delivery) -> Result<Option<BeginAnswer>, StoreError> {
    let Some((conversation, begin)) = subject(parts, delivery).await? else {
        return Ok(None);
    };
    let owner = uuid::Uuid::new_v4().simple().to_string();
    let claim = Claim { event: delivery.event.id.clone(), owner, policy: policy(parts), begin };
    reach(Point::B1).await;
    let answer = parts.store.begin(conversation, claim, parts.clock.now()).await?;
    reach(Point::B2).await;
    Ok(Some(answer))
}

async fn subject(parts: &Parts, delivery: &Delivery) -> Result<Option<(ConversationId, Begin)>, StoreError> {
    if delivery.event.kind == EventKind::Wake {
        return Ok(Some((ConversationId::new(&delivery.event.subject), Begin::Wake)));
    }
    let message = match webhook::inbound(&delivery.event.data) {
        Ok(message) if !message.person.is_nobody() => message,
        Ok(_) => return unreadable(parts, delivery, "it names nobody").await,
        Err(error) => return unreadable(parts, delivery, &error.to_string()).await,
    };
    // Meta's clock may run ahead a little; a time far ahead would stretch the window and outlive `answer_within`.
    let message = Inbound { sent_at: message.sent_at.min(delivery.event.time + parts.limits.skew), ..message };
    let conversation = parts.store.identify(message.person.clone(), message.number.clone(), parts.clock.now()).await?;
    tracing::info!(event.id = %delivery.event.id, message.id = %message.id, conversation.id = %conversation, "a message came");
    let opens_turn = opens_turn(parts, &message);
    Ok(Some((conversation, Begin::Message { message: Box::new(message), received_at: delivery.event.time, opens_turn })))
}

/// A message that nobody can answer is kept as it is, for people and for later versions.
async fn unreadable(parts: &Parts, delivery: &Delivery, why: &str) -> Result<Option<(ConversationId, Begin)>, StoreError> {
    let event = &delivery.event;
    tracing::error!(error = why, event.id = %event.id, "a message cannot be read: it is kept and gets no answer");
    parts.store.keep_event(event.id.clone(), event.kind.name(), event.data.clone(), event.time).await?;
    Ok(None)
}

fn opens_turn(parts: &Parts, message: &Inbound) -> bool {
    parts.answering().is_some_and(|(bot, _)| bot.opens_a_turn(&message.kind))
}

/// What the bot file says about delivery. Without a bot nothing opens a turn, so nothing depends on it.
pub(super) fn policy(parts: &Parts) -> Policy {
    let bot = parts.bots.current();
    let answer_within = bot.as_ref().map_or(parts.limits.window / 2, |bot| bot.conversation().answer_within);
    let resend = bot.is_none_or(|bot| bot.conversation().on_unknown == OnUnknown::Resend);
    Policy { answer_within, resend }
}
