//! Meta's documented shapes become the right events, and the right messages and statuses.

use wabridge::domain::StatusKind::{Delivered, Failed, Played, Read, Sent};
use wabridge::domain::{Inbound, MessageType, StatusUpdate};
use wabridge::queue::{Event, EventKind, Lane};
use wabridge::whatsapp::webhook::{WebhookError, inbound, status};

use super::service::{NUMBER, Service, WABA, fixture, messages, text};

kept_anywhere!(
    a_text_is_read_with_everything_that_meta_says_of_it,
    the_data_of_an_event_holds_the_item_and_its_contact_verbatim,
    a_person_with_only_a_username_is_known_by_user_id,
    taps_carry_what_was_chosen,
    media_carry_caption_and_file_name,
    other_types_and_types_of_the_future_are_messages_too,
    people_of_a_batch_are_found_by_id_and_never_by_place,
    statuses_of_every_kind_are_read,
    a_status_is_told_apart_by_message_status_and_person,
    everything_else_has_its_kind_and_the_other_lane,
    an_old_message_names_its_conversation,
    the_same_news_of_the_account_at_another_time_is_another_event,
    the_same_message_in_another_delivery_is_the_same_event,
);

async fn events(name: &str) -> Vec<Event> {
    let service = Service::start();
    service.post(fixture(name)).await.accepted();
    service.events().await
}

async fn inbounds(name: &str) -> Vec<Inbound> {
    events(name).await.iter().map(|event| inbound(&event.data).unwrap()).collect()
}

async fn statuses(name: &str) -> Vec<StatusUpdate> {
    let events = events(name).await;
    events.iter().filter(|event| event.kind == EventKind::Status).map(|event| status(&event.data).unwrap()).collect()
}

async fn a_text_is_read_with_everything_that_meta_says_of_it() {
    let message = inbounds("text").await.remove(0);
    assert_eq!(message.wamid.as_str(), "wamid.TEXT");
    assert_eq!(message.number.as_str(), NUMBER);
    assert_eq!(message.person.wa_id.unwrap().as_str(), "16505551234");
    assert_eq!(message.person.name.unwrap(), "Example Person");
    assert_eq!(message.sent_at.as_second(), 1_749_416_383);
    assert_eq!((message.kind, message.text.as_str(), message.index), (MessageType::Text, "Is the café open? 😀", 0));
    assert_eq!(inbounds("quoted_text").await[0].quotes.as_ref().unwrap().as_str(), "wamid.OURS");
}

async fn the_data_of_an_event_holds_the_item_and_its_contact_verbatim() {
    let event = events("text").await.remove(0);
    assert_eq!(event.kind, EventKind::Message);
    let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
    assert_eq!(data["delivery"], event.subject);
    assert_eq!((&data["waba_id"], &data["phone_number_id"]), (&WABA.into(), &NUMBER.into()));
    assert_eq!(
        (&data["display_phone_number"], &data["field"], &data["index"]),
        (&"15550783881".into(), &"messages".into(), &0.into())
    );
    assert_eq!(data["contact"]["wa_id"], "16505551234");
    assert!(event.data.contains(r"caf\u00e9"), "as Meta wrote it: {}", event.data);
}

async fn a_person_with_only_a_username_is_known_by_user_id() {
    let person = inbounds("username_only").await.remove(0).person;
    assert!(person.wa_id.is_none());
    assert_eq!(person.user_id.unwrap().as_str(), "US.13491208655302741918");
    assert_eq!(person.username.unwrap(), "example");
}

async fn taps_carry_what_was_chosen() {
    for (name, kind, said, choice) in [
        ("button_reply", MessageType::Button, "Cancel", "button:cancel-button"),
        ("list_reply", MessageType::List, "Priority Mail Express", "list:priority_express"),
        ("template_button", MessageType::Button, "Unsubscribe", "button:Unsubscribe"),
    ] {
        let message = inbounds(name).await.remove(0);
        assert_eq!((message.kind, message.text.as_str(), message.choice.as_deref()), (kind, said, Some(choice)));
    }
}

async fn media_carry_caption_and_file_name() {
    let media = inbounds("media").await;
    let said: Vec<_> = media.iter().map(|message| (message.kind.name(), message.text.as_str())).collect();
    let expected = [("image", "The plant"), ("audio", ""), ("video", "Film"), ("document", "Invoice"), ("sticker", "")];
    assert_eq!(said, expected);
    assert_eq!((media[3].caption.as_deref(), media[3].filename.as_deref()), (Some("Invoice"), Some("invoice.pdf")));
}

async fn other_types_and_types_of_the_future_are_messages_too() {
    let messages = inbounds("other_types").await;
    let kinds: Vec<_> = messages.iter().map(|message| message.kind.name()).collect();
    assert_eq!(kinds, ["location", "contacts", "reaction", "reaction", "order", "system", "unsupported", "hologram"]);
    assert_eq!(messages[4].text, "Love these!");
}

