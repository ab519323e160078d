//! Whose deliveries are taken.

use wabridge::domain::{Foreign, Ids};
use wabridge::ingest::Settings;
use wabridge::queue::EventKind;
use wabridge::store::DeliveryState;

use super::service::{NUMBER, Service, WABA, allowed, delivery, entry, fixture, settings, text};

kept_anywhere!(
    a_wholly_foreign_delivery_is_refused_and_names_the_variable,
    a_foreign_id_that_is_no_id_is_not_repeated,
    a_foreign_delivery_is_kept_where_quarantine_is_asked_for,
    foreign_changes_beside_ours_are_kept_and_only_ours_are_published,
    a_change_without_a_number_is_checked_by_its_account_alone,
    without_ids_every_signed_delivery_is_kept_and_nothing_is_published,
);

fn one(id: &str) -> String {
    format!("\"messages\":[{}]", text(id, "\"hi\""))
}

async fn a_wholly_foreign_delivery_is_refused_and_names_the_variable() {
    let service = Service::start();
    let answer = service.post(delivery("999", NUMBER, &one("A"))).await;
    let message = answer.refused(403, "foreign_waba").message();
    assert!(message.contains("999") && message.contains("WHATSAPP_WABA_ID"), "{message}");
    let answer = service.post(delivery(WABA, "888", &one("A"))).await;
    let message = answer.refused(403, "foreign_phone_number").message();
    assert!(message.contains("888") && message.contains("WHATSAPP_PHONE_NUMBER_ID"), "{message}");
    service.keeps_nothing().await;
}

async fn a_foreign_id_that_is_no_id_is_not_repeated() {
    let service = Service::start();
    let answer = service.post(delivery("16505551234\\n<script>", NUMBER, &one("A"))).await;
    answer.refused(403, "foreign_waba");
    assert!(!answer.body.contains("script"), "{answer:?}");
}

async fn a_foreign_delivery_is_kept_where_quarantine_is_asked_for() {
    let service = Service::with(Settings { ids: allowed(Foreign::Quarantine), ..settings() });
    service.post(delivery("999", NUMBER, &one("A"))).await.accepted();
    service.post(delivery(WABA, "888", &one("A"))).await.accepted();
    let kept = service.kept().await;
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|delivery| delivery.summary.state == DeliveryState::Quarantined));
    assert!(service.events().await.is_empty());
    assert_eq!(service.receiver.counters().quarantined, 2);
}

async fn foreign_changes_beside_ours_are_kept_and_only_ours_are_published() {
    let service = Service::start();
    let entries = [
        entry("999", NUMBER, &one("FOREIGN")),
        entry(WABA, NUMBER, &one("OURS")),
        entry(WABA, "888", &one("FOREIGN")),
        entry("0", NUMBER, &one("NOBODY")),
        entry(WABA, NUMBER, "\"statuses\":[]"),
    ];
    let body = format!(r#"{{"object":"whatsapp_business_account","entry":[{}]}}"#, entries.join(","));
    service.post(&body).await.accepted();

    let kept = service.kept().await;
    assert_eq!(kept[0].body, body.as_bytes());
    assert_eq!(kept[0].summary.state, DeliveryState::Accepted);
    assert_eq!(kept[0].summary.quarantined_changes, [0, 2, 3]);
    let events = service.events().await;
    let kinds: Vec<_> = events.iter().map(|event| &event.kind).collect();
    assert_eq!(kinds, [&EventKind::Message, &EventKind::Unknown]);
    assert!(events[0].data.contains("wamid.OURS"));
}

async fn a_change_without_a_number_is_checked_by_its_account_alone() {
    let service = Service::start();
    service.post(fixture("template_status")).await.accepted();
    let foreign = fixture("template_status").replace(WABA, "999");
    service.post(foreign).await.refused(403, "foreign_waba");
    assert_eq!(service.events().await.len(), 1);
}

async fn without_ids_every_signed_delivery_is_kept_and_nothing_is_published() {
    let service = Service::with(Settings { ids: Ids::Observe, ..settings() });
    for name in ["text", "template_status", "statuses"] {
        service.post(fixture(name)).await.accepted();
    }
    service.post(fixture("test_button")).await.accepted();
    let states: Vec<_> = service.kept().await.into_iter().map(|delivery| delivery.summary.state).collect();
    assert_eq!(states.iter().filter(|state| **state == DeliveryState::Quarantined).count(), 3);
    assert_eq!(states.iter().filter(|state| **state == DeliveryState::Ignored).count(), 1);
    assert!(service.events().await.is_empty());
}
