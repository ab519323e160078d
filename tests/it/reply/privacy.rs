//! What a person says and who they are reaches the store and the answer, and no log.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use regex::Regex;
use serde_json::json;

use super::BOT;
use crate::harness::TestApp;

everywhere!(no_log_line_at_any_level_holds_a_number_a_name_a_text_or_a_message_id);

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
    let hidden = decoded(&log);
    for canary in ["27825550199", "canary", "Canary", wamid.as_str(), "HBgL"] {
        let line = log.lines().find(|line| line.contains(canary));
        assert!(line.is_none(), "{canary} is in the log: {line:?}");
        let line = hidden.iter().find(|text| text.contains(canary));
        assert!(line.is_none(), "{canary} is in the log as base64: {line:?}");
    }
}

/// Whatever in the log may be base64, of any alphabet and wherever it begins, decoded.
pub(crate) fn decoded(log: &str) -> Vec<String> {
    let lenient = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let lenient = lenient.with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engines = [&alphabet::STANDARD, &alphabet::URL_SAFE].map(|alphabet| GeneralPurpose::new(alphabet, lenient));
    let run = Regex::new("[A-Za-z0-9+/_-]{8,}").expect("a pattern");
    let mut texts = Vec::new();
    for found in run.find_iter(log) {
        for begin in 0..4 {
            let rest = &found.as_str()[begin..];
            // One character at the end alone stands for nothing.
            let whole = &rest[..rest.len() - usize::from(rest.len() % 4 == 1)];
            texts.extend(
                engines
                    .iter()
                    .filter_map(|engine| engine.decode(whole).ok())
                    .map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            );
        }
    }
    texts
}

#[test]
fn what_is_hidden_in_base64_is_found_wherever_it_begins() {
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    for before in ["", "a", "ab", "abc"] {
        let log = format!("x={}, y", engine.encode(format!("{before}{{canary text}}")));
        assert!(decoded(&log).iter().any(|text| text.contains("canary text")), "{log}");
    }
}
