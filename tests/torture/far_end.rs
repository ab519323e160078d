//! The Graph API at the far end: accepts messages in the manner that it is told, remembers them, and tells by signed webhooks what
//! became of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::dice::Dice;
use crate::manner::{Manner, Says, Ways};
use crate::now_ms;
use crate::webhooks::{Webhooks, delivery};

/// One POST that was answered with a message id, or would have been.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    /// `biz_opaque_callback_data`.
    pub(crate) callback: String,
    /// As sent, with its plus.
    pub(crate) to: String,
    pub(crate) text: String,
    /// Time of day in milliseconds.
    pub(crate) at_ms: i64,
}

impl Accepted {
    /// The outbound message that the callback data `wb1.<id>.<attempt>` names.
    pub(crate) fn outbound(&self) -> &str {
        let id = self.callback.strip_prefix("wb1.").and_then(|rest| rest.rsplit_once('.'));
        id.map_or(self.callback.as_str(), |(id, _)| id)
    }

    /// The words that it answers: the bot says `echo: ` and what the person wrote, a line per message.
    pub(crate) fn words(&self) -> Vec<&str> {
        self.text.strip_prefix("echo: ").unwrap_or(&self.text).lines().collect()
    }

    /// The first attempt to send it.
    fn is_first_attempt(&self) -> bool {
        self.callback.ends_with(".1")
    }

    /// True for the second message of a turn, which says `more: ` and the same words.
    pub(crate) fn is_second(&self) -> bool {
        self.text.starts_with("more: ")
    }
}

/// The running far end. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct FarEnd {
    world: Arc<World>,
    port: u16,
    _server: ServerHandle,
}

#[derive(Debug)]
struct World {
    manner: Mutex<Manner>,
    accepted: Mutex<Vec<Accepted>>,
    /// POSTs that came in, by what they say, accepted or not.
    received: Mutex<Vec<String>>,
    statuses_to_come: AtomicUsize,
    dice: Mutex<Dice>,
    webhooks: Arc<Webhooks>,
    /// Statuses are sent from the test's own runtime: a worker of the server is no place for long waits.
    runtime: Handle,
}

impl FarEnd {
    pub(crate) fn start(manner: Manner, webhooks: Arc<Webhooks>, dice: Dice) -> Self {
        let world = Arc::new(World {
            manner: Mutex::new(manner),
            accepted: Mutex::default(),
            received: Mutex::default(),
            statuses_to_come: AtomicUsize::new(0),
            dice: Mutex::new(dice),
            webhooks,
            runtime: Handle::current(),
        });
        let shared = web::Data::from(Arc::clone(&world));
        let app = move || App::new().app_data(shared.clone()).route("/v25.0/{number}/messages", web::post().to(messages));
        let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0)).expect("a port");
        let port = server.addrs()[0].port();
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { world, port, _server: handle }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn accepted(&self) -> Vec<Accepted> {
        self.world.accepted.lock().unwrap().clone()
    }

    /// From now on.
    pub(crate) fn behave(&self, manner: Manner) {
        *self.world.manner.lock().unwrap() = manner;
    }

    /// Statuses that are held back still.
    pub(crate) fn statuses_to_come(&self) -> usize {
        self.world.statuses_to_come.load(Ordering::SeqCst)
    }

    /// True when a POST with this word came in, whatever became of it.
    pub(crate) fn heard(&self, word: &str) -> bool {
        self.world.received.lock().unwrap().iter().any(|text| text.contains(word))
    }
}

async fn messages(world: web::Data<World>, body: web::Json<Value>) -> HttpResponse {
    if body["status"] == "read" {
        return HttpResponse::Ok().json(json!({"success": true}));
    }
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let accepted = Accepted {
        callback: word(&body["biz_opaque_callback_data"]),
        to: word(&body["to"]),
        text: word(&body["text"]["body"]),
        at_ms: now_ms(),
    };
    world.received.lock().unwrap().push(accepted.text.clone());
    let manner = *world.manner.lock().unwrap();
    let ways = world.roll(|dice| manner.ways(accepted.is_first_attempt(), dice));
    // Between these two waits the message is Meta's: whoever dies now must find that out from its statuses.
    tokio::time::sleep(ways.accept).await;
    if let Says::Refuses { status, code } = ways.says {
        return refusal(status, code);
    }
    let wamid = world.accept(&accepted, &ways);
    tokio::time::sleep(ways.answer).await;
    if let Says::FailsAndDelivers = ways.says {
        return refusal(500, 131_000);
    }
    HttpResponse::Ok().json(json!({"messaging_product": "whatsapp", "contacts": [], "messages": [{"id": wamid}]}))
}

impl World {
    fn roll<T>(&self, throw: impl FnOnce(&mut Dice) -> T) -> T {
        throw(&mut self.dice.lock().unwrap())
    }

    fn accept(self: &Arc<Self>, accepted: &Accepted, ways: &Ways) -> String {
        let wamid = {
            let mut all = self.accepted.lock().unwrap();
            all.push(accepted.clone());
            format!("wamid.OUT{:06}", all.len())
        };
        for (status, wait) in [("sent", ways.sent), ("delivered", ways.delivered)] {
            self.statuses_to_come.fetch_add(1, Ordering::SeqCst);
            self.runtime.spawn(tell(Arc::clone(self), status, wait, wamid.clone(), accepted.clone()));
        }
        wamid
    }
}

fn refusal(status: u16, code: i64) -> HttpResponse {
    let status = StatusCode::from_u16(status).expect("a status");
    HttpResponse::build(status).json(json!({"error": {"message": "an error of Meta", "type": "OAuthException", "code": code}}))
}

/// A status, in whatever order the waits make of it.
async fn tell(world: Arc<World>, status: &'static str, wait: std::time::Duration, wamid: String, accepted: Accepted) {
    tokio::time::sleep(wait).await;
    let status = json!({
        "id": wamid, "status": status, "timestamp": (now_ms() / 1000).to_string(),
        "recipient_id": accepted.to.trim_start_matches('+'), "biz_opaque_callback_data": accepted.callback,
        "pricing": {"billable": true, "pricing_model": "PMP", "category": "service", "type": "regular"},
    });
    world.webhooks.deliver(delivery(&json!({ "statuses": [status] })));
    world.statuses_to_come.fetch_sub(1, Ordering::SeqCst);
}
