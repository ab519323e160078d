//! The store as its callers see it: one method per verb. A backend joins by one more variant and its match arms.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::StoreError;
use super::embedded::Embedded;
use super::firestore::Cloud;
use super::protocol::{
    Attempt, BeginAnswer, Claim, Draft, Evidence, Finished, Held, Mailbox, Outcome, Parked, Policy, Redrive, RedriveRefused,
    Redriven, Resolved, Sealed, SendAnswer, Settled, Wake,
};
use super::record::{
    Contact, Conversation, DeadLetter, Delivery, DeliveryState, DeliverySummary, InboundRecord, KeptEvent, OutboundRecord, Pause,
    PauseWhy, RawDelivery,
};
use crate::domain::{
    ConversationId, Current, DeliveryId, EventId, InboundId, Limits, OutboundId, Person, PhoneNumberId, StatusUpdate, TurnId,
};
use crate::embedded::{Engine, FILE};
use crate::firestore::Firestore;

/// The store. Clones share it.
#[derive(Debug, Clone)]
pub struct Store(Backend);

#[derive(Debug, Clone)]
enum Backend {
    Embedded(Embedded),
    Firestore(Cloud),
}

macro_rules! each_backend {
    ($self:ident, $backend:ident => $call:expr) => {
        match &$self.0 {
            Backend::Embedded($backend) => $call.await,
            Backend::Firestore($backend) => $call.await,
        }
    };
}

impl Store {
    /// The statements that make the tables of the embedded store.
    pub const SCHEMA: &'static str = super::embedded::SCHEMA;

    /// A store in the embedded file. Records expire after `retention`.
    #[must_use]
    pub fn embedded(engine: Engine, limits: Limits, retention: Duration) -> Self {
        Self(Backend::Embedded(Embedded::new(engine, limits, retention)))
    }

    /// A store in a database of Firestore. Records expire after `retention`, where a TTL policy on `expire_at` removes them.
    #[must_use]
    pub fn firestore(db: Firestore, limits: Limits, retention: Duration) -> Self {
        Self(Backend::Firestore(Cloud::new(db, limits, retention)))
    }

    /// The same store for a consumer that sends with the token of this hash, of the moment: a pause over another token does not hold it up.
    #[must_use]
    pub fn sending_with(self, token: Option<Current<String>>) -> Self {
        match self.0 {
            Backend::Embedded(backend) => Self(Backend::Embedded(backend.sending_with(token))),
            Backend::Firestore(backend) => Self(Backend::Firestore(backend.sending_with(token))),
        }
    }

    /// Looks into the embedded store of a folder, beside a process that works on it. Changes nothing.
    ///
    /// # Errors
    /// There is no store in the folder, or it cannot be opened.
    pub fn inspect(data_dir: &Path) -> Result<Self, StoreError> {
        let engine = Engine::inspect(&data_dir.join(FILE)).map_err(StoreError::Unusable)?;
        Ok(Self::embedded(engine, Limits::default(), Duration::MAX))
    }

    /// Keeps a raw delivery. A twin changes nothing, unless it is accepted now and was not before (ids were configured since).
    pub async fn stage(&self, delivery: RawDelivery) -> Result<(), StoreError> {
        each_backend!(self, backend => backend.stage(delivery))
    }

    /// The newest deliveries first, at most `most`, of one state or all.
    pub async fn deliveries(&self, state: Option<DeliveryState>, most: u32) -> Result<Vec<DeliverySummary>, StoreError> {
        each_backend!(self, backend => backend.deliveries(state, most))
    }

    /// The deliveries that came in from `from` on and before `to`, of one state or all: at most `most`, the oldest first, after the
    /// place of the last one that was seen.
    pub async fn deliveries_between(
        &self,
        (from, to): (Timestamp, Timestamp),
        state: Option<DeliveryState>,
        seen: Option<(Timestamp, DeliveryId)>,
        most: u32,
    ) -> Result<Vec<DeliverySummary>, StoreError> {
        each_backend!(self, backend => backend.deliveries_between(from, to, state, seen, most))
    }

