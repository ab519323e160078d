//! A paused number: nobody sends from it, except for one who tries whether it is over.

use wabridge::domain::{ConversationId, Current, PhoneNumberId};
use wabridge::store::{OutState, PauseWhy, Resolved, Sealed, SendAnswer, Store};

use crate::backends::Backend;
use crate::chat::{Chat, POLICY, UNKNOWN, attempt, noon, number, phone, seconds};

promises!(
    a_paused_number_begins_no_attempt_and_refuses_nothing,
    when_the_time_has_come_one_attempt_tries_and_the_others_wait_for_it,
    a_lifted_pause_holds_nobody_up,
    another_number_goes_on,
    a_pause_is_news_once,
    another_token_ends_a_pause_over_the_old_one_at_once,
    another_token_does_not_end_a_restriction,
    the_longer_of_two_pauses_stays,
    a_pause_outlives_the_process,
    a_pause_that_a_wrong_clock_began_is_over_once_the_clock_is_right,
    a_closed_window_is_told_before_a_pause_and_takes_no_try,
    an_unknown_outcome_is_not_sent_again_while_the_number_is_paused,
);

async fn other_chat(store: &Store, number: PhoneNumberId) -> Chat {
    let id: ConversationId = store.identify(phone("16505550000"), number, noon()).await.unwrap();
    Chat { store: store.clone(), id }
}

async fn seals(chat: &Chat, word: &str) -> (wabridge::store::Held, SendAnswer) {
    let held = chat.opens(word, noon()).await;
    let Sealed::Sending(answer) = chat.seals(&held, &[word], &["{}"], noon()).await else { panic!("not sealed") };
    (held, answer)
}

async fn a_pause_that_a_wrong_clock_began_is_over_once_the_clock_is_right(on: Backend) {
    let chat = Chat::new(&on).await;
    on.store.pause(number(), PauseWhy::Restricted, noon() + seconds(13 * 3600)).await.unwrap();
    let (_, answer) = seals(&chat, "one").await;
    assert!(attempt(answer).probe, "one tries");
}

async fn a_paused_number_begins_no_attempt_and_refuses_nothing(on: Backend) {
    for (why, wait) in [(PauseWhy::Credentials, on.limits.probe_every), (PauseWhy::Restricted, on.limits.restricted)] {
        let chat = Chat::new(&on).await;
        on.store.pause(number(), why, noon()).await.unwrap();
        let word = format!("{why:?}");
        let (held, answer) = seals(&chat, &word).await;
        assert_eq!(answer, SendAnswer::Paused(noon() + wait));
        let later = noon() + wait - seconds(1);
        assert_eq!(chat.store.record_sending(held.clone(), 0, later).await.unwrap(), SendAnswer::Paused(noon() + wait));
        let out = chat.answer(&word).await;
        assert_eq!((out.state, out.attempts), (OutState::Planned, 0));
        on.store.lift(number()).await.unwrap();
        let first = attempt(chat.store.record_sending(held.clone(), 0, later).await.unwrap());
        chat.settles(&first, crate::chat::accepted("wamid.1"), later).await;
        chat.store.finish(held, later).await.unwrap();
    }
}

async fn when_the_time_has_come_one_attempt_tries_and_the_others_wait_for_it(on: Backend) {
    on.store.pause(number(), PauseWhy::Restricted, noon()).await.unwrap();
    let (one, other) = (Chat::new(&on).await, other_chat(&on.store, number()).await);
    let ((first, _), (second, _)) = (seals(&one, "one").await, seals(&other, "two").await);
    let over = noon() + on.limits.restricted;
    let sends = async |held: &wabridge::store::Held, now| on.store.record_sending(held.clone(), 0, now).await.unwrap();
    assert!(attempt(sends(&first, over).await).probe);
    let next = over + on.limits.probe_every;
    assert_eq!(sends(&second, over + seconds(1)).await, SendAnswer::Paused(next));
    assert!(attempt(sends(&second, next).await).probe, "nobody told what became of the first");
}

async fn a_lifted_pause_holds_nobody_up(on: Backend) {
    on.store.pause(number(), PauseWhy::Restricted, noon()).await.unwrap();
    on.store.lift(number()).await.unwrap();
    assert_eq!(on.store.paused(number()).await.unwrap(), None);
    assert!(!attempt(seals(&Chat::new(&on).await, "one").await.1).probe);
}

