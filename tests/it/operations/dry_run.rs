//! A new bot is tried on what people wrote, and nobody hears of it.

use serde_json::Value;

use super::wabridge;
use crate::harness::TestApp;
use crate::reply::BOT;

/// As [`BOT`], but `two` is answered with one message, `quiet` with words, and a first message with a welcome.
fn another(app: &TestApp) -> String {
    let text = BOT.replace("reply: [First, Second]", "reply: [Both]").replace("reply: silence", "reply: Not so quiet").replace(
        "routes:\n",
        "routes:\n  - name: welcome\n    when: { first: true }\n    reply: \"Welcome, {{ contact.name }}\"\n",
    );
    let file = app.data_dir().join("new.yaml");
    std::fs::write(&file, text).expect("a bot file");
    file.display().to_string()
}

/// Waits for the answer to each, so that none is answered together with another.
async fn say(app: &TestApp, person: &str, texts: &[&str]) {
    for text in texts {
        app.says(person, text).await;
        app.drain().await;
    }
}

#[tokio::test]
async fn a_dry_run_shows_where_another_bot_would_answer_differently_and_sends_nothing() {
    let app = TestApp::start(BOT).await;
    say(&app, "p1", &["hello", "two", "thanks", "quiet"]).await;
    let (posts, inbound, outbound) = (app.posts().await.len(), app.count("inbound").await, app.count("outbound").await);
    let new = another(&app);
    let (code, said) = wabridge(&app, &["replay", "--all", "--dry-run", "--bot", &new]);
    assert_eq!(code, 0, "{said}");
    for part in [
        "> hello\n- You said hello\n+ Welcome, Ann\n",
        "> two\n- First\n- Second\n+ Both\n",
        "> quiet\n- (nothing: the route answers with silence)\n+ Not so quiet\n",
        "messages: 4, answers: 4, the same: 1, different: 3. Nothing was written or sent.\n",
    ] {
        assert!(said.contains(part), "{part:?} is missing: {said}");
    }
    assert!(!said.contains("thanks"), "what stays the same is not shown: {said}");
    app.drain().await;
    assert_eq!((app.posts().await.len(), app.count("inbound").await, app.count("outbound").await), (posts, inbound, outbound));
}

#[tokio::test]
async fn a_dry_run_prints_every_answer_as_json_and_says_which_messages_it_is_about() {
    let app = TestApp::start(BOT).await;
    say(&app, "p1", &["hello", "menu"]).await;
    say(&app, "p2", &["two"]).await;
    let (code, said) = wabridge(&app, &["replay", "--all", "--dry-run", "--bot", &another(&app), "--json"]);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert_eq!((code, lines.len()), (0, 3), "{said}");
    let same: Vec<bool> = lines.iter().map(|line| line["same"] == true).collect();
    assert_eq!(same, [false, true, false], "{said}");
    assert_eq!(lines[1]["after"]["says"][0]["buttons"]["buttons"][0]["title"], "Tea");
    assert_eq!(lines[2]["after"]["route"], "welcome", "a person's first message is theirs alone");
    let message = lines[0]["messages"][0].as_str().expect("an id");
    let (_, shown) = wabridge(&app, &["events", "show", message]);
    assert!(shown.contains("\"answered\""), "{shown}");
}

#[tokio::test]
async fn messages_of_one_burst_are_answered_together_by_a_dry_run_too() {
    let bot = BOT.replace("debounce: 0s", "debounce: 1s");
    let app = TestApp::start(&bot).await;
    app.says("p1", "hello").await;
    app.says("p1", "there").await;
    app.drain().await;
    let (_, said) = wabridge(&app, &["replay", "--all", "--dry-run", "--bot", &another(&app)]);
    assert!(said.contains("> hello\n> there\n- You said hello\n- there\n+ Welcome"), "{said}");
    assert!(said.ends_with("messages: 2, answers: 1, the same: 0, different: 1. Nothing was written or sent.\n"), "{said}");
}

#[tokio::test]
async fn whoever_wrote_before_the_chosen_time_is_no_newcomer() {
    let app = TestApp::start(BOT).await;
    say(&app, "p1", &["hello"]).await;
    let between = wabridge::clock::Clock::default().now().to_string();
    say(&app, "p1", &["thanks"]).await;
    let (_, said) = wabridge(&app, &["replay", "--from", &between, "--dry-run", "--bot", &another(&app)]);
    assert!(said.starts_with("messages: 1, answers: 1, the same: 1"), "{said}");
}

#[tokio::test]
async fn a_dry_run_needs_another_bot_and_names_its_mistakes() {
    let app = TestApp::start(BOT).await;
    let (code, said) = wabridge(&app, &["replay", "--all", "--dry-run"]);
    assert!(code == 2 && said.contains("--bot"), "{said}");
    let (code, said) = wabridge(&app, &["replay", "--all", "--bot", "new.yaml"]);
    assert!(code == 2 && said.contains("--dry-run"), "{said}");
    let new = app.data_dir().join("new.yaml");
    std::fs::write(&new, "version: 1\nroutes:\n  - repply: hello\n").expect("a bot file");
    let (code, said) = wabridge(&app, &["replay", "--all", "--dry-run", "--bot", &new.display().to_string()]);
    assert!(code == 2 && said.contains("new.yaml: 1 mistake") && said.contains("repply"), "{said}");
}
