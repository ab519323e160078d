//! A status: evidence of what became of an attempt.

use std::sync::PoisonError;

use jiff::Timestamp;

use super::Parts;
use crate::domain::{PhoneNumberId, StatusKind, StatusUpdate, chain};
use crate::failure_points::{Point, reach};
use crate::queue::Event;
use crate::store::{Evidence, StoreError, Wake};
use crate::whatsapp::{class, parse_callback, webhook};

/// Notes one status and wakes who waits for it.
pub(super) async fn record(parts: &Parts, event: &Event) -> Result<(), StoreError> {
    let status = match webhook::status(&event.data) {
        Ok(status) => status,
        Err(error) => {
            tracing::error!(error = chain(&error), event.id = %event.id, "a status cannot be read: it is kept as it is");
            return parts.store.keep_event(event.id.clone(), event.kind.name(), event.data.clone(), event.time).await;
        }
    };
    let (number, at) = (status.number.clone(), status.at);
    let place = status.callback.as_deref().and_then(parse_callback);
    let now = parts.clock.now();
    match parts.store.evidence(status.clone(), place, now).await? {
        Evidence::Foreign => tracing::info!(event.id = %event.id, "a status of a message that we did not send"),
        Evidence::Known => {}
        Evidence::Stored { outbound, double_send, billed, wake } => {
            tracing::info!(message.id = %outbound, status.kind = status.kind.name(), metric = "status.count", "status");
            if let Some(category) = billed {
                tracing::info!(message.id = %outbound, billed.category = category, metric = "billed.count", "Meta bills a message");
            }
            report(&status, &outbound, double_send);
            reach(Point::E1).await;
            if let Some(wake) = wake {
                publish(parts, &wake, now).await;
            }
        }
    }
    // Meta's time, but never later than we saw it: a clock that runs ahead would prove what has not happened yet.
    let at = at.min(now);
    // Only now: whoever reads it may conclude that statuses up to this time are in the store.
    status_seen(parts, number, at).await
}

fn report(status: &StatusUpdate, outbound: &crate::domain::OutboundId, double_send: bool) {
    if double_send {
        tracing::error!(message.id = %outbound, metric = "send.double", "a message was accepted twice");
    }
    if status.kind == StatusKind::Failed {
        let code = status.failure.as_ref().map(|failure| failure.code);
        let remedy = code.map_or("", |code| class(code).remedy());
        tracing::warn!(message.id = %outbound, send.code = code, remedy, "a message failed after Meta had taken it");
    }
}

async fn publish(parts: &Parts, wake: &Wake, now: Timestamp) {
    let event = Event::wake(&wake.conversation, wake.at, now);
    if let Err(error) = parts.queue.publish(vec![event]).await {
        tracing::warn!(error = chain(&error), "a wake was not published: the timer will");
    }
}

async fn status_seen(parts: &Parts, number: PhoneNumberId, at: Timestamp) -> Result<(), StoreError> {
    let fresh = {
        let seen = parts.status_seen.lock().unwrap_or_else(PoisonError::into_inner);
        let every = parts.limits.proof / 6;
        seen.get(&number).is_none_or(|last| at.duration_since(*last) > jiff::SignedDuration::try_from(every).unwrap_or_default())
    };
    if !fresh {
        return Ok(());
    }
    parts.store.status_seen(number.clone(), at).await?;
    parts.status_seen.lock().unwrap_or_else(PoisonError::into_inner).insert(number, at);
    Ok(())
}
