//! Turns that ended without their answer: looked at, and redriven by a person who knows better.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::events::sent_message;
use crate::domain::TurnId;
use crate::store::{DeadLetter, Redrive, Redriven, Store};

pub use crate::store::RedriveRefused;

/// `t_` and two digits.
const SHORTEST_ID: usize = 4;

/// One line of the list. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The turn: the id of the dead letter.
    pub id: String,
    /// When it was given up.
    pub time: Timestamp,
    /// `open`, `closed` by a late status, `redriven`.
    pub state: &'static str,
    /// `crashes`, `outcome_unknown`.
    pub class: String,
    /// How many messages have no answer.
    pub messages: usize,
    /// How many attempts to send began.
    pub attempts: u32,
    /// Why, in words.
    pub reason: String,
}

/// The newest dead letters of the store; without `all` the open ones.
///
/// # Errors
/// The store cannot be read.
pub async fn list(store: &Store, all: bool, most: u32) -> anyhow::Result<Vec<Listed>> {
    let found = store.dead_letters(!all, most).await?;
    let listed = found.into_iter().map(|letter| Listed {
        id: letter.turn.to_string(),
        time: letter.at,
        state: state(&letter),
        messages: letter.members.len(),
        attempts: letter.attempts,
        class: letter.class,
        reason: letter.reason,
    });
    Ok(listed.collect())
}

/// A dead letter and what its turn was to send; `None` when there is none of this turn. The id may be shortened, here and below.
///
/// # Errors
/// The store cannot be read.
pub async fn show(store: &Store, id: &str) -> anyhow::Result<Option<Value>> {
    let (sent, letter) = store.turn(whole(store, id).await?).await?;
    let sent: Vec<Value> = sent.iter().map(sent_message).collect();
    Ok(letter.map(|letter| json!({ "state": state(&letter), "dead_letter": letter, "sent": sent })))
}

/// Lets the messages of a dead letter be answered once more: by the service that works on the store, or by the next one. Messages
/// older than `answer_within` are left alone.
///
/// # Errors
/// The store cannot be written.
pub async fn redrive(
    store: &Store,
    id: &str,
    resend: bool,
    answer_within: Duration,
    now: Timestamp,
) -> anyhow::Result<Result<Redriven, RedriveRefused>> {
    Ok(store.redrive(whole(store, id).await?, Redrive { resend, answer_within }, now).await?)
}

/// The id of the only dead letter that begins so; else as it was given. Nothing in particular is no id: an empty variable of a script
/// must not send.
async fn whole(store: &Store, id: &str) -> anyhow::Result<TurnId> {
    if id.len() < SHORTEST_ID {
        return Ok(TurnId::new(id));
    }
    let letters = store.dead_letters(false, u32::MAX).await?;
    let mut found = letters.into_iter().map(|letter| letter.turn).filter(|turn| turn.as_str().starts_with(id));
    Ok(match (found.next(), found.next()) {
        (Some(only), None) => only,
        (Some(_), Some(_)) => anyhow::bail!("more than one dead letter begins with {id}: write more of it"),
        (None, _) => TurnId::new(id),
    })
}

fn state(letter: &DeadLetter) -> &'static str {
    match (letter.closed_at, letter.redriven_at) {
        (Some(_), _) => "closed",
        (None, Some(_)) => "redriven",
        (None, None) => "open",
    }
}
