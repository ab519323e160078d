//! `access`: who is answered. Costs nothing for everybody else.

use std::collections::BTreeSet;

use super::grammar::{self, Place, Reply, Words};
use super::report::Report;
use crate::domain::Person;

/// Who is answered, and what the others hear.
#[derive(Debug, Clone, Default)]
pub(super) struct Access {
    allow: BTreeSet<Id>,
    deny: BTreeSet<Id>,
    pub(super) otherwise: Option<Reply>,
}

/// A person in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Id {
    /// Digits only.
    Phone(String),
    /// As Meta writes it: `US.1349…`.
    User(String),
}

/// Why a person is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Denied,
    NotAllowed,
}

impl Refusal {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Denied => "access: this person is on the deny list",
            Self::NotAllowed => "access: this person is not on the allow list",
        }
    }
}

impl Access {
    pub(super) fn new(access: &grammar::Access, report: &mut Report<'_>) -> Self {
        Self {
            allow: ids(&access.allow, "access.allow", report),
            deny: ids(&access.deny, "access.deny", report),
            otherwise: access.otherwise.clone(),
        }
    }

    /// `deny` wins over `allow`; an empty `allow` means everybody.
    pub(super) fn refuses(&self, person: &Person) -> Option<Refusal> {
        if is_listed(&self.deny, person) {
            Some(Refusal::Denied)
        } else if !self.allow.is_empty() && !is_listed(&self.allow, person) {
            Some(Refusal::NotAllowed)
        } else {
            None
        }
    }
}

/// Whether a list names the person, by phone number or user id.
pub(super) fn is_listed(list: &BTreeSet<Id>, person: &Person) -> bool {
    let phone = person.wa_id.as_ref().map(|phone| Id::Phone(digits(phone.as_str())));
    let user = person.user_id.as_ref().map(|user| Id::User(user.as_str().to_owned()));
    [phone, user].iter().flatten().any(|id| list.contains(id))
}

/// The people of a list; problems go to the report.
pub(super) fn ids(words: &Words, path: &str, report: &mut Report<'_>) -> BTreeSet<Id> {
    words.0.iter().filter_map(|word| id(&word.value, word.place, path, report)).collect()
}

fn id(text: &str, place: Place, path: &str, report: &mut Report<'_>) -> Option<Id> {
    let text = text.trim();
    let number = digits(text);
    let is_number = text.chars().all(|c| c.is_ascii_digit() || "+ -()".contains(c));
    if is_number && (7..=15).contains(&number.len()) {
        return Some(Id::Phone(number));
    }
    let country =
        text.split_once('.').map(|(country, rest)| (country.len() == 2 && country.chars().all(|c| c.is_ascii_uppercase()), rest));
    if let Some((true, rest)) = country
        && !rest.is_empty()
    {
        return Some(Id::User(text.to_owned()));
    }
    let remedy =
        "write the number with its country code, in quotes: \"+14155551234\"; or a user id such as US.13491208655302741918";
    report.add(place, path, "this is neither a phone number nor a user id", remedy);
    None
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
