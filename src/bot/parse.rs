//! Text → types. The first mistake of form ends it, in words that say what to do.

use serde_saphyr::{Error, Location, MessageFormatter, UserMessageFormatter};

use super::grammar::{BotFile, Place};
use super::report::Report;
use super::status::Problem;
use super::vocabulary::{nearest, planned};

/// `bot.yaml` is written by hand: more than this is a mistake, and would only cost memory.
pub(super) const MOST_BYTES: usize = 1024 * 1024;

/// Reads the file, or names the first mistake of its form.
pub(super) fn parse(source: &str) -> Result<BotFile, Problem> {
    let options = serde_saphyr::options! { strict_booleans: true, reject_unsupported_tags: true, with_snippet: false };
    serde_saphyr::from_str_with_options::<BotFile>(source, options).map_err(|error| {
        let place: Place = error.location().unwrap_or(Location::UNKNOWN).into();
        let (place, words) = tab(error.without_snippet(), source, place)
            .unwrap_or_else(|| (place, Words::of(error.without_snippet(), source, place)));
        let mut report = Report::new(source);
        report.add(place, "", words.message, words.remedy);
        report.problems.remove(0)
    })
}

struct Words {
    message: String,
    remedy: String,
}

fn words(message: impl Into<String>, remedy: impl Into<String>) -> Words {
    Words { message: message.into(), remedy: remedy.into() }
}

impl Words {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's errors are many and may grow; its own words do for the rest"
    )]
    fn of(error: &Error, source: &str, place: Place) -> Self {
        match error {
            Error::SerdeUnknownField { field, expected, .. } => unknown_key(field, expected),
            Error::SerdeUnknownVariant { variant, expected, .. } if expected.contains(&"silence") => {
                unknown_key(variant, expected)
            }
            Error::SerdeUnknownVariant { variant, expected, .. } => unknown_value(variant, expected),
            Error::SerdeMissingField { field, .. } => misplaced(field, source, place).unwrap_or_else(|| missing(field)),
            Error::DuplicateMappingKey { key, .. } => {
                let key = key.as_deref().unwrap_or("this key");
                words(format!("`{key}` stands here twice"), "keep one of them")
            }
            Error::InvalidBooleanStrict { .. } => words("this is true or false", "write true or false, without quotes"),
            Error::InvalidScalar { .. } => words("this is a whole number", "write digits only, without quotes"),
            Error::NullIntoString { .. } => words("there is no text here", "write a text after the colon, or remove the key"),
            Error::Eof { .. } => words("the file is empty", "`wabridge init` writes a small bot to start from"),
            Error::MultipleDocuments { .. } => words("a second document begins here", "keep one document: remove the line ---"),
            Error::UnknownAnchor { .. } => {
                words("a text that starts with * is read as a reference", "put the text in quotes: \"*bold* and more\"")
            }
            Error::Unexpected { expected, .. } => unexpected(expected, source, place),
            Error::SerdeInvalidType { unexpected, .. } if unexpected == "map" => {
                words("there is no step in these braces", "write one step: { text: … }, or a text without braces")
            }
            Error::UnexpectedValueForUnit { .. } => {
                words("`silence` takes no value", "write `reply: silence`, or `- silence` in a list")
            }
            Error::UnsupportedTag { .. } => words("a text that starts with ! is read as a tag", "put the text in quotes"),
            Error::Message { msg, .. } => message(msg),
            Error::Budget { .. } => words("the file is nested too deeply or too large", "simplify it: 64 levels are allowed"),
            other => message(&UserMessageFormatter.format_message(other)),
        }
    }
}

fn unknown_key(key: &str, known: &[&str]) -> Words {
    if let Some(part) = planned(key, known) {
        let what = if part == "file" { String::new() } else { format!(" ({part})") };
        return words(
            format!("`{key}`{what} is part of the grammar but not in this version"),
            format!("remove it for now{}", listed(known)),
        );
    }
    if known.contains(&"routes") && ["when", "reply"].contains(&key) {
        let remedy = "it belongs to a route: begin it under the route's `-`, in the column of its other keys";
        return words(format!("there is no key `{key}` here"), remedy);
    }
    let meant = nearest(key, known).map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
    words(format!("there is no key `{key}` here"), format!("{meant}The keys here are: {}", known.join(", ")))
}

fn listed(known: &[&str]) -> String {
    if known.is_empty() { String::new() } else { format!("; this version has here: {}", known.join(", ")) }
}

fn unknown_value(value: &str, known: &[&str]) -> Words {
    let meant = nearest(value, known).map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
    words(format!("`{value}` is not a value of this key"), format!("{meant}The values are: {}", known.join(", ")))
}

