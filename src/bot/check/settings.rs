//! Version, name, language, time zone, numbers, and the names that others refer to.

use std::collections::BTreeMap;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::bot::grammar::{BotFile, Located};
use crate::bot::report::Report;

/// Longest name of a bot or a route.
pub(super) const NAME_CHARACTERS: usize = 60;

/// Checks the simple keys; returns the time zone.
pub(super) fn check(file: &BotFile, report: &mut Report<'_>) -> TimeZone {
    if file.version.value != 1 {
        let message = format!("version {} is not known to this Wabridge", file.version.value);
        report.add(file.version.place, "version", message, "write `version: 1`");
    }
    if let Some(given) = &file.name {
        name(given, "name", report);
    }
    if let Some(language) = file.language.as_ref().filter(|language| !is_language(&language.value)) {
        report.add(language.place, "language", "this is not a language", "write a code such as en, pt_BR or zh_CN");
    }
    let Some(zone) = &file.timezone else { return TimeZone::UTC };
    // The bundled zones mean the same on every machine; looking through the system's at the start takes milliseconds.
    TimeZoneDatabase::bundled().get(&zone.value).unwrap_or_else(|_| {
        let remedy = "write an IANA name such as Africa/Johannesburg, Europe/Berlin or UTC";
        report.add(zone.place, "timezone", "this time zone is not known", remedy);
        TimeZone::UTC
    })
}

/// `en`, `fil`, `pt_BR`, `es-419`, `sr_Latn_RS`: two or three letters, then perhaps a script, then perhaps a region.
fn is_language(code: &str) -> bool {
    let letters = |part: &str, counts: &[usize]| counts.contains(&part.len()) && part.bytes().all(|c| c.is_ascii_alphabetic());
    let region = |part: &str| letters(part, &[2]) || (part.len() == 3 && part.bytes().all(|c| c.is_ascii_digit()));
    match code.split(['_', '-']).collect::<Vec<_>>()[..] {
        [language] => letters(language, &[2, 3]),
        [language, second] => letters(language, &[2, 3]) && (letters(second, &[4]) || region(second)),
        [language, script, third] => letters(language, &[2, 3]) && letters(script, &[4]) && region(third),
        _ => false,
    }
}

/// A name of a bot or a route: free text, but not endless.
pub(super) fn name(name: &Located<String>, path: &str, report: &mut Report<'_>) {
    let length = name.value.chars().count();
    if name.value.trim().is_empty() {
        report.add(name.place, path, "this name is empty", "write a name, or remove the key");
    } else if length > NAME_CHARACTERS {
        let message = format!("this name is {length} characters long, at most {NAME_CHARACTERS} are allowed");
        report.add(name.place, path, message, "shorten it");
    }
}

/// phone_number_id → nick.
pub(super) fn numbers(numbers: &BTreeMap<Located<String>, Located<String>>, report: &mut Report<'_>) -> BTreeMap<String, String> {
    let mut nicks: BTreeMap<String, String> = BTreeMap::new();
    for (nick, id) in numbers {
        referable(nick, "numbers", report);
        let path = format!("numbers.{}", nick.value);
        if id.value.is_empty() || !id.value.chars().all(|c| c.is_ascii_digit()) {
            let remedy = "write the phone_number_id (digits, not the number itself): Meta App Dashboard → WhatsApp → API Setup";
            report.add(id.place, &path, "this is not a phone_number_id", remedy);
        } else if let Some(other) = nicks.insert(id.value.clone(), nick.value.clone()) {
            report.add(id.place, &path, format!("this number has the nick `{other}` already"), "keep one of them");
        }
    }
    nicks
}

/// A key that others refer to.
pub(super) fn referable(name: &Located<String>, path: &str, report: &mut Report<'_>) {
    let mut letters = name.value.chars();
    let starts = letters.next().is_some_and(|c| c.is_ascii_lowercase());
    if !starts || !letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        let remedy = "use lower-case letters, digits and _ and start with a letter (a hyphen is a minus in {{ … }})";
        report.add(name.place, path, format!("`{}` cannot be a name here", name.value.escape_debug()), remedy);
    }
}
