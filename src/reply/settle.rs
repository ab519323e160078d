//! The outcome of an attempt decides what happens next: this is the one place that turns a class into a wait.

use std::time::Duration;

use super::Parts;
use super::send::Sent;
use crate::clock::micros;
use crate::domain::{Failure, Limits, TurnId, chain};
use crate::store::{Attempt, Held, OutboundRecord, Outcome, PauseWhy, Settled, StoreError};
use crate::whatsapp::{Class, class};

/// How often a settle is tried while the store fails: the outcome of a POST is known to us alone.
const TRIES: u32 = 6;

/// Notes the outcome; ends the turn in the same transaction when it is over.
pub(super) async fn settle(parts: &Parts, sent: &Sent, held: &Held) -> Result<Settled, StoreError> {
    report(sent, &held.turn);
    let Sent { attempt, outcome, .. } = sent;
    let mut tries = 0;
    loop {
        let settled = parts.store.settle(attempt.clone(), outcome.clone(), Some(held.clone()), parts.clock.now()).await;
        tries += 1;
        match settled {
            Ok(settled) => {
                if settled.double_send {
                    tracing::error!(message.id = %attempt.outbound, metric = "send.double", "a message was accepted twice");
                }
                return Ok(settled);
            }
            Err(error) if tries == TRIES => return Err(error),
            Err(_) => tokio::time::sleep(parts.limits.settle_again * tries).await,
        }
    }
}

fn report(Sent { attempt, outcome, took, .. }: &Sent, turn: &TurnId) {
    let failure = match outcome {
        Outcome::Refused { failure } => Some(failure),
        Outcome::NotSent { failure } => failure.as_ref(),
        Outcome::Accepted { .. } | Outcome::Unknown { .. } => None,
    };
    let code = failure.map(|failure| failure.code);
    let (class, remedy) = match (code.map(class), outcome) {
        (Some(class), _) => (class.name(), Some(class.remedy())),
        (None, Outcome::Accepted { .. }) => ("accepted", None),
        (None, Outcome::Unknown { .. }) => ("unknown", Some("its status will tell whether it was sent")),
        (None, Outcome::NotSent { .. } | Outcome::Refused { .. }) => ("not_sent", Some("is the Graph API reachable?")),
    };
    let (id, n, kind, latency_us) = (&attempt.outbound, attempt.n, &attempt.kind, took.map(micros));
    /// The same fields at either level.
    macro_rules! told {
        ($level:ident, $words:literal) => {
            tracing::$level!(
                turn.id = %turn,
                message.id = %id,
                message.kind = kind,
                send.attempt = n,
                send.class = class,
                send.code = code,
                send.latency_us = latency_us,
                remedy,
                metric = "send.count",
                $words
            )
        };
    }
    match outcome {
        Outcome::Accepted { .. } => told!(info, "sent"),
        Outcome::Refused { .. } => told!(warn, "Meta refused a message"),
        Outcome::NotSent { .. } => told!(warn, "a message was not sent yet"),
        Outcome::Unknown { .. } => told!(warn, "a message may have been sent"),
    }
}

/// What the outcome says about the number as a whole: it is slowed down, paused, or proves that a pause is over. Best effort: the
/// next message of the number would find out the same.
pub(super) async fn tell_number(parts: &Parts, Sent { attempt, outcome, other_token, .. }: &Sent) {
    let told = match about_number(outcome, attempt.probe) {
        None => Ok(()),
        Some(AboutNumber::TooFast) => {
            if let Some(rate) = parts.pacer.slow_down(&attempt.number) {
                tracing::warn!(number.id = %attempt.number, rate, metric = "send.slowed", "Meta throttles a number: it sends slower for a while");
            }
            Ok(())
        }
        // The next attempt goes with the new one.
        Some(AboutNumber::Stop(PauseWhy::Credentials)) if *other_token => Ok(()),
        Some(AboutNumber::Stop(why)) => pause(parts, attempt, why).await,
        Some(AboutNumber::Works) => parts.store.lift(attempt.number.clone()).await.inspect(|()| {
            tracing::info!(number.id = %attempt.number, "a number sends again: what waits is sent within a minute");
        }),
    };
    if let Err(error) = told {
        tracing::warn!(error = chain(&error), number.id = %attempt.number, "a pause was not stored: the next message finds out again");
    }
}

