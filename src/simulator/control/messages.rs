//! `POST /simulator/people/{person}/messages` and `…/read`: a person writes, a person looks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, Responder};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::new_message::{Deliver, NewMessage, Wire, Written};
use super::{Problem, number, place, read as read_json};
use crate::domain::{InboundId, Wamid};
use crate::simulator::chat::{Direction, Message};
use crate::simulator::deliver::{self, Attempt, Mark, Parcel};
use crate::simulator::hub::Hub;
use crate::simulator::meta_ids::wamid;
use crate::simulator::wire::{Contact, Context, Item, Message as WireMessage, Profile, Update};
use crate::simulator::world::{Person, Place};
use crate::simulator::{Number, Simulator, statuses};

/// Meta's limit on the updates in one body: a held batch goes when it is full.
const UPDATES: usize = 1000;

#[derive(Serialize)]
struct Sent<'a> {
    wamid: &'a str,
    deliveries: Vec<Attempt>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct To {
    to: Option<String>,
}

#[derive(Serialize)]
struct Seen {
    read: usize,
}

/// Answers once the app answered the first delivery.
pub(super) async fn write(
    simulator: web::Data<Simulator>,
    person: web::Path<String>,
    body: Bytes,
) -> Result<impl Responder, Problem> {
    let hub = &simulator.hub;
    let mut new: NewMessage = read_json(&body)?;
    let number = number(hub, new.to.as_deref())?;
    let place = place(hub, &person, Some(&number.nick))?;
    let (wamid, parcel) = compose(hub, number, &place, &mut new)?;
    statuses::read_all(hub, &place);
    hub.chat_changed(&place);
    let task = Arc::clone(hub);
    let delivery = hub.spawn(async move { dispatch(&task, &place, parcel, new.deliver).await });
    let deliveries = delivery.await.ok().flatten().unwrap_or_default();
    Ok(HttpResponse::Accepted().json(Sent { wamid: &wamid, deliveries }))
}

/// The person looks at the chat.
pub(super) async fn read(
    simulator: web::Data<Simulator>,
    person: web::Path<String>,
    to: web::Query<To>,
) -> Result<impl Responder, Problem> {
    let place = place(&simulator.hub, &person, to.to.as_deref())?;
    let read = statuses::read_all(&simulator.hub, &place);
    Ok(HttpResponse::Ok().json(Seen { read }))
}

/// Writes the message into the chat and packs its webhook.
fn compose(hub: &Hub, number: &Number, place: &Place, new: &mut NewMessage) -> Result<(String, Parcel), Problem> {
    let at = new.at.unwrap_or_else(|| hub.clock.now());
    let mut world = hub.world();
    let chat = world.chat(place).ok_or_else(|| Problem::no_such_person(&place.person))?;
    let written = new.written(chat)?;
    let quotes = written.quotes.clone().or_else(|| new.quote.take());
    let quoted_from_us = quotes.as_deref().and_then(|id| chat.get(id)).is_some_and(|message| message.direction == Direction::Out);
    let person = world.person(&place.person).ok_or_else(|| Problem::no_such_person(&place.person))?;
    let (id, contact) = (wamid(person.key()), contact(person));
    let context =
        quotes.clone().map(|id| Context { from: if quoted_from_us { number.digits() } else { person.key().to_owned() }, id });
    let (id, item) = item(person, &written, id, context, at.as_second());
    let mut message = Message::new(Direction::In, id.as_str().to_owned(), written.kind, written.body, at);
    message.quotes = quotes;
    let inbound = InboundId::of(&number.phone_number_id, &id);
    message.inbound = Some(inbound.clone());
    let chat = world.chat(place).ok_or_else(|| Problem::no_such_person(&place.person))?;
    chat.add(message);
    chat.motion.wrote(inbound, Instant::now());
    chat.last_inbound_at = chat.last_inbound_at.max(Some(at));
    let update = Update { number: number.phone_number_id.clone(), display: number.digits(), contact: Some(contact), item };
    let mark = Mark::Message { place: place.clone(), wamid: id.as_str().to_owned() };
    Ok((id.as_str().to_owned(), Parcel { updates: vec![update], marks: vec![mark] }))
}

fn contact(person: &Person) -> Contact {
    let named = person.name.is_some() || person.username.is_some();
    let profile = named.then(|| Profile { name: person.name.clone(), username: person.username.clone() });
    Contact { profile, wa_id: person.wa_id().map(str::to_owned), user_id: person.user_id.clone() }
}

/// The message object. A raw one keeps what it says, also its id, and gets what it leaves out.
fn item(person: &Person, written: &Written, id: Wamid, context: Option<Context>, second: i64) -> (Wamid, Item) {
    let (from, from_user_id) = (person.wa_id().map(str::to_owned), person.user_id.clone());
    match &written.wire {
        Wire::Documented(kind, payload) => {
            let timestamp = second.to_string();
            let name = id.as_str().to_owned();
            let message = WireMessage { context, from, from_user_id, id: name, timestamp, kind, payload: payload.clone() };
            (id, Item::Message(Box::new(message)))
        }
        Wire::Raw(raw) => {
            let mut map = raw.clone();
            let id = map.get("id").and_then(Value::as_str).map_or(id, Wamid::new);
            fill(&mut map, "id", Some(id.as_str().to_owned()));
            fill(&mut map, "timestamp", Some(second.to_string()));
            fill(&mut map, "from", from);
            fill(&mut map, "from_user_id", from_user_id);
            (id, Item::Raw(map))
        }
    }
}

fn fill(map: &mut Map<String, Value>, key: &str, value: Option<String>) {
    if let Some(value) = value {
        map.entry(key).or_insert_with(|| Value::from(value));
    }
}

async fn dispatch(hub: &Arc<Hub>, place: &Place, parcel: Parcel, deliver: Deliver) -> Vec<Attempt> {
    tokio::time::sleep(hub.delay(Duration::from_millis(deliver.delay_ms))).await;
    let Some(parcel) = batched(hub, parcel, &deliver) else { return Vec::new() };
    let fault = deliver::is_collecting(hub).or_else(|| hub.world().faults.webhook(&place.person, &place.nick));
    if fault.is_some() {
        hub.state_changed();
    }
    deliver::message(hub, parcel, deliver.times, fault).await
}

/// `None` while the batch is held.
fn batched(hub: &Hub, parcel: Parcel, deliver: &Deliver) -> Option<Parcel> {
    let Some(name) = &deliver.batch else { return Some(parcel) };
    let mut waiting = hub.lock_waiting();
    let mut joined = waiting.named.remove(name).unwrap_or(Parcel { updates: Vec::new(), marks: Vec::new() });
    joined.join(parcel);
    if deliver.hold && joined.updates.len() < UPDATES {
        waiting.named.insert(name.clone(), joined);
        return None;
    }
    Some(joined)
}
