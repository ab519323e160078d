//! The clock of the machine jumps while a message is on its way.

use serde_json::json;

use super::BOT;
use crate::harness::TestApp;

/// One that leaves time for a jump between the POST and its answer.
const SLOW: u32 = 2_000;

async fn answers_slowly(app: &TestApp) {
    app.fault(json!({ "on": "send", "do": { "slow_ms": SLOW }, "times": 1 })).await;
}

#[tokio::test]
async fn a_clock_that_jumps_an_hour_ahead_during_a_post_costs_no_message_and_makes_no_second_one() {
    let app = TestApp::start(BOT).await;
    answers_slowly(&app).await;
    app.says("p1", "two").await;
    app.until_posts(1).await;
    app.time_passes("1h").await;
    assert_eq!(app.answers("p1").await, ["First", "Second"]);
    app.drain().await;
    assert_eq!(app.posts().await.len(), 2);
}

#[tokio::test]
async fn a_clock_that_goes_back_an_hour_during_a_post_costs_no_message_and_makes_no_second_one() {
    let app = TestApp::start(BOT).await;
    app.time_passes("1h").await;
    answers_slowly(&app).await;
    app.says("p1", "two").await;
    app.until_posts(1).await;
    app.clock_back().await;
    assert_eq!(app.answers("p1").await, ["First", "Second"]);
    app.drain().await;
    assert_eq!(app.posts().await.len(), 2);
    app.says("p1", "hello").await;
    app.until_posts(3).await;
    app.drain().await;
}
