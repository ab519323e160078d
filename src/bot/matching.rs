//! Whether a condition holds for a turn, and why or why not, in words for a person.
//!
//! A turn is judged whole: `contains`, `word` and `regex` see all its texts joined by newline; `equals`, `choice` and `type` hold if
//! any message satisfies them.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::access::{Id, is_listed};
use super::condition::{Choice, Condition, Phrase, Test};
use super::decide::TurnView;
use super::fold::{fold, has_word};
use super::hours::Calendar;

/// More words than this are not listed in a reason.
const MOST_LISTED: usize = 6;

/// A turn, folded once for all routes.
pub(super) struct Heard<'a> {
    turn: &'a TurnView<'a>,
    calendar: &'a Calendar,
    /// The nick of the business number, or "".
    nick: &'a str,
    texts: Vec<String>,
    whole: String,
    joined: String,
}

/// The outcome of one condition.
pub(super) struct Verdict {
    pub(super) holds: bool,
    pub(super) because: String,
    /// Named groups of the regexes that matched, in the person's spelling.
    pub(super) groups: BTreeMap<String, String>,
}

impl Verdict {
    /// Of a route without conditions.
    pub(super) fn always() -> Self {
        Self::yes("no condition: it always holds")
    }

    fn yes(because: impl Into<String>) -> Self {
        Self { holds: true, because: because.into(), groups: BTreeMap::new() }
    }

    fn no(because: impl Into<String>) -> Self {
        Self { holds: false, because: because.into(), groups: BTreeMap::new() }
    }
}

impl<'a> Heard<'a> {
    pub(super) fn new(turn: &'a TurnView<'a>, calendar: &'a Calendar, nick: &'a str) -> Self {
        let joined = turn.text();
        Self {
            turn,
            calendar,
            nick,
            texts: turn.messages.iter().map(|message| fold(&message.text)).collect(),
            whole: fold(&joined),
            joined,
        }
    }

    /// All keys must hold; the reason is the first that does not, or all of them.
    pub(super) fn judge(&self, condition: &Condition) -> Verdict {
        let mut reasons = Vec::new();
        let mut groups = BTreeMap::new();
        for test in &condition.tests {
            let verdict = self.test(test);
            if !verdict.holds {
                return verdict;
            }
            reasons.push(verdict.because);
            groups.extend(verdict.groups);
        }
        Verdict { holds: true, because: reasons.join("; "), groups }
    }

    fn test(&self, test: &Test) -> Verdict {
        match test {
            Test::First(wanted) => self.first(*wanted),
            Test::Contact(people) => self.contact(people),
            Test::Number(nicks) => self.number(nicks),
            Test::During(name) => self.hours("during", name, true),
            Test::Outside(name) => self.hours("outside", name, false),
            Test::Type(names) => self.kind(names),
            Test::Choice(choices) => self.choice(choices),
            Test::Equals(phrases) => self.phrase("equals", phrases, |text, phrase| text == phrase),
            Test::Word(phrases) => self.phrase("word", phrases, has_word),
            Test::Contains(phrases) => self.phrase("contains", phrases, |text, phrase| text.contains(phrase)),
            Test::Regex(regex) => self.regex(regex),
            Test::Any(conditions) => self.any(conditions),
            Test::Not(condition) => {
                let Verdict { holds, because, groups: _ } = self.judge(condition);
                if holds { Verdict::no(format!("not: {because}")) } else { Verdict::yes(format!("not: {because}")) }
            }
        }
    }

    fn first(&self, wanted: bool) -> Verdict {
        let because = if self.turn.first { "the first message" } else { "not the first message" };
        if wanted == self.turn.first { Verdict::yes(because) } else { Verdict::no(because) }
    }

    /// No number and no name in the reason: it is shown and kept.
    fn contact(&self, people: &BTreeSet<Id>) -> Verdict {
        if is_listed(people, self.turn.person) {
            Verdict::yes("contact: named here")
        } else {
            Verdict::no("contact: not named here")
        }
    }

