//! What a person sent beside words is fetched when an operator asks for it, and kept where the configuration says.

use std::process::Output;

use serde_json::{Value, json};
use wabridge::domain::{InboundId, PhoneNumberId, Wamid};

use super::far_end::FarEnd;
use super::meta::{Meta, delivery};
use super::process::Serve;
use crate::media::bucket::{self, Bucket};
use crate::webhook::service::NUMBER;

const PHONE: &str = "16505551234";

kept_anywhere!(
    a_picture_is_downloaded_and_shown_byte_by_byte,
    a_bucket_holds_what_was_downloaded,
    what_meta_does_not_give_is_said_and_the_token_goes_to_nobody_else,
);

/// Somebody sends a picture; the id of the message.
async fn a_picture(far_end: &FarEnd, serve: &Serve, medium: &str) -> String {
    let wamid = format!("wamid.IN{medium}");
    let image = json!({"caption": medium, "mime_type": "image/jpeg", "sha256": "", "id": medium});
    let message = json!({"from": PHONE, "id": wamid, "timestamp": now(), "type": "image", "image": image});
    let before = far_end.accepted().len();
    Meta::of(serve).deliver(&delivery(&json!({"contacts": [{"wa_id": PHONE}], "messages": [message]}))).await;
    far_end.until_accepted(before + 1).await;
    serve.drain().await;
    InboundId::of(&PhoneNumberId::new(NUMBER), &Wamid::new(wamid)).to_string()
}

fn now() -> String {
    wabridge::clock::Clock::default().now().as_second().to_string()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn a_picture_is_downloaded_and_shown_byte_by_byte() {
    let far_end = FarEnd::start();
    let serve = Serve::start_here(&far_end, "0s").await;
    let content: Vec<u8> = (0..200_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    far_end.has_medium("1234567890", "", &content);
    let id = a_picture(&far_end, &serve, "1234567890").await;

    let early = serve.operator(&["media", "show", &id], &[]).await;
    assert!(!early.status.success() && said(&early).contains(&format!("wabridge media download {id}")), "{}", said(&early));
    let output = serve.operator(&["media", "download", &id, "--json"], &[]).await;
    assert!(output.status.success(), "{}", said(&output));
    let downloaded: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&downloaded["kind"], &downloaded["bytes"], &downloaded["mime"]),
        (&json!("image"), &json!(200_000), &json!("image/jpeg"))
    );
    let shown = serve.operator(&["media", "show", &id], &[]).await;
    assert!(shown.status.success() && shown.stdout == content, "{} bytes", shown.stdout.len());
    let file = serve.data_dir().join("media").join(downloaded["path"].as_str().unwrap());
    assert!(std::fs::read(&file).unwrap() == content, "{}", file.display());
    let event = serve.operator(&["events", "show", &id], &[]).await;
    assert!(said(&event).contains("\"mime\": \"image/jpeg\""), "{}", said(&event));
}

async fn a_bucket_holds_what_was_downloaded() {
    let (far_end, bucket) = (FarEnd::start(), Bucket::start());
    let serve = Serve::start_here(&far_end, "0s").await;
    far_end.has_medium("77", "", b"a picture");
    let id = a_picture(&far_end, &serve, "77").await;
    let host = bucket.host();
    let variables = [("WABRIDGE_MEDIA_BUCKET", bucket::NAME), ("STORAGE_EMULATOR_HOST", host.as_str())];
    let output = serve.operator(&["media", "download", &id, "--json"], &variables).await;
    assert!(output.status.success(), "{}", said(&output));
    let downloaded: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(bucket.object(downloaded["path"].as_str().unwrap()).unwrap(), "a picture");
    assert_eq!(serve.operator(&["media", "show", &id], &variables).await.stdout, b"a picture");
    assert!(!serve.data_dir().join("media").exists(), "nothing is kept here");
}

async fn what_meta_does_not_give_is_said_and_the_token_goes_to_nobody_else() {
    let (far_end, stranger) = (FarEnd::start(), FarEnd::start());
    let serve = Serve::start_here(&far_end, "0s").await;
    stranger.has_medium("elsewhere", "", b"x");
    far_end.has_medium("elsewhere", &format!("{}/media/elsewhere", stranger.url()), b"x");
    for (medium, words) in
        [("elsewhere", "Meta names a host"), ("expired", "code 100"), ("../106540352242922", "the id of the medium")]
    {
        let id = a_picture(&far_end, &serve, medium).await;
        let output = serve.operator(&["media", "download", &id], &[]).await;
        assert!(output.status.code() == Some(1) && said(&output).contains(words), "{}", said(&output));
        assert!(!said(&output).contains("16505551234"), "Meta's words stay with Meta: {}", said(&output));
    }
    assert!(stranger.tokens().is_empty(), "no token goes to another host");
    let words = a_picture(&far_end, &serve, "1").await.replace("m_", "m_0");
    let output = serve.operator(&["media", "download", &words], &[]).await;
    assert!(output.status.code() == Some(1) && said(&output).contains("there is no message"), "{}", said(&output));
}
