//! What the log names, an operator can look at.

use std::collections::BTreeSet;
use std::process::Command;

use super::BOT;
use crate::harness::TestApp;

#[tokio::test]
async fn every_message_and_turn_that_the_log_names_can_be_shown() {
    let app = TestApp::start(BOT).await;
    app.says("p1", "two").await;
    app.answers("p1").await;
    app.drain().await;
    let log = app.log();
    let words = log.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let ids: BTreeSet<&str> = words.filter(|word| word.starts_with("m_") || word.starts_with("t_")).collect();
    assert!(ids.len() >= 3, "a turn and its two messages: {ids:?} in {log}");
    for id in ids {
        let mut show = Command::new(env!("CARGO_BIN_EXE_wabridge"));
        let output = show.args(["events", "show", id, "--json", "--data-dir"]).arg(app.data_dir()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains(id), "{id}: {said} {}", String::from_utf8_lossy(&output.stderr));
    }
}
