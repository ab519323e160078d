//! Codes that are about one person or one message: nobody else notices.

use serde_json::json;
use wabridge::domain::StatusKind;
use wabridge::store::{OutState, Outcome};

use super::{BOT, accepted};
use crate::harness::TestApp;

#[tokio::test]
async fn too_many_to_one_person_hold_up_nobody_else() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "send", "do": { "error": 131_056, "http": 400 }, "times": null, "person": "p1" })).await;
    app.says("p1", "slow").await;
    // After 4 s the second try, then 16 s that are parked.
    app.until_posts(2).await;
    app.until_parked().await;
    app.says("p2", "quick").await;
    app.until_posts(3).await;
    app.until_parked().await;
    assert_eq!(accepted(&app).await, ["You said quick"]);
    app.no_faults().await;
    app.time_passes("17s").await;
    app.until_posts(4).await;
    app.drain().await;
    assert_eq!(accepted(&app).await, ["You said quick", "You said slow"]);
}

#[tokio::test]
async fn maintenance_of_the_account_is_waited_for() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "send", "do": { "error": 131_057, "http": 400 }, "times": 1 })).await;
    app.says("p1", "hello").await;
    app.until_posts(1).await;
    app.until_parked().await;
    app.time_passes("21s").await;
    app.until_posts(2).await;
    app.drain().await;
    assert_eq!(accepted(&app).await, ["You said hello"]);
}

#[tokio::test]
async fn a_closed_window_is_final_and_the_next_message_is_answered() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "send", "do": { "error": 131_047, "http": 400 }, "times": 1 })).await;
    app.says("p1", "hello").await;
    app.until_posts(1).await;
    app.drain().await;
    let stored = app.stored_answers("p1").await;
    assert_eq!((stored.len(), stored[0].state), (1, OutState::Refused));
    let Some(Outcome::Refused { failure }) = &stored[0].tries[&1].outcome else { panic!("{stored:?}") };
    assert_eq!(failure.code, 131_047);
    app.says("p1", "again").await;
    app.until_posts(2).await;
    app.drain().await;
    assert_eq!(accepted(&app).await, ["You said again"]);
}

#[tokio::test]
async fn a_closed_window_told_by_a_status_is_kept_and_nothing_is_sent_again() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "status", "do": { "failed": 131_047 }, "times": 1 })).await;
    app.says("p1", "hello").await;
    app.conversation("p1").await;
    app.drain().await;
    let stored = app.stored_answers("p1").await;
    assert_eq!((stored.len(), stored[0].state), (1, OutState::Accepted), "Meta took it");
    assert_eq!(stored[0].delivery, Some(StatusKind::Failed));
    assert_eq!(stored[0].tries[&1].error.as_ref().unwrap().code, 131_047);
    app.says("p1", "again").await;
    app.until_posts(2).await;
    app.drain().await;
    assert_eq!(accepted(&app).await, ["You said hello", "You said again"]);
}
