//! What two bots would say to kept deliveries. Nothing is written, published or sent.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::bursts::{Burst, Bursts, Came, Who};
use super::chosen::{Chosen, Which};
use crate::bot::{Bot, TurnView};
use crate::domain::{Content, Ids, Inbound, InboundId, Limits, Person, UserId, WaId};
use crate::ingest;
use crate::queue::{Event, EventKind};
use crate::store::{Delivery, Store};
use crate::whatsapp::webhook;

/// One burst of messages, and what each bot says to it. Holds what people wrote: for the eyes of whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// When the first of them was written, by Meta.
    pub time: Timestamp,
    /// Their ids, in order: `wabridge events show` knows what became of them.
    pub messages: Vec<InboundId>,
    /// What they say; `[image]` and so on where there are no words.
    pub heard: Vec<String>,
    /// Whether both bots say the same.
    pub same: bool,
    /// What the bot of today says.
    pub before: Answer,
    /// What the other one says.
    pub after: Answer,
}

/// What a bot says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The route that matched.
    pub route: Option<String>,
    /// The messages, in order.
    pub says: Vec<Content>,
    /// Whether the first one quotes what is answered.
    pub quotes: bool,
    /// Why nothing is said, when nothing is.
    pub silence: Option<String>,
}

/// How much was compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Messages that people wrote.
    pub messages: u64,
    /// Bursts of them to which both bots say the same.
    pub same: u64,
    /// Bursts of them to which they do not.
    pub different: u64,
}

/// Asks both bots, and tells each comparison as soon as it is made. `ids`: only messages to these; `None` for all that is kept.
/// `before` is the bot of today, `None` when nothing is answered; its debounce says what is answered together.
///
/// # Errors
/// There is no such delivery, the store cannot be read, or `tell` failed.
pub async fn dry_run(
    store: &Store,
    which: Which,
    ids: Option<&Ids>,
    (before, after): (Option<&Bot>, &Bot),
    mut tell: impl FnMut(&Compared) -> anyhow::Result<()>,
) -> anyhow::Result<Tally> {
    let mut chosen = Chosen::of(store, which).await?;
    let limits = Limits::default();
    let mut bursts = Bursts::new(before.unwrap_or(after).conversation().debounce, limits.debounce_most);
    let bots = Bots { before, after, window: limits.window };
    let (mut seen, mut tally) = (HashSet::new(), Tally::default());
    let mut told = |burst: &Burst, tally: &mut Tally| {
        let compared = bots.compare(burst);
        *(if compared.same { &mut tally.same } else { &mut tally.different }) += 1;
        tell(&compared)
    };
    while let Some(delivery) = chosen.next(store).await? {
        for event in events(ids, &delivery).into_iter().filter(|event| event.kind == EventKind::Message) {
            let Ok(message) = webhook::inbound(&event.data) else { continue };
            if !seen.insert(event.id) {
                continue;
            }
            tally.messages += 1;
            let (who, known_since) = who(store, &message.person).await?;
            let came = Came { message, received_at: delivery.summary.received_at, known_since };
            bursts.take(who, came).iter().try_for_each(|burst| told(burst, &mut tally))?;
        }
    }
    bursts.rest().iter().try_for_each(|burst| told(burst, &mut tally))?;
    Ok(tally)
}

/// The events of what is ours in it.
fn events(ids: Option<&Ids>, Delivery { summary, body, .. }: &Delivery) -> Vec<Event> {
    let Ok(delivery) = webhook::Delivery::read(body) else { return Vec::new() };
    match ids {
        Some(ids) => ingest::yields(ids, &delivery, &summary.id, summary.received_at).map_or_else(Vec::new, |(events, _)| events),
        None => ingest::events(&delivery, &summary.id, &[], summary.received_at),
    }
}

/// The person by what the store knows of them, and since when.
async fn who(store: &Store, person: &Person) -> anyhow::Result<(Who, Option<Timestamp>)> {
    if let Some(contact) = store.contact_of(person.clone()).await? {
        return Ok((Who::Contact(contact.id), Some(contact.since)));
    }
    let user = person.user_id.as_ref().map(UserId::as_str);
    let id = user.or_else(|| person.wa_id.as_ref().map(WaId::as_str)).unwrap_or_default();
    Ok((Who::Stranger(id.to_owned()), None))
}

struct Bots<'a> {
    before: Option<&'a Bot>,
    after: &'a Bot,
    window: Duration,
}

impl Bots<'_> {
    fn compare(&self, burst: &Burst) -> Compared {
        let no_bot = || Answer { silence: Some("there is no bot".to_owned()), ..Answer::default() };
        let before = self.before.map_or_else(no_bot, |bot| self.answer(bot, burst));
        let after = self.answer(self.after, burst);
        Compared {
            time: burst.messages[0].message.sent_at,
            messages: burst.messages.iter().map(|came| came.message.id.clone()).collect(),
            heard: burst.messages.iter().map(|came| heard(&came.message)).collect(),
            same: before.says == after.says && (before.says.is_empty() || before.quotes == after.quotes),
            before,
            after,
        }
    }

    fn answer(&self, bot: &Bot, burst: &Burst) -> Answer {
        let asking = burst.messages.iter().filter(|came| bot.opens_a_turn(&came.message.kind));
        let messages: Vec<Inbound> = asking.map(|came| came.message.clone()).collect();
        let (Some(last), Some(came)) = (messages.last(), burst.messages.last()) else {
            return Answer { silence: Some("it asks for no answer".to_owned()), ..Answer::default() };
        };
        let decision = bot.decide(&TurnView {
            messages: &messages,
            person: &last.person,
            language: None,
            first: burst.turns == 0,
            turns: burst.turns,
            window_closes: last.sent_at.checked_add(self.window).unwrap_or(Timestamp::MAX),
            number: &last.number,
            display: "",
            now: came.received_at,
        });
        let silence = decision.failure.or(decision.silence).filter(|_| decision.contents.is_empty());
        Answer { route: decision.route, says: decision.contents, quotes: decision.quote, silence }
    }
}

fn heard(message: &Inbound) -> String {
    let words = if message.text.is_empty() { message.choice.as_ref() } else { Some(&message.text) };
    words.cloned().unwrap_or_else(|| format!("[{}]", message.kind.name()))
}
