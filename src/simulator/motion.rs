//! What is still under way in a chat: the reason why tests need no sleeps. A chat is at rest when every message of the person was decided,
//! every announced answer arrived or failed, and every planned status was delivered.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::domain::{InboundId, OutboundId};

/// After this long nobody waits for something any more: the app was stopped, or keeps it for later.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(3);

#[derive(Debug, Default)]
pub(super) struct Motion {
    deciding: BTreeMap<InboundId, Deciding>,
    announced: BTreeMap<OutboundId, Instant>,
    webhooks: u32,
}

#[derive(Debug)]
struct Deciding {
    since: Instant,
    /// Set for messages that may well be decided without a word: at rest from then on.
    until: Option<Instant>,
    /// Since when it is the app's turn, and how long that may take.
    overdue: Option<(Instant, Duration)>,
}

impl Motion {
    /// A person wrote: the app owes a decision.
    pub(super) fn wrote(&mut self, id: InboundId, now: Instant) {
        self.deciding.insert(id, Deciding { since: now, until: None, overdue: None });
    }

    /// The app has it, and may never decide anything: an end for the waiting.
    pub(super) fn may_stay_silent(&mut self, id: &InboundId, until: Instant) {
        if let Some(deciding) = self.deciding.get_mut(id) {
            deciding.until = Some(until);
        }
    }

    /// The app has it: undecided after so long, where nothing before it is open, it was only recorded.
    pub(super) fn acknowledged(&mut self, id: &InboundId, now: Instant, patience: Duration) {
        if let Some(deciding) = self.deciding.get_mut(id) {
            deciding.overdue = Some((now, patience));
        }
    }

    /// Something before the undecided ones came to an end: their time begins again.
    fn moved_on(&mut self, now: Instant) {
        for (since, _) in self.deciding.values_mut().filter_map(|deciding| deciding.overdue.as_mut()) {
            *since = now;
        }
    }

    /// Decided, or it never reached the app.
    pub(super) fn decided(&mut self, id: &InboundId) {
        self.deciding.remove(id);
        self.moved_on(Instant::now());
    }

    /// The app will send this.
    pub(super) fn announced(&mut self, id: OutboundId, now: Instant) {
        self.announced.insert(id, now);
    }

    /// It came, or never will.
    pub(super) fn ended(&mut self, id: &OutboundId) {
        self.announced.remove(id);
        self.moved_on(Instant::now());
    }

    /// So many more webhooks are planned.
    pub(super) fn planned(&mut self, webhooks: u32) {
        self.webhooks += webhooks;
    }

    /// One of them was delivered or given up.
    pub(super) fn done(&mut self) {
        self.webhooks = self.webhooks.saturating_sub(1);
    }

    /// `held_up`: an answer before the undecided messages is open, so that they wait for a reason.
    pub(super) fn at_rest(&self, now: Instant, held_up: bool) -> bool {
        let waiting = |since: &Instant| now.duration_since(*since) < FORGOTTEN_AFTER;
        let recorded = |one: &Deciding| one.overdue.is_some_and(|(since, patience)| now.duration_since(since) >= patience);
        let deciding =
            |one: &Deciding| waiting(&one.since) && one.until.is_none_or(|until| until > now) && (held_up || !recorded(one));
        self.webhooks == 0 && !self.deciding.values().any(deciding) && !self.announced.values().any(waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_rests_when_all_that_was_set_in_motion_came_to_an_end() {
        let (now, mut motion) = (Instant::now(), Motion::default());
        let (inbound, outbound) = (InboundId::new("in"), OutboundId::new("out"));
        assert!(motion.at_rest(now, false));
        motion.wrote(inbound.clone(), now);
        assert!(!motion.at_rest(now, false));
        motion.announced(outbound.clone(), now);
        motion.decided(&inbound);
        assert!(!motion.at_rest(now, false));
        motion.planned(1);
        motion.ended(&outbound);
        assert!(!motion.at_rest(now, false));
        motion.done();
        assert!(motion.at_rest(now, false));
    }

    #[test]
    fn nobody_waits_for_ever() {
        let (now, mut motion) = (Instant::now(), Motion::default());
        motion.wrote(InboundId::new("in"), now);
        assert!(motion.at_rest(now + FORGOTTEN_AFTER, false));
    }

    #[test]
    fn what_the_app_only_records_is_waited_for_a_while_and_as_long_as_something_before_it_is_open() {
        let (now, mut motion) = (Instant::now(), Motion::default());
        let (patience, id) = (Duration::from_secs(15), InboundId::new("in"));
        motion.wrote(id.clone(), now);
        assert!(!motion.at_rest(now + patience, false), "the app does not have it yet");
        motion.acknowledged(&id, now, patience);
        assert!(!motion.at_rest(now, false));
        assert!(!motion.at_rest(now + patience, true));
        assert!(motion.at_rest(now + patience, false));
    }
}
