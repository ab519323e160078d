//! A paused number: nobody sends from it, except for one message now and then that tries whether it is over. So thousands of
//! conversations do not each ask Meta the same, and go on by themselves once they may.

use jiff::Timestamp;

use super::after;
use crate::domain::Limits;
use crate::store::record::{Pause, PauseWhy};

/// What is known of the number when somebody wants to send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::store) struct Gate {
    /// Its pause.
    pub(in crate::store) pause: Option<Pause>,
    /// Hash of the token that would be used.
    pub(in crate::store) token: Option<String>,
}

/// Whether an attempt may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// Yes.
    Go,
    /// Yes, as the one that tries whether the pause is over.
    Probe,
    /// Not before then.
    Until(Timestamp),
}

impl Gate {
    /// Asked in the transaction that begins the attempt, so that one of many is the probe.
    pub(super) fn admit(&mut self, now: Timestamp, limits: &Limits) -> Admission {
        let Some(pause) = &mut self.pause else {
            return Admission::Go;
        };
        if pause.why == PauseWhy::Credentials && pause.token != self.token {
            self.pause = None;
            return Admission::Go;
        }
        if now < pause.until && pause.until <= after(now, limits.longest_wait()) {
            return Admission::Until(pause.until);
        }
        pause.until = after(now, limits.probe_every);
        Admission::Probe
    }

    /// Meta told us to stop: true when that is news. Of two reasons the longer pause stays; its end finds the other.
    pub(in crate::store) fn close(&mut self, why: PauseWhy, now: Timestamp, limits: &Limits) -> bool {
        let until = match why {
            PauseWhy::Credentials => after(now, limits.probe_every),
            PauseWhy::Restricted => after(now, limits.restricted),
        };
        let token = match why {
            PauseWhy::Credentials => self.token.clone(),
            PauseWhy::Restricted => None,
        };
        match &mut self.pause {
            Some(pause) if pause.why == why && pause.token == token => {
                pause.until = pause.until.max(until);
                false
            }
            Some(pause) if pause.until > until && (pause.why == PauseWhy::Restricted || pause.token == self.token) => false,
            Some(_) | None => {
                self.pause = Some(Pause { why, since: now, until, token });
                true
            }
        }
    }
}
