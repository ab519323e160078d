//! Samples: a turn that nobody wrote, for `check` and `check --say`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::Bot;
use super::decide::{Decision, TurnView};
use super::values::Known;
use crate::domain::{Inbound, InboundId, MessageType, Person, PhoneNumberId, UserId, WaId, Wamid};

/// A turn that nobody wrote.
pub(super) struct Sample {
    person: Person,
    messages: Vec<Inbound>,
    first: bool,
}

impl Sample {
    /// One text of a person of whom all is known.
    pub(super) fn friend() -> Self {
        Self::saying(&["Hello"], true)
    }

    /// Texts of one turn.
    fn saying(texts: &[&str], first: bool) -> Self {
        let messages = texts.iter().map(|text| message(MessageType::Text, text, None)).collect();
        Self { person: person(), messages, first }
    }

    /// A message without words of a person of whom nothing is known but an id.
    pub(super) fn stranger() -> Self {
        let person = Person { user_id: Some(UserId::new("US.13491208655302741918")), ..Person::default() };
        Self { person, messages: vec![message(MessageType::Image, "", None)], first: false }
    }

    /// A tap on `button:ID` or `list:ID`.
    pub(super) fn tap(choice: &str) -> Self {
        let kind = if choice.starts_with("list:") { MessageType::List } else { MessageType::Button };
        Self { person: person(), messages: vec![message(kind, "", Some(choice))], first: false }
    }

    /// Shows the turn to someone.
    pub(super) fn view<T>(&self, look: impl FnOnce(&TurnView<'_>) -> T) -> T {
        look(&TurnView {
            messages: &self.messages,
            person: &self.person,
            language: None,
            first: self.first,
            turns: u32::from(!self.first),
            window_closes: moment() + Duration::from_hours(24),
            number: &PhoneNumberId::new("106540352242922"),
            display: "+15550783881",
            now: moment(),
        })
    }
}

/// What a bot knows besides a sample.
pub(super) fn known(bot: &Bot) -> Known<'_> {
    static NOTHING: BTreeMap<String, String> = BTreeMap::new();
    Known { nick: "", language: &bot.language, calendar: &bot.calendar, groups: &bot.groups, matched: &NOTHING }
}

impl Bot {
    /// What the bot says to a sample person: `wabridge check --say "hi"`. Several texts are one turn; `first`: of a new conversation.
    /// Access is not asked.
    pub fn say(&self, texts: &[&str], first: bool) -> Decision {
        Sample::saying(texts, first).view(|turn| self.by_routes(turn))
    }

    /// What the bot says to a tap on `button:ID` or `list:ID`.
    pub fn tap(&self, choice: &str) -> Decision {
        Sample::tap(choice).view(|turn| self.by_routes(turn))
    }
}

fn person() -> Person {
    Person {
        wa_id: Some(WaId::new("14155551234")),
        user_id: Some(UserId::new("US.13491208655302741918")),
        username: Some("alex".to_owned()),
        name: Some("Alex".to_owned()),
    }
}

fn message(kind: MessageType, text: &str, choice: Option<&str>) -> Inbound {
    Inbound {
        id: InboundId::new("m_sample"),
        wamid: Wamid::new("sample"),
        number: PhoneNumberId::new("106540352242922"),
        person: person(),
        sent_at: moment(),
        index: 0,
        kind,
        text: text.to_owned(),
        choice: choice.map(str::to_owned),
        caption: None,
        filename: None,
        media: None,
        quotes: None,
    }
}

fn moment() -> Timestamp {
    Timestamp::constant(1_795_161_600, 0)
}
