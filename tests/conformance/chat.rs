//! One conversation in the words of the promises: a person says something, a worker claims it, seals, sends, settles.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use wabridge::domain::{
    ConversationId, EventId, Failure, Inbound, InboundId, MessageType, Person, PhoneNumberId, StatusKind, StatusUpdate, WaId,
    Wamid,
};
use wabridge::store::{
    Attempt, Begin, BeginAnswer, Begun, Claim, Conversation, Draft, Evidence, Held, Note, OutboundRecord, Outcome, Policy,
    Sealed, SendAnswer, Settled, Store,
};

use crate::backends::Backend;

/// Answers come within half a day, and what stays unknown is sent again.
pub(crate) const POLICY: Policy = Policy { answer_within: Duration::from_hours(12), resend: true };

/// The noon at which every story begins: promises hand in time, they never wait for it.
pub(crate) fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn number() -> PhoneNumberId {
    PhoneNumberId::new("106540352242922")
}

pub(crate) fn phone(digits: &str) -> Person {
    Person { wa_id: Some(WaId::new(digits)), ..Person::default() }
}

/// The message with this word: the same word is the same message.
pub(crate) fn message(word: &str, sent_at: Timestamp) -> Inbound {
    let wamid = Wamid::new(format!("wamid.{word}"));
    Inbound {
        id: InboundId::of(&number(), &wamid),
        wamid,
        number: number(),
        person: phone("16505551234"),
        sent_at,
        index: 0,
        kind: MessageType::Text,
        text: word.into(),
        choice: None,
        caption: None,
        filename: None,
        media: None,
        quotes: None,
    }
}

pub(crate) fn id(word: &str) -> InboundId {
    message(word, noon()).id
}

pub(crate) fn event(word: &str) -> EventId {
    EventId::new(format!("e_{word}"))
}

pub(crate) fn draft(body: &str) -> Draft {
    Draft { kind: "text".into(), route: Some("menu".into()), body: body.into() }
}

pub(crate) fn accepted(wamid: &str) -> Outcome {
    Outcome::Accepted { wamid: Wamid::new(wamid) }
}

pub(crate) fn refused() -> Outcome {
    Outcome::Refused { failure: Failure { code: 131_026, title: "undeliverable".into() } }
}

pub(crate) const NOT_SENT: Outcome = Outcome::NotSent { failure: None };
pub(crate) const UNKNOWN: Outcome = Outcome::Unknown { answered: false };
pub(crate) const SERVER_ERROR: Outcome = Outcome::Unknown { answered: true };

/// One person's conversation with the number.
pub(crate) struct Chat {
    pub(crate) store: Store,
    pub(crate) id: ConversationId,
}

impl Chat {
    pub(crate) async fn new(on: &Backend) -> Self {
        Self { store: on.store.clone(), id: on.store.identify(phone("16505551234"), number(), noon()).await.unwrap() }
    }

    /// The delivery of a message claims the conversation, for a worker of its own.
    pub(crate) async fn says(&self, word: &str, now: Timestamp) -> BeginAnswer {
        self.hears(message(word, now), true, event(word), now).await
    }

    /// A later delivery of a message that was sent at `sent_at`.
    pub(crate) async fn hears_again(&self, word: &str, sent_at: Timestamp, now: Timestamp) -> BeginAnswer {
        self.hears(message(word, sent_at), true, event(word), now).await
    }

    pub(crate) async fn hears(&self, message: Inbound, opens_turn: bool, event: EventId, now: Timestamp) -> BeginAnswer {
        self.claim(event, Begin::Message { message: Box::new(message), received_at: now, opens_turn }, POLICY, now).await
    }

    /// The timer's event for `at`.
    pub(crate) async fn wakes(&self, at: Timestamp, now: Timestamp) -> BeginAnswer {
        self.claim(EventId::of_wake(&self.id, at), Begin::Wake, POLICY, now).await
    }

