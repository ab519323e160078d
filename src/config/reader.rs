//! Reads one variable after the other and collects what is wrong instead of stopping at the first.

use std::io::Read;

use secrecy::SecretString;

use super::environment::Environment;
use super::problem::{Problem, Problems};
use super::value::{Wrong, secret_mistake};
use super::vars::Variable;

/// No secret or list of ids is longer; more is a mistaken path such as a device or a log.
const FILE_BYTES: u64 = 64 * 1024;

pub(super) struct Reader<'a> {
    environment: &'a Environment,
    problems: Vec<Problem>,
    /// What is not set; `Some` where that is no problem.
    missing: Option<Vec<Problem>>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(environment: &'a Environment) -> Self {
        Self { environment, problems: environment.unreadable().to_vec(), missing: None, warnings: Vec::new() }
    }

    /// From now on what is not set is no problem.
    pub(super) fn go_on_without(&mut self) {
        self.missing = Some(Vec::new());
    }

    /// What was not set, where that is no problem.
    pub(super) fn missing_so_far(&self) -> Vec<Problem> {
        self.missing.clone().unwrap_or_default()
    }

    pub(super) fn wrong(&mut self, name: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem::new(name, what, remedy));
    }

    /// To tell "was wrong" from "was not set".
    pub(super) fn problem_count(&self) -> usize {
        self.problems.len()
    }

    pub(super) fn add(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
    }

    /// The value, or every problem that was met on the way.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Problems> {
        if self.problems.is_empty() {
            Ok(value)
        } else {
            Err(Problems([self.problems, self.missing.unwrap_or_default()].concat()))
        }
    }

    /// The text of `NAME`, or of the file that `NAME_FILE` names.
    pub(super) fn text(&mut self, variable: &Variable) -> Option<String> {
        let file_name = format!("{}_FILE", variable.name);
        match (self.environment.get(variable.name), self.environment.get(&file_name)) {
            (Some(_), Some(_)) => {
                self.wrong(variable.name, format!("and {file_name} are both set"), "Keep one of them.");
                None
            }
            (Some(text), None) => Some(text.to_owned()),
            (None, Some(path)) => self.file(&file_name, path),
            (None, None) => None,
        }
    }

    /// A value that is no secret.
    pub(super) fn parsed<T>(&mut self, variable: &Variable, parse: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        let text = self.text(variable)?;
        self.checked(variable.name, variable.remedy, parse(&text))
    }

    pub(super) fn checked<T>(&mut self, name: &str, remedy: &str, value: Result<T, Wrong>) -> Option<T> {
        value.map_err(|what| self.wrong(name, what, remedy)).ok()
    }

    /// One of two or more words.
    pub(super) fn word<T: Copy>(&mut self, variable: &Variable, words: &[(&str, T)]) -> Option<T> {
        self.parsed(variable, |text| {
            let known = words.iter().find(|(word, _)| text.trim().eq_ignore_ascii_case(word));
            known.map(|(_, value)| *value).ok_or_else(|| format!("is {}", super::value::briefly(text)))
        })
    }

    pub(super) fn missing(&mut self, variable: &Variable) {
        let problem = Problem::new(variable.name, "is not set", variable.remedy);
        self.missing.as_mut().unwrap_or(&mut self.problems).push(problem);
    }

    /// A secret without blanks around it.
    pub(super) fn secret(&mut self, variable: &Variable) -> Option<SecretString> {
        let text = self.text(variable)?;
        let mut secrets = self.secrets_in(variable, &[&text]);
        secrets.pop()
    }

    /// Several secrets, separated by commas.
    pub(super) fn secrets(&mut self, variable: &Variable) -> Vec<SecretString> {
        let Some(text) = self.text(variable) else {
            return Vec::new();
        };
        let parts: Vec<&str> = text.split(',').filter(|part| !part.trim().is_empty()).collect();
        if parts.is_empty() {
            self.wrong(variable.name, "holds only blanks and commas", variable.remedy);
        }
        self.secrets_in(variable, &parts)
    }

    fn secrets_in(&mut self, variable: &Variable, parts: &[&str]) -> Vec<SecretString> {
        let mut secrets = Vec::new();
        for part in parts {
            match (part.trim(), secret_mistake(part.trim())) {
                ("", _) => self.wrong(variable.name, "holds only blanks", variable.remedy),
                (_, Some(mistake)) => self.wrong(variable.name, mistake, variable.remedy),
                (secret, None) => secrets.push(SecretString::from(secret)),
            }
        }
        if parts.len() == 1 && parts[0].trim() != parts[0] {
            self.warnings.push(format!("{} has blanks or a line break around it; they are left out.", variable.name));
        }
        secrets
    }

    fn file(&mut self, name: &str, path: &str) -> Option<String> {
        let remedy = "Name a readable text file that holds the value and nothing else.";
        let mut text = String::new();
        let read = std::fs::File::open(path).and_then(|file| file.take(FILE_BYTES + 1).read_to_string(&mut text));
        let what = match read {
            Err(error) => format!("names {}, which cannot be read: {error}", super::value::shown(path)),
            Ok(length) if length as u64 > FILE_BYTES => format!("names {}, which is over 64 KiB", super::value::shown(path)),
            Ok(_) if text.trim().is_empty() => format!("names {}, which is empty", super::value::shown(path)),
            // Editors and `echo` end a file with a line break; nobody means it.
            Ok(_) => return Some(text.trim_end_matches(['\n', '\r']).to_owned()),
        };
        self.wrong(name, what, remedy);
        None
    }
}
