//! The values that a text may hold: `{{ contact.name }}`. Every documented one exists; unknown is the empty text.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use minijinja::Value;
use minijinja::value::Object;

use super::decide::TurnView;
use super::hours::Calendar;
use crate::domain::Inbound;

/// What a text may name, and the keys of each. `messages` holds many of `message`; `value` and `match` have keys of their own.
pub(super) const DOCUMENTED: &[(&str, &[&str])] = &[
    ("message", &["text", "choice", "type", "caption", "filename", "id", "timestamp"]),
    ("messages", &[]),
    ("contact", &["name", "phone", "user_id", "username", "language"]),
    ("conversation", &["first", "window_closes", "turns"]),
    ("number", &["nick", "display"]),
    ("hours", &[]),
    ("intent", &[]),
    ("match", &[]),
    ("value", &[]),
];

/// What the bot knows besides the turn.
pub(super) struct Known<'a> {
    /// The nick of the business number, or "".
    pub(super) nick: &'a str,
    /// The bot's language.
    pub(super) language: &'a str,
    /// The bot's hours.
    pub(super) calendar: &'a Calendar,
    /// Every group that some regex of the file has; those that did not match are the empty text.
    pub(super) groups: &'a [String],
    /// The groups that matched.
    pub(super) matched: &'a BTreeMap<String, String>,
}

/// The values of one turn.
pub(super) fn values(turn: &TurnView<'_>, known: &Known<'_>) -> Value {
    let whole = turn.text();
    let last = turn.messages.last();
    let messages: Value = turn.messages.iter().map(|message| of_message(message, &message.text)).collect();
    let found = |name: &String| known.matched.get(name).map_or("", String::as_str);
    let groups = known.groups.iter().map(|name| (name.clone(), Value::from(found(name))));
    map([
        ("message", last.map_or_else(nothing_said, |message| of_message(message, &whole))),
        ("messages", messages),
        ("contact", of_contact(turn, known.language)),
        (
            "conversation",
            map([
                ("first", Value::from(turn.first)),
                ("window_closes", turn.window_closes.to_string().into()),
                ("turns", turn.turns.into()),
            ]),
        ),
        ("number", map([("nick", known.nick.into()), ("display", turn.display.into())])),
        (
            "hours",
            Value::from(
                known.calendar.names().map(|name| (name, hours(known.calendar, name, turn.now))).collect::<BTreeMap<_, _>>(),
            ),
        ),
        ("intent", "".into()),
        ("match", Value::from(groups.collect::<BTreeMap<String, Value>>())),
        ("value", Value::from_object(Remembered)),
    ])
}

/// What may be asked of each of the hours.
pub(super) const OF_HOURS: &[&str] = &["open", "opens", "opens_at"];

/// `opens` is for people (`Monday 08:00`, in English), `opens_at` for `date`.
fn hours(calendar: &Calendar, name: &str, now: Timestamp) -> Value {
    let opens = calendar.opens(name, now);
    map([
        ("open", calendar.is_open(name, now).into()),
        ("opens", opens.as_ref().map_or_else(String::new, |opens| opens.strftime("%A %H:%M").to_string()).into()),
        ("opens_at", opens.map_or_else(String::new, |opens| opens.timestamp().to_string()).into()),
    ])
}

fn of_message(message: &Inbound, text: &str) -> Value {
    let optional = |text: &Option<String>| Value::from(text.as_deref().unwrap_or(""));
    map([
        ("text", text.into()),
        ("choice", optional(&message.choice)),
        ("type", message.kind.name().into()),
        ("caption", optional(&message.caption)),
        ("filename", optional(&message.filename)),
        ("id", message.id.as_str().into()),
        ("timestamp", message.sent_at.to_string().into()),
    ])
}

/// A turn has at least one message; should it have none, texts still find their values.
fn nothing_said() -> Value {
    map(["text", "choice", "type", "caption", "filename", "id", "timestamp"].map(|key| (key, Value::from(""))))
}

fn of_contact(turn: &TurnView<'_>, language: &str) -> Value {
    let person = turn.person;
    map([
        ("name", person.name.as_deref().unwrap_or("").into()),
        ("phone", person.wa_id.as_ref().map_or_else(String::new, |phone| format!("+{}", phone.as_str())).into()),
        ("user_id", person.user_id.as_ref().map_or("", |id| id.as_str()).into()),
        ("username", person.username.as_deref().unwrap_or("").into()),
        ("language", turn.language.unwrap_or(language).into()),
    ])
}

fn map<const N: usize>(entries: [(&'static str, Value); N]) -> Value {
    Value::from(BTreeMap::from(entries))
}

/// `value.*`: what routes remembered. Any key may be asked for; one that nobody set is the empty text.
#[derive(Debug)]
struct Remembered;

impl Object for Remembered {
    fn get_value(self: &Arc<Self>, _key: &Value) -> Option<Value> {
        Some(Value::from(""))
    }
}
