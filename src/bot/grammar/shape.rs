//! The shorthands: at some places the file may hold a text, a list, or keys. One visitor tells which; never `untagged`, whose errors
//! say nothing.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// What stands at such a place.
pub(super) enum Shape<Item, Fields> {
    /// Text, quoted or plain.
    Text(String),
    /// An unquoted number or truth value: the text is how YAML understood it.
    Number(String),
    /// Nothing after the colon.
    Nothing,
    /// A list.
    List(Vec<Item>),
    /// Keys.
    Fields(Fields),
}

impl<'de, Item: Deserialize<'de>, Fields: Deserialize<'de>> Deserialize<'de> for Shape<Item, Fields> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor(PhantomData))
    }
}

struct ShapeVisitor<Item, Fields>(PhantomData<(Item, Fields)>);

impl<'de, Item: Deserialize<'de>, Fields: Deserialize<'de>> Visitor<'de> for ShapeVisitor<Item, Fields> {
    type Value = Shape<Item, Fields>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Shape::Text(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Shape::Number(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Shape::Number(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Shape::Number(value.to_string()))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Self::Value, E> {
        Ok(Shape::Number(value.to_string()))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Self::Value, E> {
        Ok(Shape::Number(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Shape::Number(value.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Shape::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Shape::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Self::Value, A::Error> {
        Fields::deserialize(MapAccessDeserializer::new(fields)).map(Shape::Fields)
    }
}

/// Where no list may stand.
pub(super) struct NoList;

impl<'de> Deserialize<'de> for NoList {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("a list cannot stand here → write a text or one step"))
    }
}

/// Where no keys may stand.
pub(super) struct NoFields;

impl<'de> Deserialize<'de> for NoFields {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("keys cannot stand here → write a text, or a list of texts: [one, two]"))
    }
}

/// The words for an unquoted number where people read a text.
pub(super) fn unquoted<E: Error>(number: &str) -> E {
    E::custom(format!("{number} is not a text without quotes → write it in quotes: \"{number}\""))
}

/// The words for nothing after the colon.
pub(super) fn nothing<E: Error>(what: &str) -> E {
    E::custom(format!("there is no {what} here → write a text after the colon, or {{ text: … }}, {{ buttons: … }}, silence"))
}
