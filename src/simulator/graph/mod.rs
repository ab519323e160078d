//! The simulated Graph API, under `/{version}/…`, over real HTTP.
//!
//! 1. `mod`: version, token, number, then the body; answers or breaks the connection
//! 2. `check`, `interactive`, `shape`: what may be sent
//! 3. `send`: person, window, faults; the message appears on the phone
//! 4. `facts`: what is told of app, account and numbers
//! 5. `error`: Meta's error bodies

mod check;
mod error;
mod facts;
mod interactive;
mod send;
mod shape;

use std::time::Instant;

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;

use super::hub::Hub;
use super::{Number, Simulator};
use crate::domain::PhoneNumberId;
use check::Asked;
pub(super) use check::is_user_id;
pub(super) use error::{Refusal, details_of, title_of};
pub(super) use facts::{Facts, FactsFault};

/// The versions that Meta serves in November 2026.
const VERSIONS: [&str; 6] = ["v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0"];

/// What goes back on the wire.
#[derive(Debug)]
pub(super) enum Answer {
    Json(u16, Value),
    /// A status with a body that is no Graph error.
    Other(u16, &'static str, &'static str),
    /// The connection ends without an answer.
    Broken,
}

pub(super) fn routes(config: &mut web::ServiceConfig) {
    facts::routes(config);
    config
        .service(
            web::resource(r"/{version:v\d+\.\d+}/{id}/messages")
                .route(web::post().to(messages))
                .default_service(web::to(nothing)),
        )
        .service(web::resource(r"/{version:v\d+\.\d+}/{id}").route(web::get().to(number)).default_service(web::to(nothing)))
        .service(web::resource(r"/{version:v\d+\.\d+}/{tail:.*}").default_service(web::to(nothing)));
}

#[derive(Serialize)]
struct NumberFields<'a> {
    id: &'a str,
    verified_name: &'a str,
    display_phone_number: &'a str,
    code_verification_status: &'static str,
    quality_rating: &'static str,
    platform_type: &'static str,
}

async fn messages(simulator: web::Data<Simulator>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let hub = &simulator.hub;
    let call = Call::begin(hub, &request, serde_json::from_slice(&body).unwrap_or(Value::Null));
    let answer = match call.permitted(&request, false) {
        Err(refusal) => send::refused_before_reading(&call, &refusal),
        Ok(number) => match parse(&request, &body).and_then(|value| check::check(&value)) {
            Err(refusal) => send::refused(&call, number, &refusal),
            Ok(Asked::MarkRead { message_id, typing }) => send::mark_read(&call, number, &message_id, typing),
            Ok(Asked::Send(outgoing)) => send::send(&call, number, &outgoing).await,
        },
    };
    call.end(answer)
}

async fn number(simulator: web::Data<Simulator>, request: HttpRequest) -> HttpResponse {
    let call = Call::begin(&simulator.hub, &request, Value::Null);
    let is_account = request.match_info().get("id") == Some(call.hub.waba_id.as_str());
    let answer = match call.permitted(&request, is_account) {
        Err(refusal) => Answer::from(&refusal),
        Ok(_) if is_account => facts::account(call.hub, &request),
        Ok(number) => {
            let fields = NumberFields {
                id: number.phone_number_id.as_str(),
                verified_name: &number.nick,
                display_phone_number: &number.display,
                code_verification_status: "VERIFIED",
                quality_rating: "GREEN",
                platform_type: "CLOUD_API",
            };
            Answer::Json(200, serde_json::to_value(fields).unwrap_or_default())
        }
    };
    call.end(answer)
}

async fn nothing(simulator: web::Data<Simulator>, request: HttpRequest) -> HttpResponse {
    let call = Call::begin(&simulator.hub, &request, Value::Null);
    let id = request.path().split('/').nth(2).unwrap_or_default();
    let answer = match call.permitted(&request, true) {
        Err(refusal) => Answer::from(&refusal),
        Ok(_) => Answer::from(&Refusal::no_such_object(request.method().as_str(), id)),
    };
    call.end(answer)
}

