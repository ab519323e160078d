//! The calls under `/simulator`: the page and the tests use the same ones. `docs/reference/simulator.md` describes them.

mod clock;
mod conversation;
mod events;
mod faults;
mod messages;
mod new_message;
mod people;
mod state;

use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Number;
use super::guard::guard;
use super::hub::Hub;
use super::world::Place;

/// The longest body in bytes: the longest text that WhatsApp lets a person type, with room for its JSON.
const BODY: usize = 1 << 20;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::scope("/simulator")
            .wrap(from_fn(guard))
            .app_data(web::PayloadConfig::new(BODY))
            .app_data(web::QueryConfig::default().error_handler(|error, _| malformed(&error).into()))
            .route("/state", web::get().to(state::state))
            .route("/requests", web::get().to(state::requests))
            .route("/events", web::get().to(events::events))
            .route("/people", web::post().to(people::add))
            .route("/people/{person}/messages", web::post().to(messages::write))
            .route("/people/{person}/read", web::post().to(messages::read))
            .route("/people/{person}/conversation", web::get().to(conversation::conversation))
            .route("/faults", web::post().to(faults::add))
            .route("/faults", web::get().to(faults::list))
            .route("/faults", web::delete().to(faults::clear))
            .route("/faults/{fault}", web::delete().to(faults::remove))
            .route("/clock", web::post().to(clock::clock))
            .route("/reset", web::post().to(clock::reset))
            .default_service(web::to(unknown)),
    );
}

async fn unknown() -> Problem {
    Problem::not_found("not_found", "There is no such call: docs/reference/simulator.md lists them.".into())
}

/// Why a call under `/simulator` was not done, and what to do.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
}

#[derive(Serialize)]
struct Body<'a> {
    error: Words<'a>,
}

#[derive(Serialize)]
struct Words<'a> {
    code: &'a str,
    message: &'a str,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, message: String) -> Self {
        Self { status, code, message }
    }

    fn not_found(code: &'static str, message: String) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", message.into())
    }

    fn no_such_person(id: &str) -> Self {
        let message = format!("There is no person \"{id}\": GET /simulator/state lists them, POST /simulator/people adds one.");
        Self::not_found("no_such_person", message)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status).json(Body { error: Words { code: self.code, message: &self.message } })
    }
}

impl actix_web::Responder for Problem {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &actix_web::HttpRequest) -> HttpResponse {
        self.error_response()
    }
}

fn malformed(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed_request", format!("This cannot be read: {error}."))
}

/// Reads a JSON body; the message says where it is wrong.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| malformed(&error))
}

/// The number that is meant: by nick or by id; none is needed where there is only one.
fn number<'a>(hub: &'a Hub, to: Option<&str>) -> Result<&'a Number, Problem> {
    let nicks = || hub.numbers.iter().map(|number| number.nick.as_str()).collect::<Vec<_>>().join(", ");
    match (to, hub.numbers.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => Err(Problem::invalid(format!("\"to\" is needed, because there are several numbers: {}.", nicks()))),
        (Some(to), numbers) => numbers
            .iter()
            .find(|number| number.nick == to || number.phone_number_id.as_str() == to)
            .ok_or_else(|| Problem::not_found("no_such_number", format!("There is no number \"{to}\", only: {}.", nicks()))),
    }
}

/// The chat of a person with a number; both exist.
fn place(hub: &Hub, person: &str, to: Option<&str>) -> Result<Place, Problem> {
    if hub.world().person(person).is_none() {
        return Err(Problem::no_such_person(person));
    }
    let number = number(hub, to)?;
    Ok(Place { person: person.to_owned(), nick: number.nick.clone() })
}

/// A duration as in `bot.yaml`: `500ms`, `1s`, `15m`, `24h`.
fn duration(text: &str) -> Option<std::time::Duration> {
    let digits = text.len() - text.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
    let (count, unit) = text.split_at(digits);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    count.parse::<u64>().ok()?.checked_mul(milliseconds).map(std::time::Duration::from_millis)
}