fn missing(field: &str) -> Words {
    let remedy = match field {
        "version" => "write `version: 1` as the first line",
        "routes" => "write `routes:` and a list below it (`routes: []` answers nobody)",
        "reply" => "a route says what to answer, in the same column as `when`: `reply: Hello!`, or `reply: silence`",
        "id" => "write an id: it comes back when this is tapped, and `when: { choice: … }` finds it",
        _ => "add it, with its value after the colon",
    };
    words(format!("`{field}` is missing here"), remedy)
}

/// A key that is missing only because it begins in another column: YAML then reads it as a part of something else.
fn misplaced(field: &str, source: &str, place: Place) -> Option<Words> {
    let after = source.lines().zip(1u32..).skip_while(|(_, number)| *number <= place.line);
    let mut near = after.take_while(|(line, _)| !line.trim_start().starts_with("- "));
    let start = format!("{field}:");
    let (line, number) = near.find(|(line, _)| line.trim_start().starts_with(&start))?;
    let column = line.len() - line.trim_start().len() + 1;
    if source.get(place.offset..)?.starts_with('{') || u32::try_from(column).ok()? >= place.column {
        return None;
    }
    let remedy = format!("begin the `{field}` of line {number} in column {}, as the keys beside it", place.column);
    Some(words(format!("`{field}` is missing here"), remedy))
}

/// The line that is indented with a tab; the scanner names the line before it, or the place after.
fn tab(error: &Error, source: &str, place: Place) -> Option<(Place, Words)> {
    if !UserMessageFormatter.format_message(error).contains("tab") {
        return None;
    }
    let mut near = source.lines().zip(1u32..).skip_while(|(_, number)| *number < place.line).take(3);
    let at = |line: &str| line[..line.len() - line.trim_start().len()].find('\t');
    let (number, column) = near.find_map(|(line, number)| at(line).map(|at| (number, at + 1)))?;
    let place = Place { line: number, column: u32::try_from(column).ok()?, offset: place.offset };
    Some((place, words("this line is indented with a tab", "indent with spaces, not tabs")))
}

/// YAML met another kind of thing than the grammar has at this place.
fn unexpected(expected: &str, source: &str, place: Place) -> Words {
    let here = source.get(place.offset..).unwrap_or("");
    let before = source.get(..place.offset).unwrap_or("");
    if here.starts_with("{{") || (here.starts_with('{') && before.ends_with('{')) {
        return words("{{ without quotes is read as braces of YAML", "quote text that starts with {{: \"{{ contact.name }}\"");
    }
    if before.trim_end().ends_with("when:") && expected == "mapping start" {
        return words("conditions are expected here", format!("write `when: {{ word: {} }}`", first_word(here)));
    }
    match expected {
        "string scalar" => {
            words("a text is expected here", "write a text; quote it if it starts with { [ * & ! % @ or holds ': '")
        }
        "mapping start" => words("keys are expected here", "write `key: value`, one key per line"),
        "sequence start" => words("a list is expected here", "write one entry per line, each after a dash"),
        "mapping end" => words("a step has one key", "write several steps as a list: one `- text: …` or `- buttons: …` per line"),
        other => words(format!("{other} is expected here"), "compare the indentation with the lines around it"),
    }
}

/// What somebody wrote where conditions stand, if it can be repeated in an example.
fn first_word(here: &str) -> &str {
    let line = here.lines().next().unwrap_or("").split(" #").next().unwrap_or("").trim();
    let plain = !line.is_empty()
        && line.chars().count() <= 40
        && !line.contains(['{', '}', ':', '|', '>'])
        && !line.chars().any(char::is_control);
    if plain { line } else { "hello" }
}

/// Words of our own visitors (message → remedy) or of the scanner.
fn message(text: &str) -> Words {
    if let Some((message, remedy)) = text.rsplit_once(" → ") {
        return words(message, remedy);
    }
    if text.contains("mapping values are not allowed") {
        return words(
            "a second ': ' on this line is read as another key",
            "quote text that starts with {{ or holds ': ', for example \"Note: closed\"",
        );
    }
    if text.contains("did not find expected key") || text.contains("did not find expected '-'") {
        return words(
            "this line does not line up with the lines above",
            "keys that belong together begin in the same column, and so do the dashes of a list; or a quote above is not closed",
        );
    }
    let remedy = if text.contains("unexpected character") {
        "quote a text that starts with @, ` or %"
    } else if text.contains("escape") {
        "use single quotes: in them YAML leaves backslashes alone, as in '\\d+'"
    } else if text.contains("tab") {
        "use spaces, not tabs"
    } else if text.contains("quoted scalar") {
        "a quoted text is not closed, or its next line is not indented: look for the missing quote above"
    } else {
        "look at the indentation and the quotes of this line and the one above"
    };
    words(text, remedy)
}
