//! The servers that only the benchmark has: the bare handler, and our receiver without a store.

use std::collections::BTreeSet;

use actix_web::{App, HttpServer, web};
use anyhow::Result;
use secrecy::SecretString;
use wabridge::clock::Clock;
use wabridge::domain::{Foreign, Ids};
use wabridge::domain::{PhoneNumberId, WabaId};
use wabridge::ingest::{Bounds, Receiver, Settings};

use crate::common::deliveries::{NUMBERS, SECRET, WABA};

/// Reads the body and answers 200: what actix-web costs.
pub(crate) fn bare() -> Result<()> {
    serve(|config| {
        config.app_data(web::PayloadConfig::new(8 * 1024 * 1024)).route(
            "/webhooks/whatsapp",
            web::post().to(async |body: web::Bytes| {
                std::hint::black_box(&body);
                "EVENT_RECEIVED"
            }),
        );
    })
}

/// Everything the receiver does, without store and queue.
pub(crate) fn ack() -> Result<()> {
    let ids = Ids::Allowed {
        wabas: BTreeSet::from([WabaId::new(WABA)]),
        numbers: BTreeSet::from([PhoneNumberId::new(NUMBERS[0])]),
        foreign: Foreign::Reject,
    };
    let (secret, verify_token) = (SecretString::from(SECRET), SecretString::from("token"));
    let settings = Settings { app_secrets: vec![secret], verify_token, ids, limits: Bounds::default() };
    let receiver = Receiver::that_keeps_nothing(settings, Clock::default());
    serve(move |config| receiver.routes(config))
}

/// Serves on a free port, which it prints, until it is killed.
fn serve(routes: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static) -> Result<()> {
    let server = HttpServer::new(move || App::new().configure(routes.clone())).bind(("127.0.0.1", 0))?;
    println!("{}", server.addrs()[0].port());
    Ok(actix_web::rt::System::new().block_on(server.run())?)
}
