//! Waits until the person has stopped typing, then asks the bot.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Parts;
use crate::bot::{Bot, Decision, TurnView};
use crate::domain::PhoneNumberId;
use crate::failure_points::{Point, reach};
use crate::store::{Held, Mailbox, StoreError};

/// What is to be answered, and how.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) bot: Arc<Bot>,
    pub(super) mailbox: Mailbox,
    pub(super) decision: Decision,
    pub(super) debounced: Duration,
    pub(super) decided: Duration,
}

/// Reads the mailbox until it was quiet for the bot's debounce, at most for [`crate::domain::Limits::debounce_most`].
/// `waiting`: how many messages are in it now, if that is known without reading. `None` when somebody else has the lease.
pub(super) async fn debounce(
    parts: &Parts,
    held: &Held,
    waiting: Option<usize>,
    bot: &Bot,
) -> Result<Option<(Mailbox, Duration)>, StoreError> {
    let began = Instant::now();
    let quiet = bot.conversation().debounce.min(parts.limits.debounce_most);
    let mut seen = waiting;
    loop {
        if seen.is_some() {
            reach(Point::T1).await;
            tokio::time::sleep(quiet).await;
        }
        let Some(mailbox) = parts.store.mailbox(held.clone()).await? else {
            return Ok(None);
        };
        let waited_out = began.elapsed() + quiet > parts.limits.debounce_most;
        if quiet.is_zero() || seen == Some(mailbox.messages.len()) || (seen.is_some() && waited_out) {
            return Ok(Some((mailbox, began.elapsed())));
        }
        seen = Some(mailbox.messages.len());
    }
}

/// Asks the bot.
pub(super) fn decide(parts: &Parts, bot: Arc<Bot>, mailbox: Mailbox, debounced: Duration) -> Plan {
    let began = Instant::now();
    let now = parts.clock.now();
    let last = mailbox.last_inbound_at.unwrap_or(now);
    let window_closes = last.checked_add(parts.limits.window).unwrap_or(Timestamp::MAX);
    let decision = bot.decide(&TurnView {
        messages: &mailbox.messages,
        person: &mailbox.person,
        language: None,
        first: mailbox.turns == 0,
        turns: mailbox.turns,
        window_closes,
        number: &mailbox.number,
        display: display(parts, &mailbox.number),
        now,
    });
    Plan { bot, mailbox, decision, debounced, decided: began.elapsed() }
}

fn display<'a>(parts: &'a Parts, number: &'a PhoneNumberId) -> &'a str {
    parts.displays.get(number).map_or("", String::as_str)
}