    fn number(&self, nicks: &[String]) -> Verdict {
        if nicks.iter().any(|nick| nick == self.nick) {
            Verdict::yes(format!("number: written to {}", self.nick))
        } else {
            Verdict::no(format!("number: not written to {}", listed(nicks.iter(), false)))
        }
    }

    fn hours(&self, key: &str, name: &str, wanted: bool) -> Verdict {
        let open = self.calendar.is_open(name, self.turn.now);
        let because = format!("{key} {name}: it is {}", if open { "open" } else { "closed" });
        if open == wanted { Verdict::yes(because) } else { Verdict::no(because) }
    }

    fn kind(&self, names: &[String]) -> Verdict {
        let kinds: Vec<&str> = self.turn.messages.iter().map(|message| message.kind.name()).collect();
        match kinds.iter().position(|kind| names.iter().any(|name| name == kind)) {
            Some(n) => Verdict::yes(format!("type: {} is {}", self.place(n), kinds[n])),
            None => Verdict::no(format!("type: {} is none of {}", kinds.join(", "), listed(names.iter(), false))),
        }
    }

    fn choice(&self, choices: &[Choice]) -> Verdict {
        let mut tapped = self.turn.messages.iter().filter_map(|message| message.choice.as_deref()).peekable();
        if tapped.peek().is_none() {
            return Verdict::no("no choice was tapped");
        }
        let mut seen = Vec::new();
        for choice in tapped {
            if choices.iter().any(|wanted| wanted.holds(choice)) {
                return Verdict::yes(format!("choice: \"{choice}\" was tapped"));
            }
            seen.push(choice);
        }
        let wanted = listed(choices.iter().map(|choice| &choice.written), true);
        Verdict::no(format!("choice: {} is none of {wanted}", listed(seen.iter(), true)))
    }

    fn phrase(&self, key: &str, phrases: &[Phrase], holds: impl Fn(&str, &str) -> bool) -> Verdict {
        for phrase in phrases {
            if let Some(n) = self.texts.iter().position(|text| holds(text, &phrase.folded)) {
                let verb = if key == "equals" { "is" } else { "is in" };
                return Verdict::yes(format!("{key}: \"{}\" {verb} {}", phrase.written, self.place(n)));
            }
            if key != "equals" && holds(&self.whole, &phrase.folded) {
                return Verdict::yes(format!("{key}: \"{}\" is in the messages together", phrase.written));
            }
        }
        let wanted = listed(phrases.iter().map(|phrase| &phrase.written), true);
        Verdict::no(if phrases.len() == 1 { format!("{key}: not {wanted}") } else { format!("{key}: none of {wanted}") })
    }

    fn regex(&self, regex: &Regex) -> Verdict {
        let Some(found) = regex.captures(&self.joined) else {
            return Verdict::no("regex: no match");
        };
        let named = regex.capture_names().flatten();
        let groups = named.filter_map(|name| found.name(name).map(|text| (name.to_owned(), text.as_str().to_owned()))).collect();
        Verdict { holds: true, because: "regex: it matches".to_owned(), groups }
    }

    fn any(&self, conditions: &[Condition]) -> Verdict {
        let mut reasons = Vec::new();
        for condition in conditions {
            let verdict = self.judge(condition);
            if verdict.holds {
                return verdict;
            }
            reasons.push(verdict.because);
        }
        Verdict::no(format!("any: {}", reasons.join("; ")))
    }

    /// `message 1 of 2`, or `the message` when there is one.
    fn place(&self, n: usize) -> String {
        match self.turn.messages.len() {
            1 => "the message".to_owned(),
            count => format!("message {} of {count}", n + 1),
        }
    }
}

fn listed(words: impl ExactSizeIterator<Item = impl AsRef<str>>, quoted: bool) -> String {
    let more = words.len() > MOST_LISTED;
    let quote = |word: &str| if quoted { format!("\"{word}\"") } else { word.to_owned() };
    let mut list: Vec<String> = words.take(MOST_LISTED).map(|word| quote(word.as_ref())).collect();
    if more {
        list.push("…".to_owned());
    }
    list.join(", ")
}
