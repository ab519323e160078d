//! What an operator sees of an exchange: by our ids and by the trace of its requests.

use serde_json::{Value, json};

use super::far_end::{FarEnd, wamid};
use super::meta::{Meta, said, told};
use super::process::{ACCESS_TOKEN, Serve};
use super::until;
use crate::place::{Place, here};
use crate::reply::privacy::decoded;
use crate::webhook::service::{NUMBER, SECRET, TOKEN, sign};

const PHONE: &str = "16505551234";
/// Of the message's request, and of the status's.
const TRACES: [&str; 2] = ["4bf92f3577b34da6a3ce929d0e0e4736", "105445aa7843bc8bf206b12000100000"];

everywhere!(an_exchange_can_be_followed_from_its_webhook_to_its_status, no_secret_and_nothing_personal_is_logged_at_any_level,);

async fn an_exchange_can_be_followed_from_its_webhook_to_its_status() {
    let far_end = FarEnd::start();
    let serve = Serve::start_here(&far_end, "0s").await;
    let meta = Meta::of(&serve);
    let [asked, answered] = TRACES.map(|trace| format!("00-{trace}-00f067aa0ba902b7-01"));
    meta.deliver_traced(&said(PHONE, "hello"), &asked).await;
    far_end.until_accepted(1).await;
    let callback = &far_end.accepted()[0]["biz_opaque_callback_data"];
    let pricing = json!({"billable": true, "pricing_model": "PMP", "category": "service", "type": "regular"});
    let status = json!({"id": wamid(1), "status": "sent", "timestamp": "1749416390", "recipient_id": PHONE,
        "biz_opaque_callback_data": callback, "pricing": pricing});
    meta.deliver_traced(&told(&status), &answered).await;
    until("both events", async || events(&serve).len() == 2).await;

    let webhooks = of("webhook.count", &serve.lines());
    let accepted: Vec<_> = webhooks.into_iter().filter(|line| line["webhookStatus"] == 200).collect();
    let [webhook, of_status] = &accepted[..] else { panic!("{accepted:#?}") };
    assert_eq!((&webhook["webhookCode"], &webhook["webhookEvents"]), (&json!("accepted"), &json!(1)));
    let request = &webhook["httpRequest"];
    assert_eq!(
        (&request["requestMethod"], &request["status"], &request["requestUrl"]),
        (&json!("POST"), &json!(200), &json!("/webhooks/whatsapp"))
    );
    let latency = request["latency"].as_str().and_then(|latency| latency.strip_suffix('s')?.parse::<f64>().ok());
    assert!(latency.is_some_and(|seconds| seconds < 60.0) && webhook["webhookLatencyUs"].is_u64(), "{webhook}");

    let [message, evidence] = [webhook, of_status].map(|webhook| {
        let found = events(&serve).into_iter().find(|line| line["eventSubject"] == webhook["deliveryId"]);
        found.expect("the event of the delivery")
    });
    assert_eq!((&message["eventKind"], &message["eventEnd"]), (&json!("message"), &json!("acked")));
    assert_eq!((&evidence["eventKind"], &evidence["eventEnd"]), (&json!("status"), &json!("acked")));
    let decided = one("bot.count", "eventId", &message["eventId"], &serve);
    assert_eq!(decided["botOutcome"], "answered");
    let sent = one("send.count", "turnId", &decided["turnId"], &serve);
    assert_eq!((&sent["sendClass"], &sent["sendAttempt"], &sent["messageKind"]), (&json!("accepted"), &json!(1), &json!("text")));
    assert!(sent["sendLatencyUs"].is_u64(), "{sent}");
    let status = one("status.count", "messageId", &sent["messageId"], &serve);
    assert_eq!(status["statusKind"], "sent");
    let billed = one("billed.count", "messageId", &sent["messageId"], &serve);
    assert_eq!(billed["billedCategory"], "service");

    let lines = match here() {
        // The trace ends at the embedded queue.
        Place::Folder => [vec![webhook], vec![of_status]],
        Place::Emulators(_) => [vec![webhook, &message, &decided, &sent], vec![of_status, &evidence, &status, &billed]],
    };
    for (line, trace) in lines.iter().zip(TRACES).flat_map(|(lines, trace)| lines.iter().map(move |line| (line, trace))) {
        let name = line["logging.googleapis.com/trace"].as_str().unwrap_or("none");
        assert!(name.rsplit('/').next() == Some(trace) && line["logging.googleapis.com/trace_sampled"] == true, "{line:#}");
        assert_eq!(name.starts_with("projects/"), matches!(here(), Place::Emulators(_)), "{name}");
    }
}

/// The lines that a metric counts.
fn of(metric: &str, lines: &[Value]) -> Vec<Value> {
    lines.iter().filter(|line| line["metric"] == metric).cloned().collect()
}

/// Those of the events of webhooks.
fn events(serve: &Serve) -> Vec<Value> {
    let handled = of("event.count", &serve.lines());
    handled.into_iter().filter(|line| line["eventEnd"] == "acked" && line["eventKind"] != "wake").collect()
}

/// The one line of a metric where a field says this.
fn one(metric: &str, field: &str, value: &Value, serve: &Serve) -> Value {
    let lines = of(metric, &serve.lines());
    let found: Vec<_> = lines.iter().filter(|line| line[field] == *value && !value.is_null()).collect();
    assert_eq!(found.len(), 1, "{metric} with {field} {value}: {lines:#?}");
    found[0].clone()
}

async fn no_secret_and_nothing_personal_is_logged_at_any_level() {
    let far_end = FarEnd::start();
    let serve = Serve::start_talkative(&far_end, "0s").await;
    let meta = Meta::of(&serve);
    let body = said(PHONE, "canary");
    meta.deliver(&body).await;
    far_end.until_accepted(1).await;
    for signature in ["", "sha256=", &sign("canary secret", body.as_bytes()), &format!("sha256={SECRET}")] {
        assert!(meta.signed(&body, signature).await.status >= 400);
    }
    let answered = meta.signed("canary {", &sign(SECRET, b"canary {")).await;
    assert_eq!(answered.status, 400);
    let stranger = body.replace(NUMBER, "106540352242923").replace("INcanary", "INcanary2");
    assert_eq!(meta.once(&stranger).await.status, 403);
    let callback = &far_end.accepted()[0]["biz_opaque_callback_data"];
    let errors = json!([{"code": 131_026, "title": "canary title", "message": "canary", "error_data": {"details": "canary"}}]);
    let status = json!({"id": wamid(1), "status": "failed", "timestamp": "1749416390", "recipient_id": PHONE,
        "biz_opaque_callback_data": callback, "errors": errors});
    meta.deliver(&told(&status)).await;
    until("both events", async || events(&serve).len() == 2).await;
    let log = serve.log();
    assert!(log.contains("a message failed after Meta had taken it"), "the log is there: {log}");
    let hidden = decoded(&log);
    for canary in [SECRET, TOKEN, ACCESS_TOKEN, PHONE, "canary", "wamid."] {
        let line = log.lines().find(|line| line.contains(canary));
        assert!(line.is_none(), "{canary} is in the log: {line:?}");
        let line = hidden.iter().find(|text| text.contains(canary));
        assert!(line.is_none(), "{canary} is in the log as base64: {line:?}");
    }
}
