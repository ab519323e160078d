//! Statuses as Meta sends them: before the answer to the POST, of messages that are not ours, of one participant, with errors and prices.

use serde_json::{Value, json};
use wabridge::domain::{InboundId, PhoneNumberId, StatusKind, Wamid};
use wabridge::store::{OutState, OutboundRecord};

use super::far_end::{FarEnd, wamid};
use super::meta::{Meta, said, told};
use super::process::Serve;
use super::until;
use crate::webhook::service::NUMBER;

everywhere!(
    a_status_that_comes_before_the_answer_to_the_post_settles_it_and_the_answer_changes_nothing,
    a_failure_keeps_metas_code_and_the_price_stays_on_the_message,
    statuses_of_strangers_messages_are_taken_and_change_nothing,
);

const PHONE: &str = "16505551234";

/// A status with the callback data of the request that it is about, if there was one.
fn status(wamid: &str, kind: &str, request: Option<&Value>) -> Value {
    let mut status = json!({"id": wamid, "status": kind, "timestamp": "1749416390", "recipient_id": PHONE});
    if let Some(request) = request {
        status["biz_opaque_callback_data"] = request["biz_opaque_callback_data"].clone();
    }
    status
}

/// What the store holds of the answer to this word.
async fn answer_to(serve: &Serve, word: &str) -> OutboundRecord {
    let id = InboundId::of(&PhoneNumberId::new(NUMBER), &Wamid::new(format!("wamid.IN{word}")));
    serve.store().answers(id).await.unwrap().pop().expect("an answer")
}

/// Somebody says the word; the request of its answer.
async fn answered(far_end: &FarEnd, meta: &Meta, word: &str) -> Value {
    let before = far_end.accepted().len();
    meta.deliver(&said(PHONE, word)).await;
    far_end.until_accepted(before + 1).await;
    far_end.accepted()[before].clone()
}

async fn a_status_that_comes_before_the_answer_to_the_post_settles_it_and_the_answer_changes_nothing() {
    let far_end = FarEnd::start();
    let serve = Serve::start_here(&far_end, "0s").await;
    let meta = Meta::of(&serve);
    far_end.hold_answers();
    let request = answered(&far_end, &meta, "early").await;
    meta.deliver(&told(&status(&wamid(1), "delivered", Some(&request)))).await;
    until("the status", async || answer_to(&serve, "early").await.delivery == Some(StatusKind::Delivered)).await;
    let before = answer_to(&serve, "early").await;
    assert_eq!((before.state, before.tries[&1].outcome.clone()), (OutState::Accepted, None));
    far_end.answer();
    serve.drain().await;
    let after = answer_to(&serve, "early").await;
    assert_eq!((after.state, after.delivery, after.double_send), (OutState::Accepted, Some(StatusKind::Delivered), false));
    assert!(after.tries[&1].outcome.is_some(), "{after:?}");
    assert_eq!(far_end.accepted().len(), 1);
}

async fn a_failure_keeps_metas_code_and_the_price_stays_on_the_message() {
    let far_end = FarEnd::start();
    let serve = Serve::start_here(&far_end, "0s").await;
    let meta = Meta::of(&serve);
    let request = answered(&far_end, &meta, "priced").await;
    let mut sent = status(&wamid(1), "sent", Some(&request));
    sent["pricing"] = json!({"billable": true, "pricing_model": "PMP", "category": "service", "type": "regular"});
    let mut failed = status(&wamid(1), "failed", Some(&request));
    failed["errors"] = json!([{"code": 131_026, "title": "Message undeliverable", "message": "Message undeliverable"}]);
    // The failure has no price, and whether it comes before or after makes no difference.
    for body in [told(&failed), told(&sent), told(&failed), told(&sent)] {
        meta.deliver(&body).await;
    }
    serve.drain().await;
    let kept = answer_to(&serve, "priced").await;
    assert_eq!((kept.state, kept.delivery), (OutState::Accepted, Some(StatusKind::Failed)));
    assert_eq!(kept.tries[&1].error.as_ref().map(|error| error.code), Some(131_026));
    let pricing = kept.pricing.expect("a price");
    assert_eq!((pricing.billable, pricing.category.as_str(), pricing.model.as_str()), (true, "service", "PMP"));
    assert_eq!(far_end.accepted().len(), 1, "what failed after Meta took it is not sent again");
}

async fn statuses_of_strangers_messages_are_taken_and_change_nothing() {
    let far_end = FarEnd::start();
    let serve = Serve::start_here(&far_end, "0s").await;
    let meta = Meta::of(&serve);
    answered(&far_end, &meta, "ours").await;
    serve.drain().await;
    let before = answer_to(&serve, "ours").await;
    let mut participant = status("wamid.GROUP", "read", None);
    participant["recipient_type"] = "group".into();
    participant["recipient_id"] = "120363000000000000".into();
    participant["recipient_participant_id"] = "16505550001".into();
    let unknown = status("wamid.NOBODY", "delivered", None);
    let mut elsewhere = status("wamid.OTHER", "failed", None);
    elsewhere["biz_opaque_callback_data"] = "order-4711".into();
    let mut never_sent = status("wamid.OTHER", "sent", None);
    never_sent["biz_opaque_callback_data"] = format!("wb1.{}.9", before.id).into();
    for status in [participant, unknown, elsewhere, never_sent] {
        meta.deliver(&told(&status)).await;
    }
    serve.drain().await;
    assert_eq!(answer_to(&serve, "ours").await, before);
    assert_eq!(far_end.accepted().len(), 1);
}
