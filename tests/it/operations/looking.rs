//! Whoever looks for what became of a message, or of a new bot file, is told the truth.

use serde_json::json;
use wabridge::domain::{InboundId, PhoneNumberId, Wamid};

use super::{NUMBER, wabridge};
use crate::harness::TestApp;
use crate::reply::BOT;

#[tokio::test]
async fn a_message_whose_answer_was_refused_does_not_look_answered() {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "send", "do": { "error": 131_026, "http": 400 }, "times": 1 })).await;
    let refused = app.says("p1", "one").await;
    app.drain().await;
    let answered = app.says("p1", "thanks").await;
    app.drain().await;
    for (wamid, state) in [(refused, "\"not answered\""), (answered, "\"answered\"")] {
        let id = InboundId::of(&PhoneNumberId::new(NUMBER), &Wamid::new(wamid));
        let (code, shown) = wabridge(&app, &["events", "show", id.as_str()]);
        assert!(code == 0 && shown.contains(state) && shown.contains("Ann"), "it says whose chat to look at: {shown}");
    }
}

#[tokio::test]
async fn a_bot_file_that_is_taken_up_or_left_out_is_in_the_log() {
    let app = TestApp::start(BOT).await;
    let lines = ["the new one answers", "the bot of before answers"];
    for (bot, line) in [("version: 1\nroutes: []\n", lines[0]), ("version: 1\nroutes:\n  - repply: x\n", lines[1])] {
        std::fs::write(app.bot_file(), bot).expect("a bot file");
        app.until_logged(line).await;
    }
}
