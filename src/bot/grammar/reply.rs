//! `reply`: what is said, as written. A text, one step, or a list of both.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::place::{Located, Place, Template};
use super::shape::{NoList, Shape, nothing, unquoted};

/// What is said: the steps in order.
#[derive(Debug, Clone)]
pub(in crate::bot) struct Reply {
    pub(in crate::bot) place: Place,
    pub(in crate::bot) steps: Vec<Step>,
}

/// One message or action.
#[derive(Debug, Clone)]
pub(in crate::bot) struct Step {
    pub(in crate::bot) place: Place,
    pub(in crate::bot) action: Action,
}

/// What a step does, by its one key.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::bot) enum Action {
    Text(Text),
    Buttons(Buttons),
    List(List),
    Use(Located<String>),
    Silence,
}

/// `text`: a text, or its keys.
#[derive(Debug, Clone)]
pub(in crate::bot) struct Text {
    pub(in crate::bot) body: Template,
    pub(in crate::bot) preview_url: bool,
    pub(in crate::bot) markdown: bool,
    pub(in crate::bot) status: Option<Status>,
}

/// A sign before the text.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::bot) enum Status {
    Success,
    Warning,
    Error,
}

/// `buttons`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the key of the file has this name")]
pub(in crate::bot) struct Buttons {
    pub(in crate::bot) header: Option<Header>,
    pub(in crate::bot) body: Template,
    pub(in crate::bot) footer: Option<Template>,
    pub(in crate::bot) buttons: Vec<Button>,
    pub(in crate::bot) status: Option<Status>,
}

/// One of `buttons`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::bot) struct Button {
    pub(in crate::bot) id: Template,
    pub(in crate::bot) title: Template,
}

/// `list`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::bot) struct List {
    pub(in crate::bot) header: Option<Header>,
    pub(in crate::bot) body: Template,
    pub(in crate::bot) footer: Option<Template>,
    pub(in crate::bot) button: Template,
    pub(in crate::bot) sections: Vec<Section>,
}

/// One of `sections`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::bot) struct Section {
    pub(in crate::bot) title: Option<Template>,
    pub(in crate::bot) rows: Vec<Row>,
}

/// One of `rows`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::bot) struct Row {
    pub(in crate::bot) id: Template,
    pub(in crate::bot) title: Template,
    pub(in crate::bot) description: Option<Template>,
}

/// A line above the text.
#[derive(Debug, Clone)]
pub(in crate::bot) struct Header(pub(in crate::bot) Template);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextFields {
    body: Template,
    #[serde(default)]
    preview_url: bool,
    #[serde(default)]
    markdown: bool,
    status: Option<Status>,
}

/// The keys that a header will have: none in this version, and the error says so.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderFields {}

impl Step {
    fn short(text: String, place: Place) -> Self {
        let action = if text == "silence" { Action::Silence } else { Action::Text(Text::plain(text, place)) };
        Self { place, action }
    }
}

impl Text {
    fn plain(source: String, place: Place) -> Self {
        Self { body: Template { source, place }, preview_url: false, markdown: false, status: None }
    }
}

impl<'de> Deserialize<'de> for Reply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = Located::<Shape<Step, Action>>::deserialize(deserializer)?;
        let place = found.place;
        let steps = match found.value {
            Shape::Text(text) => vec![Step::short(text, place)],
            Shape::Fields(action) => vec![Step { place, action }],
            Shape::List(steps) => steps,
            Shape::Number(number) => return Err(unquoted(&number)),
            Shape::Nothing => return Err(nothing("reply")),
        };
        Ok(Self { place, steps })
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = Located::<Shape<NoList, Action>>::deserialize(deserializer)?;
        let place = found.place;
        match found.value {
            Shape::Text(text) => Ok(Self::short(text, place)),
            Shape::Fields(action) => Ok(Self { place, action }),
            Shape::List(_) => Err(D::Error::custom("a list cannot stand in a list → write all steps in one list")),
            Shape::Number(number) => Err(unquoted(&number)),
            Shape::Nothing => Err(nothing("step")),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = Located::<Shape<NoList, TextFields>>::deserialize(deserializer)?;
        match found.value {
            Shape::Text(text) => Ok(Self::plain(text, found.place)),
            Shape::Fields(TextFields { body, preview_url, markdown, status }) => Ok(Self { body, preview_url, markdown, status }),
            Shape::List(_) => Err(D::Error::custom("a list cannot be a text → write `reply:` with a list of steps")),
            Shape::Number(number) => Err(unquoted(&number)),
            Shape::Nothing => Err(nothing("text")),
        }
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = Located::<Shape<NoList, HeaderFields>>::deserialize(deserializer)?;
        match found.value {
            Shape::Text(source) => Ok(Self(Template { source, place: found.place })),
            Shape::Number(number) => Err(unquoted(&number)),
            Shape::Nothing | Shape::Fields(_) | Shape::List(_) => {
                Err(D::Error::custom("a header is a text → write one line of text, or leave the header out"))
            }
        }
    }
}
