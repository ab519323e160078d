//! `GET /simulator/people/{person}/conversation`: what was said, and with `wait` what will be said.

use std::time::{Duration, Instant};

use actix_web::web;
use actix_web::{HttpResponse, Responder};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Problem, place};
use crate::simulator::Simulator;
use crate::simulator::chat::{Chat, Message};
use crate::simulator::hub::Hub;
use crate::simulator::world::Place;

/// The longest wait.
const WAIT_MOST: f64 = 60.0;

/// Typing and silence end without an event: look again this often.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    to: Option<String>,
    #[serde(default)]
    after: u64,
    /// Seconds.
    #[serde(default)]
    wait: f64,
}

#[derive(Serialize)]
struct Answer<'a> {
    cursor: u64,
    typing: bool,
    read_up_to: Option<&'a str>,
    window_closes: Option<Timestamp>,
    billed: u64,
    settled: bool,
    messages: Vec<&'a Message>,
}

pub(super) async fn conversation(
    simulator: web::Data<Simulator>,
    person: web::Path<String>,
    query: web::Query<Query>,
) -> Result<impl Responder, Problem> {
    let hub = &simulator.hub;
    if !(0.0..=WAIT_MOST).contains(&query.wait) {
        return Err(Problem::invalid("\"wait\" takes 0 to 60 seconds."));
    }
    let place = place(hub, &person, query.to.as_deref())?;
    let until = Instant::now() + Duration::from_secs_f64(query.wait);
    while Instant::now() < until && !hub.stop.is_cancelled() && !is_there(hub, &place, query.after) {
        let mut version = hub.version();
        version.mark_unchanged();
        // Looked at again after subscribing, so that no change falls in between.
        if !is_there(hub, &place, query.after) {
            let _ = tokio::time::timeout(LOOK_AGAIN, version.changed()).await;
        }
    }
    answer(hub, &place, query.after)
}

/// Something new, and nothing under way.
fn is_there(hub: &Hub, place: &Place, after: u64) -> bool {
    let mut world = hub.world();
    world.chat(place).is_none_or(|chat| chat.cursor > after && chat.at_rest(Instant::now()))
}

fn answer(hub: &Hub, place: &Place, after: u64) -> Result<HttpResponse, Problem> {
    let mut world = hub.world();
    let chat: &Chat = world.chat(place).ok_or_else(|| Problem::no_such_person(&place.person))?;
    let now = Instant::now();
    Ok(HttpResponse::Ok().json(Answer {
        cursor: chat.cursor,
        typing: chat.is_typing(now),
        read_up_to: chat.read_up_to.as_deref(),
        window_closes: chat.window_closes(),
        billed: chat.billed,
        settled: chat.at_rest(now),
        messages: chat.messages.iter().filter(|message| message.n > after).collect(),
    }))
}
