//! Everything the simulator remembers: people, their chats, Graph requests, faults. Memory, with a snapshot on disk.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::chat::{Chat, Direction, Message};
use super::faults::Faults;
use super::meta_ids;
use super::story::{Decision, Story};
use crate::domain::{InboundId, OutboundId, Trace};

/// So many Graph requests are kept.
const REQUESTS_KEPT: usize = 1000;

/// So many announced answers are remembered until their request comes.
const ANNOUNCED_KEPT: usize = 1000;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct World {
    pub(super) people: Vec<Person>,
    next_person: u32,
    #[serde(skip)]
    pub(super) requests: VecDeque<GraphCall>,
    next_request: u64,
    #[serde(skip)]
    pub(super) faults: Faults,
    #[serde(skip)]
    announced: VecDeque<(OutboundId, Announced)>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) name: Option<String>,
    /// E.164 with `+`.
    pub(super) phone: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) username: Option<String>,
    /// By the nick of the number.
    pub(super) chats: BTreeMap<String, Chat>,
}

/// A chat's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) person: String,
    pub(super) nick: String,
}

/// One request to the Graph API, for `GET /simulator/requests`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct GraphCall {
    pub(super) n: u64,
    pub(super) at: Timestamp,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) status: Option<u16>,
    pub(super) milliseconds: u64,
    pub(super) body: Value,
    pub(super) answer: Value,
}

#[derive(Debug, Clone)]
struct Announced {
    decision: Decision,
    position: usize,
    of: usize,
}

impl World {
    /// Two people to start with: one with a phone number, one with only a username. The number is of a range that is never given out.
    pub(super) fn new() -> Self {
        Self::with_first_phone("+12025550143".into())
    }

    /// The two people again under other numbers and user ids: the app's store is not reset, and must take them for strangers.
    pub(super) fn again(&self) -> Self {
        let is_known = |phone: &String| self.people.iter().any(|person| person.phone.as_ref() == Some(phone));
        let mut phone = meta_ids::phone();
        while is_known(&phone) {
            phone = meta_ids::phone();
        }
        Self::with_first_phone(phone)
    }

    fn with_first_phone(phone: String) -> Self {
        let mut world = Self {
            people: Vec::new(),
            next_person: 1,
            requests: VecDeque::new(),
            next_request: 1,
            faults: Faults::default(),
            announced: VecDeque::new(),
        };
        world.add_person(Some("Ann".into()), Some(phone), Some(meta_ids::user_id()), None);
        world.add_person(Some("Sam".into()), None, Some(meta_ids::user_id()), Some("sam.nophone".into()));
        world
    }

    pub(super) fn add_person(
        &mut self,
        name: Option<String>,
        phone: Option<String>,
        user_id: Option<String>,
        username: Option<String>,
    ) -> &Person {
        let id = format!("p{}", self.next_person);
        self.next_person += 1;
        self.people.push(Person { id, name, phone, user_id, username, chats: BTreeMap::new() });
        &self.people[self.people.len() - 1]
    }

    pub(super) fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    pub(super) fn chat(&mut self, place: &Place) -> Option<&mut Chat> {
        let person = self.people.iter_mut().find(|person| person.id == place.person)?;
        Some(person.chats.entry(place.nick.clone()).or_default())
    }

    /// Notes a Graph request; its answer is written in later through its number.
    pub(super) fn note_call(&mut self, at: Timestamp, method: &str, path: &str, body: Value) -> u64 {
        let n = self.next_request;
        self.next_request += 1;
        let call = GraphCall {
            n,
            at,
            method: method.into(),
            path: path.into(),
            status: None,
            milliseconds: 0,
            body,
            answer: Value::Null,
        };
        self.requests.push_back(call);
        if self.requests.len() > REQUESTS_KEPT {
            self.requests.pop_front();
        }
        n
    }

    pub(super) fn call(&mut self, n: u64) -> Option<&mut GraphCall> {
        self.requests.iter_mut().rev().find(|call| call.n == n)
    }

    /// A decision: the person's messages learn why, the answers that came already too, and those to come are announced.
    /// Returns the chat that it is about.
    pub(super) fn decided(&mut self, trace: &Trace, now: Instant) -> Option<Place> {
        let place = self.place_of(&trace.members)?;
        let chat = self.chat(&place)?;
        let is_member = |message: &&mut Message| message.inbound.as_ref().is_some_and(|id| trace.members.contains(id));
        let members = chat.messages.iter_mut().filter(is_member).map(|message| message.wamid.clone()).collect();
        let decision = Decision::of(trace, members);
        for message in chat.messages.iter_mut().filter(is_member) {
            message.story.decision = decision.clone();
        }
        for id in &trace.members {
            chat.motion.decided(id);
        }
        let of = trace.outbound.len();
        let mut announced = Vec::new();
        for (index, id) in trace.outbound.iter().enumerate() {
            let one = Announced { decision: decision.clone(), position: index + 1, of };
            let mut known = false;
            for message in chat.messages.iter_mut().filter(|message| message.outbound.as_ref() == Some(id)) {
                one.tell(&mut message.story);
                known = true;
            }
            if !known {
                chat.motion.announced(id.clone(), now);
            }
            announced.push((id.clone(), one));
        }
        self.remember(announced);
        Some(place)
    }

    fn remember(&mut self, announced: Vec<(OutboundId, Announced)>) {
        self.announced.retain(|(id, _)| !announced.iter().any(|(new, _)| new == id));
        self.announced.extend(announced);
        while self.announced.len() > ANNOUNCED_KEPT {
            self.announced.pop_front();
        }
    }

    /// Writes into a story what was announced of an answer.
    pub(super) fn explain(&self, id: &OutboundId, story: &mut Story) {
        if let Some((_, announced)) = self.announced.iter().find(|(known, _)| known == id) {
            announced.tell(story);
        }
    }

    /// This answer and the later ones of its turn: when one is refused for good, the app skips the rest.
    pub(super) fn this_and_later(&self, id: &OutboundId) -> Vec<OutboundId> {
        let Some((_, first)) = self.announced.iter().find(|(known, _)| known == id) else { return vec![id.clone()] };
        let later =
            self.announced.iter().filter(|(_, one)| one.decision.turn == first.decision.turn && one.position >= first.position);
        later.map(|(id, _)| id.clone()).collect()
    }

    fn place_of(&self, members: &[InboundId]) -> Option<Place> {
        for person in &self.people {
            for (nick, chat) in &person.chats {
                let known = |message: &Message| {
                    message.direction == Direction::In && message.inbound.as_ref().is_some_and(|id| members.contains(id))
                };
                if chat.messages.iter().rev().any(known) {
                    return Some(Place { person: person.id.clone(), nick: nick.clone() });
                }
            }
        }
        None
    }
}

impl Announced {
    fn tell(&self, story: &mut Story) {
        story.decision = self.decision.clone();
        story.position = Some(self.position);
        story.of = Some(self.of);
    }
}

impl Person {
    /// The number as Meta writes it: digits.
    pub(super) fn wa_id(&self) -> Option<&str> {
        self.phone.as_deref().map(|phone| phone.trim_start_matches('+'))
    }

    /// What message ids decode to.
    pub(super) fn key(&self) -> &str {
        self.wa_id().or(self.user_id.as_deref()).unwrap_or(&self.id)
    }
}
