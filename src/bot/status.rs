//! What is known of the bot file right now: shown on the phone page and by `check`.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

/// The bot that answers, and what is wrong with the file if it changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BotStatus {
    /// The file as it was named; `None` for the built-in bot or no bot.
    pub file: Option<String>,
    /// How many routes the answering version has; 0 without a bot.
    pub routes: usize,
    /// When the answering version was read.
    pub read_at: Timestamp,
    /// The first 12 hex digits of the SHA-256 of the answering version's text.
    pub version: String,
    /// What is doubtful but works.
    pub warnings: Vec<Problem>,
    /// Why the newest text of the file does not answer; the version above still does.
    pub problems: Vec<Problem>,
}

/// One mistake in a bot file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// From 1; `None` where the mistake has no place.
    pub line: Option<u32>,
    /// From 1.
    pub column: Option<u32>,
    /// Where in the structure: `routes[2].reply.buttons`; empty for a mistake of form and for the file as a whole.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// The line with a caret under the place, ready to print; empty where there is no place.
    pub snippet: String,
}

impl Problem {
    /// Whether reading stopped here: an unknown or missing key, a wrong kind of value, YAML that is none. Others may come after it.
    pub fn is_of_form(&self) -> bool {
        self.line.is_some() && self.path.is_empty()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "line {line}, column {column}: ")?;
        }
        write!(f, "{}", self.message)?;
        if !self.snippet.is_empty() {
            write!(f, "\n{}", self.snippet)?;
        }
        if !self.remedy.is_empty() {
            write!(f, "\n  → {}", self.remedy)?;
        }
        Ok(())
    }
}
