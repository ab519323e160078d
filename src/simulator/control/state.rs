//! `GET /simulator/state` and `GET /simulator/requests`: everything at one look.

use actix_web::web;
use actix_web::{HttpResponse, Responder};
use jiff::Timestamp;
use serde::Serialize;

use super::clock::Shown;
use super::people::Identity;
use crate::bot::BotStatus;
use crate::simulator::Simulator;
use crate::simulator::chat::{Chat, Direction};
use crate::simulator::faults::Fault;
use crate::simulator::hub::Hub;
use crate::simulator::world::{GraphCall, Person};

#[derive(Serialize)]
struct State<'a> {
    people: Vec<PersonShown<'a>>,
    numbers: Vec<NumberShown<'a>>,
    bot: &'a BotStatus,
    clock: Shown,
    faults: &'a [Fault],
    data: &'a str,
}

#[derive(Serialize)]
struct PersonShown<'a> {
    #[serde(flatten)]
    identity: Identity<'a>,
    conversations: Vec<Conversation<'a>>,
}

#[derive(Serialize)]
struct Conversation<'a> {
    number: &'a str,
    cursor: u64,
    last: Option<Last>,
}

#[derive(Serialize)]
struct Last {
    n: u64,
    direction: Direction,
    preview: String,
    at: Timestamp,
}

#[derive(Serialize)]
struct NumberShown<'a> {
    nick: &'a str,
    display: &'a str,
    phone_number_id: &'a str,
}

#[derive(Serialize)]
struct Requests<'a> {
    requests: Vec<&'a GraphCall>,
}

pub(super) async fn state(simulator: web::Data<Simulator>) -> impl Responder {
    let hub = &simulator.hub;
    let bot = hub.bot.borrow().clone();
    let world = hub.world();
    let numbers = hub.numbers.iter().map(|number| NumberShown {
        nick: &number.nick,
        display: &number.display,
        phone_number_id: number.phone_number_id.as_str(),
    });
    HttpResponse::Ok().json(State {
        people: world.people.iter().map(|person| shown(hub, person)).collect(),
        numbers: numbers.collect(),
        bot: &bot,
        clock: Shown::of(&hub.clock),
        faults: world.faults.all(),
        data: &hub.data_dir,
    })
}

fn shown<'a>(hub: &'a Hub, person: &'a Person) -> PersonShown<'a> {
    let conversation = |nick: &'a str| {
        let chat = person.chats.get(nick);
        Conversation { number: nick, cursor: chat.map_or(0, |chat| chat.cursor), last: chat.and_then(last) }
    };
    let conversations = hub.numbers.iter().map(|number| conversation(&number.nick)).collect();
    PersonShown { identity: Identity::of(person), conversations }
}

fn last(chat: &Chat) -> Option<Last> {
    let message = chat.messages.back()?;
    Some(Last { n: message.n, direction: message.direction, preview: message.line(), at: message.at })
}

pub(super) async fn requests(simulator: web::Data<Simulator>) -> impl Responder {
    let world = simulator.hub.world();
    HttpResponse::Ok().json(Requests { requests: world.requests.iter().collect() })
}
