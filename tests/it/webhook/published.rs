//! The events that others may read are those of the documents: each kind by its schema, with an example that the receiver made.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Value, json};
use wabridge::domain::ConversationId;
use wabridge::queue::Event;

use super::service::{Service, fixture};

/// Each kind, and the webhook whose first event shows it.
const EXAMPLES: [(&str, &str); 10] = [
    ("message", "text"),
    ("status", "status_sent"),
    ("echo", "echoes"),
    ("history", "history"),
    ("call", "calls"),
    ("account", "template_status"),
    ("preference", "preferences"),
    ("identity", "user_id"),
    ("group", "group_change"),
    ("unknown", "unknown_field"),
];

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/reference/events").join(name)
}

fn read(name: &str) -> Value {
    let path = file(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// As one JSON object, at a time that stays.
fn shown(event: &Event) -> Value {
    let mut data: Value = serde_json::from_str(&event.data).expect("JSON");
    if data.get("wake_at").is_some() {
        data["wake_at"] = json!("2026-11-28T08:00:00Z");
    }
    json!({
        "specversion": "1.0",
        "id": event.id.as_str(),
        "source": "wabridge",
        "type": format!("com.wabridge.whatsapp.{}.v1", event.kind.name()),
        "subject": event.subject,
        "time": "2026-11-28T08:00:00Z",
        "datacontenttype": "application/json",
        "lane": event.lane.name(),
        "data": data,
    })
}

fn schema() -> jsonschema::Validator {
    jsonschema::options().should_validate_formats(true).build(&read("schema.json")).expect("a schema")
}

#[actix_web::test]
async fn the_example_of_each_kind_is_what_the_receiver_makes_and_fits_its_schema() {
    let schema = schema();
    let now: Timestamp = "2026-11-28T08:00:00Z".parse().expect("a time");
    let mut events = vec![("wake", Event::wake(&ConversationId::new(format!("v_{}", "0".repeat(32))), now, now))];
    for (kind, webhook) in EXAMPLES {
        let service = Service::start();
        service.post(fixture(webhook)).await.accepted();
        events.push((kind, service.events().await.remove(0)));
    }
    for (kind, event) in events {
        let shown = shown(&event);
        let name = format!("{kind}.json");
        assert!(shown == read(&name), "docs/reference/events/{name} should be\n{shown:#}");
        let problems: Vec<_> = schema.iter_errors(&shown).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{kind}: {problems:#?}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_event() {
    let schema = schema();
    let message = read("message.json");
    let without = |part: &str, field: &str| {
        let mut changed = message.clone();
        changed.pointer_mut(part).and_then(Value::as_object_mut).expect("an object").remove(field);
        changed
    };
    let with = |part: &str, value: Value| {
        let mut changed = message.clone();
        *changed.pointer_mut(part).expect("a value") = value;
        changed
    };
    let wrong = [
        without("", "id"),
        without("", "lane"),
        without("/data", "item"),
        without("/data/item", "id"),
        without("/data/item", "from"),
        with("/type", json!("com.wabridge.whatsapp.status.v1")),
        with("/type", json!("com.wabridge.whatsapp.message.v2")),
        with("/lane", json!("record")),
        with("/time", json!("yesterday")),
        with("/data/phone_number_id", Value::Null),
        json!({}),
    ];
    for event in wrong {
        assert!(!schema.is_valid(&event), "{event:#}");
    }
    assert!(schema.is_valid(&message));
}