/// One request to the Graph API, from its first byte to its answer.
pub(super) struct Call<'a> {
    hub: &'a std::sync::Arc<Hub>,
    n: u64,
    method: String,
    path: String,
    body: Value,
    started: Instant,
}

impl<'a> Call<'a> {
    fn begin(hub: &'a std::sync::Arc<Hub>, request: &HttpRequest, body: Value) -> Self {
        let (method, path) = (request.method().to_string(), request.path().to_owned());
        let n = hub.world().note_call(hub.clock.now(), &method, &path, body.clone());
        Self { hub, n, method, path, body, started: Instant::now() }
    }

    /// Version, token, number: in this order, as at Meta. `any_object`: the path names no number.
    fn permitted(&self, request: &HttpRequest, any_object: bool) -> Result<&'a Number, Refusal> {
        let version = request.path().split('/').nth(1).unwrap_or_default();
        if !VERSIONS.contains(&version) {
            return Err(Refusal::version(version));
        }
        let id = request.match_info().get("id").unwrap_or_default();
        let number = self.hub.number_of(&PhoneNumberId::new(id));
        self.token(request, number.map_or("", |number| &number.nick))?;
        let stand_in = if any_object { self.hub.numbers.first() } else { None };
        number.or(stand_in).ok_or_else(|| Refusal::no_such_object(&self.method, id))
    }

    fn token(&self, request: &HttpRequest, nick: &str) -> Result<(), Refusal> {
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        let token = header.and_then(|header| header.strip_prefix("Bearer "));
        let is_send = self.method == "POST" && self.body.get("status").is_none();
        match token {
            None => Err(Refusal::token("Invalid OAuth access token - Cannot parse access token", None)),
            Some(token) if token != self.hub.access_token.expose_secret() => {
                Err(Refusal::token("Authentication Error: Invalid OAuth access token.", None))
            }
            Some(_) if self.hub.world().faults.token(nick, is_send) => {
                Err(Refusal::token("Error validating access token: Session has expired.", Some(463)))
            }
            Some(_) => Ok(()),
        }
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn end(self, answer: Answer) -> HttpResponse {
        {
            let mut world = self.hub.world();
            if let Some(call) = world.call(self.n) {
                call.milliseconds = self.milliseconds();
                (call.status, call.answer) = answer.noted();
            }
        }
        self.hub.state_changed();
        answer.respond()
    }
}

fn parse(request: &HttpRequest, body: &Bytes) -> Result<Value, Refusal> {
    let kind = request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err(Refusal::parameter("The content type must be application/json."));
    }
    serde_json::from_slice(body).map_err(|error| Refusal::parameter(format!("The body is not JSON: {error}.")))
}

impl From<&Refusal> for Answer {
    fn from(refusal: &Refusal) -> Self {
        Self::Json(refusal.http, refusal.body())
    }
}

impl Answer {
    /// Status and body as they are kept.
    fn noted(&self) -> (Option<u16>, Value) {
        match self {
            Self::Json(status, body) => (Some(*status), body.clone()),
            Self::Other(status, _, body) => (Some(*status), Value::from(*body)),
            Self::Broken => (None, Value::Null),
        }
    }

    fn respond(self) -> HttpResponse {
        let status = |code| StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match self {
            Self::Json(code, body) => HttpResponse::build(status(code)).json(body),
            Self::Other(code, kind, body) => HttpResponse::build(status(code)).content_type(kind).body(body),
            // A body that promises a byte and ends without one makes the server drop the connection with nothing written. One that
            // fails does so too, but is logged as an error.
            Self::Broken => {
                HttpResponse::Ok().body(SizedStream::new(1, futures_util::stream::empty::<Result<Bytes, std::io::Error>>()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::{BodySize, MessageBody};

    use super::*;

    #[actix_web::test]
    async fn a_connection_is_broken_without_an_error_that_the_server_would_log() {
        let mut body = Box::pin(Answer::Broken.respond().into_body());
        assert_eq!(body.size(), BodySize::Sized(1));
        let next = std::future::poll_fn(|context| body.as_mut().poll_next(context)).await;
        assert!(next.is_none(), "an Err would be logged");
    }
}
