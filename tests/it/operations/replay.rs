//! Kept deliveries go through once more, and nobody gets a second answer.

use std::process::Command;

use super::wabridge;
use crate::harness::TestApp;
use crate::reply::BOT;

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
