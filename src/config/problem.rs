//! What is wrong with the configuration, in words for the person who starts the process.

use std::fmt;

/// One mistake and what to do about it. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable, flag or file.
    pub name: String,
    /// What is wrong with it: `is not set`.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Problem {
    pub(super) fn new(name: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name: name.into(), what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stop = if self.what.ends_with('?') { "" } else { "." };
        write!(f, "{} {}{stop} {}", self.name, self.what, self.remedy)
    }
}

/// All mistakes at once; never empty. Its `Display` is the list that a person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        write!(f, "cannot start: {count} {noun} in the configuration")?;
        for problem in &self.0 {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
