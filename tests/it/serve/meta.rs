//! Meta's side: people write, and each delivery comes again until it gets a 200.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use wabridge::clock::Clock;

use super::process::Serve;
use crate::webhook::service::{NUMBER, SECRET, WABA, sign};

/// The pause before a delivery that got no 200 comes again. Meta's first one is short too.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// The sender of webhooks.
#[derive(Clone)]
pub(super) struct Meta {
    client: reqwest::Client,
    address: Arc<RwLock<String>>,
    traceparent: Option<String>,
    /// How often each status came; 0 where no answer came.
    answers: Arc<Mutex<BTreeMap<u16, u32>>>,
}

/// What one delivery got.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: bool,
    pub(super) body: String,
}

impl Meta {
    pub(super) fn of(serve: &Serve) -> Self {
        Self::at(serve.address())
    }

    /// To what listens there.
    pub(super) fn at(address: Arc<RwLock<String>>) -> Self {
        let client = wabridge::http::client(Duration::from_secs(30)).unwrap();
        Self { client, address, traceparent: None, answers: Arc::default() }
    }

    /// One delivery, once.
    pub(super) async fn once(&self, body: &str) -> Answer {
        self.signed(body, &sign(SECRET, body.as_bytes())).await
    }

    /// One delivery with this signature, once.
    pub(super) async fn signed(&self, body: &str, signature: &str) -> Answer {
        let url = format!("http://{}/webhooks/whatsapp", self.address.read().unwrap());
        let request = self.client.post(url).header("X-Hub-Signature-256", signature);
        let request = self.traceparent.iter().fold(request, |request, trace| request.header("traceparent", trace));
        let answer = match request.body(body.to_owned()).send().await {
            Ok(answer) => {
                let (status, retry_after) = (answer.status().as_u16(), answer.headers().contains_key("retry-after"));
                Answer { status, retry_after, body: answer.text().await.unwrap_or_default() }
            }
            Err(_) => Answer { status: 0, retry_after: false, body: String::new() },
        };
        *self.answers.lock().unwrap().entry(answer.status).or_default() += 1;
        answer
    }

    /// As [`Self::deliver`], by a front end that begins a trace.
    pub(super) async fn deliver_traced(&self, body: &str, traceparent: &str) {
        let traced = Self { traceparent: Some(traceparent.to_owned()), ..self.clone() };
        traced.deliver(body).await;
    }

    /// Again and again until there is a 200.
    pub(super) async fn deliver(&self, body: &str) {
        while self.once(body).await.status != 200 {
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }

    /// All of them at the same time.
    pub(super) async fn deliver_all(&self, bodies: &[String]) {
        join_all(bodies.iter().map(|body| self.deliver(body))).await;
    }

    /// As [`Self::deliver_all`], beside whatever the test does next.
    pub(super) fn delivering(&self, bodies: Vec<String>) -> JoinHandle<()> {
        let meta = self.clone();
        actix_web::rt::spawn(async move { meta.deliver_all(&bodies).await })
    }

    /// How often a status came; 0 is no answer at all.
    pub(super) fn got(&self, status: u16) -> u32 {
        self.answers.lock().unwrap().get(&status).copied().unwrap_or(0)
    }
}

/// Everything that people say, sorted, as [`super::far_end::FarEnd::answered`] tells it.
pub(super) fn sorted(words: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut words: Vec<String> = words.into_iter().collect();
    words.sort();
    words
}

/// So many words that nobody else says.
pub(super) fn words(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{name}{n:03}")).collect()
}

/// The deliveries of these words, each by somebody else.
pub(super) fn bodies(words: &[String]) -> Vec<String> {
    words.iter().map(|word| said(&phone(word), word)).collect()
}

/// A number that belongs to the word alone.
fn phone(word: &str) -> String {
    let digits = word.bytes().fold(0_u64, |sum, byte| (sum * 131 + u64::from(byte)) % 10_000_000_000);
    format!("1{digits:010}")
}

/// The delivery of one word of one person.
pub(super) fn said(phone: &str, word: &str) -> String {
    let (wamid, timestamp) = (format!("wamid.IN{word}"), Clock::default().now().as_second().to_string());
    let message = json!({"from": phone, "id": wamid, "timestamp": timestamp, "type": "text", "text": {"body": word}});
    let contact = json!({"profile": {"name": "Example Person"}, "wa_id": phone});
    delivery(&json!({"contacts": [contact], "messages": [message]}))
}

/// The delivery of one status.
pub(super) fn told(status: &Value) -> String {
    delivery(&json!({ "statuses": [status] }))
}

/// A delivery with these lists.
pub(super) fn delivery(lists: &Value) -> String {
    let mut value = lists.clone();
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({"display_phone_number": "15550783881", "phone_number_id": NUMBER});
    let change = json!({"value": value, "field": "messages"});
    json!({"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": [change]}]}).to_string()
}
