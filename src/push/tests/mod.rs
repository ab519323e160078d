//! Tokens as Google makes them, and as strangers would, at the check and at the two paths. The keys in `fixtures` were made for these
//! tests and open nothing.

mod paths;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gcloud_sdk::id_token_verify::{IdTokenKeys, IdTokenKeysSource, JwkSet};
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::{Value, json};

use super::{Callers, Stranger};
use crate::clock::Clock;

const AUDIENCE: &str = "https://consumer.example/push";
const ACCOUNT: &str = "push@project.iam.gserviceaccount.com";

fn key(bytes: &[u8]) -> KeyPair {
    KeyPair::from_pkcs8(bytes).unwrap()
}

fn google() -> KeyPair {
    key(include_bytes!("../fixtures/google.pk8"))
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Google's published keys, and how often they were asked for.
struct Keys {
    fetched: Arc<AtomicU32>,
    there: bool,
}

#[async_trait::async_trait]
impl IdTokenKeysSource for Keys {
    async fn fetch_keys(&self) -> gcloud_sdk::error::Result<IdTokenKeys> {
        self.fetched.fetch_add(1, Ordering::SeqCst);
        // As long as a server far away takes: all who come meanwhile wait for this one answer.
        tokio::time::sleep(Duration::from_millis(50)).await;
        if !self.there {
            let nobody_listens = gcloud_sdk::GoogleEnvironment::init_google_services_channel("http://127.0.0.1:1").await;
            return Err(nobody_listens.unwrap_err());
        }
        let pair = google();
        let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(pair.public());
        let (n, e) = (base64(n), base64(e));
        let set: JwkSet = serde_json::from_value(json!({ "keys": [
            { "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k1", "n": n, "e": e },
        ] }))
        .unwrap();
        Ok(IdTokenKeys::new(set, Duration::from_hours(1)))
    }
}

fn callers(there: bool) -> (Callers, Arc<AtomicU32>) {
    let fetched = Arc::new(AtomicU32::new(0));
    (Callers::with_keys(AUDIENCE, ACCOUNT, Keys { fetched: Arc::clone(&fetched), there }), fetched)
}

fn claims() -> Value {
    let now = Clock::default().now().as_second();
    json!({
        "iss": "https://accounts.google.com", "aud": AUDIENCE, "sub": "117", "iat": now, "exp": now + 3600,
        "email": ACCOUNT, "email_verified": true,
    })
}

fn signed(header: &Value, claims: &Value, key: &KeyPair) -> String {
    let text = format!("{}.{}", base64(header.to_string()), base64(claims.to_string()));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("Bearer {text}.{}", base64(signature))
}

fn header() -> Value {
    json!({ "alg": "RS256", "kid": "k1", "typ": "JWT" })
}

/// A token of Google's with one claim changed; `null` takes it away.
fn with(claim: &str, value: Value) -> String {
    let mut claims = claims();
    let all = claims.as_object_mut().unwrap();
    if value.is_null() {
        all.remove(claim);
    } else {
        all.insert(claim.to_owned(), value);
    }
    signed(&header(), &claims, &google())
}

#[tokio::test]
async fn a_token_of_our_service_account_gets_in() {
    let (callers, _) = callers(true);
    assert_eq!(callers.check(Some(&signed(&header(), &claims(), &google()))).await, Ok(()));
}

/// Every kind of token that is not the right one, and why it is not.
fn bad_tokens() -> Vec<(Option<String>, Stranger)> {
    let now = Clock::default().now().as_second();
    let good = signed(&header(), &claims(), &google());
    let stranger = key(include_bytes!("../fixtures/stranger.pk8"));
    let unsigned =
        format!("Bearer {}.{}.", base64(json!({ "alg": "none", "kid": "k1" }).to_string()), base64(claims().to_string()));
    let other_algorithm = signed(&json!({ "alg": "HS256", "kid": "k1" }), &claims(), &google());
    let removed = format!("{}.SIGNATURE_REMOVED_BY_GOOGLE", good.rsplit_once('.').unwrap().0);
    vec![
        (None, Stranger::MissingToken),
        (Some("Basic dXNlcjpwYXNz".into()), Stranger::MissingToken),
        (Some("Bearer not.a.token".into()), Stranger::Invalid("it is malformed")),
        (Some(format!("Bearer {}", "a".repeat(9000))), Stranger::Invalid("it is too long")),
        (Some(unsigned), Stranger::Invalid("it is malformed")),
        (Some(other_algorithm), Stranger::Invalid("it is malformed")),
        (Some(removed), Stranger::SignatureRemoved),
        (Some(signed(&header(), &claims(), &stranger)), Stranger::Invalid("its signature is wrong")),
        (
            Some(signed(&json!({ "alg": "RS256", "kid": "k2" }), &claims(), &google())),
            Stranger::Invalid("its key is not one of Google's"),
        ),
        (Some(with("exp", json!(now - 60))), Stranger::Invalid("it has expired")),
        (Some(with("nbf", json!(now + 600))), Stranger::Invalid("it is not valid yet")),
        (Some(with("iss", json!("https://example.com"))), Stranger::Invalid("it was not issued by Google")),
        (Some(with("aud", json!("https://other.example"))), Stranger::Invalid("it is for another audience")),
        (Some(with("email", json!("other@project.iam.gserviceaccount.com"))), Stranger::OtherAccount),
        (Some(with("email", Value::Null)), Stranger::OtherAccount),
        (Some(with("email_verified", json!(false))), Stranger::OtherAccount),
        (Some(with("email_verified", Value::Null)), Stranger::OtherAccount),
    ]
}

#[tokio::test]
async fn every_other_token_is_refused_in_words_that_say_why() {
    let good = signed(&header(), &claims(), &google());
    let (callers, _) = callers(true);
    for (token, expected) in bad_tokens() {
        assert_eq!(callers.check(token.as_deref()).await, Err(expected), "{token:?}");
    }
    assert_eq!(callers.check(Some(&good)).await, Ok(()), "strangers lock nobody out");
}

#[tokio::test]
async fn many_cold_pushes_at_once_fetch_the_keys_once_and_strangers_cause_no_storm() {
    let (callers, fetched) = callers(true);
    let good = signed(&header(), &claims(), &google());
    let checks = futures_util::future::join_all((0..32).map(|_| callers.check(Some(&good)))).await;
    assert!(checks.iter().all(Result::is_ok), "{checks:?}");
    assert_eq!(fetched.load(Ordering::SeqCst), 1);
    for n in 0..50 {
        let made_up = signed(&json!({ "alg": "RS256", "kid": format!("x{n}") }), &claims(), &google());
        assert!(callers.check(Some(&made_up)).await.is_err());
    }
    assert!(fetched.load(Ordering::SeqCst) <= 2, "{fetched:?}");
}

#[tokio::test]
async fn without_keys_nobody_is_let_in_and_nobody_is_called_a_stranger() {
    let (callers, _) = callers(false);
    assert_eq!(callers.check(Some(&signed(&header(), &claims(), &google()))).await, Err(Stranger::NoKeys));
}
