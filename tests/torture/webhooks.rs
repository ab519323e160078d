//! Meta's side of the webhook: signs a delivery and sends it again until it gets a 200.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{NUMBER, WABA};

pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The pause before a delivery that got no 200 comes again. Meta's first one is short too.
const AGAIN_AFTER: Duration = Duration::from_millis(150);

/// A delivery that got a 200.
#[derive(Debug, Clone)]
pub(crate) struct Acked {
    pub(crate) body: String,
    pub(crate) signature: String,
}

/// The sender of all webhooks.
#[derive(Debug)]
pub(crate) struct Webhooks {
    client: reqwest::Client,
    url: String,
    open: AtomicUsize,
    /// By the SHA-256 of the body.
    acked: Mutex<BTreeMap<String, Acked>>,
    /// How often each status came instead of a 200; 0 where no answer came.
    others: Mutex<BTreeMap<u16, u32>>,
}

impl Webhooks {
    pub(crate) fn to(port: u16) -> Self {
        Self {
            client: client(),
            url: format!("http://127.0.0.1:{port}/webhooks/whatsapp"),
            open: AtomicUsize::new(0),
            acked: Mutex::default(),
            others: Mutex::default(),
        }
    }

    /// Delivers until there is a 200, beside whatever the caller does next.
    pub(crate) fn deliver(self: &Arc<Self>, body: String) {
        self.open.fetch_add(1, Ordering::SeqCst);
        let webhooks = Arc::clone(self);
        tokio::spawn(async move {
            while !webhooks.once(&body).await {
                tokio::time::sleep(AGAIN_AFTER).await;
            }
            webhooks.open.fetch_sub(1, Ordering::SeqCst);
        });
    }

    async fn once(&self, body: &str) -> bool {
        let signature = sign(body);
        let request = self.client.post(&self.url).header("x-hub-signature-256", &signature);
        let answer = request.header("content-type", "application/json").body(body.to_owned()).send().await;
        // The head of the answer is the 200: what comes after it may be lost with the process.
        let status = answer.map_or(0, |answer| answer.status().as_u16());
        if status == 200 {
            let acked = Acked { body: body.to_owned(), signature };
            self.acked.lock().unwrap().insert(hex::encode(Sha256::digest(body)), acked);
            return true;
        }
        *self.others.lock().unwrap().entry(status).or_default() += 1;
        false
    }

    /// Deliveries that have no 200 yet.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    pub(crate) fn acked(&self) -> BTreeMap<String, Acked> {
        self.acked.lock().unwrap().clone()
    }

    pub(crate) fn others(&self) -> BTreeMap<u16, u32> {
        self.others.lock().unwrap().clone()
    }
}

/// A client that never repeats a request by itself.
pub(crate) fn client() -> reqwest::Client {
    // Fails only when it is installed already.
    let _already_there = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).retry(reqwest::retry::never());
    client.build().expect("an HTTP client")
}

fn sign(body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// A delivery with one change of the field `messages`; `lists` are its `contacts`, `messages` and `statuses`.
pub(crate) fn delivery(lists: &Value) -> String {
    let mut value = lists.clone();
    value["messaging_product"] = "whatsapp".into();
    value["metadata"] = json!({"display_phone_number": "15550783881", "phone_number_id": NUMBER});
    let change = json!({"value": value, "field": "messages"});
    json!({"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": [change]}]}).to_string()
}
