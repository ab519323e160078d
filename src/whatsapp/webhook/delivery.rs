//! From the text of a verified body to its changes.
//!
//! Nearly every delivery has one shape: changes of the field `messages` with nothing unusual in them. That shape is read in one
//! pass, straight into borrowed structs. Anything else is read level by level, where each level only skips over the next one and
//! whatever is odd stays in its own change. Both give the same result (a property test holds them together).

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::change::{Change, Content};
use super::fields::{ChangeFields, Entry, Envelope, Metadata, Value};
use super::json::{is_object, list, text};

/// Meta's word for what a webhook is about.
const OBJECT: &str = "whatsapp_business_account";

/// The changes of one delivery, in Meta's order.
#[derive(Debug)]
pub struct Delivery<'a> {
    /// All changes of all entries.
    pub changes: Vec<Change<'a>>,
}

/// Why a body has no changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotADelivery {
    /// It is not JSON, or not UTF-8.
    NotJson,
    /// JSON, but no WhatsApp envelope, or one of another product.
    NotWhatsApp,
}

impl<'a> Delivery<'a> {
    /// Reads a body. Fails only when there is no envelope at all.
    pub fn read(body: &'a [u8]) -> Result<Self, NotADelivery> {
        let body = std::str::from_utf8(body).map_err(|_| NotADelivery::NotJson)?;
        match serde_json::from_str::<Object<PlainEnvelope<'a>>>(body) {
            Ok(Object(plain)) if plain.object == OBJECT && plain.is_usual() => Ok(plain.into()),
            _ => Self::read_by_level(body),
        }
    }

    pub(super) fn read_by_level(body: &'a str) -> Result<Self, NotADelivery> {
        let raw: &RawValue = serde_json::from_str(body).map_err(|_| NotADelivery::NotJson)?;
        let envelope = Envelope::of(raw);
        if text(envelope.object).as_deref() != Some(OBJECT) {
            return Err(NotADelivery::NotWhatsApp);
        }
        let entries = list(envelope.entry).ok_or(NotADelivery::NotWhatsApp)?;
        Ok(Self { changes: entries.into_iter().flat_map(changes_of).collect() })
    }
}

fn changes_of(raw: &RawValue) -> Vec<Change<'_>> {
    let entry = Entry::of(raw);
    let waba = text(entry.id).unwrap_or_default();
    let time = entry.time.map(RawValue::get).filter(|time| *time != "null").unwrap_or_default();
    match list(entry.changes) {
        Some(changes) => changes.into_iter().map(|change| read_change(waba.clone(), time, change)).collect(),
        None => vec![Change::without_field(waba, time, raw)],
    }
}

fn read_change<'a>(waba: Cow<'a, str>, time: &'a str, raw: &'a RawValue) -> Change<'a> {
    let change = ChangeFields::of(raw);
    let (Some(field), Some(value)) = (text(change.field), change.value.filter(|value| is_object(value))) else {
        return Change::without_field(waba, time, raw);
    };
    let fields = Value::of(value);
    let metadata = fields.metadata.map(Metadata::of).unwrap_or_default();
    Change {
        waba,
        time,
        phone_number_id: text(metadata.phone_number_id),
        display_phone_number: text(metadata.display_phone_number),
        content: Content::of(&field, value, &fields),
        event: text(fields.event),
        field,
    }
}

/// Reads `T` from a JSON object alone: a derived struct would also take an array, field by field.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

#[derive(Deserialize)]
struct PlainEnvelope<'a> {
    object: &'a str,
    #[serde(borrow)]
    entry: Vec<Object<PlainEntry<'a>>>,
}

#[derive(Deserialize)]
struct PlainEntry<'a> {
    id: &'a str,
    #[serde(borrow, default)]
    time: Option<&'a RawValue>,
    changes: Vec<Object<PlainChange<'a>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainChange<'a> {
    #[serde(borrow)]
    value: Object<PlainValue<'a>>,
    field: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainValue<'a> {
    #[serde(rename = "messaging_product")]
    _product: serde::de::IgnoredAny,
    #[serde(borrow)]
    metadata: Object<PlainMetadata<'a>>,
    #[serde(default)]
    contacts: Vec<&'a RawValue>,
    #[serde(default)]
    messages: Vec<&'a RawValue>,
    #[serde(default)]
    statuses: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct PlainMetadata<'a> {
    phone_number_id: &'a str,
    display_phone_number: &'a str,
}

impl PlainEnvelope<'_> {
    /// False when a change is of another field, or holds neither messages nor statuses.
    fn is_usual(&self) -> bool {
        let mut changes = self.entry.iter().flat_map(|Object(entry)| &entry.changes);
        changes.all(|Object(change)| {
            change.field == "messages" && (!change.value.0.messages.is_empty() || !change.value.0.statuses.is_empty())
        })
    }
}

impl<'a> From<PlainEnvelope<'a>> for Delivery<'a> {
    fn from(envelope: PlainEnvelope<'a>) -> Self {
        let mut changes = Vec::with_capacity(envelope.entry.iter().map(|Object(entry)| entry.changes.len()).sum());
        for Object(entry) in envelope.entry {
            let time = entry.time.map_or("", RawValue::get);
            for Object(PlainChange { value: Object(value), field }) in entry.changes {
                let Object(PlainMetadata { phone_number_id, display_phone_number }) = value.metadata;
                let (contacts, messages, statuses) = (value.contacts, value.messages, value.statuses);
                changes.push(Change {
                    waba: Cow::Borrowed(entry.id),
                    time,
                    field: Cow::Borrowed(field),
                    phone_number_id: filled(phone_number_id),
                    display_phone_number: filled(display_phone_number),
                    content: Content::Lists { contacts, messages, statuses, errors: Vec::new() },
                    event: None,
                });
            }
        }
        Self { changes }
    }
}

fn filled(text: &str) -> Option<Cow<'_, str>> {
    if text.is_empty() { None } else { Some(Cow::Borrowed(text)) }
}
