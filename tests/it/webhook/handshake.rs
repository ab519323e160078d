//! Meta verifies the address.

use super::service::{Service, TOKEN};

#[actix_web::test]
async fn the_right_token_gets_the_challenge_as_plain_text() {
    let service = Service::start();
    let answer =
        service.get(&format!("/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={TOKEN}")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "1158201444"));
    assert!(answer.headers.contains("content-type: text/plain"), "{answer:?}");
    assert!(answer.headers.contains("x-content-type-options: nosniff"), "{answer:?}");
}

#[actix_web::test]
async fn anything_else_is_refused_and_says_what_is_wrong() {
    let service = Service::start();
    let cases = [
        (String::new(), "hub.challenge"),
        (format!("?hub.mode=subscribe&hub.verify_token={TOKEN}"), "hub.challenge"),
        (format!("?hub.challenge=1&hub.verify_token={TOKEN}"), "hub.mode"),
        ("?hub.mode=subscribe&hub.challenge=1".into(), "hub.verify_token"),
        ("?hub.mode=subscribe&hub.challenge=1&hub.verify_token=".into(), "WHATSAPP_VERIFY_TOKEN"),
        ("?hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong".into(), "WHATSAPP_VERIFY_TOKEN"),
        (format!("?hub.mode=subscribe&hub.challenge=1&hub.verify_token={TOKEN}x"), "WHATSAPP_VERIFY_TOKEN"),
        (format!("?hub.mode=unsubscribe&hub.challenge=1&hub.verify_token={TOKEN}"), "hub.mode"),
        (format!("?hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong&hub.verify_token={TOKEN}"), "each once"),
    ];
    for (query, remedy) in cases {
        let answer = service.get(&format!("/webhooks/whatsapp{query}")).await;
        let message = answer.refused(403, "verification_failed").message();
        assert!(message.contains(remedy), "{query}: {message}");
        assert!(!answer.body.contains(TOKEN));
    }
}
