//! The load: distinct people who each write some distinct words, alone or in a batch with others, now and then delivered twice.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::dice::Dice;
use crate::now_ms;
use crate::webhooks::{Webhooks, delivery};

/// Deliveries without a 200 at which people wait: more would only measure how fast this machine is.
const OPEN_AT_MOST: usize = 150;

/// One message of one person.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// Who.
    person: usize,
    /// The person's number, digits only.
    pub(crate) phone: String,
    /// A word that nobody else ever says.
    pub(crate) word: String,
    pub(crate) wamid: String,
}

/// Everybody who writes.
#[derive(Debug)]
pub(crate) struct People {
    webhooks: Arc<Webhooks>,
    state: Mutex<State>,
    stopped: AtomicBool,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    /// How many messages each person wrote so far.
    written: Vec<u32>,
    said: Vec<Said>,
}

impl People {
    pub(crate) fn new(webhooks: Arc<Webhooks>, dice: Dice) -> Arc<Self> {
        let state = State { dice, written: Vec::new(), said: Vec::new() };
        Arc::new(Self { webhooks, state: Mutex::new(state), stopped: AtomicBool::new(false) })
    }

    /// Writes until [`Self::stop_writing`].
    pub(crate) async fn write_on(self: Arc<Self>) {
        while !self.stopped.load(Ordering::SeqCst) {
            if self.webhooks.open() < OPEN_AT_MOST {
                self.one_delivery();
            }
            let pause = self.state.lock().unwrap().dice.between(50, 150);
            tokio::time::sleep(pause).await;
        }
    }

    pub(crate) fn stop_writing(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    /// `count` people who never wrote before, each in a delivery of its own; returns what they said.
    pub(crate) fn all_at_once(&self, count: usize) -> Vec<Said> {
        let said: Vec<_> = (0..count).map(|_| self.state.lock().unwrap().say_as_somebody_new()).collect();
        for said in &said {
            self.deliver_again(said);
        }
        said
    }

    /// Whoever said this says something else.
    pub(crate) fn say_again(&self, said: &Said) {
        let next = self.state.lock().unwrap().say_as(said.person);
        self.deliver_again(&next);
    }

    /// The same message once more.
    pub(crate) fn deliver_again(&self, said: &Said) {
        self.webhooks.deliver(messages(std::slice::from_ref(said)));
    }

    pub(crate) fn said(&self) -> Vec<Said> {
        self.state.lock().unwrap().said.clone()
    }

    fn one_delivery(&self) {
        let (said, twice) = {
            let mut state = self.state.lock().unwrap();
            let count = if state.dice.chance(20) { 2 + state.dice.below(4) } else { 1 };
            let said: Vec<_> = (0..count).map(|_| state.say()).collect();
            (said, state.dice.chance(10))
        };
        let body = messages(&said);
        if twice {
            self.webhooks.deliver(body.clone());
        }
        self.webhooks.deliver(body);
    }
}

impl State {
    /// Somebody new writes, or one of those who came last goes on, while the first words are still being answered.
    fn say(&mut self) -> Said {
        let known = self.written.len();
        if known == 0 || self.dice.chance(50) {
            return self.say_as_somebody_new();
        }
        let recent = usize::try_from(self.dice.below(12)).unwrap_or(0);
        self.say_as(known - 1 - recent.min(known - 1))
    }

    fn say_as_somebody_new(&mut self) -> Said {
        self.written.push(0);
        self.say_as(self.written.len() - 1)
    }

    fn say_as(&mut self, person: usize) -> Said {
        let n = self.written[person];
        self.written[person] += 1;
        let word = format!("p{person:05}m{n:03}");
        let said = Said { person, phone: format!("1555{person:07}"), wamid: format!("wamid.IN{word}"), word };
        self.said.push(said.clone());
        said
    }
}

/// One delivery with a text message per item.
fn messages(said: &[Said]) -> String {
    let contact = |said: &Said| json!({"profile": {"name": "Example Person"}, "wa_id": said.phone});
    let timestamp = (now_ms() / 1000).to_string();
    let message = |said: &Said| json!({"from": said.phone, "id": said.wamid, "timestamp": timestamp, "type": "text", "text": {"body": said.word}});
    let (contacts, messages): (Vec<Value>, Vec<Value>) = said.iter().map(|said| (contact(said), message(said))).unzip();
    let lists = json!({"contacts": contacts, "messages": messages});
    delivery(&lists)
}
