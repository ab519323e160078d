//! A person is found by phone number or user id, whichever an event names, and is one contact for ever.

use std::collections::BTreeSet;

use jiff::Timestamp;
use wabridge::domain::{ConversationId, Person, PhoneNumberId, UserId, WaId};

use wabridge::store::{BeginAnswer, Finished, OutState, Sealed};

use crate::backends::Backend;
use crate::chat::{Chat, accepted, attempt, begun, event, message, noon, number, phone, seconds};

promises!(
    a_person_is_found_by_phone_or_by_user_id,
    two_contacts_that_prove_to_be_one_become_the_older,
    a_merge_during_a_turn_leaves_the_turn_to_its_end,
    fifty_first_sights_at_once_are_one_conversation,
    another_number_has_another_conversation_with_the_same_person,
    strangers_are_strangers,
    a_number_with_a_new_owner_is_another_person,
    the_newest_name_is_known_and_a_missing_one_forgets_nothing,
);

fn user(id: &str) -> Person {
    Person { user_id: Some(UserId::new(id)), ..Person::default() }
}

fn both(digits: &str, id: &str) -> Person {
    Person { wa_id: Some(WaId::new(digits)), ..user(id) }
}

async fn meets(on: &Backend, person: Person, now: Timestamp) -> ConversationId {
    on.store.identify(person, number(), now).await.unwrap()
}

async fn a_person_is_found_by_phone_or_by_user_id(on: Backend) {
    let first = meets(&on, both("16505551234", "US.1"), noon()).await;
    assert_eq!(meets(&on, phone("16505551234"), noon()).await, first);
    assert_eq!(meets(&on, user("US.1"), noon()).await, first);
    assert_eq!(meets(&on.reopened(), both("16505551234", "US.1"), noon()).await, first);
}

async fn two_contacts_that_prove_to_be_one_become_the_older(on: Backend) {
    let younger = meets(&on, user("US.1"), noon() + seconds(9)).await;
    let older = meets(&on, phone("16505551234"), noon()).await;
    assert_ne!(older, younger);
    assert_eq!(meets(&on, both("16505551234", "US.1"), noon() + seconds(20)).await, older);
    assert_eq!(meets(&on, user("US.1"), noon() + seconds(21)).await, older, "the alias points to the older now");
    assert_eq!(meets(&on, phone("16505551234"), noon() + seconds(22)).await, older);
}

async fn a_merge_during_a_turn_leaves_the_turn_to_its_end(on: Backend) {
    let older = meets(&on, user("US.1"), noon() - seconds(9)).await;
    let chat = Chat::new(&on).await;
    let now = noon() + seconds(9);
    let held = begun(chat.hears(message("one", now), true, event("one"), now).await).held;
    assert_ne!(held.conversation, older);
    // A third event knows both ids: from here on the person is the older contact.
    assert_eq!(meets(&on, both("16505551234", "US.1"), now).await, older);
    let elsewhere = Chat { store: on.store.clone(), id: older };
    let twin = elsewhere.hears(message("one", now), true, event("one"), now + seconds(1)).await;
    assert_eq!(twin, BeginAnswer::Busy, "a twin finds the message where it is, not where it would be today");
    let Sealed::Sending(answer) = chat.seals(&held, &["one"], &["a"], now + seconds(2)).await else { panic!("not sealed") };
    let attempt = attempt(answer);
    let settled = on.store.settle(attempt.clone(), accepted("wamid.a"), Some(held), now + seconds(3)).await.unwrap();
    assert_eq!(settled.finished, Some(Finished::Empty));
    assert_eq!(on.store.outbound(attempt.outbound).await.unwrap().unwrap().state, OutState::Accepted);
}

async fn fifty_first_sights_at_once_are_one_conversation(on: Backend) {
    let sights = (0..50).map(|n| {
        let store = on.store.clone();
        let person = if n % 2 == 0 { both("16505551234", "US.1") } else { phone("16505551234") };
        tokio::spawn(async move { store.identify(person, number(), noon()).await.unwrap() })
    });
    let mut found = BTreeSet::new();
    for sight in sights.collect::<Vec<_>>() {
        found.insert(sight.await.unwrap());
    }
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(on.store.counts().await.unwrap()["conversations"], 1);
}

async fn another_number_has_another_conversation_with_the_same_person(on: Backend) {
    let one = meets(&on, phone("16505551234"), noon()).await;
    let other = on.store.identify(phone("16505551234"), PhoneNumberId::new("2"), noon()).await.unwrap();
    assert_ne!(one, other);
    let contact = |found: Option<wabridge::store::Conversation>| found.unwrap().contact;
    let contacts = (on.store.conversation(one).await.unwrap(), on.store.conversation(other).await.unwrap());
    assert_eq!(contact(contacts.0), contact(contacts.1));
}

async fn a_number_with_a_new_owner_is_another_person(on: Backend) {
    let old = meets(&on, both("16505551234", "US.1"), noon()).await;
    let new = meets(&on, both("16505551234", "US.2"), noon() + seconds(9)).await;
    assert_ne!(new, old, "the chat of the old owner is not theirs");
    assert_eq!(meets(&on, phone("16505551234"), noon() + seconds(10)).await, new);
    assert_eq!(meets(&on, user("US.1"), noon() + seconds(11)).await, old);
}

async fn strangers_are_strangers(on: Backend) {
    let one = meets(&on, phone("16505551234"), noon()).await;
    assert_ne!(meets(&on, phone("16505551235"), noon()).await, one);
    // An id is only what its kind is: digits in a user id are no phone number.
    assert_ne!(meets(&on, user("16505551234"), noon()).await, one);
}

async fn the_newest_name_is_known_and_a_missing_one_forgets_nothing(on: Backend) {
    let named = |name: &str| Person { name: Some(name.into()), ..both("16505551234", "US.1") };
    meets(&on, named("Old"), noon()).await;
    meets(&on, named("New"), noon() + seconds(1)).await;
    meets(&on, phone("16505551234"), noon() + seconds(2)).await;
    let chat = Chat::new(&on).await;
    let now = noon() + seconds(3);
    let held = begun(chat.hears(message("hello", now), true, event("hello"), now).await).held;
    let person = on.store.mailbox(held).await.unwrap().unwrap().person;
    assert!(person == named("New"), "the bot sees the newest name and every id");
}
