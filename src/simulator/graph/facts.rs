//! What the simulated Graph API tells of the app, its token, the account and the numbers, and what faults make of it.

use actix_web::web::{self, Query};
use actix_web::{HttpRequest, HttpResponse, Route};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Answer, Call, Refusal};
use crate::simulator::hub::Hub;
use crate::simulator::{Number, Simulator};

/// The app of Meta's own examples.
const APP: &str = "670843887433847";
const FIELDS: [&str; 7] = [
    "messages",
    "account_alerts",
    "account_update",
    "message_template_status_update",
    "phone_number_quality_update",
    "security",
    "user_preferences",
];

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::simulator) enum Facts {
    Token,
    App,
    Subscriptions,
    Account,
    SubscribedApps,
    Numbers,
}

/// What becomes of the answer: one of the three.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulator) struct FactsFault {
    pub(in crate::simulator) of: Facts,
    /// Merged into the answer (RFC 7396), of a list into each of its entries.
    pub(in crate::simulator) patch: Option<Value>,
    /// The list is empty, the object is not there.
    #[serde(default)]
    pub(in crate::simulator) gone: bool,
    /// A Graph error.
    pub(in crate::simulator) error: Option<i64>,
}

#[derive(Deserialize)]
struct Parameters {
    appsecret_proof: Option<String>,
}

pub(super) fn routes(config: &mut web::ServiceConfig) {
    for (path, facts) in [
        ("debug_token", Facts::Token),
        ("app", Facts::App),
        ("{id}/subscriptions", Facts::Subscriptions),
        ("{id}/phone_numbers", Facts::Numbers),
    ] {
        config.route(&format!(r"/{{version:v\d+\.\d+}}/{path}"), telling(facts));
    }
    config.service(
        web::resource(r"/{version:v\d+\.\d+}/{id}/subscribed_apps")
            .route(telling(Facts::SubscribedApps))
            .route(web::post().to(subscribe)),
    );
}

fn telling(facts: Facts) -> Route {
    web::get().to(move |simulator: web::Data<Simulator>, request: HttpRequest, query: Query<Parameters>| async move {
        asked(facts, &simulator, &request, &query)
    })
}

fn asked(facts: Facts, simulator: &Simulator, request: &HttpRequest, query: &Parameters) -> HttpResponse {
    let call = Call::begin(&simulator.hub, request, Value::Null);
    let answer = match permitted(facts, &call, request).and_then(|()| proven(call.hub, query)) {
        Err(refusal) => Answer::from(&refusal),
        Ok(()) => told(call.hub, facts, request),
    };
    call.end(answer)
}

async fn subscribe(simulator: web::Data<Simulator>, request: HttpRequest) -> HttpResponse {
    let call = Call::begin(&simulator.hub, &request, Value::Null);
    let answer = match permitted(Facts::SubscribedApps, &call, &request) {
        Err(refusal) => Answer::from(&refusal),
        Ok(()) => Answer::Json(200, json!({"success": true})),
    };
    call.end(answer)
}

/// The account itself, under its id.
pub(super) fn account(hub: &Hub, request: &HttpRequest) -> Answer {
    told(hub, Facts::Account, request)
}

/// Subscriptions are the app's own matter: they take its id and secret as a token, and no other.
fn permitted(facts: Facts, call: &Call<'_>, request: &HttpRequest) -> Result<(), Refusal> {
    if facts == Facts::Subscriptions {
        let token = format!("Bearer {APP}|{}", call.hub.app_secret.expose_secret());
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        return if header == Some(&token) { Ok(()) } else { Err(Refusal::token("Invalid OAuth access token signature.", None)) };
    }
    call.permitted(request, true).map(drop)?;
    let id = request.match_info().get("id").unwrap_or(call.hub.waba_id.as_str());
    if id == call.hub.waba_id.as_str() { Ok(()) } else { Err(Refusal::no_such_object(request.method().as_str(), id)) }
}

