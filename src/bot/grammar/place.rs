//! Where something stands in the bot file, so that every later problem can point at it.

use std::cmp::Ordering;

use serde::{Deserialize, Deserializer};
use serde_saphyr::{Location, Spanned};

/// A place in the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::bot) struct Place {
    /// From 1; 0 when unknown.
    pub(in crate::bot) line: u32,
    /// From 1, in characters.
    pub(in crate::bot) column: u32,
    /// In bytes from the start of the file.
    pub(in crate::bot) offset: usize,
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let offset = location.span().byte_offset().unwrap_or(0);
        Self {
            line: small(location.line()),
            column: small(location.column()),
            offset: usize::try_from(offset).unwrap_or(usize::MAX),
        }
    }
}

/// A value and its place. Equal and ordered by the value alone, so that it can be a key.
#[derive(Debug, Clone)]
pub(in crate::bot) struct Located<T> {
    pub(in crate::bot) value: T,
    pub(in crate::bot) place: Place,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(deserializer)?;
        Ok(Self { value: spanned.value, place: spanned.defined.into() })
    }
}

impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Located<T> {}

impl<T: Ord> PartialOrd for Located<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> Ord for Located<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

/// A text that may hold values: `Hello {{ contact.name }}`.
#[derive(Debug, Clone)]
pub(in crate::bot) struct Template {
    pub(in crate::bot) source: String,
    pub(in crate::bot) place: Place,
}

impl Template {
    /// True when it says the same to everybody, so that its length is known now.
    pub(in crate::bot) fn is_static(&self) -> bool {
        !["{{", "{%", "{#"].iter().any(|mark| self.source.contains(mark))
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let located = Located::<String>::deserialize(deserializer)?;
        Ok(Self { source: located.value, place: located.place })
    }
}
