//! A receiver on a free port, and a client that can be as rude as a test wants.

use std::collections::BTreeSet;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use wabridge::clock::Clock;
use wabridge::domain::{Foreign, Ids};
use wabridge::domain::{Limits, PhoneNumberId, WabaId};
use wabridge::embedded::Engine;
use wabridge::ingest::{Bounds, Receiver, Settings, not_found};
use wabridge::queue::{Event, Lane, Queue};
use wabridge::store::{Delivery, Store};

use crate::place::{self, Place};

/// Longer than an emulator takes for what it has.
const A_MOMENT: Duration = Duration::from_millis(300);

pub(crate) const SECRET: &str = "app-secret-of-a-test";
pub(crate) const TOKEN: &str = "verify-token-of-a-test";
pub(crate) const WABA: &str = "102290129340398";
pub(crate) const NUMBER: &str = "106540352242922";

/// What a client got.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(super) headers: String,
    pub(super) body: String,
}

impl Answer {
    /// `error.code`, or "" when it is no error.
    pub(super) fn code(&self) -> String {
        self.error("code")
    }

    pub(super) fn message(&self) -> String {
        self.error("message")
    }

    fn error(&self, key: &str) -> String {
        let json: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        json["error"][key].as_str().unwrap_or_default().to_owned()
    }

    /// Fails unless it is this refusal, with words that help.
    #[track_caller]
    pub(super) fn refused(&self, status: u16, code: &str) -> &Self {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{self:?}");
        assert!(self.message().len() > 30, "{self:?}");
        self
    }

    #[track_caller]
    pub(super) fn accepted(&self) {
        assert_eq!((self.status, self.body.as_str()), (200, "EVENT_RECEIVED"), "{self:?}");
    }
}

/// A running receiver.
pub(super) struct Service {
    pub(super) receiver: Receiver,
    pub(super) store: Store,
    pub(super) queue: Queue,
    place: Place,
    pub(super) folder: tempfile::TempDir,
    address: std::net::SocketAddr,
    server: ServerHandle,
}

pub(super) fn settings() -> Settings {
    Settings {
        app_secrets: vec![SECRET.into()],
        verify_token: TOKEN.into(),
        ids: allowed(Foreign::Reject),
        limits: Bounds::default(),
    }
}

pub(super) fn allowed(foreign: Foreign) -> Ids {
    let (wabas, numbers) = ([WabaId::new(WABA)], [PhoneNumberId::new(NUMBER)]);
    Ids::Allowed { wabas: BTreeSet::from(wabas), numbers: BTreeSet::from(numbers), foreign }
}

pub(super) fn backends(folder: &std::path::Path) -> (Store, Queue) {
    let engine = Engine::open(&folder.join("wabridge.db"), &[Store::SCHEMA, Queue::SCHEMA]).unwrap();
    let store = Store::embedded(engine.clone(), Limits::default(), Duration::from_hours(30 * 24));
    (store, Queue::embedded(engine, &Limits::default(), Clock::default()))
}

impl Service {
    pub(super) fn start() -> Self {
        Self::with(settings())
    }

    pub(super) fn with(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = place::here();
        let (store, queue) = place.backends().unwrap_or_else(|| backends(folder.path()));
        let receiver = Receiver::new(settings, store.clone(), queue.clone(), Clock::default());
        let routes = receiver.clone();
        let app = move || App::new().configure(|config| routes.routes(config)).default_service(web::to(not_found));
        let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { receiver, store, queue, place, folder, address, server: handle }
    }

    /// Posts a signed body.
    pub(super) async fn post(&self, body: impl AsRef<[u8]>) -> Answer {
        let body = body.as_ref();
        self.send(&post(&[("X-Hub-Signature-256", &sign(SECRET, body))], body)).await
    }

    /// Posts with these headers instead of a right signature.
    pub(super) async fn post_with(&self, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send(&post(headers, body)).await
    }

