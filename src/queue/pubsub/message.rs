//! An event as a message of Pub/Sub: CloudEvents 1.0 in the binary form, JSON data and `ce-*` attributes
//! (github.com/cloudevents/spec, bindings for Pub/Sub, extension for distributed tracing).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use google_cloud_pubsub::model::Message;

use crate::clock::Seldom;
use crate::domain::EventId;
use crate::queue::{Event, EventKind, Lane};
use crate::trace_context::TraceContext;

/// The types of the wire: `com.wabridge.whatsapp.<kind>.v1`.
const TYPE: (&str, &str) = ("com.wabridge.whatsapp.", ".v1");

/// What goes wrong with each message is told this often.
const TOLD_EVERY: Duration = Duration::from_mins(1);

pub(super) fn of(event: Event) -> Message {
    let trace = event.trace.map(|trace| ("ce-traceparent", trace.to_string()));
    let attributes = [
        ("ce-specversion", "1.0".to_owned()),
        ("ce-id", event.id.to_string()),
        ("ce-source", "wabridge".to_owned()),
        ("ce-type", format!("{}{}{}", TYPE.0, event.kind.name(), TYPE.1)),
        ("ce-subject", event.subject),
        ("ce-time", event.time.to_string()),
        ("content-type", "application/json".to_owned()),
        ("lane", event.lane.name().to_owned()),
    ];
    Message::new().set_data(event.data).set_attributes(attributes.into_iter().chain(trace))
}

/// The event of a message, or what is wrong with it.
pub(super) fn read(attributes: &HashMap<String, String>, data: Vec<u8>) -> Result<Event, &'static str> {
    let attribute = |name: &str| attributes.get(name).map(String::as_str);
    let kind = attribute("ce-type").and_then(|name| name.strip_prefix(TYPE.0)?.strip_suffix(TYPE.1));
    Ok(Event {
        id: EventId::new(attribute("ce-id").ok_or("it has no ce-id")?),
        kind: EventKind::parse(kind.ok_or("its ce-type is none of ours")?),
        lane: attribute("lane").and_then(Lane::parse).ok_or("it is of no lane")?,
        time: attribute("ce-time").and_then(|time| time.parse().ok()).ok_or("it has no ce-time")?,
        subject: attribute("ce-subject").unwrap_or_default().to_owned(),
        data: String::from_utf8(data).map_err(|_| "its data is no text")?,
        trace: attribute("ce-traceparent").and_then(TraceContext::parse),
    })
}

/// An event of the other lane came where the subscription filters: filter and endpoint are of two lanes. To ack it would lose it.
pub(super) fn astray(lane: Lane) {
    static TOLD: Mutex<Seldom> = Mutex::new(Seldom::new());
    if let Some(count) = TOLD.lock().unwrap_or_else(PoisonError::into_inner).one_more(TOLD_EVERY) {
        tracing::error!(
            lane = lane.name(),
            times = count,
            "events of the other lane come, and are not taken: filter and endpoint of a subscription must be of one lane"
        );
    }
}

/// What nobody can read, only others can have published: it is acked.
pub(super) fn left_out(why: &'static str) {
    tracing::warn!(why, "a message in the topic is none of ours: it is left out");
}
