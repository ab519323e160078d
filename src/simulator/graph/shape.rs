//! Reads a JSON object key by key: what is missing, of the wrong type, too long or unknown is refused in Meta's words.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::error::Refusal;

/// An object being read. [`Part::done`] refuses whatever nobody asked for.
pub(super) struct Part<'a> {
    path: String,
    map: &'a Map<String, Value>,
    known: BTreeSet<&'static str>,
}

impl<'a> Part<'a> {
    /// The whole body.
    pub(super) fn root(value: &'a Value) -> Result<Self, Refusal> {
        let map = value.as_object().ok_or_else(|| Refusal::parameter("The body must be a JSON object."))?;
        Ok(Self { path: String::new(), map, known: BTreeSet::new() })
    }

    /// An element of a list that must be an object.
    pub(super) fn element(&self, name: &str, index: usize, value: &'a Value) -> Result<Self, Refusal> {
        let path = format!("{}[{index}]", self.name(name));
        let map = value.as_object().ok_or_else(|| Refusal::parameter(format!("Param {path} must be an object.")))?;
        Ok(Self { path, map, known: BTreeSet::new() })
    }

    pub(super) fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn get(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.insert(key);
        self.map.get(key)
    }

    pub(super) fn maybe_object(&mut self, key: &'static str) -> Result<Option<Self>, Refusal> {
        let path = self.name(key);
        let Some(value) = self.get(key) else { return Ok(None) };
        let map = value.as_object().ok_or_else(|| Refusal::parameter(format!("Param {path} must be an object.")))?;
        Ok(Some(Self { path, map, known: BTreeSet::new() }))
    }

    pub(super) fn object(&mut self, key: &'static str) -> Result<Self, Refusal> {
        self.maybe_object(key)?.ok_or_else(|| Refusal::missing(&self.name(key)))
    }

    /// A list with one to `most` elements.
    pub(super) fn list(&mut self, key: &'static str, most: usize) -> Result<&'a [Value], Refusal> {
        let path = self.name(key);
        let value = self.get(key).ok_or_else(|| Refusal::missing(&path))?;
        let list = value.as_array().ok_or_else(|| Refusal::parameter(format!("Param {path} must be an array.")))?;
        if list.is_empty() || list.len() > most {
            return Err(Refusal::value(format!("Invalid {path} count. Min allowed count: 1, Max allowed count: {most}")));
        }
        Ok(list)
    }

    pub(super) fn maybe_string(&mut self, key: &'static str) -> Result<Option<&'a str>, Refusal> {
        let path = self.name(key);
        let Some(value) = self.get(key) else { return Ok(None) };
        value.as_str().map(Some).ok_or_else(|| Refusal::parameter(format!("Param {path} must be a string.")))
    }

    pub(super) fn string(&mut self, key: &'static str) -> Result<&'a str, Refusal> {
        self.maybe_string(key)?.ok_or_else(|| Refusal::missing(&self.name(key)))
    }

    /// A text of one to `most` characters that is not only spaces.
    pub(super) fn text(&mut self, key: &'static str, most: usize) -> Result<&'a str, Refusal> {
        self.maybe_text(key, most)?.ok_or_else(|| Refusal::missing(&self.name(key)))
    }

    pub(super) fn maybe_text(&mut self, key: &'static str, most: usize) -> Result<Option<&'a str>, Refusal> {
        let Some(text) = self.maybe_string(key)? else { return Ok(None) };
        let (length, path) = (text.chars().count(), self.name(key));
        if text.trim().is_empty() {
            return Err(Refusal::missing(&path));
        }
        if length > most {
            return Err(Refusal::value(format!("Param {path} length invalid: {length}. Min length: 1, Max length: {most}")));
        }
        Ok(Some(text))
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Result<bool, Refusal> {
        let path = self.name(key);
        let Some(value) = self.get(key) else { return Ok(false) };
        value.as_bool().ok_or_else(|| Refusal::parameter(format!("Param {path} must be a boolean.")))
    }

    /// A string with one possible value.
    pub(super) fn exactly(&mut self, key: &'static str, expected: &str) -> Result<(), Refusal> {
        let text = self.string(key)?;
        if text == expected {
            return Ok(());
        }
        Err(Refusal::parameter(format!(
            "Param {} must be one of {{{}}} - got \"{text}\".",
            self.name(key),
            expected.to_uppercase()
        )))
    }

    /// Refuses keys that nobody asked for.
    pub(super) fn done(self) -> Result<(), Refusal> {
        let Some(unknown) = self.map.keys().find(|key| !self.known.contains(key.as_str())) else { return Ok(()) };
        let place = if self.path.is_empty() { "the body" } else { &self.path };
        Err(Refusal::parameter(format!("Unexpected key \"{unknown}\" on param \"{place}\".")))
    }
}