    /// Sends bytes as they are and reads to the end of the connection.
    pub(super) async fn send(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect().await;
        // A server that answers early may close while we still write.
        let _ = stream.write_all(request).await;
        read(&mut stream).await
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes()).await
    }

    /// What the store holds, bodies and all, the oldest first.
    pub(super) async fn kept(&self) -> Vec<Delivery> {
        let mut kept = Vec::new();
        for summary in self.store.deliveries(None, 1_000).await.unwrap() {
            kept.insert(0, self.store.delivery(summary.id).await.unwrap().unwrap());
        }
        kept
    }

    /// What the queue holds, lane by lane.
    pub(super) async fn events(&self) -> Vec<Event> {
        match self.place {
            Place::Folder => self.queued().await,
            Place::Emulators(_) => self.pulled().await,
        }
    }

    /// As many as were published, and none beside.
    async fn pulled(&self) -> Vec<Event> {
        let published = usize::try_from(self.receiver.counters().events).unwrap();
        let (found, mut coming) = mpsc::unbounded_channel();
        let pulls = [Lane::Reply, Lane::Record].map(|lane| actix_web::rt::spawn(pull(self.queue.clone(), lane, found.clone())));
        let mut events = Vec::new();
        while events.len() < published {
            let next = tokio::time::timeout(Duration::from_mins(1), coming.recv()).await;
            events.push(next.unwrap_or_else(|_| panic!("{published} were published, {events:?} came")).unwrap());
        }
        let more = tokio::time::timeout(A_MOMENT, coming.recv()).await;
        assert!(more.is_err(), "one too many: {more:?}");
        pulls.iter().for_each(actix_web::rt::task::JoinHandle::abort);
        // They come in any order.
        events.sort_by_key(|event| (event.lane as u8, event.time, place_of(event)));
        events
    }

    async fn queued(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for lane in [Lane::Reply, Lane::Record] {
            let waiting = self.queue.unacked(lane).await.unwrap();
            while events.iter().filter(|event: &&Event| event.lane == lane).count() < waiting as usize {
                events.extend(self.queue.receive(lane, 10_000).await.unwrap().into_iter().map(|delivery| delivery.event));
            }
        }
        events
    }

    /// Nothing in the store, nothing in the queue.
    pub(super) async fn keeps_nothing(&self) {
        assert!(self.kept().await.is_empty());
        assert!(self.events().await.is_empty());
    }
}

/// Never stopped while it opens its stream: what is on its way to one that is dropped comes late.
async fn pull(queue: Queue, lane: Lane, found: mpsc::UnboundedSender<Event>) {
    while let Ok(deliveries) = queue.receive(lane, 100).await {
        for delivery in deliveries {
            let event = delivery.event.clone();
            delivery.ack().await;
            if found.send(event).is_err() {
                return;
            }
        }
    }
}

/// Its place in its delivery.
fn place_of(event: &Event) -> u64 {
    let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
    data["index"].as_u64().unwrap()
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// A POST with these headers and its length.
pub(crate) fn post(headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut request = head(headers);
    request.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    request.extend_from_slice(body);
    request
}

/// The head of a POST, still open.
pub(super) fn head(headers: &[(&str, &str)]) -> Vec<u8> {
    let mut head = String::from("POST /webhooks/whatsapp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.into_bytes()
}

/// Reads one answer, or what came of it before the connection ended.
pub(crate) async fn read(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let reading = async {
        let mut part = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = stream.read(&mut part).await {
            bytes.extend_from_slice(&part[..count]);
            if is_whole(&bytes) {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading).await.expect("an answer within 20 s");
    let text = String::from_utf8_lossy(&bytes);
    let (headers, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = headers.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, headers: headers.to_ascii_lowercase(), body: body.to_owned() }
}

/// The server may keep a connection open for a while when it answered before it saw the body.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer).to_ascii_lowercase();
    let Some((headers, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = headers.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

/// The body of a fixture, byte by byte.
pub(super) fn fixture(name: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Fixture<'a> {
        learned_from: &'a str,
        #[serde(borrow)]
        body: &'a RawValue,
    }
    let path = format!("{}/tests/fixtures/webhooks/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let fixture: Fixture<'_> = serde_json::from_str(&text).unwrap();
    assert!(!fixture.learned_from.is_empty());
    fixture.body.get().to_owned()
}

/// A delivery of messages (JSON) to our number.
pub(super) fn messages(messages: &[String]) -> String {
    delivery(WABA, NUMBER, &format!("\"messages\":[{}]", messages.join(",")))
}

/// A delivery with one change, of the field `messages`.
pub(super) fn delivery(waba: &str, number: &str, lists: &str) -> String {
    format!(r#"{{"object":"whatsapp_business_account","entry":[{}]}}"#, entry(waba, number, lists))
}

/// One entry with one change, of the field `messages`.
pub(super) fn entry(waba: &str, number: &str, lists: &str) -> String {
    format!(
        r#"{{"id":"{waba}","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550783881","phone_number_id":"{number}"}},{lists}}},"field":"messages"}}]}}"#
    )
}

/// A text message as JSON.
pub(super) fn text(id: &str, body_json: &str) -> String {
    format!(r#"{{"from":"16505551234","id":"wamid.{id}","timestamp":"1749416383","type":"text","text":{{"body":{body_json}}}}}"#)
}
