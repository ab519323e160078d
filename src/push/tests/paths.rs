//! What Pub/Sub and Cloud Scheduler get as an answer, and what a stranger does.

use actix_web::App;
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::*;
use crate::domain::{EventId, Inbound, InboundId, Limits, MessageType, Person, PhoneNumberId, WaId, Wamid};
use crate::embedded::{Engine, FILE};
use crate::push::Pushes;
use crate::queue::{Arrival, Delivery, EventKind, Lane, PubSubPlace, Queue};
use crate::reply::Waker;
use crate::store::{Begin, Claim, Policy, Store};

/// A consumer's two paths, without its workers: the test settles.
struct Site {
    pushes: Pushes,
    /// Where events are pushed to.
    pushed: Queue,
    /// Where wakes are published to.
    woken: Queue,
    store: Store,
    clock: Clock,
    _folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let (folder, clock, limits) = (tempfile::tempdir().unwrap(), Clock::default(), Limits::default());
        let engine = Engine::open(&folder.path().join(FILE), &[Store::SCHEMA, Queue::SCHEMA]).unwrap();
        let store = Store::embedded(engine.clone(), limits.clone(), Duration::from_hours(1));
        let woken = Queue::embedded(engine, &limits, clock.clone());
        let nowhere =
            PubSubPlace { project: "p".into(), topic: "t".into(), subscription: "s".into(), emulator: None, push_to: None };
        let pushed = Queue::pubsub(nowhere, Arrival::Pushed, &limits);
        let waker = Waker::new(store.clone(), woken.clone(), limits, clock.clone());
        let pushes = Pushes::new(Some(callers(true).0), pushed.clone(), waker);
        Self { pushes, pushed, woken, store, clock, _folder: folder }
    }

    async fn answer(&self, request: TestRequest) -> (StatusCode, Value) {
        let pushes = self.pushes.clone();
        let app = init_service(App::new().configure(|config| pushes.routes(config))).await;
        let response = call_service(&app, request.to_request()).await;
        let status = response.status();
        (status, if status == StatusCode::NO_CONTENT { Value::Null } else { read_body_json(response).await })
    }

    /// Posts while the consumer settles what comes, if anything.
    async fn push(&self, request: TestRequest, settle: impl AsyncFnOnce(Delivery)) -> (StatusCode, Value) {
        let consumer = async {
            let delivery = self.pushed.receive(Lane::Reply, 1).await.unwrap().remove(0);
            settle(delivery).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            answer = self.answer(request) => answer,
            () = consumer => unreachable!("it never ends"),
        }
    }
}

fn event(lane: &str) -> Value {
    let data = STANDARD.encode("{}");
    let attributes = json!({
        "ce-id": "e_1", "ce-type": "com.wabridge.whatsapp.message.v1", "ce-time": "2026-11-28T08:00:00Z", "lane": lane,
    });
    json!({ "message": { "attributes": attributes, "data": data, "messageId": "7" }, "subscription": "s", "deliveryAttempt": 2 })
}

fn post(path: &str, body: &Value) -> TestRequest {
    let token = signed(&header(), &claims(), &google());
    TestRequest::post().uri(path).insert_header(("Authorization", token)).set_json(body)
}

async fn nothing_comes(_: Delivery) {
    panic!("nothing was to come");
}

