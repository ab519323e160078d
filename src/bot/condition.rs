//! `when`, made ready: folded words, compiled regexes. Whatever cannot hold is a problem of the file.

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};

use super::access::{Id, ids};
use super::fold::fold;
use super::grammar::{Located, Place, When, Words};
use super::report::Report;

/// A regex that needs more memory than this when compiled is refused.
const REGEX_BYTES: usize = 1024 * 1024;

/// All tests must hold.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) tests: Vec<Test>,
}

/// One key of `when`.
#[derive(Debug, Clone)]
pub(super) enum Test {
    First(bool),
    Contact(BTreeSet<Id>),
    /// Nicks.
    Number(Vec<String>),
    During(String),
    Outside(String),
    Type(Vec<String>),
    Choice(Vec<Choice>),
    Equals(Vec<Phrase>),
    Word(Vec<Phrase>),
    Contains(Vec<Phrase>),
    Regex(Regex),
    Any(Vec<Condition>),
    Not(Condition),
}

/// A word or words of the file.
#[derive(Debug, Clone)]
pub(super) struct Phrase {
    /// For people.
    pub(super) written: String,
    /// For comparing.
    pub(super) folded: String,
}

/// What may be tapped.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// As in the file: `menu`, `button:menu`, `list:agent_*`.
    pub(super) written: String,
    pub(super) place: Place,
}

impl Choice {
    /// Whether `tapped` (`button:ID` or `list:ID`) is meant. Ids are compared exactly: no person types them.
    pub(super) fn holds(&self, tapped: &str) -> bool {
        let id = tapped.split_once(':').map_or(tapped, |(_, id)| id);
        let of_a_kind = self.written.starts_with("button:") || self.written.starts_with("list:");
        let matches = |wanted: &str, found: &str| match wanted.strip_suffix('*') {
            Some(start) => found.starts_with(start),
            None => found == wanted,
        };
        (of_a_kind && matches(&self.written, tapped)) || matches(&self.written, id)
    }
}

impl Condition {
    /// Makes the conditions of a route ready; problems go to the report.
    pub(super) fn new(when: &Located<When>, path: &str, report: &mut Report<'_>) -> Self {
        let mut tests = Vec::new();
        let keys = &when.value;
        tests.extend(keys.first.map(Test::First));
        tests.extend(keys.contact.as_ref().map(|words| {
            written(words, &at(path, "contact"), when.place, report);
            Test::Contact(ids(words, &at(path, "contact"), report))
        }));
        tests.extend(keys.number.as_ref().map(|words| Test::Number(written(words, &at(path, "number"), when.place, report))));
        tests.extend(keys.during.as_ref().map(|name| Test::During(name.value.clone())));
        tests.extend(keys.outside.as_ref().map(|name| Test::Outside(name.value.clone())));
        tests.extend(keys.kind.as_ref().map(|words| Test::Type(written(words, &at(path, "type"), when.place, report))));
        tests.extend(keys.choice.as_ref().map(|words| {
            let choices = written(words, &at(path, "choice"), when.place, report);
            let places = words.0.iter().map(|word| word.place);
            Test::Choice(choices.into_iter().zip(places).map(|(written, place)| Choice { written, place }).collect())
        }));
        tests.extend(keys.equals.as_ref().map(|words| Test::Equals(phrases(words, &at(path, "equals"), when.place, report))));
        tests.extend(keys.word.as_ref().map(|words| Test::Word(phrases(words, &at(path, "word"), when.place, report))));
        tests.extend(
            keys.contains.as_ref().map(|words| Test::Contains(phrases(words, &at(path, "contains"), when.place, report))),
        );
        tests.extend(keys.regex.as_ref().and_then(|regex| compile(regex, &at(path, "regex"), report)).map(Test::Regex));
        tests.extend(keys.any.as_ref().map(|any| Test::Any(alternatives(any, &at(path, "any"), report))));
        tests.extend(keys.not.as_ref().map(|not| Test::Not(Self::new(not, &at(path, "not"), report))));
        if tests.is_empty() && keys.regex.is_none() {
            report.add(
                when.place,
                path,
                "this condition is empty",
                "write a key such as `contains`, or leave `when` out: then it always holds",
            );
        }
        Self { tests }
    }

    /// Whether a message type is named here as one that is wanted.
    pub(super) fn names_type(&self, name: &str) -> bool {
        self.wanted().iter().any(|test| matches!(test, Test::Type(names) if names.iter().any(|wanted| wanted == name)))
    }

    /// Every choice that is named here, also in `any` and `not`.
    pub(super) fn choices(&self) -> Vec<&Choice> {
        let choices =
            self.every().into_iter().filter_map(|test| if let Test::Choice(choices) = test { Some(choices) } else { None });
        choices.flatten().collect()
    }

