//! A turn that was given up is seen, and answered once more when a person says so.

use serde_json::{Value, json};

use super::wabridge;
use crate::harness::TestApp;

const BOT: &str = r#"version: 1
conversation: { debounce: 0s, on_unknown: give_up }
routes:
  - reply: "You said {{ message.text }}"
"#;

/// Meta's answer broke off, and no status ever came.
async fn given_up() -> (TestApp, String) {
    let app = TestApp::start(BOT).await;
    app.fault(json!({ "on": "send", "do": { "http": 503, "body": "html" }, "times": 1 })).await;
    app.says("p1", "a secret").await;
    app.until_posts(1).await;
    app.until_parked().await;
    app.time_passes("140s").await;
    app.drain().await;
    let (code, said) = wabridge(&app, &["dead-letters", "list", "--json"]);
    assert_eq!(code, 0, "{said}");
    let letters: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(letters[0]["class"], "outcome_unknown", "{said}");
    let id = letters[0]["id"].as_str().expect("an id").to_owned();
    (app, id)
}

#[tokio::test]
async fn a_dead_letter_is_listed_shown_and_sent_again_only_when_a_person_says_so() {
    let (app, id) = given_up().await;
    let (_, listed) = wabridge(&app, &["dead-letters", "list"]);
    assert!(listed.contains("open") && listed.contains(&id) && listed.contains("look at the chat"), "{listed}");
    let (code, shown) = wabridge(&app, &["dead-letters", "show", &id]);
    assert!(code == 0 && shown.contains("unresolved") && !shown.contains("a secret"), "{shown}");
    let (code, said) = wabridge(&app, &["dead-letters", "redrive", &id]);
    assert!(code == 1 && said.contains("--resend"), "{said}");
    let (code, said) = wabridge(&app, &["dead-letters", "redrive", &id, "--resend"]);
    assert!(code == 0 && said.contains("waiting for an answer again: 1"), "{said}");
    app.until_posts(2).await;
    app.drain().await;
    assert_eq!(app.posts().await.len(), 2);
    let (code, said) = wabridge(&app, &["dead-letters", "redrive", &id, "--resend"]);
    assert!(code == 1 && said.contains("redriven before"), "{said}");
    let (_, said) = wabridge(&app, &["dead-letters", "list"]);
    assert!(said.contains("no open dead letters"), "{said}");
    let (_, said) = wabridge(&app, &["dead-letters", "list", "--all"]);
    assert!(said.contains("redriven") && said.contains(&id), "{said}");
}

#[tokio::test]
async fn what_is_redriven_while_no_service_runs_is_answered_by_the_next() {
    let (mut app, id) = given_up().await;
    app.end("TERM");
    let (code, said) = wabridge(&app, &["dead-letters", "redrive", &id[..8], "--resend", "--json"]);
    assert_eq!((code, said.trim()), (0, r#"{"messages":1,"too_old":0}"#));
    app.start_again().await;
    app.until_posts(1).await;
    app.drain().await;
    assert_eq!(app.posts().await.len(), 1, "of the new process");
}

#[tokio::test]
async fn what_is_older_than_the_bot_file_answers_is_not_redriven() {
    let (app, id) = given_up().await;
    let bot = BOT.replace("debounce: 0s", "debounce: 0s, answer_within: 1ms");
    std::fs::write(app.data_dir().join("strict.yaml"), bot).expect("a bot file");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wabridge"));
    command.args(["dead-letters", "redrive", &id, "--resend", "--data-dir", "."]).env("WABRIDGE_BOT", "strict.yaml");
    let output = command.current_dir(app.data_dir()).output().expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("answer_within"), "{said}");
}

#[tokio::test]
async fn a_dead_letter_that_is_not_there_is_said_to_be_so() {
    let app = TestApp::start(BOT).await;
    for command in ["show", "redrive"] {
        let (code, said) = wabridge(&app, &["dead-letters", command, "t_nothing"]);
        assert!(code == 1 && said.contains("dead-letters list --all"), "{said}");
    }
    let (code, said) = wabridge(&app, &["dead-letters", "list"]);
    assert!(code == 0 && said.contains("no open dead letters"), "{said}");
}

#[tokio::test]
async fn an_id_that_says_nothing_sends_nothing() {
    let (app, _) = given_up().await;
    for nothing in ["", "t", "t_"] {
        let (code, said) = wabridge(&app, &["dead-letters", "redrive", nothing, "--resend"]);
        assert!(code == 1 && said.contains("no such dead letter"), "{said}");
    }
    assert_eq!(app.posts().await.len(), 1);
}
