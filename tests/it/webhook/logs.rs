//! What the log says to the operator, and what it never says.

use std::cell::RefCell;
use std::sync::Once;

use actix_web::{App, test};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, filter, fmt};
use wabridge::clock::Clock;
use wabridge::domain::Ids;
use wabridge::ingest::{Receiver, Settings};

use super::service::{NUMBER, SECRET, TOKEN, backends, delivery, fixture, settings, sign, text};

thread_local! {
    /// What this thread logs, while a test wants it. The subscriber is the whole process's: one that comes and goes with a test
    /// misses lines that other threads use at the same moment.
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

struct Lines;

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.iter_mut().for_each(|log| log.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let wanted = filter::dynamic_filter_fn(|_, _| LOG.with_borrow(Option::is_some));
        let layer = fmt::layer().with_ansi(false).with_writer(|| Lines).with_filter(wanted);
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();
    });
    LOG.set(Some(Vec::new()));
}

/// Everything that is logged, at every level, while these deliveries (signature, body) are taken.
async fn logged(settings: Settings, deliveries: &[(String, String)]) -> String {
    listen();
    let folder = tempfile::tempdir().unwrap();
    let (store, queue) = backends(folder.path());
    let receiver = Receiver::new(settings, store, queue, Clock::default());
    let app = test::init_service(App::new().configure(|config| receiver.routes(config))).await;
    for (signature, body) in deliveries {
        let request =
            test::TestRequest::post().uri("/webhooks/whatsapp").insert_header(("X-Hub-Signature-256", signature.as_str()));
        test::call_service(&app, request.set_payload(body.clone()).to_request()).await;
    }
    String::from_utf8(LOG.take().unwrap()).unwrap()
}

fn signed(body: String) -> (String, String) {
    (sign(SECRET, body.as_bytes()), body)
}

#[actix_web::test]
async fn the_first_delivery_of_each_number_without_ids_says_what_to_set_once() {
    let deliveries = [signed(fixture("text")), signed(fixture("status_sent"))];
    let log = logged(Settings { ids: Ids::Observe, ..settings() }, &deliveries).await;
    let advice = "delivery for WABA 102290129340398, number 106540352242922: set WHATSAPP_WABA_ID=102290129340398 \
                  WHATSAPP_PHONE_NUMBER_ID=106540352242922, then wabridge replay --state quarantined";
    assert_eq!(log.matches(advice).count(), 1, "{log}");
}

#[actix_web::test]
async fn a_foreign_delivery_names_id_and_variable() {
    let body = delivery("999", NUMBER, &format!("\"messages\":[{}]", text("A", "\"hi\"")));
    let log = logged(settings(), &[signed(body)]).await;
    assert!(log.contains("delivery for WABA 999, which is not ours: if it should be, add 999 to WHATSAPP_WABA_ID"), "{log}");
}

#[actix_web::test]
async fn wrong_signatures_are_summed_up_and_do_not_fill_the_log() {
    let deliveries: Vec<_> = (0..50).map(|_| (sign("another", b"{}"), "{}".to_owned())).collect();
    let log = logged(settings(), &deliveries).await;
    assert!(log.contains("signature wrong in 1 of 1 deliveries: the secret is of another app, or was reset"), "{log}");
    assert!(log.lines().count() < 10, "{log}");
}

#[actix_web::test]
async fn neither_people_nor_secrets_reach_the_log_at_any_level() {
    let folder = format!("{}/tests/fixtures/webhooks", env!("CARGO_MANIFEST_DIR"));
    let mut deliveries = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        let body = fixture(&name);
        deliveries.push((sign("another", body.as_bytes()), body.clone()));
        deliveries.push((sign(SECRET, b"cut"), body[..body.len() / 2].to_owned()));
        deliveries.push(signed(body[..body.len() / 2].to_owned()));
        deliveries.push(signed(body));
    }
    for ids in [Ids::Observe, settings().ids] {
        let log = logged(Settings { ids, ..settings() }, &deliveries).await;
        assert!(!log.is_empty());
        for personal in ["wamid", "1650555", "1631555", "US.1349", "Example Person", "caf", SECRET, TOKEN, "sha256="] {
            assert!(!log.contains(personal), "{personal} in the log: {log}");
        }
    }
}
