//! What a person says and who they are reaches the store and the answer, and no log.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::BOT;
use crate::harness::TestApp;

#[tokio::test]
async fn no_log_line_at_any_level_holds_a_number_a_name_a_text_or_a_message_id() {
    let bot = BOT
        .replace("  - reply: \"You", "  - { name: broken, when: { equals: broken }, reply: \"{{ 1 // (0 if message.text == 'broken' else 1) }}\" }\n  - reply: \"You");
    let app = TestApp::start(&bot).await;
    let person = json!({ "name": "Canary Name", "phone": "+27825550199", "username": "canary.user" });
    let person = app.add_person(&person).await;
    let wamid = app.says(&person, "canary text").await;
    app.conversation(&person).await;
    app.says(&person, "broken").await;
    app.drain().await;
    app.fault(json!({ "on": "send", "do": { "error": 131_026, "http": 400 }, "times": 1 })).await;
    app.says(&person, "canary text again").await;
    app.fault(json!({ "on": "webhook", "do": "wrong_secret", "times": 1 })).await;
    app.says(&person, "canary text unsigned").await;
    app.fault(json!({ "on": "webhook", "do": "foreign_number", "times": 1 })).await;
    app.says(&person, "canary text foreign").await;
    app.drain().await;
    let log = app.log();
    assert!(log.contains("decided"), "the log is there: {log}");
    for secret in ["27825550199", "canary", "Canary", wamid.as_str(), "HBgL"] {
        let encoded = STANDARD.encode(secret);
        for canary in [secret, encoded.trim_end_matches('=')] {
            let line = log.lines().find(|line| line.contains(canary));
            assert!(line.is_none(), "{canary} is in the log: {line:?}");
        }
    }
}
