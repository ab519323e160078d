//! `conversation`: how turns are opened, shown and answered; and durations such as `500ms`, `1s`, `15m`, `24h`.

use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::place::Located;

/// The keys, as written; what is absent has its default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::bot) struct ConversationKeys {
    pub(in crate::bot) debounce: Option<Located<Length>>,
    pub(in crate::bot) mark_read: Option<Located<MarkRead>>,
    pub(in crate::bot) typing: Option<bool>,
    pub(in crate::bot) quote: Option<bool>,
    pub(in crate::bot) forget_after: Option<Located<Length>>,
    pub(in crate::bot) answer_within: Option<Located<Length>>,
    pub(in crate::bot) max_messages: Option<Located<u64>>,
    pub(in crate::bot) on_unknown: Option<OnUnknown>,
}

/// When a message is marked as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkRead {
    /// As soon as it is sure that an answer will be sent.
    OnArrival,
    /// After the answer was sent.
    AfterReply,
    /// Not by us; Meta's typing call marks read all the same.
    Never,
}

/// What happens to a message whose fate at Meta is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// It is sent again once the absence of a status proves enough.
    Resend,
    /// It becomes a dead letter.
    GiveUp,
}

/// A duration as written.
#[derive(Debug, Clone, Copy)]
pub(in crate::bot) struct Length(pub(in crate::bot) Duration);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).map(Self).ok_or_else(|| {
            D::Error::custom(format!("\"{text}\" is not a duration → write a whole number and a unit: 500ms, 1s, 15m or 24h"))
        })
    }
}

fn parse(text: &str) -> Option<Duration> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: u64 = text[..digits].parse().ok()?;
    match &text[digits..] {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        "" if number == 0 => Some(Duration::ZERO),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_whole_number_and_a_unit() {
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse("15m"), Some(Duration::from_mins(15)));
        assert_eq!(parse("24h"), Some(Duration::from_hours(24)));
        assert_eq!(parse("0"), Some(Duration::ZERO));
        for wrong in ["", "1", "s", "1.5s", "-1s", "1 s", "1d", "99999999999999999999s", "18446744073709551615h", "é"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