    /// One delivery, whole; the id may be shortened as long as it is the only one.
    pub async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        each_backend!(self, backend => backend.delivery(id))
    }

    /// Finds or makes the contact of a person and the conversation with the number; merges two contacts that prove to be one.
    pub async fn identify(&self, person: Person, number: PhoneNumberId, now: Timestamp) -> Result<ConversationId, StoreError> {
        each_backend!(self, backend => backend.identify(person, number, now))
    }

    /// An event claims its conversation.
    pub async fn begin(&self, conversation: ConversationId, claim: Claim, now: Timestamp) -> Result<BeginAnswer, StoreError> {
        each_backend!(self, backend => backend.begin(conversation, claim, now))
    }

    /// Prolongs the lease; false when somebody else has it.
    pub async fn renew(&self, held: Held, now: Timestamp) -> Result<bool, StoreError> {
        each_backend!(self, backend => backend.renew(held, now))
    }

    /// What the turn answers right now; `None` when somebody else has the lease.
    pub async fn mailbox(&self, held: Held) -> Result<Option<Mailbox>, StoreError> {
        each_backend!(self, backend => backend.mailbox(held))
    }

    /// Stores members and bodies, once, and begins the first attempt.
    pub async fn seal(
        &self,
        held: Held,
        members: Vec<InboundId>,
        drafts: Vec<Draft>,
        now: Timestamp,
    ) -> Result<Sealed, StoreError> {
        each_backend!(self, backend => backend.seal(held, members, drafts, now))
    }

    /// The positions of the turn; `None` when somebody else has the lease.
    pub async fn positions(&self, held: Held) -> Result<Option<Vec<OutboundRecord>>, StoreError> {
        each_backend!(self, backend => backend.positions(held))
    }

    /// Begins the next attempt of a planned position.
    pub async fn record_sending(&self, held: Held, position: usize, now: Timestamp) -> Result<SendAnswer, StoreError> {
        each_backend!(self, backend => backend.record_sending(held, position, now))
    }

    /// Notes the outcome of an attempt; with `held`, also ends the turn if it is over.
    pub async fn settle(
        &self,
        attempt: Attempt,
        outcome: Outcome,
        held: Option<Held>,
        now: Timestamp,
    ) -> Result<Settled, StoreError> {
        each_backend!(self, backend => backend.settle(attempt, outcome, held, now))
    }

    /// Meta told a number to stop: nothing is sent from it for a while. True when it was not paused for that before.
    pub async fn pause(&self, number: PhoneNumberId, why: PauseWhy, now: Timestamp) -> Result<bool, StoreError> {
        each_backend!(self, backend => backend.pause(number, why, now))
    }

    /// A number may send again.
    pub async fn lift(&self, number: PhoneNumberId) -> Result<(), StoreError> {
        each_backend!(self, backend => backend.lift(number))
    }

    /// Why a number does not send, if it is paused.
    pub async fn paused(&self, number: PhoneNumberId) -> Result<Option<Pause>, StoreError> {
        each_backend!(self, backend => backend.paused(number))
    }

    /// Decides about an attempt without an outcome.
    pub async fn resolve(&self, held: Held, position: usize, policy: Policy, now: Timestamp) -> Result<Resolved, StoreError> {
        each_backend!(self, backend => backend.resolve(held, position, policy, now))
    }

    /// Hands the conversation to the timer.
    pub async fn park(&self, held: Held, at: Timestamp, waiting_for: Option<OutboundId>) -> Result<Parked, StoreError> {
        each_backend!(self, backend => backend.park(held, at, waiting_for))
    }

    /// Ends a turn whose positions are all final.
    pub async fn finish(&self, held: Held, now: Timestamp) -> Result<Finished, StoreError> {
        each_backend!(self, backend => backend.finish(held, now))
    }

    /// Lets go without an answer; true when the turn died of it and nothing is left.
    pub async fn release(&self, held: Held, after_error: bool, now: Timestamp) -> Result<bool, StoreError> {
        each_backend!(self, backend => backend.release(held, after_error, now))
    }

    /// Notes a status. `place`: the message and attempt that its callback data names.
    pub async fn evidence(
        &self,
        status: StatusUpdate,
        place: Option<(OutboundId, u32)>,
        now: Timestamp,
    ) -> Result<Evidence, StoreError> {
        each_backend!(self, backend => backend.evidence(status, place, now))
    }

    /// A status of the number with this timestamp was processed: its channel works.
    pub async fn status_seen(&self, number: PhoneNumberId, at: Timestamp) -> Result<(), StoreError> {
        each_backend!(self, backend => backend.status_seen(number, at))
    }

    /// Keeps an event of the account, or one that this version does not know; a twin changes nothing.
    pub async fn keep_event(&self, id: EventId, kind: String, data: String, now: Timestamp) -> Result<(), StoreError> {
        each_backend!(self, backend => backend.keep_event(id, kind, data, now))
    }

    /// Conversations that are due, or that a lost queue message left pending: at most `most`.
    pub async fn due(&self, now: Timestamp, most: u32) -> Result<Vec<Wake>, StoreError> {
        each_backend!(self, backend => backend.due(now, most))
    }

    /// At the start of the one consuming process: no lease of an earlier one is alive. Returns how many there were.
    pub async fn expire_leases(&self, now: Timestamp) -> Result<usize, StoreError> {
        each_backend!(self, backend => backend.expire_leases(now))
    }

    /// Records of a kind that [`Self::forget_expired`] removes at once.
    pub const FORGOTTEN_AT_ONCE: usize = 2000;

    /// Removes what is older than the retention, so many records of each kind; returns how many went.
    pub async fn forget_expired(&self, now: Timestamp) -> Result<usize, StoreError> {
        each_backend!(self, backend => backend.forget_expired(now))
    }

    /// Who this person is to us; `None` for a stranger. Learns nothing.
    pub async fn contact_of(&self, person: Person) -> Result<Option<Contact>, StoreError> {
        each_backend!(self, backend => backend.contact_of(person))
    }

    /// One conversation.
    pub async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        each_backend!(self, backend => backend.conversation(id))
    }

    /// One inbound message.
    pub async fn inbound(&self, id: InboundId) -> Result<Option<InboundRecord>, StoreError> {
        each_backend!(self, backend => backend.inbound(id))
    }

    /// One outbound message.
    pub async fn outbound(&self, id: OutboundId) -> Result<Option<OutboundRecord>, StoreError> {
        each_backend!(self, backend => backend.outbound(id))
    }

    /// The messages of a turn by position, and its dead letter if it was given up.
    pub async fn turn(&self, id: TurnId) -> Result<(Vec<OutboundRecord>, Option<DeadLetter>), StoreError> {
        each_backend!(self, backend => backend.turn(id))
    }

    /// Dead letters, the newest first, at most `most`; `open`: only those that nobody and nothing has closed.
    pub async fn dead_letters(&self, open: bool, most: u32) -> Result<Vec<DeadLetter>, StoreError> {
        each_backend!(self, backend => backend.dead_letters(open, most))
    }

    /// Lets the messages of a given-up turn be answered once more.
    pub async fn redrive(
        &self,
        turn: TurnId,
        asked: Redrive,
        now: Timestamp,
    ) -> Result<Result<Redriven, RedriveRefused>, StoreError> {
        each_backend!(self, backend => backend.redrive(turn, asked, now))
    }

    /// An event that was kept as it is.
    pub async fn kept_event(&self, id: EventId) -> Result<Option<KeptEvent>, StoreError> {
        each_backend!(self, backend => backend.kept_event(id))
    }

    /// The outbound messages that answer an inbound one, by position.
    pub async fn answers(&self, id: InboundId) -> Result<Vec<OutboundRecord>, StoreError> {
        each_backend!(self, backend => backend.answers(id))
    }

    /// How many records of each kind there are, and how many conversations still have work.
    pub async fn counts(&self) -> Result<BTreeMap<&'static str, u32>, StoreError> {
        each_backend!(self, backend => backend.counts())
    }

    /// Answers when the store can commit.
    pub async fn ping(&self) -> Result<(), StoreError> {
        each_backend!(self, backend => backend.ping())
    }
}

/// A turn id that was never used.
pub(super) fn fresh_turn() -> TurnId {
    TurnId::new(format!("t_{}", uuid::Uuid::new_v4().simple()))
}
