//! The simulated WhatsApp is as strict as the real one.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

mod control;
mod graph;
mod webhooks;

use std::collections::VecDeque;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::{mpsc, watch};
use wabridge::bot::BotStatus;
use wabridge::clock::Clock;
use wabridge::domain::{InboundId, OutboundId, PhoneNumberId, Trace, Tried, TurnId, WabaId, Wamid};
use wabridge::simulator::{Number, Settings, Simulator};

const SECRET: &str = "an app secret";
const TOKEN: &str = "an access token";
const NUMBER: &str = "106540352242922";
const WABA: &str = "102290129340398";

/// What the app at the far end got.
#[derive(Clone)]
struct Received {
    signature: Option<String>,
    body: String,
}

impl Received {
    fn value(&self) -> Value {
        let json: Value = serde_json::from_str(&self.body).unwrap();
        json["entry"][0]["changes"][0]["value"].clone()
    }
}

/// A receiver that answers 200, or what it was told to answer first.
#[derive(Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

impl Receiver {
    fn start(&self) -> String {
        let data = self.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(data.clone()))
                .app_data(web::PayloadConfig::new(4 << 20))
                .route("/hook", web::post().to(take))
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        actix_web::rt::spawn(server.workers(1).listen(listener).unwrap().disable_signals().run());
        url
    }

    fn all(&self) -> Vec<Received> {
        self.got.lock().unwrap().clone()
    }

    fn messages(&self) -> Vec<Value> {
        let all = self.all();
        all.iter().flat_map(|one| one.value()["messages"].as_array().cloned().unwrap_or_default()).collect()
    }

    fn statuses(&self) -> Vec<Value> {
        let all = self.all();
        all.iter().flat_map(|one| one.value()["statuses"].as_array().cloned().unwrap_or_default()).collect()
    }

    fn status_words(&self) -> Vec<String> {
        self.statuses().iter().map(|status| status["status"].as_str().unwrap().to_owned()).collect()
    }
}

async fn take(receiver: web::Data<Receiver>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let signature = request.headers().get("x-hub-signature-256").map(|value| value.to_str().unwrap().to_owned());
    receiver.got.lock().unwrap().push(Received { signature, body: String::from_utf8(body.to_vec()).unwrap() });
    let answer = receiver.answers.lock().unwrap().pop_front().unwrap_or(200);
    HttpResponse::build(actix_web::http::StatusCode::from_u16(answer).unwrap())
        .json(json!({"error": {"code": "not_stored", "message": "later"}}))
}

/// A simulator on a real port, an app at the far end, and somebody who calls both.
struct World {
    simulator: Simulator,
    receiver: Receiver,
    traces: mpsc::UnboundedSender<Trace>,
    client: reqwest::Client,
    base: String,
    port: u16,
    clock: Clock,
    bot: watch::Sender<BotStatus>,
}

impl World {
    fn new() -> Self {
        Self::with(None, 40)
    }

    /// `divisor` divides every delay of the simulated world.
    fn with(state_file: Option<std::path::PathBuf>, divisor: u32) -> Self {
        // Fails when another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (receiver, clock) = (Receiver::default(), Clock::default());
        let (traces, heard) = mpsc::unbounded_channel();
        let status = BotStatus {
            file: Some("bot.yaml".into()),
            routes: 7,
            read_at: clock.now(),
            version: "ab12".into(),
            warnings: Vec::new(),
            problems: Vec::new(),
        };
        let (bot_file, bot) = watch::channel(status);
        let simulator = Simulator::start(Settings {
            webhook_url: receiver.start(),
            app_secret: SecretString::from(SECRET),
            access_token: SecretString::from(TOKEN),
            waba_id: WabaId::new(WABA),
            numbers: vec![Number {
                phone_number_id: PhoneNumberId::new(NUMBER),
                nick: "shop".into(),
                display: "+1 555 078 3881".into(),
            }],
            state_file,
            clock: clock.clone(),
            bot,
            traces: heard,
            data_dir: "data".into(),
            status_divisor: divisor,
        })
        .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let routes = simulator.clone();
        let server = HttpServer::new(move || {
            let routes = routes.clone();
            App::new().configure(move |config| routes.routes(config))
        });
        actix_web::rt::spawn(server.workers(2).listen(listener).unwrap().disable_signals().run());
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
        Self { simulator, receiver, traces, client, base: format!("http://127.0.0.1:{port}"), port, clock, bot: bot_file }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let response = self.client.get(format!("{}{path}", self.base)).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let response = self.client.post(format!("{}{path}", self.base)).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
    }

