//! One webhook of every kind, for `wabridge simulate`: Meta's documented shape, fresh ids, signed by the caller.

use jiff::Timestamp;
use serde_json::json;

use super::graph::{details_of, title_of};
use super::meta_ids::{media_id, media_sha256, wamid};
use super::wire::{self, Contact, Context, Interactive, Item, Media, Message, Payload, Profile, Reply, Status, Update};
use crate::domain::{PhoneNumberId, StatusKind, WabaId, Wamid};

/// What [`sample_delivery`] can build.
pub const SAMPLE_KINDS: [&str; 13] = [
    "text",
    "button",
    "list",
    "image",
    "audio",
    "location",
    "reaction",
    "status-sent",
    "status-delivered",
    "status-read",
    "status-failed",
    "template-status",
    "unknown",
];

/// The body of one webhook. `kind` is one of [`SAMPLE_KINDS`] (else `None`); `from` is a phone number (with or without `+`) or a user id
/// (`US.…`); `text` is the body, title, caption or template name. Every call draws new message ids.
#[must_use]
pub fn sample_delivery(
    kind: &str,
    waba: &WabaId,
    number: &PhoneNumberId,
    from: &str,
    text: &str,
    now: Timestamp,
) -> Option<Vec<u8>> {
    let person = Sender::of(from);
    if let Some(status) = status_kind(kind) {
        let item = Item::Status(Box::new(person.status(status, now)));
        return Some(wire::body(waba, &[update(number, None, item)]));
    }
    if kind == "template-status" {
        let value = json!({"event": "APPROVED", "message_template_id": 594_425_479_261_596_i64, "message_template_name": text,
            "message_template_language": "en_US", "reason": "NONE"});
        return Some(wire::other_field(waba, "message_template_status_update", now.as_second(), &value));
    }
    if kind == "unknown" {
        return Some(wire::other_field(waba, "a_field_of_tomorrow", now.as_second(), &json!({"text": text})));
    }
    let (name, payload) = payload(kind, text)?;
    let item = Item::Message(Box::new(person.message(name, payload, now)));
    Some(wire::body(waba, &[update(number, Some(person.contact()), item)]))
}

struct Sender {
    wa_id: Option<String>,
    user_id: Option<String>,
}

impl Sender {
    fn of(from: &str) -> Self {
        if from.contains('.') {
            return Self { wa_id: None, user_id: Some(from.to_owned()) };
        }
        Self { wa_id: Some(from.trim_start_matches('+').to_owned()), user_id: None }
    }

    fn key(&self) -> &str {
        self.wa_id.as_deref().or(self.user_id.as_deref()).unwrap_or_default()
    }

    fn contact(&self) -> Contact {
        let profile = Some(Profile { name: Some("Sample Person".into()), username: None });
        Contact { profile, wa_id: self.wa_id.clone(), user_id: self.user_id.clone() }
    }

    fn message(&self, kind: &'static str, payload: Payload, now: Timestamp) -> Message {
        let context = matches!(payload, Payload::Interactive(_))
            .then(|| Context { from: DISPLAY.into(), id: wamid(self.key()).as_str().to_owned() });
        Message {
            context,
            from: self.wa_id.clone(),
            from_user_id: self.user_id.clone(),
            id: wamid(self.key()).as_str().to_owned(),
            timestamp: now.as_second().to_string(),
            kind,
            payload,
        }
    }

    fn status(&self, kind: StatusKind, now: Timestamp) -> Status {
        let id: Wamid = wamid(self.key());
        let failed = kind == StatusKind::Failed;
        Status {
            id: id.as_str().to_owned(),
            word: status_word(kind),
            timestamp: now.as_second().to_string(),
            recipient_id: self.wa_id.clone(),
            recipient_user_id: self.user_id.clone(),
            biz_opaque_callback_data: None,
            pricing: (!failed).then_some(wire::SERVICE),
            errors: if failed { vec![status_error(131_026)] } else { Vec::new() },
        }
    }
}

/// A business number as Meta shows it in the metadata; from the range that is never given out.
const DISPLAY: &str = "15550100000";

fn update(number: &PhoneNumberId, contact: Option<Contact>, item: Item) -> Update {
    Update { number: number.clone(), display: DISPLAY.into(), contact, item }
}

fn status_kind(kind: &str) -> Option<StatusKind> {
    StatusKind::parse(kind.strip_prefix("status-")?)
}

/// Meta's word for a status.
pub(super) fn status_word(kind: StatusKind) -> &'static str {
    match kind {
        StatusKind::Sent => "sent",
        StatusKind::Delivered => "delivered",
        StatusKind::Read => "read",
        StatusKind::Played => "played",
        StatusKind::Failed => "failed",
    }
}

/// The `errors` entry of a failed status.
pub(super) fn status_error(code: i64) -> wire::StatusError {
    let title = title_of(code);
    wire::StatusError { code, title, message: title, error_data: wire::Details { details: details_of(code) } }
}

fn payload(kind: &str, text: &str) -> Option<(&'static str, Payload)> {
    let reply = |description: Option<&str>| Reply {
        id: "sample".into(),
        title: text.to_owned(),
        description: description.map(str::to_owned),
    };
    Some(match kind {
        "text" => ("text", Payload::Text { body: text.to_owned() }),
        "button" => ("interactive", Payload::Interactive(Interactive::ButtonReply { button_reply: reply(None) })),
        "list" => ("interactive", Payload::Interactive(Interactive::ListReply { list_reply: reply(Some("a row")) })),
        "image" => ("image", Payload::Image(media("image/jpeg", Some(text.to_owned()), None))),
        "audio" => ("audio", Payload::Audio(media("audio/ogg; codecs=opus", None, Some(true)))),
        "location" => {
            let place = json!({"latitude": 52.516_27, "longitude": 13.377_7, "name": text});
            ("location", Payload::Location(place.as_object().cloned().unwrap_or_default()))
        }
        "reaction" => {
            let message_id = wamid("0").as_str().to_owned();
            ("reaction", Payload::Reaction { message_id, emoji: text.to_owned() })
        }
        _ => return None,
    })
}

/// The media object of a webhook: an id that the simulator made up, and no URL, because nothing can be downloaded yet.
pub(super) fn media(mime_type: &'static str, caption: Option<String>, voice: Option<bool>) -> Media {
    Media { caption, filename: None, mime_type, sha256: media_sha256(), id: media_id(), voice }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_a_signed_json_envelope_and_nothing_else_is() {
        let (waba, number) = (WabaId::new("1"), PhoneNumberId::new("2"));
        for kind in SAMPLE_KINDS {
            let body = sample_delivery(kind, &waba, &number, "+15550100001", "hé/", Timestamp::UNIX_EPOCH).unwrap();
            assert!(body.is_ascii(), "{kind}");
            let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(json["object"], "whatsapp_business_account", "{kind}");
        }
        assert_eq!(sample_delivery("fax", &waba, &number, "1", "", Timestamp::UNIX_EPOCH), None);
    }

    #[test]
    fn a_person_known_by_user_id_alone_has_no_from_and_no_wa_id() {
        let body =
            sample_delivery("text", &WabaId::new("1"), &PhoneNumberId::new("2"), "US.7", "hi", Timestamp::UNIX_EPOCH).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let value = &json["entry"][0]["changes"][0]["value"];
        assert_eq!(value["messages"][0]["from_user_id"], "US.7");
        assert_eq!(value["messages"][0].get("from"), None);
        assert_eq!(value["contacts"][0].get("wa_id"), None);
        assert_eq!(value["contacts"][0]["user_id"], "US.7");
    }
}
