//! What is about a whole number: a token that is not valid, a restriction, its rate. Nothing is lost, and other numbers go on.

use std::time::{Duration, Instant};

use serde_json::json;
use wabridge::domain::{InboundId, PhoneNumberId, Wamid};
use wabridge::store::{Note, OutState};

use super::{BOT, accepted};
use crate::harness::TestApp;

/// People of the backlog.
const CROWD: u32 = 22;

async fn sorted(app: &TestApp) -> Vec<String> {
    let mut bodies = accepted(app).await;
    bodies.sort();
    bodies
}

/// So many people write, each a word of their own; returns their wamids, and what each must be answered.
async fn crowd_writes(app: &TestApp, count: u32) -> Vec<(String, String)> {
    let mut expected = Vec::new();
    for n in 0..count {
        let person = app.add_person(&json!({ "username": format!("person.{n}") })).await;
        let wamid = app.says(&person, &format!("word {n:02}")).await;
        expected.push((wamid, format!("You said word {n:02}")));
    }
    expected
}

fn texts(expected: Vec<(String, String)>) -> Vec<String> {
    expected.into_iter().map(|(_, text)| text).collect()
}

#[tokio::test]
async fn a_token_that_is_bad_for_two_hours_costs_few_tries_and_then_everybody_is_answered_once() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "token", "do": "expired", "times": null })).await;
    let expected = crowd_writes(&app, CROWD).await;
    app.until_at_rest(Some(CROWD)).await;
    let mut tries = app.posts().await.len();
    for _ in 0..4 {
        app.time_passes("30m").await;
        app.until_at_rest(Some(CROWD)).await;
        tries += 1;
        assert_eq!(app.posts().await.len(), tries, "one tries for all");
    }
    app.no_faults().await;
    app.time_passes("61s").await;
    app.until_at_rest(None).await;
    // One has tried. Who asked before it knew waits for one minute more.
    app.time_passes("61s").await;
    app.drain().await;
    assert_eq!(sorted(&app).await, texts(expected));
    assert_eq!(app.log().matches("Meta stopped a number").count(), 1, "told once");
}

#[tokio::test]
async fn what_waited_half_a_day_behind_a_paused_answer_is_noted_and_not_answered() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "token", "do": "expired", "times": null })).await;
    app.says("p1", "one").await;
    app.until_parked().await;
    let two = app.says("p1", "two").await;
    app.until_at_rest(Some(1)).await;
    app.time_passes("13h").await;
    app.until_at_rest(Some(1)).await;
    app.no_faults().await;
    app.time_passes("61s").await;
    app.drain().await;
    assert_eq!(accepted(&app).await, ["You said one"], "its answer was ready; what came after it is too old for one");
    let id = InboundId::of(&PhoneNumberId::new("106540352242922"), &Wamid::new(two));
    let record = app.store().inbound(id).await.expect("a record").expect("one");
    assert_eq!(record.note, Some(Note::Stale));
}

#[tokio::test]
async fn a_restricted_number_pauses_across_a_restart_while_the_other_goes_on() {
    let bot = format!("{BOT}numbers: {{ shop: \"106540352242922\", desk: \"106540352242923\" }}\n");
    let mut app = TestApp::start(&bot).await;
    app.fault(json!({ "on": "send", "do": { "error": 131_048, "http": 400 }, "number": "shop", "times": 1 })).await;
    app.says("p1", "one").await;
    app.until_parked().await;
    app.says("p2", "second").await;
    app.until_at_rest(Some(2)).await;
    assert_eq!(app.posts().await.len(), 1, "nobody asks again");
    app.sends("p2", json!({ "text": "desk", "to": "desk" })).await;
    app.until_posts(2).await;
    app.until_at_rest(Some(2)).await;
    assert_eq!(accepted(&app).await, ["You said desk"]);
    app.end("TERM");
    app.start_again().await;
    let third = app.add_person(&json!({ "username": "third" })).await;
    app.says(&third, "three").await;
    app.until_at_rest(Some(3)).await;
    assert!(app.posts().await.is_empty(), "it knows after the restart");
    app.time_passes("61m").await;
    app.until_at_rest(None).await;
    app.time_passes("61s").await;
    app.drain().await;
    assert_eq!(sorted(&app).await, ["You said one", "You said second", "You said three"]);
    assert_eq!(app.count("dead_letters").await, 0);
}

#[tokio::test]
async fn a_number_sends_no_faster_than_it_may() {
    let app = TestApp::start_with(BOT, &[("WABRIDGE_SEND_RATE", "1")]).await;
    let began = Instant::now();
    let expected = crowd_writes(&app, 8).await;
    app.until_posts(8).await;
    // Eight turns are seven seconds apart, however slow the machine is.
    assert!(began.elapsed() >= Duration::from_secs(7), "{:?}", began.elapsed());
    app.drain().await;
    assert_eq!(sorted(&app).await, texts(expected));
}

#[tokio::test]
async fn told_to_stop_while_people_wait_for_their_turn_it_lets_go_and_the_next_process_answers() {
    let mut app = TestApp::start_with(BOT, &[("WABRIDGE_SEND_RATE", "1")]).await;
    let expected = crowd_writes(&app, 5).await;
    app.until_posts(1).await;
    let took = app.end("TERM");
    assert!(took < Duration::from_secs(10), "{took:?}");
    app.start_again().await;
    app.drain().await;
    let shop = PhoneNumberId::new("106540352242922");
    let store = app.store();
    for (wamid, text) in expected {
        let answers = store.answers(InboundId::of(&shop, &Wamid::new(wamid))).await.unwrap();
        let sent: Vec<_> = answers.iter().map(|answer| (answer.state, answer.attempts)).collect();
        assert_eq!(sent, [(OutState::Accepted, 1)], "{text}");
    }
}

#[tokio::test]
async fn one_message_at_a_time_still_answers_everybody() {
    let app = TestApp::start_with(BOT, &[("WABRIDGE_SEND_CONCURRENCY", "1")]).await;
    app.fault(json!({ "on": "send", "do": { "slow_ms": 300 }, "times": null })).await;
    let expected = crowd_writes(&app, 6).await;
    app.until_posts(6).await;
    app.drain().await;
    assert_eq!(sorted(&app).await, texts(expected));
}
