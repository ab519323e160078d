//! `redrive`: a person lets the messages of a given-up turn be answered once more, by a new turn.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{Scene, after};
use crate::domain::Limits;
use crate::store::record::{DeadLetter, InboundRecord, OutState, OutboundRecord, Waiting};

/// What a person asks for.
#[derive(Debug, Clone, Copy)]
pub struct Redrive {
    /// Send again what may have been sent already.
    pub resend: bool,
    /// Older messages would be recorded as stale by whoever takes them up.
    pub answer_within: Duration,
}

/// The messages wait for an answer again, and the conversation is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Redriven {
    /// How many wait.
    pub messages: usize,
    /// How many stay unanswered, because they are too old or gone.
    pub too_old: usize,
}

/// Why nothing was changed, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedriveRefused {
    /// There is no such dead letter.
    #[error("there is no such dead letter: wabridge dead-letters list --all prints their ids")]
    Absent,
    /// A late status showed that the answer was sent.
    #[error("a late status showed that the answer was sent, so there is nothing left to answer")]
    Closed,
    /// It was redriven before.
    #[error("it was redriven before; if that failed too, there is a newer dead letter")]
    Again,
    /// A message of the turn was accepted, or nobody can tell whether it was.
    #[error("an answer was sent, or nobody can tell: look at the chat, and if the person did not get it, say --resend")]
    MayHaveBeenSent,
    /// Every message of it is too old to be answered, or gone.
    #[error("its messages are older than answer_within or gone, and would not be answered: write to the person yourself")]
    TooOld,
    /// So many messages wait in the conversation that these find no place.
    #[error("the person's mailbox is full: try again when the service has worked some of it off")]
    Full,
}

/// Puts the messages back into the mailbox. `sent`: what the given-up turn was to send. `members`: its messages, as far as they are kept.
pub(in crate::store) fn redrive(
    scene: &mut Scene,
    letter: &mut DeadLetter,
    sent: &[OutboundRecord],
    members: &[InboundRecord],
    asked: Redrive,
    now: Timestamp,
    limits: &Limits,
) -> Result<Redriven, RedriveRefused> {
    if letter.closed_at.is_some() {
        return Err(RedriveRefused::Closed);
    }
    if letter.redriven_at.is_some() {
        return Err(RedriveRefused::Again);
    }
    if !asked.resend && sent.iter().any(may_have_been_sent) {
        return Err(RedriveRefused::MayHaveBeenSent);
    }
    let young = |record: &&InboundRecord| now <= after(record.message.sent_at, asked.answer_within);
    let young: Vec<_> = members.iter().filter(young).collect();
    if young.is_empty() {
        return Err(RedriveRefused::TooOld);
    }
    let conversation = &mut scene.conversation;
    if conversation.mailbox.len() + young.len() > limits.mailbox {
        return Err(RedriveRefused::Full);
    }
    for InboundRecord { message, received_at, .. } in &young {
        let waiting = Waiting { sent_at: message.sent_at, received_at: *received_at, index: message.index };
        conversation.mailbox.insert(message.id.clone(), waiting);
        scene.notes.push((message.id.clone(), None));
    }
    // Whoever holds it finds them at the end of the turn; a timer that is set finds them when it is due.
    if conversation.lease.is_none() && conversation.wake_at.is_none() {
        conversation.wake_at = Some(now);
    }
    letter.redriven_at = Some(now);
    Ok(Redriven { messages: young.len(), too_old: letter.members.len() - young.len() })
}

fn may_have_been_sent(outbound: &OutboundRecord) -> bool {
    match outbound.state {
        OutState::Accepted => true,
        OutState::Unresolved | OutState::Planned | OutState::Sending | OutState::Unknown => !outbound.was_certainly_never_sent(),
        OutState::Refused | OutState::Skipped => false,
    }
}
