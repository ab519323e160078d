//! Which messages become one turn, and what is sent for it.

use serde_json::json;

use super::BOT;
use crate::harness::TestApp;

everywhere!(
    a_text_gets_one_answer_and_the_answer_is_delivered,
    a_tapped_button_gets_its_answer,
    a_person_without_a_phone_number_is_answered_by_user_id,
    messages_of_a_burst_become_one_turn_and_one_answer,
    the_messages_of_a_sequence_leave_in_order,
    a_delivery_that_comes_twice_is_answered_once,
    several_people_in_one_delivery_are_each_answered,
    silence_sends_nothing_and_leaves_nothing,
    a_message_older_than_answer_within_is_recorded_and_not_answered,
    the_message_is_marked_as_read_with_typing_before_the_answer_and_not_for_silence,
);

async fn a_text_gets_one_answer_and_the_answer_is_delivered() {
    let app = TestApp::start(BOT).await;
    app.says("p1", "hello").await;
    let conversation = app.conversation("p1").await;
    let messages = conversation["messages"].as_array().expect("messages");
    assert_eq!(messages.len(), 2, "{conversation:#}");
    assert_eq!(messages[1]["body"]["body"], "You said hello");
    assert_eq!(messages[1]["status"], "delivered");
    assert_eq!(conversation["billed"], 1);
    app.drain().await;
    assert_eq!(app.posts().await.len(), 1);
}

async fn a_tapped_button_gets_its_answer() {
    let app = TestApp::start(BOT).await;
    app.says("p1", "menu").await;
    let conversation = app.conversation("p1").await;
    let buttons = &conversation["messages"][1];
    assert_eq!(buttons["kind"], "buttons");
    app.sends("p1", json!({ "tap": { "message": buttons["wamid"], "choice": "tea" } })).await;
    assert_eq!(app.answers("p1").await, ["What shall it be?", "Tea it is"]);
    app.drain().await;
}

async fn a_person_without_a_phone_number_is_answered_by_user_id() {
    let app = TestApp::start(BOT).await;
    app.says("p2", "hello").await;
    assert_eq!(app.answers("p2").await, ["You said hello"]);
    let post = &app.posts().await[0];
    assert!(post["body"]["recipient"].is_string() && post["body"]["to"].is_null(), "{post:#}");
    app.drain().await;
}

async fn messages_of_a_burst_become_one_turn_and_one_answer() {
    let app = TestApp::start(&BOT.replace("debounce: 0s", "debounce: 600ms")).await;
    for text in ["one", "two words", "three"] {
        app.says("p1", text).await;
    }
    assert_eq!(app.answers("p1").await, ["You said one\ntwo words\nthree"]);
    app.drain().await;
}

async fn the_messages_of_a_sequence_leave_in_order() {
    let app = TestApp::start(BOT).await;
    app.says("p1", "two").await;
    assert_eq!(app.answers("p1").await, ["First", "Second"]);
    app.drain().await;
}

async fn a_delivery_that_comes_twice_is_answered_once() {
    let app = TestApp::start(BOT).await;
    app.sends("p1", json!({ "text": "again", "deliver": { "times": 5 } })).await;
    app.drain().await;
    assert_eq!(app.answers("p1").await, ["You said again"]);
    assert_eq!(app.count("inbound").await, 1);
}

async fn several_people_in_one_delivery_are_each_answered() {
    let app = TestApp::start(BOT).await;
    let batch = |text: &str, hold: bool| json!({ "text": text, "deliver": { "batch": "b1", "hold": hold } });
    app.sends("p1", batch("from one", true)).await;
    app.sends("p2", batch("from two", false)).await;
    assert_eq!(app.answers("p1").await, ["You said from one"]);
    assert_eq!(app.answers("p2").await, ["You said from two"]);
    let delivery = async |person| app.conversation(person).await["messages"][0]["trace"]["webhook"]["delivery"].clone();
    assert_eq!(delivery("p1").await, delivery("p2").await, "both came in one delivery");
    app.drain().await;
}

async fn silence_sends_nothing_and_leaves_nothing() {
    let app = TestApp::start(BOT).await;
    app.says("p1", "quiet").await;
    assert!(app.answers("p1").await.is_empty());
    app.drain().await;
    assert!(app.posts().await.is_empty());
}

async fn a_message_older_than_answer_within_is_recorded_and_not_answered() {
    let app = TestApp::start(BOT).await;
    app.sends("p1", json!({ "text": "old", "at": "2026-01-01T00:00:00Z" })).await;
    app.drain().await;
    assert_eq!(app.count("inbound").await, 1);
    assert!(app.posts().await.is_empty());
}

async fn the_message_is_marked_as_read_with_typing_before_the_answer_and_not_for_silence() {
    let app = TestApp::start(BOT).await;
    app.says("p1", "quiet").await;
    app.drain().await;
    let reads = async || {
        let all = app.get("/simulator/requests").await;
        let list = all.as_array().or_else(|| all["requests"].as_array()).expect("requests").clone();
        list.into_iter().filter(|request| request["body"]["status"] == "read").collect::<Vec<_>>()
    };
    assert!(reads().await.is_empty());
    let wamid = app.says("p1", "hello").await;
    app.conversation("p1").await;
    let reads = reads().await;
    assert_eq!(reads.len(), 1, "{reads:#?}");
    assert_eq!(reads[0]["body"]["message_id"], wamid);
    assert_eq!(reads[0]["body"]["typing_indicator"]["type"], "text");
}