    /// Every type of message that is named here, also in `any` and `not`.
    pub(super) fn types(&self) -> Vec<&str> {
        let types = self.every().into_iter().filter_map(|test| if let Test::Type(names) = test { Some(names) } else { None });
        types.flatten().map(String::as_str).collect()
    }

    /// The names of all groups of all its regexes.
    pub(super) fn groups(&self) -> Vec<String> {
        let regexes = self.wanted().into_iter().filter_map(|test| if let Test::Regex(regex) = test { Some(regex) } else { None });
        regexes.flat_map(|regex| regex.capture_names().flatten()).map(str::to_owned).collect()
    }

    /// Its tests and those inside `any` and `not`.
    fn every(&self) -> Vec<&Test> {
        self.walked(true)
    }

    /// Its tests and those inside `any`: what holds when it holds may be among them.
    fn wanted(&self) -> Vec<&Test> {
        self.walked(false)
    }

    fn walked(&self, into_not: bool) -> Vec<&Test> {
        let mut found = Vec::new();
        for test in &self.tests {
            found.push(test);
            if let Test::Any(conditions) = test {
                found.extend(conditions.iter().flat_map(|condition| condition.walked(into_not)));
            }
            if let (Test::Not(condition), true) = (test, into_not) {
                found.extend(condition.walked(into_not));
            }
        }
        found
    }
}

fn at(path: &str, key: &str) -> String {
    format!("{path}.{key}")
}

fn written(words: &Words, path: &str, place: Place, report: &mut Report<'_>) -> Vec<String> {
    phrases(words, path, place, report).into_iter().map(|phrase| phrase.written).collect()
}

fn phrases(words: &Words, path: &str, place: Place, report: &mut Report<'_>) -> Vec<Phrase> {
    if words.0.is_empty() {
        report.add(place, path, "this list is empty, so it never holds", "write a word, or remove the key");
    }
    for word in words.0.iter().filter(|word| fold(&word.value).is_empty()) {
        report.add(word.place, path, "this word is empty", "write a word, or remove it");
    }
    let source = report.source();
    for word in words.0.iter().filter(|word| altered(word, source)) {
        report.add(word.place, path, "YAML reads this as a number and changes how it is written", "write it in quotes");
    }
    words.0.iter().map(|word| Phrase { written: word.value.trim().to_owned(), folded: fold(&word.value) }).collect()
}

/// Whether a number lost its spelling, as `1.50` and `+27` do when they stand alone.
fn altered(word: &Located<String>, source: &str) -> bool {
    let written = source.get(word.place.offset..).unwrap_or("");
    let written = written.split(|c: char| c.is_whitespace() || ",]}#".contains(c)).next().unwrap_or("");
    let number = written.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    number && written != word.value && word.value.parse::<f64>().is_ok()
}

fn compile(regex: &Located<String>, path: &str, report: &mut Report<'_>) -> Option<Regex> {
    // Lines, because each message of a turn is one: `^` stands for the start of any of them.
    let built = RegexBuilder::new(&regex.value).case_insensitive(true).multi_line(true).size_limit(REGEX_BYTES).build();
    let why = match built {
        Ok(compiled) => return Some(compiled),
        Err(why) => why.to_string(),
    };
    // The library draws the pattern over several lines and gives the reason in the last one.
    let reason = why.lines().last().unwrap_or("").trim_start_matches("error: ").to_owned();
    let remedy = if reason.contains("look-around") || reason.contains("backreference") {
        "use two routes, or `not`: matching is linear in time and has no look-around and no backreferences"
    } else {
        "mend the pattern; in single quotes YAML leaves backslashes alone: '^order (?P<number>\\d+)'"
    };
    report.add(regex.place, path, format!("this regex cannot be read: {reason}"), remedy);
    None
}

fn alternatives(any: &Located<Vec<Located<When>>>, path: &str, report: &mut Report<'_>) -> Vec<Condition> {
    if any.value.is_empty() {
        report.add(any.place, path, "this list is empty, so it never holds", "write a condition, or remove the key");
    }
    let one = |(n, when): (usize, &Located<When>)| Condition::new(when, &format!("{path}[{n}]"), report);
    any.value.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_an_id_with_or_without_its_kind_and_may_end_in_a_star() {
        let holds = |written: &str, tapped: &str| Choice { written: written.into(), place: Place::default() }.holds(tapped);
        assert!(holds("menu", "button:menu"));
        assert!(holds("menu", "list:menu"));
        assert!(holds("button:menu", "button:menu"));
        assert!(!holds("button:menu", "list:menu"));
        assert!(holds("list:agent_*", "list:agent_k8s"));
        assert!(holds("agent_*", "button:agent_"));
        assert!(!holds("agent_*", "button:my_agent_1"));
        assert!(!holds("men", "button:menu"));
        assert!(!holds("Menu", "button:menu"));
        assert!(holds("*", "button:anything"));
        assert!(holds("button:x", "button:button:x"), "an id may look like a kind");
    }
}
