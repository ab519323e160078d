//! The app at Meta: its access token, its secret, and where its webhooks go
//! (developers.facebook.com/docs/graph-api/reference/debug_token and …/app/subscriptions, November 2026).

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::Sha256;

use super::call::CallFailure;
use super::graph::Graph;
use super::lenient;
use crate::domain::WabaId;

/// What Meta calls the webhooks of WhatsApp among those of an app.
const OBJECT: &str = "whatsapp_business_account";
/// Meta's code for a proof by another secret; nothing else can be wrong with the request.
const WRONG_PARAMETER: i64 = 100;
/// Sends.
pub const MESSAGING: &str = "whatsapp_business_messaging";
/// Reads accounts and subscribes.
pub const MANAGEMENT: &str = "whatsapp_business_management";

/// What Meta knows of an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// The app that it was made for.
    pub app: String,
    /// Whose it is: `SYSTEM_USER`, `USER`.
    pub kind: String,
    /// Whether Meta takes it.
    pub is_valid: bool,
    /// When it ends; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// By permission, the accounts that it holds for; empty: all of its user's.
    pub permissions: BTreeMap<String, Vec<WabaId>>,
}

/// Where an app's webhooks go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackFacts {
    /// The callback URL.
    pub url: String,
    /// Whether Meta calls it.
    pub is_active: bool,
    /// The webhook fields that come.
    pub fields: Vec<String>,
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default, deserialize_with = "lenient::text")]
    app_id: String,
    #[serde(rename = "type", default, deserialize_with = "lenient::text")]
    kind: String,
    #[serde(deserialize_with = "lenient::truth")]
    is_valid: bool,
    #[serde(default, deserialize_with = "lenient::number")]
    expires_at: i64,
    #[serde(default, deserialize_with = "lenient::list")]
    scopes: Vec<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    granular_scopes: Vec<Granular>,
}

#[derive(Deserialize)]
struct Granular {
    scope: String,
    #[serde(default, deserialize_with = "lenient::list")]
    target_ids: Vec<WabaId>,
}

#[derive(Deserialize)]
struct Subscriptions {
    #[serde(deserialize_with = "lenient::list")]
    data: Vec<Subscription>,
}

#[derive(Deserialize)]
struct Subscription {
    object: String,
    #[serde(default, deserialize_with = "lenient::text")]
    callback_url: String,
    #[serde(default, deserialize_with = "lenient::truth")]
    active: bool,
    #[serde(default, deserialize_with = "lenient::list")]
    fields: Vec<Field>,
}

/// Older versions list names alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Field {
    Named { name: String },
    Name(String),
}

impl Field {
    fn name(self) -> String {
        match self {
            Self::Named { name } | Self::Name(name) => name,
        }
    }
}

#[derive(Deserialize)]
struct Anything {}

impl Graph {
    /// What Meta knows of the access token; the token itself may ask.
    ///
    /// # Errors
    /// Meta refused, or does not answer.
    pub async fn token_facts(&self) -> Result<TokenFacts, CallFailure> {
        let secret = self.access_token().secret();
        let found: Data<Token> = self.look("debug_token", &[("input_token", secret.expose_secret())]).await?;
        let Token { app_id, kind, is_valid, expires_at, scopes, granular_scopes } = found.data;
        let mut permissions: BTreeMap<_, _> = scopes.into_iter().map(|scope| (scope, Vec::new())).collect();
        permissions.extend(granular_scopes.into_iter().map(|granular| (granular.scope, granular.target_ids)));
        // 0 is Meta's word for never.
        let expires_at = Timestamp::from_second(expires_at).ok().filter(|_| expires_at > 0);
        Ok(TokenFacts { app: app_id, kind, is_valid, expires_at, permissions })
    }

    /// Whether this is the secret of the access token's app: Meta checks a proof made of both.
    ///
    /// # Errors
    /// Meta refused for another reason, or does not answer.
    pub async fn is_secret_of_the_app(&self, secret: &SecretString) -> Result<bool, CallFailure> {
        let proof = proof(secret, &self.access_token().secret());
        match self.look::<Anything>("app", &[("fields", "id"), ("appsecret_proof", &proof)]).await {
            Ok(Anything {}) => Ok(true),
            Err(CallFailure::Refused { code: WRONG_PARAMETER, .. }) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// What Meta's clock shows, to the second; `None` when its answer does not say.
    pub async fn time_at_meta(&self) -> Option<Timestamp> {
        let (base, version) = self.place();
        let answer = self.patient()?.get(format!("{base}/{version}/")).send().await.ok()?;
        let date = answer.headers().get("date")?.to_str().ok()?;
        jiff::fmt::rfc2822::parse(date).ok().map(|date| date.timestamp())
    }

    /// Where the webhooks of WhatsApp go; `None`: nowhere. `secret` is the app's.
    ///
    /// # Errors
    /// Meta refused, or does not answer.
    pub async fn callback_facts(&self, app: &str, secret: &SecretString) -> Result<Option<CallbackFacts>, CallFailure> {
        let token = SecretString::from(format!("{app}|{}", secret.expose_secret()));
        let found: Subscriptions = self.look_as(&token, &format!("{app}/subscriptions"), &[]).await?;
        let ours = found.data.into_iter().find(|subscription| subscription.object == OBJECT);
        Ok(ours.map(|Subscription { callback_url, active, fields, .. }| CallbackFacts {
            url: callback_url,
            is_active: active,
            fields: fields.into_iter().map(Field::name).collect(),
        }))
    }
}

/// `appsecret_proof`: HMAC-SHA256 of the access token under the app secret
/// (developers.facebook.com/docs/graph-api/guides/secure-requests).
fn proof(secret: &SecretString, token: &SecretString) -> String {
    // A key of any length will do.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return String::new();
    };
    mac.update(token.expose_secret().as_bytes());
    hex::encode(mac.finalize().into_bytes())
}
