//! Every row of the table of answers.

use wabridge::store::DeliveryState;

use super::service::{SECRET, Service, fixture, sign};

kept_anywhere!(
    an_accepted_delivery_is_kept_byte_by_byte_and_every_event_is_queued,
    the_same_delivery_twice_is_kept_once_and_its_events_have_the_same_ids,
    a_signed_body_that_is_no_json_is_refused_and_kept_as_unparsed,
    signed_json_that_is_not_whatsapps_gets_a_200_and_is_kept_as_ignored,
    what_is_of_no_account_by_nature_gets_a_200_and_is_kept_as_ignored,
    another_path_names_the_right_one,
    another_method_is_answered_with_the_right_ones,
);

async fn an_accepted_delivery_is_kept_byte_by_byte_and_every_event_is_queued() {
    let service = Service::start();
    let body = fixture("batch");
    service.post(&body).await.accepted();

    let kept = service.kept().await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].body, body.as_bytes());
    assert_eq!(kept[0].signature, sign(SECRET, body.as_bytes()));
    assert_eq!((kept[0].summary.state, kept[0].summary.events), (DeliveryState::Accepted, 4));
    let id = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&body));
    assert_eq!(kept[0].summary.id.as_str(), id);
    let events = service.events().await;
    assert_eq!(events.len(), 4);
    assert!(events.iter().all(|event| event.subject == id), "the subject is the delivery");
    assert_eq!(service.receiver.counters().accepted, 1);
}

async fn the_same_delivery_twice_is_kept_once_and_its_events_have_the_same_ids() {
    let service = Service::start();
    service.post(fixture("statuses")).await.accepted();
    service.post(fixture("statuses")).await.accepted();

    assert_eq!(service.kept().await.len(), 1);
    let mut ids: Vec<_> = service.events().await.into_iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), 16);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8);
}

async fn a_signed_body_that_is_no_json_is_refused_and_kept_as_unparsed() {
    let service = Service::start();
    for body in [&b"not json"[..], b"", b"{\"object\":\"whatsapp_business_account\",\"entry\":[", b"{\"object\":\"\xff\"}"] {
        service.post(body).await.refused(400, "malformed_payload");
    }
    let kept = service.kept().await;
    assert_eq!(kept.len(), 4);
    assert!(kept.iter().all(|delivery| delivery.summary.state == DeliveryState::Unparsed && !delivery.summary.reason.is_empty()));
    assert!(service.events().await.is_empty());
}

async fn signed_json_that_is_not_whatsapps_gets_a_200_and_is_kept_as_ignored() {
    let service = Service::start();
    let bodies = [
        "{}",
        "[]",
        "null",
        "7",
        r#"{"object":"page","entry":[{"id":"102290129340398","changes":[]}]}"#,
        r#"{"object":"whatsapp_business_account"}"#,
        r#"{"object":"whatsapp_business_account","entry":[]}"#,
        r#"{"object":"whatsapp_business_account","entry":{"id":"102290129340398"}}"#,
    ];
    for body in bodies {
        service.post(body).await.accepted();
    }
    let kept = service.kept().await;
    assert_eq!(kept.len(), bodies.len());
    assert!(kept.iter().all(|delivery| delivery.summary.state == DeliveryState::Ignored));
    assert!(service.events().await.is_empty());
}

async fn what_is_of_no_account_by_nature_gets_a_200_and_is_kept_as_ignored() {
    let service = Service::start();
    for name in ["partner_solutions", "partner_added", "test_button"] {
        service.post(fixture(name)).await.accepted();
    }
    assert!(service.kept().await.iter().all(|delivery| delivery.summary.state == DeliveryState::Ignored));
    assert_eq!(service.receiver.counters().ignored, 3);
    assert!(service.events().await.is_empty());
}

async fn another_path_names_the_right_one() {
    let service = Service::start();
    for path in ["/webhook/whatsapp", "/", "/webhooks/whatsapp/", "/webhooks"] {
        let answer = service.get(path).await;
        assert!(answer.refused(404, "not_found").message().contains("/webhooks/whatsapp"));
    }
}

async fn another_method_is_answered_with_the_right_ones() {
    let service = Service::start();
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let request = format!("{method} /webhooks/whatsapp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let answer = service.send(request.as_bytes()).await;
        assert!(answer.refused(405, "method_not_allowed").message().contains(method));
        assert!(answer.headers.contains("allow: get, post"), "{answer:?}");
    }
    let head = service.send(b"HEAD /webhooks/whatsapp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert_eq!((head.status, head.body.as_str()), (405, ""));
}