    async fn says(&self, text: &str) -> String {
        let (status, sent) = self.post("/simulator/people/p1/messages", json!({"text": text})).await;
        assert_eq!(status, 202, "{sent}");
        sent["wamid"].as_str().unwrap().to_owned()
    }

    async fn fault(&self, on: &str, what: Value) {
        let (status, answer) = self.post("/simulator/faults", json!({"on": on, "do": what})).await;
        assert_eq!(status, 201, "{answer}");
    }

    async fn graph(&self, body: &Value) -> (u16, Value) {
        let answer = self.try_graph(body).await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    async fn try_graph(&self, body: &Value) -> reqwest::Result<reqwest::Response> {
        self.client.post(format!("{}/v25.0/{NUMBER}/messages", self.base)).bearer_auth(TOKEN).json(body).send().await
    }

    async fn chat(&self, query: &str) -> Value {
        let (status, chat) = self.get(&format!("/simulator/people/p1/conversation?{query}")).await;
        assert_eq!(status, 200, "{chat}");
        chat
    }

    /// The app decided: it answers `wamid` with the messages of these ids.
    fn decides(&self, wamid: &str, outbound: &[&str], silence: Option<&str>) {
        let trace = Trace {
            turn: TurnId::new("t_1"),
            members: vec![InboundId::of(&PhoneNumberId::new(NUMBER), &Wamid::new(wamid))],
            outbound: outbound.iter().map(|id| OutboundId::new(*id)).collect(),
            route: Some("menu".into()),
            tried: vec![Tried { route: "menu".into(), line: Some(3), matched: true, because: "always".into() }],
            silence: silence.map(str::to_owned),
            waited_ms: 1,
            attempt: 1,
            debounced_ms: 2,
            decided_ms: 3,
        };
        self.traces.send(trace).unwrap();
    }

    /// Somebody wrote, so that the window is open; nothing is under way.
    async fn open_window(&self) -> String {
        let wamid = self.says("hi").await;
        self.decides(&wamid, &[], Some("no route matched"));
        wamid
    }
}

const ANN: &str = "+12025550143";

fn text(body: &str) -> Value {
    json!({"messaging_product": "whatsapp", "to": ANN, "type": "text", "text": {"body": body}})
}

fn buttons() -> Value {
    json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": ANN, "type": "interactive", "interactive": {
        "type": "button", "header": {"type": "text", "text": "Head"}, "body": {"text": "Which?"}, "footer": {"text": "Foot"},
        "action": {"buttons": [
            {"type": "reply", "reply": {"id": "yes", "title": "Yes"}}, {"type": "reply", "reply": {"id": "no", "title": "No"}}]}}})
}

fn list() -> Value {
    json!({"messaging_product": "whatsapp", "to": ANN, "type": "interactive", "interactive": {
        "type": "list", "body": {"text": "Choose"},
        "action": {"button": "Open", "sections": [
            {"title": "One", "rows": [{"id": "a", "title": "A", "description": "the first"}]},
            {"title": "Two", "rows": [{"id": "b", "title": "B"}]}]}}})
}

/// `base` with the value at a JSON pointer replaced, or removed.
fn changed(base: &Value, pointer: &str, value: Option<Value>) -> Value {
    let mut body = base.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => parent.insert(key.into(), value),
        None => parent.remove(key),
    };
    body
}

fn x(count: usize) -> Value {
    Value::from("x".repeat(count))
}

/// Waits until the far end saw what it should: at most two seconds.
async fn until(what: &str, seen: impl Fn() -> bool) {
    for _ in 0..200 {
        if seen() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never seen: {what}");
}
