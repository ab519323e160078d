//! One word or a list of words.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::place::{Located, Place};
use super::shape::{NoFields, Shape};

/// One text or several, each with its place. A number, `yes` or `no` is the text that was written.
#[derive(Debug, Clone, Default)]
pub(in crate::bot) struct Words(pub(in crate::bot) Vec<Located<String>>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = Located::<Shape<Located<String>, NoFields>>::deserialize(deserializer)?;
        let one = |value, place: Place| Ok(Self(vec![Located { value, place }]));
        match found.value {
            Shape::Text(text) => one(text, found.place),
            Shape::Number(number) => one(number, found.place),
            Shape::List(list) => Ok(Self(list)),
            Shape::Nothing => Err(D::Error::custom("there is nothing here → write a word, or a list: [one, two]")),
            Shape::Fields(NoFields) => {
                Err(D::Error::custom("keys cannot stand here → write a text, or a list of texts: [one, two]"))
            }
        }
    }
}
