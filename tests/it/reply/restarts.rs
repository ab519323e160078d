//! The process ends in the middle: by TERM or by force.

use std::time::Duration;

use super::BOT;
use crate::harness::TestApp;

everywhere!(
    killed_before_the_answer_it_answers_once_after_the_restart,
    told_to_stop_it_lets_go_within_ten_seconds_and_the_next_process_answers,
);

/// Long enough that a message is still waiting when the process ends.
fn slow() -> String {
    BOT.replace("debounce: 0s", "debounce: 2s")
}

async fn killed_before_the_answer_it_answers_once_after_the_restart() {
    let mut app = TestApp::start(&slow()).await;
    app.says("p1", "hello").await;
    app.end("KILL");
    app.start_again().await;
    app.until_posts(1).await;
    app.drain().await;
    assert_eq!(app.posts().await.len(), 1);
}

async fn told_to_stop_it_lets_go_within_ten_seconds_and_the_next_process_answers() {
    let mut app = TestApp::start(&slow()).await;
    app.says("p1", "hello").await;
    let took = app.end("TERM");
    assert!(took < Duration::from_secs(10), "{took:?}");
    app.start_again().await;
    app.until_posts(1).await;
    app.drain().await;
    assert_eq!(app.posts().await.len(), 1);
}
