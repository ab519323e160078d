//! An event as a message of Pub/Sub: CloudEvents 1.0 in the binary form, JSON data and `ce-*` attributes
//! (github.com/cloudevents/spec, bindings for Pub/Sub).

use std::collections::HashMap;

use google_cloud_pubsub::model::Message;

use crate::domain::EventId;
use crate::queue::{Event, EventKind, Lane};

/// The types of the wire: `com.wabridge.whatsapp.<kind>.v1`.
const TYPE: (&str, &str) = ("com.wabridge.whatsapp.", ".v1");

pub(super) fn of(event: Event) -> Message {
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
    Message::new().set_data(event.data).set_attributes(attributes)
}

/// The event of a message, or what is wrong with it.
pub(super) fn read(attributes: &HashMap<String, String>, data: &[u8]) -> Result<Event, &'static str> {
    let attribute = |name: &str| attributes.get(name).map(String::as_str);
    let kind = attribute("ce-type").and_then(|name| name.strip_prefix(TYPE.0)?.strip_suffix(TYPE.1));
    let lane = match attribute("lane") {
        Some("reply") => Lane::Reply,
        Some("record") => Lane::Record,
        Some(_) | None => return Err("it is of no lane"),
    };
    Ok(Event {
        id: EventId::new(attribute("ce-id").ok_or("it has no ce-id")?),
        kind: EventKind::parse(kind.ok_or("its ce-type is none of ours")?),
        lane,
        time: attribute("ce-time").and_then(|time| time.parse().ok()).ok_or("it has no ce-time")?,
        subject: attribute("ce-subject").unwrap_or_default().to_owned(),
        data: String::from_utf8(data.to_vec()).map_err(|_| "its data is no text")?,
    })
}