async fn people_of_a_batch_are_found_by_id_and_never_by_place() {
    let people: Vec<_> = inbounds("batch").await.into_iter().map(|message| message.person.name).collect();
    assert_eq!(people, [Some("First".into()), Some("Second".into()), Some("First".into()), None]);
}

async fn statuses_of_every_kind_are_read() {
    let sent = statuses("status_sent").await.remove(0);
    assert_eq!((sent.kind, sent.callback.as_deref()), (Sent, Some("wb1.m_1.1")));
    let pricing = sent.pricing.unwrap();
    assert_eq!((pricing.billable, pricing.category.as_str(), pricing.model.as_str()), (true, "service", "PMP"));
    assert_eq!(pricing.more["type"], "regular");

    let all = statuses("statuses").await;
    let kinds: Vec<_> = all.iter().map(|status| status.kind).collect();
    assert_eq!(kinds, [Delivered, Read, Played, Failed, Sent, Delivered, Delivered]);
    assert_eq!(all[0].at.as_second(), 1_750_263_774, "a number is a time as well");
    assert_eq!(all[3].failure.as_ref().unwrap().code, 131_047);
    assert_eq!(all[4].recipient.user_id.as_ref().unwrap().as_str(), "US.13491208655302741918");
    assert_eq!(all[6].recipient.wa_id.as_ref().unwrap().as_str(), "16505550002", "the participant of the group");
}

async fn a_status_is_told_apart_by_message_status_and_person() {
    let events = events("statuses").await;
    let mut ids: Vec<_> = events.iter().map(|event| &event.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8);
    assert_eq!(events.iter().filter(|event| event.kind == EventKind::Unknown).count(), 1, "a status of the future");
}

async fn everything_else_has_its_kind_and_the_other_lane() {
    let account = |field: &str| EventKind::Account(field.into());
    let cases = [
        ("group_message", vec![EventKind::Group]),
        ("group_change", vec![EventKind::Group]),
        ("errors", vec![account("errors")]),
        ("echoes", vec![EventKind::Echo]),
        ("history", vec![EventKind::History, EventKind::History]),
        ("history_declined", vec![EventKind::History]),
        ("preferences", vec![EventKind::Preference]),
        ("user_id", vec![EventKind::Identity]),
        ("calls", vec![EventKind::Call]),
        ("template_status", vec![account("message_template_status_update")]),
        ("account_update", vec![account("account_update")]),
        ("standby", vec![account("standby")]),
        ("unknown_field", vec![EventKind::Unknown]),
    ];
    for (name, expected) in cases {
        let events = events(name).await;
        assert_eq!(events.iter().map(|event| event.kind.clone()).collect::<Vec<_>>(), expected, "{name}");
        assert!(events.iter().all(|event| event.lane == Lane::Record), "{name}");
        assert!(events.iter().all(|event| serde_json::from_str::<serde_json::Value>(&event.data).is_ok()), "{name}");
    }
}

async fn an_old_message_names_its_conversation() {
    let data: serde_json::Value = serde_json::from_str(&events("history").await[1].data).unwrap();
    assert_eq!((&data["thread"], &data["item"]["id"]), (&"16505551234".into(), &"wamid.OLD2".into()));
}

async fn the_same_news_of_the_account_at_another_time_is_another_event() {
    let service = Service::start();
    service.post(fixture("account_update")).await.accepted();
    service.post(fixture("account_update").replace("1751247548", "1751247549")).await.accepted();
    let events = service.events().await;
    assert_ne!(events[0].id, events[1].id);
}

async fn the_same_message_in_another_delivery_is_the_same_event() {
    let service = Service::start();
    service.post(messages(&[text("A", "\"hi\"")])).await.accepted();
    service.post(messages(&[text("B", "\"ho\""), text("A", "\"hi\"")])).await.accepted();
    let events = service.events().await;
    assert_eq!(events[0].id, events[2].id);
    assert_ne!(events[0].id, events[1].id);
}

#[test]
fn data_that_is_no_event_is_an_error_that_says_what_happens() {
    assert_eq!(inbound("").unwrap_err(), WebhookError::NotEventData);
    assert_eq!(inbound("{}").unwrap_err(), WebhookError::NotEventData);
    assert_eq!(inbound(r#"{"item":{}}"#).unwrap_err(), WebhookError::NoNumber);
    assert_eq!(inbound(r#"{"phone_number_id":"1","item":{}}"#).unwrap_err(), WebhookError::NoId);
    assert_eq!(inbound(r#"{"phone_number_id":"1","item":{"id":"x"}}"#).unwrap_err(), WebhookError::NoPerson);
    assert_eq!(
        inbound(r#"{"phone_number_id":"1","item":{"id":"x","from":"1","timestamp":"soon"}}"#).unwrap_err(),
        WebhookError::NoTimestamp
    );
    assert_eq!(
        status(r#"{"phone_number_id":"1","item":{"id":"x","status":"warped"}}"#).unwrap_err(),
        WebhookError::UnknownStatus
    );
}
