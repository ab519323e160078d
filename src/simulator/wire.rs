//! Meta's side of a webhook: the documented shape, Meta's way to write JSON (`\u00e9`, `\/`), and the signature over exactly those bytes.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::domain::{PhoneNumberId, WabaId};

/// One thing that happened at one number.
#[derive(Debug, Clone)]
pub(super) struct Update {
    pub(super) number: PhoneNumberId,
    /// As Meta shows it in the metadata: digits only.
    pub(super) display: String,
    pub(super) contact: Option<Contact>,
    pub(super) item: Item,
}

/// A message of a person, or news of one of ours.
#[derive(Debug, Clone)]
pub(super) enum Item {
    Message(Box<Message>),
    /// A message object that somebody wrote by hand.
    Raw(Map<String, Value>),
    Status(Box<Status>),
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Contact {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<Profile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) wa_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) username: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Message {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) context: Option<Context>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from_user_id: Option<String>,
    pub(super) id: String,
    /// Seconds, as a string: so does Meta in messages and statuses.
    pub(super) timestamp: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(flatten)]
    pub(super) payload: Payload,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Context {
    pub(super) from: String,
    pub(super) id: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Payload {
    Text { body: String },
    Interactive(Interactive),
    Image(Media),
    Audio(Media),
    Document(Media),
    Location(Map<String, Value>),
    Reaction { message_id: String, emoji: String },
    Order(Map<String, Value>),
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Interactive {
    ButtonReply { button_reply: Reply },
    ListReply { list_reply: Reply },
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Reply {
    pub(super) id: String,
    pub(super) title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Media {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) caption: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) filename: Option<String>,
    pub(super) mime_type: &'static str,
    pub(super) sha256: String,
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) voice: Option<bool>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Status {
    pub(super) id: String,
    #[serde(rename = "status")]
    pub(super) word: &'static str,
    pub(super) timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recipient_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recipient_user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) biz_opaque_callback_data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pricing: Option<Pricing>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) errors: Vec<StatusError>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Pricing {
    pub(super) billable: bool,
    #[serde(rename = "pricing_model")]
    pub(super) model: &'static str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) category: &'static str,
}

/// Free-form messages inside the window cost money since 2026-10-01.
pub(super) const SERVICE: Pricing = Pricing { billable: true, model: "PMP", kind: "regular", category: "service" };

#[derive(Debug, Clone, Serialize)]
pub(super) struct StatusError {
    pub(super) code: i64,
    pub(super) title: &'static str,
    pub(super) message: &'static str,
    pub(super) error_data: Details,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Details {
    pub(super) details: &'static str,
}

#[derive(Serialize)]
struct Body<'a> {
    object: &'static str,
    entry: [Entry<'a>; 1],
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<i64>,
    changes: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    value: Values<'a>,
    field: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Values<'a> {
    Messages(Box<MessagesValue<'a>>),
    Other(&'a Value),
}

#[derive(Serialize)]
struct MessagesValue<'a> {
    messaging_product: &'static str,
    metadata: Metadata<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contacts: Vec<&'a Contact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<AnyMessage<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    statuses: Vec<&'a Status>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    display_phone_number: &'a str,
    phone_number_id: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum AnyMessage<'a> {
    Documented(&'a Message),
    Raw(&'a Map<String, Value>),
}

/// The body of one webhook with all the updates, one change per number.
pub(super) fn body(waba: &WabaId, updates: &[Update]) -> Vec<u8> {
    let mut changes: Vec<Change<'_>> = Vec::new();
    let mut numbers: Vec<&PhoneNumberId> = updates.iter().map(|update| &update.number).collect();
    numbers.sort();
    numbers.dedup();
    for number in numbers {
        let own: Vec<&Update> = updates.iter().filter(|update| update.number == *number).collect();
        changes.push(Change { value: Values::Messages(Box::new(value(number, &own))), field: "messages" });
    }
    as_meta_writes(&Body { object: "whatsapp_business_account", entry: [Entry { id: waba.as_str(), time: None, changes }] })
}

/// The body of a webhook about something else than messages.
pub(super) fn other_field(waba: &WabaId, field: &str, seconds: i64, value: &Value) -> Vec<u8> {
    let changes = vec![Change { value: Values::Other(value), field }];
    as_meta_writes(&Body {
        object: "whatsapp_business_account",
        entry: [Entry { id: waba.as_str(), time: Some(seconds), changes }],
    })
}

fn value<'a>(number: &'a PhoneNumberId, updates: &[&'a Update]) -> MessagesValue<'a> {
    let display = updates.first().map_or("", |update| update.display.as_str());
    let metadata = Metadata { display_phone_number: display, phone_number_id: number.as_str() };
    let mut value = MessagesValue {
        messaging_product: "whatsapp",
        metadata,
        contacts: Vec::new(),
        messages: Vec::new(),
        statuses: Vec::new(),
    };
    for update in updates {
        // One contact per person, however many messages: so does Meta in a batch.
        if let Some(contact) = &update.contact
            && !value.contacts.contains(&contact)
        {
            value.contacts.push(contact);
        }
        match &update.item {
            Item::Message(message) => value.messages.push(AnyMessage::Documented(message)),
            Item::Raw(map) => value.messages.push(AnyMessage::Raw(map)),
            Item::Status(status) => value.statuses.push(status),
        }
    }
    value
}

/// JSON in Meta's spelling: only ASCII, every other character as `\uXXXX` (UTF-16), and `/` as `\/`.
fn as_meta_writes(value: &impl Serialize) -> Vec<u8> {
    let plain = serde_json::to_string(value).unwrap_or_default();
    let mut written = String::with_capacity(plain.len() + plain.len() / 8);
    for character in plain.chars() {
        match character {
            '/' => written.push_str("\\/"),
            ascii if ascii.is_ascii() => written.push(ascii),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing to a String never fails.
                    let _ = write!(written, "\\u{unit:04x}");
                }
            }
        }
    }
    written.into_bytes()
}

/// The value of `X-Hub-Signature-256`: `sha256=<hex of HMAC-SHA256(secret, body)>`.
#[must_use]
pub fn sign(secret: &SecretString, body: &[u8]) -> String {
    // HMAC takes keys of any length: this never fails.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_written_as_meta_writes_it() {
        let written = as_meta_writes(&serde_json::json!({"a": "é/😀\n"}));
        assert_eq!(String::from_utf8(written).unwrap(), r#"{"a":"\u00e9\/\ud83d\ude00\n"}"#);
    }

    #[test]
    fn the_signature_is_the_one_of_the_standard_test_vector() {
        // RFC 4231, test case 2.
        let signature = sign(&SecretString::from("Jefe"), b"what do ya want for nothing?");
        assert_eq!(signature, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
