//! How the far end behaves: how long it takes, and what it says.

use std::time::Duration;

use crate::dice::Dice;

/// What one POST meets.
#[derive(Debug, Clone)]
pub(crate) struct Ways {
    /// Until the message is accepted (or refused).
    pub(crate) accept: Duration,
    /// From there until the answer.
    pub(crate) answer: Duration,
    /// From acceptance until each of its statuses.
    pub(crate) sent: Duration,
    pub(crate) delivered: Duration,
    pub(crate) says: Says,
}

/// What the answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    Accepted,
    /// Not accepted: a status with a Graph body.
    Refuses {
        status: u16,
        code: i64,
    },
    /// Accepted, and yet the answer is a 500 with a Graph body.
    FailsAndDelivers,
}

/// How a far end behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    /// Everything comes soon.
    Prompt,
    /// Waits that differ, so that a kill finds POSTs on both sides of being accepted.
    Mixed,
    /// As [`Self::Mixed`], and now and then an error.
    Faulty,
    /// The first attempt of each message is accepted only after so many milliseconds.
    SlowToAccept(u64),
    /// The first attempt of each message is answered only so many milliseconds after it was accepted.
    SlowToAnswer(u64),
    /// The first attempt of each message is accepted and never answered; its statuses come after so many milliseconds.
    NoAnswer { statuses_ms: u64 },
    /// The first attempt of each message fails with a 500, and is delivered all the same; its statuses come after so many milliseconds.
    FailsAndDelivers { statuses_ms: u64 },
}

/// Longer than any POST may take.
const NEVER: Duration = Duration::from_secs(20);

impl Manner {
    /// What the next POST meets.
    pub(crate) fn ways(self, first_attempt: bool, dice: &mut Dice) -> Ways {
        let soon = Ways {
            accept: Duration::ZERO,
            answer: Duration::ZERO,
            sent: dice.between(10, 200),
            delivered: dice.between(10, 400),
            says: Says::Accepted,
        };
        let ms = Duration::from_millis;
        match self {
            Self::Mixed => mixed(first_attempt, dice),
            Self::Faulty => faulty(first_attempt, dice),
            // A message has two attempts whose fate is unknown, then it is given up. So the second meets nothing odd.
            Self::Prompt => soon,
            _ if !first_attempt => soon,
            Self::SlowToAccept(wait) => Ways { accept: ms(wait), ..soon },
            Self::SlowToAnswer(wait) => Ways { answer: ms(wait), ..soon },
            Self::NoAnswer { statuses_ms } => {
                Ways { answer: NEVER, sent: ms(statuses_ms), delivered: ms(statuses_ms + 50), ..soon }
            }
            Self::FailsAndDelivers { statuses_ms } => {
                Ways { sent: ms(statuses_ms), delivered: ms(statuses_ms + 50), says: Says::FailsAndDelivers, ..soon }
            }
        }
    }
}

fn mixed(first_attempt: bool, dice: &mut Dice) -> Ways {
    let accept = if first_attempt { answer_wait(dice) } else { Duration::ZERO };
    let answer = answer_wait(dice);
    // Some take as long as a minute may (divided like every limit): that is when a message must not be sent again although nothing
    // was heard of it. The protocol waits two minutes; the rest is for a machine that is slow today.
    let slow = if dice.chance(30) { dice.between(1500, 5000) } else { Duration::ZERO };
    Ways { accept, answer, sent: slow + dice.between(10, 200), delivered: slow + dice.between(10, 400), says: Says::Accepted }
}

/// Long enough, often enough, that a kill finds POSTs on both sides of being accepted; well within the time a POST may take.
fn answer_wait(dice: &mut Dice) -> Duration {
    if dice.chance(40) { dice.between(20, 90) } else { dice.between(0, 10) }
}

fn faulty(first_attempt: bool, dice: &mut Dice) -> Ways {
    let ways = mixed(first_attempt, dice);
    let says = |says| Ways { says, ..ways.clone() };
    match dice.below(1000) {
        0..=29 => says(Says::Refuses { status: 429, code: 130_429 }),
        30..=59 => says(Says::Refuses { status: 400, code: 131_056 }),
        60..=89 => says(Says::Refuses { status: 400, code: 131_000 }),
        // Each one pauses the number.
        90..=91 => says(Says::Refuses { status: 401, code: 190 }),
        92..=109 if first_attempt => says(Says::FailsAndDelivers),
        110..=129 if first_attempt => Ways { answer: NEVER, ..ways },
        _ => ways,
    }
}
