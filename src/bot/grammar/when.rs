//! `when`: the conditions of a route, as written.

use serde::Deserialize;

use super::place::Located;
use super::words::Words;

/// All keys must hold; of a list, any.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::bot) struct When {
    pub(in crate::bot) contains: Option<Words>,
    pub(in crate::bot) word: Option<Words>,
    pub(in crate::bot) equals: Option<Words>,
    pub(in crate::bot) regex: Option<Located<String>>,
    pub(in crate::bot) choice: Option<Words>,
    #[serde(rename = "type")]
    pub(in crate::bot) kind: Option<Words>,
    pub(in crate::bot) contact: Option<Words>,
    pub(in crate::bot) number: Option<Words>,
    pub(in crate::bot) during: Option<Located<String>>,
    pub(in crate::bot) outside: Option<Located<String>>,
    pub(in crate::bot) first: Option<bool>,
    pub(in crate::bot) any: Option<Located<Vec<Located<When>>>>,
    pub(in crate::bot) not: Option<Box<Located<When>>>,
}
