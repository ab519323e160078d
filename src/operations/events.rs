//! What the store knows of deliveries, messages and conversations, for a person or a script.

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::{ConversationId, DeliveryId, EventId, InboundId, OutboundId, TurnId};
use crate::ingest;
use crate::queue::{Event, EventKind};
use crate::store::{DeliveryState, OutState, OutboundRecord, Store};
use crate::whatsapp::webhook::{self, Delivery};

/// Which deliveries to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Only those in this state: `accepted`, `quarantined`, `ignored`, `unparsed`.
    pub state: Option<String>,
    /// At most this many, the newest first.
    pub most: u32,
}

/// One line of the list. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// SHA-256 of the body: the id of the delivery.
    pub id: String,
    /// What became of it.
    pub state: &'static str,
    /// When it came in.
    pub time: Timestamp,
    /// How many events it yielded.
    pub events: u32,
    /// Length of its body.
    pub bytes: u32,
    /// Why it was not accepted; else empty.
    pub reason: String,
}

/// The newest deliveries of the store.
///
/// # Errors
/// The state is no state, or the store cannot be read.
pub async fn list(store: &Store, wanted: &Wanted) -> anyhow::Result<Vec<Listed>> {
    let state = wanted.state.as_deref().map(state_named).transpose()?;
    let found = store.deliveries(state, wanted.most).await?;
    let listed = found.into_iter().map(|delivery| Listed {
        id: delivery.id.to_string(),
        state: delivery.state.name(),
        time: delivery.received_at,
        events: delivery.events,
        bytes: delivery.bytes,
        reason: delivery.reason,
    });
    Ok(listed.collect())
}

/// The state of a word.
///
/// # Errors
/// It is none, and these are there.
pub(super) fn state_named(word: &str) -> anyhow::Result<DeliveryState> {
    let state = DeliveryState::parse(word);
    state.with_context(|| format!("there is no state {word}: a delivery is accepted, quarantined, ignored or unparsed"))
}

/// Everything about a delivery (its id may be shortened), or what the log names: a message either way (`m_…`), a turn (`t_…`), a
/// conversation (`v_…`), an event of the account (`e_…`). `None` when there is no such thing.
///
/// # Errors
/// The store cannot be read.
pub async fn show(store: &Store, id: &str) -> anyhow::Result<Option<Value>> {
    if id.starts_with("m_") {
        let inbound = message(store, &InboundId::new(id)).await?;
        let sent = store.outbound(OutboundId::new(id)).await?;
        return Ok(inbound.or_else(|| sent.as_ref().map(sent_message)));
    }
    if id.starts_with("t_") {
        let (sent, dead_letter) = store.turn(TurnId::new(id)).await?;
        let known = !sent.is_empty() || dead_letter.is_some();
        let sent: Vec<Value> = sent.iter().map(sent_message).collect();
        return Ok(known.then(|| json!({ "turn": id, "sent": sent, "dead_letter": dead_letter })));
    }
    if id.starts_with("e_") {
        let kept = store.kept_event(EventId::new(id)).await?;
        return Ok(kept.map(|kept| json!({ "id": id, "kind": kept.kind, "received_at": kept.received_at, "data": kept.data })));
    }
    if id.starts_with("v_") {
        return Ok(store.conversation(ConversationId::new(id)).await?.map(|found| json!({ "conversation": found })));
    }
    let Some(found) = store.delivery(DeliveryId::new(id)).await? else {
        return Ok(None);
    };
    let mut events = Vec::new();
    let summary = &found.summary;
    // What was not accepted was never published: it has no events yet.
    if summary.state == DeliveryState::Accepted
        && let Ok(delivery) = Delivery::read(&found.body)
    {
        for event in ingest::events(&delivery, &summary.id, &summary.quarantined_changes, summary.received_at) {
            events.push(of_event(store, &event).await?);
        }
    }
    let body = String::from_utf8_lossy(&found.body);
    Ok(Some(json!({ "delivery": found.summary, "signature": found.signature, "events": events, "body": body })))
}

async fn of_event(store: &Store, event: &Event) -> anyhow::Result<Value> {
    let mut shown = json!({ "id": event.id, "kind": event.kind.name(), "lane": event.lane.name() });
    if event.kind == EventKind::Message
        && let Ok(inbound) = webhook::inbound(&event.data)
    {
        shown["message"] = match message(store, &inbound.id).await? {
            Some(found) => found,
            None => json!({ "id": inbound.id, "state": "not consumed yet" }),
        };
    }
    Ok(shown)
}

async fn message(store: &Store, id: &InboundId) -> anyhow::Result<Option<Value>> {
    let Some(record) = store.inbound(id.clone()).await? else {
        return Ok(None);
    };
    let waiting = store.conversation(record.conversation.clone()).await?.is_some_and(|found| found.mailbox.contains_key(id));
    let answers = store.answers(id.clone()).await?;
    let all_accepted = answers.iter().all(|answer| answer.state == OutState::Accepted);
    let state = match (waiting, record.note, answers.is_empty()) {
        (true, ..) => "pending",
        (false, Some(_), _) => "noted",
        (false, None, true) => "silence",
        (false, None, false) if all_accepted => "answered",
        (false, None, false) => "not answered",
    };
    let answers: Vec<Value> = answers.iter().map(sent_message).collect();
    let medium = record.message.media.as_ref().map(|medium| json!({ "kind": record.message.kind.name(), "mime": medium.mime }));
    Ok(Some(json!({
        "id": id, "conversation": record.conversation, "from": record.message.person, "received_at": record.received_at,
        "state": state, "note": record.note, "media": medium, "answers": answers,
    })))
}

/// What a person sees of a message that we sent. Without its words; but Meta's id, which support asks for, decodes to a phone number.
pub(super) fn sent_message(record: &OutboundRecord) -> Value {
    json!({
        "id": record.id, "turn": record.turn, "position": record.position, "kind": record.kind, "route": record.route,
        "state": record.state, "delivery": record.delivery, "attempts": record.attempts, "tries": record.tries,
        "double_send": record.double_send, "pricing": record.pricing,
    })
}
