//! The conversation, its queue and its far end, with the invariants of the protocol (`docs/delivery.md`).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use wabridge::domain::{ConversationId, EventId, Inbound, InboundId, PhoneNumberId, StatusKind, TurnId, Wamid};
use wabridge::store::{Begin, BeginAnswer, Claim, Evidence, Store, Waiting};

use super::graph::{Graph, Pending};
use super::worker::{After, Stage, Worker};
use super::{Action, Answer};
use crate::backends::{Backend, RETENTION};
use crate::chat::{POLICY, event, message, noon, phone, seconds, status, wamid_of};

/// How often the interesting things happened in a run: a test that never meets them proves nothing.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) takeovers: u32,
    pub(super) resent: u32,
    pub(super) parked: u32,
    pub(super) given_up: u32,
    pub(super) woken_by_status: u32,
    pub(super) answered: u32,
}

impl Seen {
    pub(super) fn assert_rich(&self) {
        // A turn that is given up takes two lost attempts and two outages: too rare to be asked of every run.
        let least = self.takeovers.min(self.resent).min(self.parked).min(self.woken_by_status);
        assert!(least > 0 && self.answered > 0, "too few of the interesting cases were met: {self:?}");
    }
}

/// One copy of an event on the queue; in somebody's hand or waiting.
struct Copy {
    number: u64,
    about: About,
    in_hand: bool,
}

#[derive(Clone)]
enum About {
    Message(Box<Inbound>),
    Wake(Timestamp),
}

pub(super) struct World<'a> {
    pub(super) store: Store,
    pub(super) now: Timestamp,
    pub(super) graph: Graph,
    pub(super) seen: &'a mut Seen,
    conversation: ConversationId,
    number: PhoneNumberId,
    pub(super) said: Vec<Inbound>,
    published: Vec<About>,
    copies: Vec<Copy>,
    workers: [Option<Worker>; 2],
    guardian: Option<EventId>,
    pub(super) sealed: BTreeMap<InboundId, TurnId>,
    counter: u64,
}

impl<'a> World<'a> {
    pub(super) async fn new(on: &Backend, seen: &'a mut Seen) -> Self {
        static WORLDS: AtomicU64 = AtomicU64::new(1);
        // The case before ended with nothing left to do.
        on.store.forget_expired(noon() + RETENTION * 2).await.unwrap();
        let number = PhoneNumberId::new(format!("1{:014}", WORLDS.fetch_add(1, Ordering::Relaxed)));
        Self {
            conversation: on.store.identify(phone("16505551234"), number.clone(), noon()).await.unwrap(),
            store: on.store.clone(),
            now: noon(),
            graph: Graph::default(),
            seen,
            number,
            said: Vec::new(),
            published: Vec::new(),
            copies: Vec::new(),
            workers: [None, None],
            guardian: None,
            sealed: BTreeMap::new(),
            counter: 0,
        }
    }