async fn pause(parts: &Parts, attempt: &Attempt, why: PauseWhy) -> Result<(), StoreError> {
    if parts.store.pause(attempt.number.clone(), why, parts.clock.now()).await? {
        let class = match why {
            PauseWhy::Credentials => Class::Credentials,
            PauseWhy::Restricted => Class::Restricted,
        };
        tracing::error!(number.id = %attempt.number, class = ?class, remedy = class.remedy(), metric = "send.paused", "Meta stopped a number: nothing is sent from it, and nothing is lost");
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AboutNumber {
    TooFast,
    Stop(PauseWhy),
    Works,
}

/// `probe`: whether the number is paused, so that any other answer of Meta is news.
fn about_number(outcome: &Outcome, probe: bool) -> Option<AboutNumber> {
    let works = probe.then_some(AboutNumber::Works);
    match outcome {
        Outcome::Accepted { .. } => works,
        Outcome::Refused { failure } | Outcome::NotSent { failure: Some(failure) } => match class(failure.code) {
            Class::ThrottledNumber => Some(AboutNumber::TooFast),
            Class::Credentials => Some(AboutNumber::Stop(PauseWhy::Credentials)),
            Class::Restricted => Some(AboutNumber::Stop(PauseWhy::Restricted)),
            // A hiccup says nothing about the pause.
            Class::Transient | Class::Maintenance => None,
            Class::ThrottledPerson
            | Class::Permission
            | Class::Account
            | Class::WindowClosed
            | Class::Recipient
            | Class::Consent
            | Class::Content
            | Class::MediaIn
            | Class::Registration
            | Class::Other => works,
        },
        Outcome::NotSent { failure: None } | Outcome::Unknown { .. } => None,
    }
}

/// How long to wait before a message that was certainly not sent is tried again.
pub(super) fn back_off(outbound: &OutboundRecord, failure: Option<&Failure>, limits: &Limits) -> Duration {
    let same = |failure: Option<&Failure>| failure.map(|failure| class(failure.code));
    let why = same(failure);
    // Only the last ones of the same kind: an outage of the network says nothing about a person who gets too many messages.
    let not_sent = outbound.tries.values().rev().take_while(|tried| match &tried.outcome {
        Some(Outcome::NotSent { failure }) => same(failure.as_ref()) == why,
        Some(Outcome::Accepted { .. } | Outcome::Refused { .. } | Outcome::Unknown { .. }) | None => false,
    });
    let not_sent = not_sent.count();
    let again = u32::try_from(not_sent).unwrap_or(u32::MAX).clamp(1, 16);
    let power = |base: u32| limits.back_off_unit.saturating_mul(base.saturating_pow(again));
    let doubled = power(2).min(limits.back_off_most);
    match why {
        // Meta's rule for this person: 4^n seconds.
        Some(Class::ThrottledPerson) => power(4).min(limits.person_most),
        Some(Class::Credentials) => limits.probe_every,
        Some(Class::Restricted) => limits.restricted,
        // Meta: some minutes, and to ask again after 20 to 60 s.
        Some(Class::Maintenance) => limits.maintenance * again.min(3),
        Some(Class::ThrottledNumber) => spread(doubled, outbound).min(limits.back_off_most),
        Some(
            Class::Transient
            | Class::Permission
            | Class::Account
            | Class::WindowClosed
            | Class::Recipient
            | Class::Consent
            | Class::Content
            | Class::MediaIn
            | Class::Registration
            | Class::Other,
        )
        | None => doubled,
    }
}

/// Up to a half more, by the message's id, so that messages that were slowed together do not come back together.
fn spread(wait: Duration, outbound: &OutboundRecord) -> Duration {
    let byte = outbound.id.as_str().bytes().last().unwrap_or(0);
    wait + wait * u32::from(byte) / 512
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Tried;

    const TOO_MANY: Option<i64> = Some(131_056);

    /// After these attempts, none of which was sent.
    fn wait(codes: &[Option<i64>]) -> u64 {
        let failures: Vec<_> = codes.iter().map(|code| code.map(|code| Failure { code, title: String::new() })).collect();
        let mut outbound: OutboundRecord = serde_json::from_value(serde_json::json!({
            "id": "m_0", "conversation": "v_0", "number": "1", "turn": "t_0", "position": 0, "kind": "text", "body": "{}",
            "members": [], "state": "planned",
        }))
        .unwrap();
        outbound.tries = (1..)
            .zip(&failures)
            .map(|(n, failure)| (n, Tried { outcome: Some(Outcome::NotSent { failure: failure.clone() }), ..Tried::default() }))
            .collect();
        back_off(&outbound, failures.last().expect("one").as_ref(), &Limits::default()).as_secs()
    }

    #[test]
    fn a_wait_grows_with_each_failure_of_its_kind_and_with_no_other() {
        assert_eq!((wait(&[None]), wait(&[None, None, None])), (2, 8));
        assert_eq!(wait(&[TOO_MANY, TOO_MANY]), 16);
        assert_eq!(wait(&[None, None, None, None, None, TOO_MANY]), 4, "the network was down, nobody got too many");
        assert_eq!(wait(&[TOO_MANY, TOO_MANY, None]), 2);
    }
}
