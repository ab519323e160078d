//! The variables of this process and of a `.env` file, as one set of names and texts. Nothing else reads the environment.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::problem::Problem;

/// Variables by name. Printing it shows names only.
#[derive(Clone, Default)]
pub struct Environment {
    texts: BTreeMap<String, String>,
    unreadable: Vec<Problem>,
    cloud_run: Option<&'static str>,
}

/// Which `.env` file to read beside the process's own variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvFile {
    /// None.
    No,
    /// `.env` of the working folder, if there is one.
    IfThere,
    /// This one, which must be there.
    Named(PathBuf),
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.texts.keys()).finish()
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self::of(pairs.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())))
    }
}

impl Environment {
    /// These variables and nothing else.
    pub fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let texts: BTreeMap<_, _> = pairs.into_iter().collect();
        let cloud_run = ["K_SERVICE", "CLOUD_RUN_JOB"].into_iter().find(|name| texts.contains_key(*name));
        Self { texts, unreadable: Vec::new(), cloud_run }
    }

    /// The process's variables; a `.env` file fills in what they do not name, except on Cloud Run.
    #[must_use]
    pub fn of_process(file: &EnvFile) -> Self {
        let (texts, strange) = process_variables();
        let mut environment = Self::of(texts);
        environment.unreadable.extend(strange);
        if environment.cloud_run.is_none() {
            environment.fill_from(file);
        }
        environment
    }

    /// The text of a variable; an empty one counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// The names of all variables that hold something.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().filter(|(_, text)| !text.is_empty()).map(|(name, _)| name.as_str())
    }

    /// The variable by which we know that this is Cloud Run.
    #[must_use]
    pub fn cloud_run(&self) -> Option<&'static str> {
        self.cloud_run
    }

    pub(super) fn unreadable(&self) -> &[Problem] {
        &self.unreadable
    }

    fn fill_from(&mut self, file: &EnvFile) {
        let (path, must_exist) = match file {
            EnvFile::No => return,
            EnvFile::IfThere => (Path::new(".env"), false),
            EnvFile::Named(path) => (path.as_path(), true),
        };
        match std::fs::read_to_string(path) {
            Ok(text) => self.fill(path, &text),
            Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => {}
            Err(error) => {
                let remedy = "Name a readable UTF-8 text file, or leave --env-file out.";
                self.unreadable.push(Problem::new(path.display().to_string(), format!("cannot be read: {error}"), remedy));
            }
        }
    }

    fn fill(&mut self, path: &Path, text: &str) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for item in dotenvy::from_read_iter(text.as_bytes()) {
            match item {
                Ok((name, value)) => {
                    self.texts.entry(name).or_insert(value);
                }
                Err(error) => {
                    self.unreadable.push(line_problem(path, text, &error));
                    return;
                }
            }
        }
    }
}

/// The parser's own words repeat the line, which may hold a secret: only its number is told.
fn line_problem(path: &Path, text: &str, error: &dotenvy::Error) -> Problem {
    let place = if let dotenvy::Error::LineParse(line, _) = error {
        let before = text.find(line.trim_end()).map_or("", |at| &text[..at]);
        format!(", line {},", before.matches('\n').count() + 1)
    } else {
        String::new()
    };
    let remedy = "Write NAME=value, one per line; put a value with blanks, # or $ in 'single quotes' and close every quote.";
    Problem::new(format!("{}{place}", path.display()), "is not understood", remedy)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn process_variables() -> (Vec<(String, String)>, Vec<Problem>) {
    let mut texts = Vec::new();
    let mut strange = Vec::new();
    for (name, text) in std::env::vars_os() {
        match (name.into_string(), text.into_string()) {
            (Ok(name), Ok(text)) => texts.push((name, text)),
            (Ok(name), Err(_)) if super::vars::is_ours(&name) => {
                strange.push(Problem::new(name, "is not UTF-8 text", "Set it again."));
            }
            (Ok(_) | Err(_), _) => {}
        }
    }
    (texts, strange)
}