    pub(crate) async fn claim(&self, event: EventId, begin: Begin, policy: Policy, now: Timestamp) -> BeginAnswer {
        static OWNERS: AtomicU64 = AtomicU64::new(1);
        let owner = format!("worker {}", OWNERS.fetch_add(1, Ordering::Relaxed));
        self.store.begin(self.id.clone(), Claim { event, owner, policy, begin }, now).await.unwrap()
    }

    /// A message takes the lease of an idle conversation.
    pub(crate) async fn opens(&self, word: &str, now: Timestamp) -> Held {
        begun(self.says(word, now).await).held
    }

    /// Stores the answer to the messages and begins the first attempt.
    pub(crate) async fn seals(&self, held: &Held, words: &[&str], bodies: &[&str], now: Timestamp) -> Sealed {
        let members = words.iter().map(|word| id(word)).collect();
        self.store.seal(held.clone(), members, bodies.iter().map(|body| draft(body)).collect(), now).await.unwrap()
    }

    /// One message and a sealed answer to it: the first attempt is on record, nothing is settled.
    pub(crate) async fn sending(&self, word: &str, bodies: &[&str], now: Timestamp) -> (Held, Attempt) {
        let held = self.opens(word, now).await;
        let sealed = self.seals(&held, &[word], bodies, now).await;
        let Sealed::Sending(answer) = sealed else { panic!("{sealed:?}") };
        (held, attempt(answer))
    }

    pub(crate) async fn settles(&self, attempt: &Attempt, outcome: Outcome, now: Timestamp) -> Settled {
        self.store.settle(attempt.clone(), outcome, None, now).await.unwrap()
    }

    /// A status that names its attempt.
    pub(crate) async fn status(&self, attempt: &Attempt, kind: StatusKind, now: Timestamp) -> Evidence {
        let place = Some((attempt.outbound.clone(), attempt.n));
        self.store.evidence(status(&wamid_of(attempt), kind, now), place, now).await.unwrap()
    }

    pub(crate) async fn now_stored(&self) -> Conversation {
        self.store.conversation(self.id.clone()).await.unwrap().unwrap()
    }

    /// What answers a message, by position.
    pub(crate) async fn answers(&self, word: &str) -> Vec<OutboundRecord> {
        self.store.answers(id(word)).await.unwrap()
    }

    /// The only answer to a message.
    pub(crate) async fn answer(&self, word: &str) -> OutboundRecord {
        let answers = self.answers(word).await;
        assert_eq!(answers.len(), 1, "{answers:?}");
        answers.into_iter().next().unwrap()
    }

    pub(crate) async fn note(&self, word: &str) -> Option<Note> {
        self.store.inbound(id(word)).await.unwrap().unwrap().note
    }

    pub(crate) async fn dead_letters(&self) -> u32 {
        self.store.counts().await.unwrap()["dead_letters"]
    }
}

pub(crate) fn begun(answer: BeginAnswer) -> Begun {
    let BeginAnswer::Begun(begun) = answer else { panic!("{answer:?}") };
    begun
}

pub(crate) fn attempt(answer: SendAnswer) -> Attempt {
    let SendAnswer::Attempt(attempt) = answer else { panic!("{answer:?}") };
    attempt
}

/// Meta's id of the message that this attempt made, where it made one.
pub(crate) fn wamid_of(attempt: &Attempt) -> String {
    format!("wamid.{}.{}", attempt.outbound, attempt.n)
}

pub(crate) fn status(wamid: &str, kind: StatusKind, at: Timestamp) -> StatusUpdate {
    let failure = (kind == StatusKind::Failed).then(|| Failure { code: 131_026, title: "undeliverable".into() });
    StatusUpdate {
        wamid: Wamid::new(wamid),
        number: number(),
        kind,
        at,
        recipient: phone("16505551234"),
        callback: None,
        failure,
        pricing: None,
    }
}