async fn another_number_goes_on(on: Backend) {
    on.store.pause(number(), PauseWhy::Restricted, noon()).await.unwrap();
    let chat = other_chat(&on.store, PhoneNumberId::new("2")).await;
    assert!(!attempt(seals(&chat, "two").await.1).probe);
}

async fn a_pause_is_news_once(on: Backend) {
    let pauses = async |why, now| on.store.pause(number(), why, now).await.unwrap();
    assert!(pauses(PauseWhy::Credentials, noon()).await);
    let later = noon() + seconds(60);
    assert!(!pauses(PauseWhy::Credentials, later).await, "the try failed");
    let stored = on.store.paused(number()).await.unwrap().unwrap();
    assert_eq!((stored.since, stored.until), (noon(), later + on.limits.probe_every));
    assert!(pauses(PauseWhy::Restricted, later).await, "for another reason");
}

async fn another_token_ends_a_pause_over_the_old_one_at_once(on: Backend) {
    let with = |token: &str| on.store.clone().sending_with(Some(Current::new(token.into())));
    with("old").pause(number(), PauseWhy::Credentials, noon()).await.unwrap();
    let chat = Chat::new(&on).await;
    let old = Chat { store: with("old"), id: chat.id.clone() };
    let (held, answer) = seals(&old, "one").await;
    assert_eq!(answer, SendAnswer::Paused(noon() + on.limits.probe_every));
    let first = attempt(with("new").record_sending(held, 0, noon()).await.unwrap());
    assert!(!first.probe);
    assert_eq!(on.store.paused(number()).await.unwrap(), None);
}

async fn another_token_does_not_end_a_restriction(on: Backend) {
    let with = |token: &str| on.store.clone().sending_with(Some(Current::new(token.into())));
    with("old").pause(number(), PauseWhy::Restricted, noon()).await.unwrap();
    let chat = Chat { store: with("new"), id: Chat::new(&on).await.id };
    assert_eq!(seals(&chat, "one").await.1, SendAnswer::Paused(noon() + on.limits.restricted));
}

async fn the_longer_of_two_pauses_stays(on: Backend) {
    let pauses = async |why, now| on.store.pause(number(), why, now).await.unwrap();
    pauses(PauseWhy::Restricted, noon()).await;
    assert!(!pauses(PauseWhy::Credentials, noon()).await);
    let stored = on.store.paused(number()).await.unwrap().unwrap();
    assert_eq!((stored.why, stored.until), (PauseWhy::Restricted, noon() + on.limits.restricted));
    let over = noon() + on.limits.restricted;
    assert!(pauses(PauseWhy::Credentials, over).await, "its end finds the other reason");
}

async fn a_pause_outlives_the_process(on: Backend) {
    on.store.pause(number(), PauseWhy::Restricted, noon()).await.unwrap();
    let until = noon() + on.limits.restricted;
    let on = on.reopened();
    assert_eq!(on.store.paused(number()).await.unwrap().unwrap().until, until);
    assert_eq!(seals(&Chat::new(&on).await, "one").await.1, SendAnswer::Paused(until));
}

async fn a_closed_window_is_told_before_a_pause_and_takes_no_try(on: Backend) {
    let chat = Chat::new(&on).await;
    on.store.pause(number(), PauseWhy::Credentials, noon()).await.unwrap();
    let (held, _) = seals(&chat, "one").await;
    let before = on.store.paused(number()).await.unwrap();
    let closed = noon() + on.limits.window;
    assert_eq!(chat.store.record_sending(held, 0, closed).await.unwrap(), SendAnswer::WindowClosed);
    assert_eq!(on.store.paused(number()).await.unwrap(), before);
}

async fn an_unknown_outcome_is_not_sent_again_while_the_number_is_paused(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, first) = chat.sending("one", &["{}"], noon()).await;
    chat.settles(&first, UNKNOWN, noon()).await;
    on.store.pause(number(), PauseWhy::Restricted, noon()).await.unwrap();
    let now = noon() + on.limits.no_proof;
    let resolved = chat.store.resolve(held, 0, POLICY, now).await.unwrap();
    assert_eq!(resolved, Resolved::ParkUntil(noon() + on.limits.restricted));
    assert_eq!(chat.answer("one").await.state, OutState::Unknown);
}
