//! The grammar of `bot.yaml` as types, one to one as written. What the text means (regexes, templates, limits) is checked after.
//!
//! | file | part of the grammar |
//! | --- | --- |
//! | `place` | values that remember where they stand |
//! | `shape` | texts, lists and keys at the same place |
//! | `words` | one or a list |
//! | `conversation` | `conversation`, durations |
//! | `when` | conditions |
//! | `reply` | what is said |

mod conversation;
mod place;
mod reply;
mod shape;
mod when;
mod words;

use std::collections::BTreeMap;

use serde::Deserialize;

pub(super) use conversation::{ConversationKeys, Length};
pub use conversation::{MarkRead, OnUnknown};
pub(super) use place::{Located, Place, Template};
pub(super) use reply::{Action, Buttons, List, Reply, Status, Step, Text};
pub(super) use when::When;
pub(super) use words::Words;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BotFile {
    pub(super) version: Located<u64>,
    pub(super) name: Option<Located<String>>,
    pub(super) language: Option<Located<String>>,
    pub(super) timezone: Option<Located<String>>,
    #[serde(default)]
    pub(super) numbers: BTreeMap<Located<String>, Located<String>>,
    #[serde(default)]
    pub(super) conversation: ConversationKeys,
    #[serde(default)]
    pub(super) access: Access,
    #[serde(default)]
    pub(super) hours: BTreeMap<Located<String>, Words>,
    #[serde(default)]
    pub(super) replies: BTreeMap<Located<String>, Reply>,
    pub(super) routes: Vec<Located<Route>>,
}

/// Who is answered.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Access {
    #[serde(default)]
    pub(super) allow: Words,
    #[serde(default)]
    pub(super) deny: Words,
    pub(super) otherwise: Option<Reply>,
}

/// One route.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    pub(super) name: Option<Located<String>>,
    pub(super) when: Option<Located<When>>,
    pub(super) reply: Reply,
}