/// `appsecret_proof`, where somebody sends one: HMAC-SHA256 of the token under the app's secret.
fn proven(hub: &Hub, query: &Parameters) -> Result<(), Refusal> {
    let Some(proof) = &query.appsecret_proof else {
        return Ok(());
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(hub.app_secret.expose_secret().as_bytes()) else {
        return Ok(());
    };
    mac.update(hub.access_token.expose_secret().as_bytes());
    let ours = hex::encode(mac.finalize().into_bytes());
    if *proof == ours { Ok(()) } else { Err(Refusal::parameter("Invalid appsecret_proof provided in the API argument")) }
}

fn told(hub: &Hub, facts: Facts, request: &HttpRequest) -> Answer {
    let fault = hub.world().faults.facts(facts);
    if let Some(code) = fault.as_ref().and_then(|fault| fault.error) {
        return Answer::from(&Refusal::wanted(code, None));
    }
    let gone = fault.as_ref().is_some_and(|fault| fault.gone);
    let patch = fault.and_then(|fault| fault.patch).unwrap_or(Value::Null);
    let answer = plain(hub, facts);
    match facts {
        Facts::Subscriptions | Facts::SubscribedApps | Facts::Numbers => {
            let entries = answer.as_array().into_iter().flatten().filter(|_| !gone);
            let entries: Vec<_> = entries.map(|entry| merged(entry.clone(), &patch)).collect();
            Answer::Json(200, json!({"data": entries}))
        }
        Facts::Token | Facts::App | Facts::Account if gone => Answer::from(&Refusal::no_such_object("GET", request.path())),
        Facts::Token => Answer::Json(200, json!({"data": merged(answer, &patch)})),
        Facts::App | Facts::Account => Answer::Json(200, merged(answer, &patch)),
    }
}

/// As all is well.
fn plain(hub: &Hub, facts: Facts) -> Value {
    let waba = hub.waba_id.as_str();
    let part = |kind: &str, id: &str| json!({"entity_type": kind, "id": id, "can_send_message": "AVAILABLE"});
    let around = [part("WABA", waba), part("BUSINESS", "506914307656634"), part("APP", APP)];
    match facts {
        Facts::Token => json!({
            "app_id": APP, "type": "SYSTEM_USER", "application": "Simulated", "is_valid": true, "expires_at": 0,
            "scopes": ["whatsapp_business_management", "whatsapp_business_messaging", "public_profile"],
            "granular_scopes": [
                {"scope": "whatsapp_business_management", "target_ids": [waba]},
                {"scope": "whatsapp_business_messaging", "target_ids": [waba]},
            ],
        }),
        Facts::App => json!({"id": APP, "name": "Simulated"}),
        Facts::Subscriptions => json!([{
            "object": "whatsapp_business_account", "callback_url": hub.webhook_url, "active": true,
            "fields": FIELDS.map(|name| json!({"name": name, "version": "v25.0"})),
        }]),
        Facts::Account => json!({
            "id": waba, "name": "Simulated account", "account_review_status": "APPROVED",
            "health_status": {"can_send_message": "AVAILABLE", "entities": around},
        }),
        Facts::SubscribedApps => json!([{"whatsapp_business_api_data": {"id": APP, "name": "Simulated"}}]),
        Facts::Numbers => hub.numbers.iter().map(|number| one_number(hub, number, &around)).collect(),
    }
}

fn one_number(hub: &Hub, number: &Number, around: &[Value]) -> Value {
    let own = json!({"entity_type": "PHONE_NUMBER", "id": number.phone_number_id, "can_send_message": "AVAILABLE"});
    let parts: Vec<_> = std::iter::once(&own).chain(around).collect();
    json!({
        "id": number.phone_number_id, "verified_name": number.nick, "display_phone_number": number.display,
        "code_verification_status": "VERIFIED", "name_status": "APPROVED", "status": "CONNECTED", "quality_rating": "GREEN",
        "platform_type": "CLOUD_API", "account_mode": "LIVE", "is_on_biz_app": false, "throughput": {"level": "STANDARD"},
        "whatsapp_business_manager_messaging_limit": "TIER_250",
        "webhook_configuration": {"application": hub.webhook_url},
        "health_status": {"can_send_message": "AVAILABLE", "entities": parts},
    })
}

/// RFC 7396: what is null goes, objects are merged, everything else is replaced.
fn merged(target: Value, patch: &Value) -> Value {
    match (target, patch) {
        (target, Value::Null) => target,
        (Value::Object(mut target), Value::Object(patch)) => {
            for (key, value) in patch {
                let before = target.remove(key).unwrap_or(Value::Null);
                if !value.is_null() {
                    target.insert(key.clone(), merged(before, value));
                }
            }
            Value::Object(target)
        }
        (_, patch) => patch.clone(),
    }
}
