//! `conversation`, with its defaults and bounds.

use std::time::Duration;

use super::grammar::{ConversationKeys, Located, MarkRead, OnUnknown};
use super::report::Report;

/// Meta's customer service window: what is older cannot be answered freely.
const WINDOW: Duration = Duration::from_hours(24);
/// The protocol waits no longer for more messages of a burst.
const MOST_DEBOUNCE: Duration = Duration::from_secs(5);
/// More messages in one answer annoy, and each is billed.
const MOST_MESSAGES: u64 = 10;

/// How turns are opened, shown and answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// How long to wait for more messages of a burst; 0 to 5 s.
    pub debounce: Duration,
    /// When a message is marked as read.
    pub mark_read: MarkRead,
    /// Whether the person sees that we type.
    pub typing: bool,
    /// Whether the answer quotes the message.
    pub quote: bool,
    /// After this long without a message a conversation starts anew.
    pub forget_after: Duration,
    /// An older message is recorded, never answered; below 24 h.
    pub answer_within: Duration,
    /// The most messages of one answer.
    pub max_messages: usize,
    /// What happens to a message whose fate at Meta is unknown.
    pub on_unknown: OnUnknown,
}

impl Default for Conversation {
    fn default() -> Self {
        Self {
            debounce: Duration::from_secs(1),
            mark_read: MarkRead::OnArrival,
            typing: true,
            quote: false,
            forget_after: Duration::from_hours(24),
            answer_within: Duration::from_hours(12),
            max_messages: 3,
            on_unknown: OnUnknown::Resend,
        }
    }
}

impl Conversation {
    /// The keys of the file over the defaults; what is out of bounds goes to the report.
    pub(super) fn new(keys: &ConversationKeys, report: &mut Report<'_>) -> Self {
        let default = Self::default();
        let mut bounded = |key: Option<&Located<super::grammar::Length>>,
                           name: &str,
                           default: Duration,
                           allowed: &dyn Fn(Duration) -> bool,
                           remedy: &str| {
            let Some(key) = key else { return default };
            if !allowed(key.value.0) {
                report.add(key.place, &format!("conversation.{name}"), format!("this `{name}` is out of bounds"), remedy);
            }
            key.value.0
        };
        let debounce =
            bounded(keys.debounce.as_ref(), "debounce", default.debounce, &|length| length <= MOST_DEBOUNCE, "write 0s to 5s");
        let forget_after = bounded(
            keys.forget_after.as_ref(),
            "forget_after",
            default.forget_after,
            &|length| !length.is_zero(),
            "write a duration above 0, such as 24h",
        );
        let answer_within = bounded(
            keys.answer_within.as_ref(),
            "answer_within",
            default.answer_within,
            &|length| !length.is_zero() && length < WINDOW,
            "write a duration below 24h: Meta takes no free answer to an older message",
        );
        Self {
            debounce,
            mark_read: keys.mark_read.as_ref().map_or(default.mark_read, |read| read.value),
            typing: keys.typing.unwrap_or(default.typing),
            quote: keys.quote.unwrap_or(default.quote),
            forget_after,
            answer_within,
            max_messages: most_messages(keys, default.max_messages, report),
            on_unknown: keys.on_unknown.unwrap_or(default.on_unknown),
        }
    }
}

fn most_messages(keys: &ConversationKeys, default: usize, report: &mut Report<'_>) -> usize {
    let Some(most) = &keys.max_messages else { return default };
    if !(1..=MOST_MESSAGES).contains(&most.value) {
        report.add(most.place, "conversation.max_messages", "this `max_messages` is out of bounds", "write 1 to 10");
    }
    usize::try_from(most.value).unwrap_or(default)
}
