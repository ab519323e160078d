//! Signatures of every kind.

use super::service::{SECRET, Service, fixture, settings, sign};

#[actix_web::test]
async fn without_a_signature_nothing_is_taken() {
    let service = Service::start();
    let body = fixture("text");
    service.post_with(&[], body.as_bytes()).await.refused(401, "missing_signature");
    let old = [("X-Hub-Signature", "sha1=0123456789012345678901234567890123456789")];
    service.post_with(&old, body.as_bytes()).await.refused(401, "missing_signature");
    service.keeps_nothing().await;
}

#[actix_web::test]
async fn a_malformed_signature_is_refused_before_the_body() {
    let service = Service::start();
    let right = sign(SECRET, b"{}");
    let digits = right.strip_prefix("sha256=").unwrap();
    let malformed = [
        String::new(),
        "sha256=".into(),
        digits.into(),
        format!("sha1={digits}"),
        format!("SHA256={digits}"),
        format!("sha256={}", digits.to_uppercase()),
        format!("sha256={}", &digits[..63]),
        format!("sha256={}", &digits[..62]),
        format!("{right}0"),
        format!("{right}00"),
        format!("sha256={}zz", &digits[..62]),
        format!("sha256= {digits}"),
        format!("{right}, {right}"),
        "sha256=ééééééééééééééééééééééééééééééé".into(),
    ];
    for signature in &malformed {
        let mut request = super::service::head(&[("X-Hub-Signature-256", signature)]);
        // The body is announced and never sent: only an answer that does not wait for it can come.
        request.extend_from_slice(b"Content-Length: 2\r\n\r\n");
        service.send(&request).await.refused(403, "invalid_signature");
    }
    let twice = [("X-Hub-Signature-256", right.as_str()), ("X-Hub-Signature-256", right.as_str())];
    service.post_with(&twice, b"{}").await.refused(403, "invalid_signature");
    service.keeps_nothing().await;
}

#[actix_web::test]
async fn a_signature_that_does_not_fit_is_refused_with_the_variable_to_look_at() {
    let service = Service::start();
    let body = fixture("text");
    let changed = body.replace("16505551234", "16505551235");
    let cases = [
        (sign("another secret", body.as_bytes()), &body),
        (sign(SECRET, body.as_bytes()), &changed),
        (sign("", body.as_bytes()), &body),
    ];
    for (signature, body) in cases {
        let answer = service.post_with(&[("X-Hub-Signature-256", &signature)], body.as_bytes()).await;
        assert!(answer.refused(403, "invalid_signature").message().contains("WHATSAPP_APP_SECRET"));
    }
    service.keeps_nothing().await;
    assert_eq!(service.receiver.counters().refused["invalid_signature"], 3);
}

#[actix_web::test]
async fn every_configured_secret_is_tried() {
    let service = Service::with(wabridge::ingest::Settings { app_secrets: vec!["old".into(), "new".into()], ..settings() });
    for (secret, name) in [("old", "text"), ("new", "status_sent")] {
        let body = fixture(name);
        service.post_with(&[("x-hub-signature-256", &sign(secret, body.as_bytes()))], body.as_bytes()).await.accepted();
    }
    service.post(fixture("text")).await.refused(403, "invalid_signature");
    assert_eq!(service.kept().await.len(), 2);
}

#[actix_web::test]
async fn an_empty_secret_opens_nothing() {
    let settings = wabridge::ingest::Settings { app_secrets: vec!["".into()], verify_token: "".into(), ..settings() };
    let service = Service::with(settings);
    let body = fixture("text");
    service
        .post_with(&[("X-Hub-Signature-256", &sign("", body.as_bytes()))], body.as_bytes())
        .await
        .refused(403, "invalid_signature");
    let handshake = service.get("/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1&hub.verify_token=").await;
    handshake.refused(403, "verification_failed");
}
