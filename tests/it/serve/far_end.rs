//! The Graph API at the far end: accepts every message, when the test lets it, and remembers it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::process::{ACCESS_TOKEN, ECHO};
use super::until;

/// The running far end.
pub(super) struct FarEnd {
    world: Arc<World>,
    port: u16,
    server: ServerHandle,
}

struct World {
    accepted: Mutex<Vec<Value>>,
    tokens: Mutex<Vec<String>>,
    /// By id: address and content. An empty address: its own.
    media: Mutex<BTreeMap<String, (String, Vec<u8>)>>,
    /// Accounts that the app was subscribed to.
    subscribed: Mutex<Vec<String>>,
    /// Requests wait as long as this is false.
    open: watch::Sender<bool>,
}

impl World {
    fn came_with(&self, token: String) {
        let mut tokens = self.tokens.lock().unwrap();
        if tokens.last() != Some(&token) {
            tokens.push(token);
        }
    }
}

impl FarEnd {
    /// Accepts at once.
    pub(super) fn start() -> Self {
        let world = Arc::new(World {
            accepted: Mutex::default(),
            tokens: Mutex::default(),
            media: Mutex::default(),
            subscribed: Mutex::default(),
            open: watch::Sender::new(true),
        });
        let shared = web::Data::from(Arc::clone(&world));
        let app = move || {
            let app = App::new().app_data(shared.clone()).route("/v25.0/{number}/messages", web::post().to(messages));
            app.route("/v25.0/{id}", web::get().to(medium))
                .route("/media/{id}", web::get().to(content))
                .route("/v25.0/{waba}/subscribed_apps", web::post().to(subscribe))
        };
        let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
        let port = server.addrs()[0].port();
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { world, port, server: handle }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on messages are accepted, and nobody gets an answer.
    pub(super) fn hold_answers(&self) {
        self.world.open.send_replace(false);
    }

    /// Everybody who waits gets the answer.
    pub(super) fn answer(&self) {
        self.world.open.send_replace(true);
    }

    /// It has a medium from now on, at this address where one is given.
    pub(super) fn has_medium(&self, id: &str, address: &str, content: &[u8]) {
        self.world.media.lock().unwrap().insert(id.to_owned(), (address.to_owned(), content.to_vec()));
    }

    /// The accounts that the app was subscribed to.
    pub(super) fn subscribed(&self) -> Vec<String> {
        self.world.subscribed.lock().unwrap().clone()
    }

    /// The requests that were accepted, in their order.
    pub(super) fn accepted(&self) -> Vec<Value> {
        self.world.accepted.lock().unwrap().clone()
    }

    /// The access tokens that messages came with, each once, in their order.
    pub(super) fn tokens(&self) -> Vec<String> {
        self.world.tokens.lock().unwrap().clone()
    }

    /// The words that were answered, as often as they were, sorted.
    pub(super) fn answered(&self) -> Vec<String> {
        let text = |request: &Value| request["text"]["body"].as_str().unwrap_or_default().to_owned();
        let accepted = self.accepted();
        let mut words: Vec<String> = Vec::new();
        for text in accepted.iter().map(text) {
            words.extend(text.strip_prefix(ECHO).unwrap_or(&text).lines().map(str::to_owned));
        }
        words.sort();
        words
    }

    /// Waits until so many messages were accepted.
    pub(super) async fn until_accepted(&self, count: usize) {
        until("messages at the far end", async || self.accepted().len() >= count).await;
    }
}

impl Drop for FarEnd {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

fn token(request: &HttpRequest) -> String {
    let authorization = request.headers().get("Authorization").and_then(|header| header.to_str().ok()).unwrap_or_default();
    authorization.trim_start_matches("Bearer ").to_owned()
}

/// Only for a token that sees the account.
async fn subscribe(world: web::Data<World>, request: HttpRequest, waba: web::Path<String>) -> HttpResponse {
    if token(&request) != ACCESS_TOKEN {
        let error = json!({"message": "Error validating access token", "type": "OAuthException", "code": 190});
        return HttpResponse::Unauthorized().json(json!({ "error": error }));
    }
    world.subscribed.lock().unwrap().push(waba.into_inner());
    HttpResponse::Ok().json(json!({"success": true}))
}

/// Where a medium is.
async fn medium(world: web::Data<World>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    world.came_with(token(&request));
    let media = world.media.lock().unwrap();
    let Some((address, content)) = media.get(id.as_str()) else {
        let error = json!({"message": "of +16505551234", "type": "GraphMethodException", "code": 100, "error_subcode": 33});
        return HttpResponse::BadRequest().json(json!({ "error": error }));
    };
    let own = format!("http://{}/media/{id}", request.connection_info().host());
    let url = if address.is_empty() { &own } else { address };
    let sha256 = hex::encode(Sha256::digest(content));
    HttpResponse::Ok()
        .json(json!({"url": url, "sha256": sha256, "file_size": content.len(), "mime_type": "image/jpeg", "id": *id}))
}

/// The bytes; only for who has a token.
async fn content(world: web::Data<World>, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let token = token(&request);
    if token.is_empty() {
        return HttpResponse::Unauthorized().finish();
    }
    world.came_with(token);
    let media = world.media.lock().unwrap();
    media
        .get(id.as_str())
        .map_or_else(|| HttpResponse::NotFound().finish(), |(_, content)| HttpResponse::Ok().body(content.clone()))
}

async fn messages(world: web::Data<World>, request: HttpRequest, body: web::Json<Value>) -> HttpResponse {
    world.came_with(token(&request));
    let count = {
        let mut accepted = world.accepted.lock().unwrap();
        accepted.push(body.into_inner());
        accepted.len()
    };
    // Between these two the message is Meta's, and only Meta knows.
    let mut open = world.open.subscribe();
    drop(open.wait_for(|open| *open).await);
    HttpResponse::Ok().json(json!({"messaging_product": "whatsapp", "contacts": [], "messages": [{"id": wamid(count)}]}))
}

/// The id that the far end gave to its nth message, from 1.
pub(super) fn wamid(n: usize) -> String {
    format!("wamid.OUT{n:06}")
}
