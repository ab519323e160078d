//! What was found: one line each, and what to do about it.

use std::fmt;

use serde::Serialize;

/// Words of Meta's that are longer say nothing more.
const MOST_CHARACTERS: usize = 600;

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Could not be asked, and why.
    Skipped,
    /// It works, and somebody should look.
    Warn,
    /// It does not work.
    Fail,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Area and check: `meta.token`.
    pub check: String,
    /// How it is.
    pub level: Level,
    /// What was seen. Holds no secret, nothing of a person and no control character.
    pub what: String,
    /// What to do; empty where there is nothing to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remedy: String,
}

/// All lines, in the order in which they were found.
pub struct Findings {
    all: Vec<Finding>,
    tell: Box<dyn FnMut(&Finding)>,
}

impl Default for Findings {
    fn default() -> Self {
        Self::telling(|_| ())
    }
}

impl fmt::Debug for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all.fmt(f)
    }
}

impl Findings {
    /// None yet; each is told as it is found.
    #[must_use]
    pub fn telling(tell: impl FnMut(&Finding) + 'static) -> Self {
        Self { all: Vec::new(), tell: Box::new(tell) }
    }

    /// As it should be.
    pub fn ok(&mut self, check: &str, what: impl AsRef<str>) {
        self.add(check, Level::Ok, what.as_ref(), "");
    }

    /// Could not be asked.
    pub fn skipped(&mut self, check: &str, why: impl AsRef<str>) {
        self.add(check, Level::Skipped, why.as_ref(), "");
    }

    /// It works, and somebody should look.
    pub fn warn(&mut self, check: &str, what: impl AsRef<str>, remedy: impl AsRef<str>) {
        self.add(check, Level::Warn, what.as_ref(), remedy.as_ref());
    }

    /// It does not work.
    pub fn fail(&mut self, check: &str, what: impl AsRef<str>, remedy: impl AsRef<str>) {
        self.add(check, Level::Fail, what.as_ref(), remedy.as_ref());
    }

    /// The lines.
    #[must_use]
    pub fn all(&self) -> &[Finding] {
        &self.all
    }

    fn add(&mut self, check: &str, level: Level, what: &str, remedy: &str) {
        let finding = Finding { check: check.to_owned(), level, what: plain(what), remedy: plain(remedy) };
        (self.tell)(&finding);
        self.all.push(finding);
    }
}

/// What others wrote goes to a terminal: no line of its own, no colours, no end.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(MOST_CHARACTERS).collect()
}
