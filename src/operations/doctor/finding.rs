//! What was found: one line each, and what to do about it.

use serde::Serialize;

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
    /// What was seen. Holds no secret and nothing of a person.
    pub what: String,
    /// What to do; empty where there is nothing to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remedy: String,
}

/// All lines, in the order in which they were found.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// As it should be.
    pub fn ok(&mut self, check: &str, what: impl Into<String>) {
        self.add(check, Level::Ok, what, "");
    }

    /// Could not be asked.
    pub fn skipped(&mut self, check: &str, why: impl Into<String>) {
        self.add(check, Level::Skipped, why, "");
    }

    /// It works, and somebody should look.
    pub fn warn(&mut self, check: &str, what: impl Into<String>, remedy: impl Into<String>) {
        self.add(check, Level::Warn, what, remedy);
    }

    /// It does not work.
    pub fn fail(&mut self, check: &str, what: impl Into<String>, remedy: impl Into<String>) {
        self.add(check, Level::Fail, what, remedy);
    }

    /// The lines.
    #[must_use]
    pub fn all(&self) -> &[Finding] {
        &self.0
    }

    fn add(&mut self, check: &str, level: Level, what: impl Into<String>, remedy: impl Into<String>) {
        self.0.push(Finding { check: check.to_owned(), level, what: what.into(), remedy: remedy.into() });
    }
}
