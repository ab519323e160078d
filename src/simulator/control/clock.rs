//! `POST /simulator/clock` moves the time of day of the whole process; `POST /simulator/reset` starts again.

use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, Responder};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Problem, duration, read};
use crate::clock::Clock;
use crate::simulator::Simulator;

/// Ten years in all: far enough for every window, and no overflow anywhere.
const AHEAD_MOST_MS: i64 = 10 * 366 * 24 * 3_600_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    advance: Option<String>,
    #[serde(default)]
    reset: bool,
}

/// The clock as it is shown.
#[derive(Serialize)]
pub(super) struct Shown {
    now: Timestamp,
    offset_ms: i64,
}

impl Shown {
    pub(super) fn of(clock: &Clock) -> Self {
        Self { now: clock.now(), offset_ms: clock.offset_ms() }
    }
}

pub(super) async fn clock(simulator: web::Data<Simulator>, body: Bytes) -> Result<impl Responder, Problem> {
    let clock = &simulator.hub.clock;
    match read(&body)? {
        Move { advance: Some(text), reset: false } => advance(clock, &text)?,
        Move { advance: None, reset: true } => clock.reset(),
        _ => return Err(Problem::invalid("Send {\"advance\":\"25h\"} or {\"reset\":true}.")),
    }
    simulator.hub.state_changed();
    Ok(HttpResponse::Ok().json(Shown::of(clock)))
}

fn advance(clock: &Clock, text: &str) -> Result<(), Problem> {
    let by = duration(text).ok_or_else(|| Problem::invalid("\"advance\" takes a duration: 500ms, 30s, 15m or 25h."))?;
    let ahead = i64::try_from(by.as_millis()).ok().and_then(|by| by.checked_add(clock.offset_ms()));
    if ahead.is_none_or(|ahead| ahead > AHEAD_MOST_MS) {
        return Err(Problem::invalid("The clock can be ten years ahead at most: {\"reset\":true} brings it back."));
    }
    clock.advance(by);
    Ok(())
}

pub(super) async fn reset(simulator: web::Data<Simulator>) -> impl Responder {
    simulator.hub.start_again();
    HttpResponse::NoContent()
}