    pub(super) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub(super) async fn act(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::Say => self.say(),
            Action::Deliver { worker, event } => self.deliver(*worker, event.index(usize::MAX)).await,
            Action::Step { worker, answer, positions } => self.go(*worker, *answer, *positions).await?,
            Action::Crash { worker } => self.drop_worker(*worker),
            Action::Stop { worker } => {
                let held = self.workers[*worker].as_ref().filter(|worker| worker.can_stop()).map(|worker| worker.held.clone());
                if let Some(held) = held {
                    self.store.release(held, false, self.now).await.unwrap();
                    self.drop_worker(*worker);
                }
            }
            Action::Restart => {
                self.drop_worker(0);
                self.drop_worker(1);
                self.store.expire_leases(self.now).await.unwrap();
            }
            Action::Pass { seconds } => self.pass(*seconds).await,
            Action::Status { which, failed } if !self.graph.pending.is_empty() => {
                let pending = self.graph.pending.swap_remove(which.index(self.graph.pending.len()));
                let at = pending.at;
                self.status(pending, *failed).await;
                self.channel_works(at).await;
            }
            Action::OtherStatus => self.channel_works(self.now).await,
            Action::Twin { event } if !self.published.is_empty() => {
                let about = self.published[event.index(self.published.len())].clone();
                self.publish(about);
            }
            Action::Status { .. } | Action::Twin { .. } => {}
            Action::Timer => self.timer().await,
        }
        Ok(())
    }

    fn say(&mut self) {
        if self.said.len() < 3 {
            let said = message(&format!("{} {}", self.number, self.said.len()), self.now);
            let id = InboundId::of(&self.number, &said.wamid);
            let said = Inbound { id, number: self.number.clone(), ..said };
            self.said.push(said.clone());
            self.publish(About::Message(Box::new(said)));
        }
    }

    fn publish(&mut self, about: About) {
        let number = self.next();
        self.published.push(about.clone());
        self.copies.push(Copy { number, about, in_hand: false });
    }

    fn event_of(&self, about: &About) -> EventId {
        match about {
            About::Message(message) => event(message.id.as_str()),
            About::Wake(at) => EventId::of_wake(&self.conversation, *at),
        }
    }

    pub(super) async fn deliver(&mut self, worker: usize, which: usize) {
        let waiting: Vec<usize> = (0..self.copies.len()).filter(|place| !self.copies[*place].in_hand).collect();
        if self.workers[worker].is_some() || waiting.is_empty() {
            return;
        }
        let place = waiting[which % waiting.len()];
        let (copy, about) = (self.copies[place].number, self.copies[place].about.clone());
        let event = self.event_of(&about);
        let begin = match about {
            About::Message(message) => Begin::Message { received_at: message.sent_at, message, opens_turn: true },
            About::Wake(_) => Begin::Wake,
        };
        let claim = Claim { event: event.clone(), owner: format!("worker {}", self.next()), policy: POLICY, begin };
        let leased = self.stored().await.lease.is_some();
        match self.store.begin(self.conversation.clone(), claim, self.now).await.unwrap() {
            BeginAnswer::Duplicate | BeginAnswer::Queued | BeginAnswer::Recorded(_) => self.ack(copy),
            BeginAnswer::Busy | BeginAnswer::Absent => {}
            BeginAnswer::Begun(begun) => {
                self.seen.takeovers += u32::from(leased);
                self.guardian = Some(event);
                self.copies[place].in_hand = true;
                let stage = if begun.sealed { Stage::Look } else { Stage::Decide };
                self.workers[worker] = Some(Worker { copy, held: begun.held, stage });
            }
        }
    }

    pub(super) async fn go(&mut self, worker: usize, answer: Answer, positions: usize) -> Result<(), String> {
        let Some(mut at_work) = self.workers[worker].take() else { return Ok(()) };
        match self.step(&at_work, answer, positions).await? {
            After::Stage(stage) => at_work.stage = stage,
            After::Turn(held) => at_work = Worker { held, stage: Stage::Decide, ..at_work },
            After::Ack => {
                self.ack(at_work.copy);
                return Ok(());
            }
            After::Nack => {
                self.nack(at_work.copy);
                return Ok(());
            }
        }
        self.workers[worker] = Some(at_work);
        Ok(())
    }

    fn ack(&mut self, copy: u64) {
        self.copies.retain(|other| other.number != copy);
    }

    fn nack(&mut self, copy: u64) {
        self.copies.iter_mut().filter(|other| other.number == copy).for_each(|other| other.in_hand = false);
    }

    fn drop_worker(&mut self, worker: usize) {
        if let Some(dead) = self.workers[worker].take() {
            self.nack(dead.copy);
        }
    }

    pub(super) async fn pass(&mut self, time: u64) {
        self.now += seconds(time);
        self.statuses_before(self.now - seconds(550)).await;
    }

    /// Statuses of what was accepted before `at` come now.
    async fn statuses_before(&mut self, at: Timestamp) {
        let pending = std::mem::take(&mut self.graph.pending);
        let (due, later): (Vec<Pending>, Vec<Pending>) = pending.into_iter().partition(|pending| pending.at <= at);
        self.graph.pending = later;
        for pending in due {
            self.status(pending, false).await;
        }
    }

    /// A status of this Meta timestamp is processed: nothing a minute older is missing.
    async fn channel_works(&mut self, at: Timestamp) {
        self.statuses_before(at - seconds(50)).await;
        self.store.status_seen(self.number.clone(), at).await.unwrap();
    }

    async fn status(&mut self, pending: Pending, failed: bool) {
        let kind = if failed { StatusKind::Failed } else { StatusKind::Sent };
        if failed {
            self.graph.failed.insert(pending.attempt.outbound.clone());
        }
        let mut told = status(&wamid_of(&pending.attempt), kind, pending.at);
        told.number = self.number.clone();
        told.wamid = Wamid::new(wamid_of(&pending.attempt));
        let place = Some((pending.attempt.outbound, pending.attempt.n));
        let evidence = self.store.evidence(told, place, self.now).await.unwrap();
        if let Evidence::Stored { wake: Some(wake), .. } = evidence {
            self.seen.woken_by_status += 1;
            self.publish(About::Wake(wake.at));
        }
    }

    pub(super) async fn timer(&mut self) {
        let due = self.store.due(self.now, u32::MAX).await.unwrap();
        let mine = self.conversation.clone();
        for wake in due.into_iter().filter(|wake| wake.conversation == mine) {
            if self.copies.len() < 12 {
                self.publish(About::Wake(wake.at));
            }
        }
    }

    pub(super) fn guardian_is_unacked(&self) -> bool {
        self.copies.iter().any(|copy| Some(self.event_of(&copy.about)) == self.guardian)
    }

    pub(super) fn appender_is_unacked(&self, mailbox: &BTreeMap<InboundId, Waiting>) -> bool {
        self.copies.iter().any(|copy| matches!(&copy.about, About::Message(message) if mailbox.contains_key(&message.id)))
    }

    pub(super) fn works(&self, worker: usize) -> bool {
        self.workers[worker].is_some()
    }

    pub(super) fn nobody_works(&self) -> bool {
        self.workers.iter().all(Option::is_none)
    }

    pub(super) async fn is_quiet(&self) -> bool {
        let stored = self.stored().await;
        let idle = stored.mailbox.is_empty() && stored.lease.is_none() && stored.turn.is_none() && stored.wake_at.is_none();
        idle && self.copies.is_empty() && self.graph.pending.is_empty() && self.nobody_works()
    }

    pub(super) async fn stored(&self) -> wabridge::store::Conversation {
        self.store.conversation(self.conversation.clone()).await.unwrap().unwrap()
    }
}