#[actix_web::test]
async fn a_push_is_answered_when_its_event_is_settled() {
    let site = Site::new();
    let acked = site.push(post("/pubsub/push/reply", &event("reply")), async |delivery| {
        assert_eq!((delivery.event.id.as_str(), &delivery.event.kind, delivery.attempt), ("e_1", &EventKind::Message, 2));
        delivery.ack().await;
    });
    assert_eq!(acked.await.0, StatusCode::NO_CONTENT);
    let nacked = site.push(post("/pubsub/push/reply", &event("reply")), async |delivery| {
        delivery.nack(Timestamp::UNIX_EPOCH).await;
    });
    assert_eq!(nacked.await.0, StatusCode::SERVICE_UNAVAILABLE);
    let crashed = site.push(post("/pubsub/push/reply", &event("reply")), async |delivery| drop(delivery)).await;
    assert_eq!((crashed.0, &crashed.1["error"]["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("not_done")));
}

#[actix_web::test]
async fn a_consumer_that_stops_lets_what_waits_come_again() {
    let site = Site::new();
    let (answer, ()) = tokio::join!(site.answer(post("/pubsub/push/reply", &event("reply"))), site.pushed.stop(Lane::Reply));
    assert_eq!(answer.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(site.answer(post("/pubsub/push/reply", &event("reply"))).await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[actix_web::test]
async fn what_is_of_somebody_else_is_acked_and_left_out() {
    let site = Site::new();
    let nobodys = json!({ "message": { "attributes": { "lane": "reply" }, "data": "aGk=" } });
    for body in [event("none"), nobodys, json!({ "message": {} })] {
        let (status, _) = site.push(post("/pubsub/push/reply", &body), nothing_comes).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    }
}

#[actix_web::test]
async fn an_event_of_the_other_lane_comes_again_until_the_endpoint_is_right() {
    let site = Site::new();
    let (status, body) = site.push(post("/pubsub/push/reply", &event("record")), nothing_comes).await;
    assert_eq!((status, &body["error"]["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("not_done")));
}

#[actix_web::test]
async fn what_pubsub_never_posts_is_refused_in_words() {
    let site = Site::new();
    for (path, body, status, code) in [
        ("/pubsub/push/other", event("reply"), StatusCode::NOT_FOUND, "no_such_lane"),
        ("/pubsub/push/reply", json!([]), StatusCode::BAD_REQUEST, "malformed_push"),
        ("/pubsub/push/reply", json!("x".repeat(15 * 1024 * 1024)), StatusCode::PAYLOAD_TOO_LARGE, "body_refused"),
    ] {
        let answer = site.push(post(path, &body), nothing_comes).await;
        assert_eq!((answer.0, &answer.1["error"]["code"]), (status, &json!(code)));
    }
}

#[actix_web::test]
async fn a_stranger_gets_into_neither_path_and_no_byte_of_his_body_is_read() {
    let site = Site::new();
    for path in ["/pubsub/push/reply", "/internal/wake"] {
        for (token, why) in bad_tokens() {
            // Its body would be refused too, if anybody looked at it.
            let mut request = TestRequest::post().uri(path).set_payload("no JSON");
            if let Some(token) = &token {
                request = request.insert_header(("Authorization", token.as_str()));
            }
            let (status, body) = site.push(request, nothing_comes).await;
            let expected = if why == Stranger::OtherAccount { StatusCode::FORBIDDEN } else { StatusCode::UNAUTHORIZED };
            assert_eq!((status, &body["error"]["message"]), (expected, &json!(why.to_string())), "{path}");
        }
    }
}

/// Somebody wrote, and nobody came back to it: the sweep has them after a quarter of an hour.
async fn somebody_waits(site: &Site, digits: &str) {
    let (number, wamid, now) = (PhoneNumberId::new("106540352242922"), Wamid::new(digits), site.clock.now());
    let person = Person { wa_id: Some(WaId::new(digits)), ..Person::default() };
    let conversation = site.store.identify(person.clone(), number.clone(), now).await.unwrap();
    let message = Inbound {
        id: InboundId::of(&number, &wamid),
        wamid,
        number,
        person,
        sent_at: now,
        index: 0,
        kind: MessageType::Text,
        text: "hello".into(),
        choice: None,
        caption: None,
        filename: None,
        media: None,
        quotes: None,
    };
    let policy = Policy { answer_within: Duration::from_hours(12), resend: true };
    let begin = Begin::Message { message: Box::new(message), received_at: now, opens_turn: true };
    let claim = Claim { event: EventId::new(digits), owner: "a process that died".into(), policy, begin };
    site.store.begin(conversation, claim, now).await.unwrap();
}

#[actix_web::test]
async fn a_wake_publishes_once_for_everybody_who_is_due() {
    let site = Site::new();
    for digits in ["16505551231", "16505551232", "16505551233"] {
        somebody_waits(&site, digits).await;
    }
    assert_eq!(site.answer(post("/internal/wake", &json!({}))).await, (StatusCode::OK, json!({ "woken": 0 })));
    site.clock.advance(Duration::from_mins(16));
    assert_eq!(site.answer(post("/internal/wake", &json!({}))).await, (StatusCode::OK, json!({ "woken": 3 })));
    assert_eq!(site.answer(post("/internal/wake", &json!({}))).await, (StatusCode::OK, json!({ "woken": 0 })));
    assert_eq!(site.woken.unacked(Lane::Reply).await.unwrap(), 3);
}
