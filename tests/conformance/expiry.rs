//! What is old goes, what is needed stays.

use wabridge::domain::{DeliveryId, EventId};
use wabridge::store::{BeginAnswer, DeliveryState, RawDelivery};

use crate::backends::{Backend, RETENTION};
use crate::chat::{Chat, accepted, begun, event, id, message, noon, number, phone, seconds};

promises!(
    records_go_after_the_retention_and_not_before,
    a_conversation_with_work_stays_however_old_it_is,
    a_person_who_writes_every_day_stays_the_same_person,
    whoever_comes_back_at_the_last_moment_is_not_forgotten_in_the_next,
    a_message_for_a_conversation_that_is_gone_is_not_taken_for_done,
    account_events_are_kept_once,
    the_store_answers_a_ping,
);

// At Google each document expires by itself; a person whose message waits for a month is no case that the protocol knows.
promises_of_embedded!(the_person_of_a_conversation_with_work_stays_the_same,);

async fn records_go_after_the_retention_and_not_before(on: Backend) {
    let chat = Chat::new(&on).await;
    let raw = RawDelivery {
        id: DeliveryId::new("a".repeat(64)),
        body: "{}".into(),
        signature: String::new(),
        received_at: noon(),
        state: DeliveryState::Accepted,
        quarantined_changes: Vec::new(),
        events: 1,
        reason: String::new(),
    };
    on.store.stage(raw).await.unwrap();
    let (held, attempt) = chat.sending("one", &["{}"], noon()).await;
    on.store.settle(attempt, accepted("wamid.1"), Some(held), noon()).await.unwrap();
    on.store.keep_event(EventId::new("e_1"), "account.x".into(), "{}".into(), noon()).await.unwrap();
    let over = noon() + RETENTION;
    assert_eq!(on.store.forget_expired(over - seconds(1)).await.unwrap(), 0);
    assert_eq!(on.store.counts().await.unwrap()["inbound"], 1);
    on.store.forget_expired(over).await.unwrap();
    let counts = on.store.counts().await.unwrap();
    for kind in ["deliveries", "inbound", "outbound", "conversations"] {
        assert_eq!(counts[kind], 0, "{kind}");
    }
    assert_eq!(on.store.forget_expired(over).await.unwrap(), 0, "a second time there is nothing");
    let again = on.store.identify(phone("16505551234"), number(), over).await.unwrap();
    assert_ne!(again, chat.id, "a forgotten person is a new one");
}

async fn a_conversation_with_work_stays_however_old_it_is(on: Backend) {
    let chats: [&str; 2] = ["16505550001", "16505550002"];
    let mut kept = Vec::new();
    for digits in chats {
        let id = on.store.identify(phone(digits), number(), noon()).await.unwrap();
        let chat = Chat { store: on.store.clone(), id };
        let held = begun(chat.hears(message(digits, noon()), true, event(digits), noon()).await).held;
        kept.push((chat, held));
    }
    let (parked, held) = &kept[0];
    parked.store.park(held.clone(), noon() + seconds(60), None).await.unwrap();
    on.store.forget_expired(noon() + RETENTION * 3).await.unwrap();
    for (chat, _) in &kept {
        assert_eq!(chat.now_stored().await.mailbox.len(), 1);
    }
}

async fn the_person_of_a_conversation_with_work_stays_the_same(on: Backend) {
    let chat = Chat::new(&on).await;
    chat.opens("one", noon()).await;
    let later = noon() + RETENTION * 3;
    on.store.forget_expired(later).await.unwrap();
    assert_eq!(on.store.identify(phone("16505551234"), number(), later).await.unwrap(), chat.id);
}

async fn a_person_who_writes_every_day_stays_the_same_person(on: Backend) {
    let chat = Chat::new(&on).await;
    let mut now = noon();
    for day in 0..40 {
        let word = day.to_string();
        let found = on.store.identify(phone("16505551234"), number(), now).await.unwrap();
        assert_eq!(found, chat.id, "day {day}");
        let held = chat.opens(&word, now).await;
        chat.seals(&held, &[&word], &[], now).await;
        now += seconds(24 * 3600);
        on.store.forget_expired(now).await.unwrap();
    }
    assert_eq!(chat.now_stored().await.turns, 40);
}

async fn whoever_comes_back_at_the_last_moment_is_not_forgotten_in_the_next(on: Backend) {
    let chat = Chat::new(&on).await;
    let last = noon() + RETENTION - seconds(1);
    assert_eq!(on.store.identify(phone("16505551234"), number(), last).await.unwrap(), chat.id);
    on.store.forget_expired(noon() + RETENTION).await.unwrap();
    begun(chat.says("one", noon() + RETENTION).await);
}

async fn a_message_for_a_conversation_that_is_gone_is_not_taken_for_done(on: Backend) {
    let chat = Chat::new(&on).await;
    on.store.forget_expired(noon() + RETENTION).await.unwrap();
    let now = noon() + RETENTION;
    assert_eq!(chat.says("one", now).await, BeginAnswer::Absent);
    assert_eq!(on.store.inbound(id("one")).await.unwrap(), None, "it comes again");
    assert_eq!(chat.wakes(now, now).await, BeginAnswer::Recorded(None));
}

async fn account_events_are_kept_once(on: Backend) {
    for data in ["{}", "{\"other\":1}"] {
        on.store.keep_event(EventId::new("e_1"), "account.x".into(), data.into(), noon()).await.unwrap();
    }
    // One for the event; nothing else was stored.
    assert_eq!(on.store.forget_expired(noon() + RETENTION).await.unwrap(), 1);
}

async fn the_store_answers_a_ping(on: Backend) {
    on.store.ping().await.unwrap();
}
