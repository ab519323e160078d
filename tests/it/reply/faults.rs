//! Meta says no, says nothing, or says it late.

use serde_json::json;
use wabridge::domain::StatusKind;

use super::BOT;
use crate::harness::TestApp;

mod codes;
mod numbers;

kept_anywhere!(
    a_refused_message_is_not_sent_again_and_the_next_one_is_answered,
    a_throttled_message_is_sent_later_once,
    a_transient_error_is_tried_again_until_it_is_over,
    an_answer_that_is_lost_is_resolved_by_the_status_and_nothing_is_sent_twice,
    a_proxys_503_is_sent_again_only_after_ten_minutes_without_a_status,
    a_500_of_graph_is_sent_again_only_after_ten_minutes_without_a_status,
    a_500_without_a_body_is_sent_again_only_after_ten_minutes_without_a_status,
    a_connection_that_breaks_is_sent_again_only_after_ten_minutes_without_a_status,
    a_time_out_is_sent_again_only_after_ten_minutes_without_a_status,
    an_answer_that_comes_late_is_waited_for,
    an_expired_token_loses_nothing,
    what_waits_until_the_window_has_closed_is_not_sent,
    statuses_in_reverse_end_in_the_furthest,
);

/// The bodies that the far end accepted.
async fn accepted(app: &TestApp) -> Vec<String> {
    let posts = app.posts().await;
    let accepted = posts.iter().filter(|post| post["status"] == 200);
    accepted.map(|post| post["body"]["text"]["body"].as_str().unwrap_or("").to_owned()).collect()
}

async fn a_refused_message_is_not_sent_again_and_the_next_one_is_answered() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "send", "do": { "error": 131_026, "http": 400 }, "times": 1 })).await;
    app.says("p1", "two").await;
    app.until_posts(1).await;
    app.drain().await;
    assert_eq!(app.posts().await.len(), 1, "the second of the sequence is skipped");
    app.says("p1", "hello").await;
    app.until_posts(2).await;
    app.drain().await;
    assert_eq!(accepted(&app).await, ["You said hello"]);
}

async fn a_throttled_message_is_sent_later_once() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "send", "do": { "error": 130_429, "http": 429 }, "times": 1 })).await;
    app.says("p1", "hello").await;
    app.until_posts(2).await;
    app.drain().await;
    assert_eq!(accepted(&app).await, ["You said hello"]);
    assert!(app.log().contains("it sends slower for a while"), "{}", app.log());
}

async fn a_transient_error_is_tried_again_until_it_is_over() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "send", "do": { "error": 131_000, "http": 400 }, "times": 2 })).await;
    app.says("p1", "hello").await;
    app.until_posts(3).await;
    app.drain().await;
    assert_eq!(accepted(&app).await, ["You said hello"]);
}

async fn an_answer_that_is_lost_is_resolved_by_the_status_and_nothing_is_sent_twice() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "send", "do": "accept_then_reset", "times": 1 })).await;
    app.says("p1", "two").await;
    assert_eq!(app.answers("p1").await, ["First", "Second"]);
    app.drain().await;
    assert_eq!(app.posts().await.len(), 2);
}

/// One POST meets the fault and nothing tells what became of it.
async fn is_sent_again_only_after_ten_minutes(fault: serde_json::Value) {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "send", "do": fault, "times": 1 })).await;
    app.says("p1", "hello").await;
    app.until_posts(1).await;
    app.until_parked().await;
    // At 135 s nothing proves that statuses arrive, so it waits on.
    app.time_passes("140s").await;
    app.until_parked().await;
    assert_eq!(app.posts().await.len(), 1);
    // Looked at so late that we might have been down: statuses of that time get ten minutes more.
    app.time_passes("11m").await;
    app.until_parked().await;
    assert_eq!(app.posts().await.len(), 1);
    app.time_passes("601s").await;
    app.until_posts(2).await;
    app.drain().await;
    assert_eq!(accepted(&app).await, ["You said hello"]);
}

async fn a_proxys_503_is_sent_again_only_after_ten_minutes_without_a_status() {
    is_sent_again_only_after_ten_minutes(json!({ "http": 503, "body": "html" })).await;
}

async fn a_500_of_graph_is_sent_again_only_after_ten_minutes_without_a_status() {
    is_sent_again_only_after_ten_minutes(json!({ "http": 500, "body": "graph" })).await;
}

async fn a_500_without_a_body_is_sent_again_only_after_ten_minutes_without_a_status() {
    is_sent_again_only_after_ten_minutes(json!({ "http": 500, "body": "empty" })).await;
}

async fn a_connection_that_breaks_is_sent_again_only_after_ten_minutes_without_a_status() {
    is_sent_again_only_after_ten_minutes(json!("refuse_connection")).await;
}

async fn a_time_out_is_sent_again_only_after_ten_minutes_without_a_status() {
    is_sent_again_only_after_ten_minutes(json!("hang")).await;
}

async fn an_answer_that_comes_late_is_waited_for() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "send", "do": { "slow_ms": 2000 }, "times": 1 })).await;
    app.says("p1", "two").await;
    assert_eq!(app.answers("p1").await, ["First", "Second"]);
    app.drain().await;
    assert_eq!(app.posts().await.len(), 2);
}

async fn an_expired_token_loses_nothing() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "token", "do": "expired", "times": null })).await;
    app.says("p1", "hello").await;
    app.until_posts(1).await;
    app.until_parked().await;
    app.no_faults().await;
    app.time_passes("61s").await;
    app.until_posts(2).await;
    app.drain().await;
    assert_eq!(accepted(&app).await, ["You said hello"]);
}

async fn what_waits_until_the_window_has_closed_is_not_sent() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "token", "do": "expired", "times": null })).await;
    app.says("p1", "hello").await;
    app.until_posts(1).await;
    app.until_parked().await;
    app.no_faults().await;
    app.time_passes("25h").await;
    app.drain().await;
    assert!(accepted(&app).await.is_empty());
}

async fn statuses_in_reverse_end_in_the_furthest() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "status", "do": "reversed", "times": null })).await;
    app.says("p1", "hello").await;
    assert_eq!(app.answers("p1").await, ["You said hello"]);
    app.drain().await;
    let stored = app.stored_answers("p1").await;
    assert_eq!(stored.len(), 1);
    let told: Vec<_> = stored[0].tries[&1].statuses.keys().copied().collect();
    assert_eq!(told, [StatusKind::Sent, StatusKind::Delivered, StatusKind::Read]);
    assert_eq!(stored[0].delivery, Some(StatusKind::Read));
}
