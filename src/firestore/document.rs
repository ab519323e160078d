//! Documents: a key and flat fields. What a verb decides on is one field of JSON; the others are there to be searched.

use std::collections::HashMap;

use gcloud_sdk::google::firestore::v1::value::ValueType;
use gcloud_sdk::google::firestore::v1::{self as wire, ArrayValue, Value};
use gcloud_sdk::prost_types;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::FirestoreError;

/// Where a document is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Its collection.
    pub collection: &'static str,
    /// Its id: one of ours, never personal.
    pub id: String,
}

impl Key {
    /// The key of a document.
    pub fn new(collection: &'static str, id: impl Into<String>) -> Self {
        Self { collection, id: id.into() }
    }
}

/// The fields of a document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields(pub(super) HashMap<String, Value>);

/// A document that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its id.
    pub id: String,
    /// Its fields.
    pub fields: Fields,
    /// Which version of it: a write may ask that it is still this one.
    pub(super) version: Option<prost_types::Timestamp>,
}

/// What must be true of a document for the commit to happen.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// Nothing.
    Anything,
    /// It is not there.
    Absent,
    /// It is still the version that was read.
    Same(Version),
}

/// A version of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Version(pub(super) prost_types::Timestamp);

impl Found {
    /// What a write that rests on this version asks for.
    #[must_use]
    pub fn expect(&self) -> Expect {
        self.version.map_or(Expect::Anything, |version| Expect::Same(Version(version)))
    }
}

/// One write of a commit: the whole document, or its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// Which document.
    pub key: Key,
    /// Its fields; `None` deletes it.
    pub fields: Option<Fields>,
    /// The precondition.
    pub expect: Expect,
}

impl Fields {
    /// Without a field.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a document as JSON.
    ///
    /// # Errors
    /// It has no JSON.
    pub fn json<T: Serialize>(self, name: &str, document: &T) -> Result<Self, serde_json::Error> {
        Ok(self.text(name, serde_json::to_string(document)?))
    }

    /// With a text.
    #[must_use]
    pub fn text(self, name: &str, text: impl Into<String>) -> Self {
        self.with(name, ValueType::StringValue(text.into()))
    }

    /// With a number.
    #[must_use]
    pub fn number(self, name: &str, number: i64) -> Self {
        self.with(name, ValueType::IntegerValue(number))
    }

    /// With bytes.
    #[must_use]
    pub fn bytes(self, name: &str, bytes: &[u8]) -> Self {
        self.with(name, ValueType::BytesValue(bytes.to_vec()))
    }

    /// With a list of texts.
    #[must_use]
    pub fn texts<'a>(self, name: &str, texts: impl Iterator<Item = &'a str>) -> Self {
        let values = texts.map(|text| Value { value_type: Some(ValueType::StringValue(text.to_owned())) }).collect();
        self.with(name, ValueType::ArrayValue(ArrayValue { values }))
    }

    /// With a time, in microseconds; without the field where there is none.
    #[must_use]
    pub fn time(self, name: &str, time: impl Into<Option<Timestamp>>) -> Self {
        match time.into() {
            Some(time) => self.with(name, ValueType::TimestampValue(to_wire(time))),
            None => self,
        }
    }

    fn value(&self, name: &str) -> Option<&ValueType> {
        self.0.get(name)?.value_type.as_ref()
    }

    fn with(mut self, name: &str, value: ValueType) -> Self {
        self.0.insert(name.to_owned(), Value { value_type: Some(value) });
        self
    }

    /// A document as JSON; `None` where the field is not there.
    ///
    /// # Errors
    /// It has another shape.
    pub fn read_json<T: DeserializeOwned>(&self, name: &str, of: &'static str) -> Result<Option<T>, FirestoreError> {
        self.read_text(name).map(|text| serde_json::from_str(text).map_err(|_| FirestoreError::Shape(of))).transpose()
    }

    /// A text; `None` where there is none.
    #[must_use]
    pub fn read_text(&self, name: &str) -> Option<&str> {
        if let ValueType::StringValue(text) = self.value(name)? { Some(text) } else { None }
    }

    /// A number; `None` where there is none.
    #[must_use]
    pub fn read_number(&self, name: &str) -> Option<i64> {
        if let ValueType::IntegerValue(number) = self.value(name)? { Some(*number) } else { None }
    }

    /// Bytes; `None` where there are none.
    #[must_use]
    pub fn read_bytes(&self, name: &str) -> Option<&[u8]> {
        if let ValueType::BytesValue(bytes) = self.value(name)? { Some(bytes) } else { None }
    }

    /// A time; `None` where there is none.
    #[must_use]
    pub fn read_time(&self, name: &str) -> Option<Timestamp> {
        if let ValueType::TimestampValue(time) = self.value(name)? { Timestamp::new(time.seconds, time.nanos).ok() } else { None }
    }
}

pub(super) fn to_wire(time: Timestamp) -> prost_types::Timestamp {
    // Firestore keeps microseconds.
    prost_types::Timestamp { seconds: time.as_second(), nanos: time.subsec_nanosecond() / 1000 * 1000 }
}

pub(super) fn found(document: wire::Document) -> Found {
    let id = document.name.rsplit('/').next().unwrap_or_default().to_owned();
    Found { id, fields: Fields(document.fields), version: document.update_time }
}

pub(super) fn write(documents: &str, write: Write) -> wire::Write {
    use wire::precondition::ConditionType;
    use wire::write::Operation;
    let name = path(documents, &write.key);
    let condition = match write.expect {
        Expect::Anything => None,
        Expect::Absent => Some(ConditionType::Exists(false)),
        Expect::Same(Version(version)) => Some(ConditionType::UpdateTime(version)),
    };
    let operation = match write.fields {
        Some(Fields(fields)) => Operation::Update(wire::Document { name, fields, create_time: None, update_time: None }),
        None => Operation::Delete(name),
    };
    wire::Write {
        update_mask: None,
        update_transforms: Vec::new(),
        current_document: condition.map(|condition| wire::Precondition { condition_type: Some(condition) }),
        operation: Some(operation),
    }
}

pub(super) fn path(documents: &str, key: &Key) -> String {
    format!("{documents}/{}/{}", key.collection, key.id)
}
