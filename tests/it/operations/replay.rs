//! Kept deliveries go through once more, and nobody gets a second answer.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::wabridge;
use crate::harness::TestApp;
use crate::reply::BOT;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// Of a person whom the simulated WhatsApp knows.
const PHONE: &str = "12025550143";

#[tokio::test]
async fn what_was_answered_is_not_answered_again_however_often_everything_is_replayed() {
    let app = TestApp::start(BOT).await;
    app.says("p1", "hello").await;
    app.says("p1", "two").await;
    app.drain().await;
    let (posts, inbound) = (app.posts().await.len(), app.count("inbound").await);
    for _ in 0..2 {
        let (code, said) = wabridge(&app, &["replay", "--all"]);
        assert!(code == 0 && said.contains("0 newly accepted, 0 not yours"), "{said}");
        app.drain().await;
    }
    assert_eq!((app.posts().await.len(), app.count("inbound").await), (posts, inbound));
}

/// Signed deliveries come in while no ids are set.
fn observes(app: &TestApp) {
    let mut serve = Command::new(env!("CARGO_BIN_EXE_wabridge"));
    serve.args(["serve", "--port", "0", "--data-dir"]).arg(app.data_dir()).env_clear().stdout(Stdio::null());
    serve.envs([("WHATSAPP_APP_SECRET", SECRET), ("WHATSAPP_VERIFY_TOKEN", "word"), ("HOST", "127.0.0.1")]);
    let mut serve = serve.stderr(Stdio::piped()).spawn().expect("serve starts");
    let mut lines = BufReader::new(serve.stderr.take().expect("its output")).lines();
    let address =
        lines.find_map(|line| line.ok()?.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned));
    std::thread::spawn(move || lines.for_each(drop));
    let mut simulate = Command::new(env!("CARGO_BIN_EXE_wabridge"));
    simulate.args(["simulate", "text", "--text", "hello", "--from", PHONE, "--url", &address.expect("an address")]);
    let output = simulate.env_clear().env("WHATSAPP_APP_SECRET", SECRET).output().expect("simulate starts");
    serve.kill().expect("it was there");
    serve.wait().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn what_was_quarantined_comes_in_once_the_ids_are_right() {
    let mut app = TestApp::start(BOT).await;
    app.end("TERM");
    observes(&app);
    app.start_again().await;
    let (code, said) = wabridge(&app, &["replay", "--state", "quarantined", "--json"]);
    let expected = r#"{"deliveries":1,"newly_accepted":1,"not_ours":0,"events":1}"#;
    assert!(code == 0 && said.contains(expected), "{said}");
    app.until_posts(1).await;
    app.drain().await;
    let (_, said) = wabridge(&app, &["replay", "--state", "quarantined"]);
    assert!(said.starts_with("0 deliveries"), "it is accepted now: {said}");
    assert_eq!(app.posts().await.len(), 1);
}

#[tokio::test]
async fn a_replay_of_nothing_in_particular_asks_what_is_meant() {
    let app = TestApp::start(BOT).await;
    let (code, said) = wabridge(&app, &["replay"]);
    assert!(code == 2 && said.contains("--state quarantined") && said.contains("--all"), "{said}");
    let (code, said) = wabridge(&app, &["replay", "--id", "ffff"]);
    assert!(code == 1 && said.contains("events list"), "{said}");
    let (code, said) = wabridge(&app, &["replay", "--state", "lost"]);
    assert!(code == 1 && said.contains("quarantined"), "{said}");
    let mut without = Command::new(env!("CARGO_BIN_EXE_wabridge"));
    let output = without.args(["replay", "--all", "--data-dir"]).arg(app.data_dir()).env_clear().output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("WHATSAPP_WABA_ID"), "{said}");
}
