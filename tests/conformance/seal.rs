//! `seal`: what a turn answers and says is stored once; after that nobody decides again.

use wabridge::domain::{InboundId, OutboundId};
use wabridge::store::{BeginAnswer, Finished, OutState, Sealed, SendAnswer, TurnState};

use crate::backends::Backend;
use crate::chat::{Chat, UNKNOWN, accepted, attempt, begun, draft, id, noon, number, seconds};

promises!(
    a_seal_stores_members_and_bodies_and_begins_the_first_attempt,
    a_turn_is_sealed_only_once,
    only_messages_of_the_mailbox_can_be_sealed,
    a_turn_without_members_cannot_be_sealed,
    messages_after_the_seal_become_the_next_turn,
    a_message_that_the_plan_did_not_see_becomes_the_next_turn,
    a_silent_plan_ends_the_turn_at_once,
    a_takeover_after_the_seal_finds_the_stored_bytes,
    a_reply_after_the_window_closed_is_refused_before_it_is_sent,
);

async fn a_seal_stores_members_and_bodies_and_begins_the_first_attempt(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    let now = noon() + seconds(3);
    let sealed = chat.seals(&held, &["one"], &["first", "second"], now).await;
    let Sealed::Sending(answer) = sealed else { panic!("{sealed:?}") };
    let attempt = attempt(answer);
    assert_eq!((attempt.n, attempt.body.as_str(), attempt.number), (1, "first", number()));
    let positions = chat.store.positions(held.clone()).await.unwrap().unwrap();
    for (place, out) in (0..).zip(&positions) {
        assert_eq!((&out.id, out.position, &out.turn), (&OutboundId::of(&held.turn, place), place, &held.turn));
        assert_eq!((&out.members, out.route.as_deref()), (&vec![id("one")], Some("menu")));
    }
    assert_eq!(positions.iter().map(|out| out.body.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    assert_eq!(positions.iter().map(|out| out.state).collect::<Vec<_>>(), [OutState::Sending, OutState::Planned]);
    assert_eq!((positions[0].started_at, positions[0].attempts), (Some(now), 1));
    let turn = chat.now_stored().await.turn.unwrap();
    assert_eq!((turn.state, turn.size, turn.members), (TurnState::Sealed, 2, vec![id("one")]));
}

async fn a_turn_is_sealed_only_once(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, _) = chat.sending("one", &["first"], noon()).await;
    assert_eq!(chat.seals(&held, &["one"], &["other"], noon()).await, Sealed::Lost);
    assert_eq!(chat.answer("one").await.body, "first");
}

async fn only_messages_of_the_mailbox_can_be_sealed(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    assert_eq!(chat.seals(&held, &["one", "stranger"], &["{}"], noon()).await, Sealed::Lost);
    let none: Vec<InboundId> = vec![InboundId::new("m_none")];
    assert_eq!(chat.store.seal(held.clone(), none, vec![draft("{}")], noon()).await.unwrap(), Sealed::Lost);
    assert_eq!(chat.now_stored().await.turn.unwrap().state, TurnState::Open);
    assert!(chat.answers("one").await.is_empty());
}

async fn a_turn_without_members_cannot_be_sealed(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    assert_eq!(chat.seals(&held, &[], &["{}"], noon()).await, Sealed::Lost);
}

async fn messages_after_the_seal_become_the_next_turn(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, attempt) = chat.sending("one", &["first"], noon()).await;
    assert_eq!(chat.says("two", noon()).await, BeginAnswer::Queued);
    assert!(chat.answers("two").await.is_empty(), "a sealed turn does not grow");
    let settled = chat.store.settle(attempt, accepted("wamid.out"), Some(held.clone()), noon()).await.unwrap();
    let Some(Finished::Next(next)) = settled.finished else { panic!("{settled:?}") };
    assert_eq!(next.owner, held.owner, "under the same lease");
    assert_ne!(next.turn, held.turn);
    let stored = chat.now_stored().await;
    assert_eq!(stored.mailbox.keys().collect::<Vec<_>>(), [&id("two")]);
    assert_eq!((stored.turn.unwrap().state, stored.turns), (TurnState::Open, 1));
    assert!(matches!(chat.seals(&next, &["two"], &["next"], noon()).await, Sealed::Sending(_)));
    assert_eq!(chat.seals(&held, &["two"], &["old"], noon()).await, Sealed::Lost, "the old turn is over");
}

async fn a_message_that_the_plan_did_not_see_becomes_the_next_turn(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    assert_eq!(chat.says("two", noon()).await, BeginAnswer::Queued);
    let Sealed::Silent(Finished::Next(next)) = chat.seals(&held, &["one"], &[], noon()).await else { panic!() };
    let mailbox = chat.store.mailbox(next).await.unwrap().unwrap();
    assert_eq!((mailbox.messages[0].text.as_str(), mailbox.messages.len(), mailbox.turns), ("two", 1, 1));
}

async fn a_silent_plan_ends_the_turn_at_once(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    assert_eq!(chat.seals(&held, &["one"], &[], noon()).await, Sealed::Silent(Finished::Empty));
    let stored = chat.now_stored().await;
    assert!(stored.mailbox.is_empty() && stored.lease.is_none() && stored.turn.is_none() && stored.pending_since.is_none());
    assert_eq!(chat.says("one", noon()).await, BeginAnswer::Duplicate);
}

async fn a_takeover_after_the_seal_finds_the_stored_bytes(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, attempt) = chat.sending("one", &["first", "second"], noon()).await;
    chat.settles(&attempt, UNKNOWN, noon() + seconds(8)).await;
    drop(chat);
    let on = on.reopened();
    let chat = Chat::new(&on).await;
    let begun = begun(chat.says("one", noon() + seconds(31)).await);
    assert!(begun.sealed);
    assert_eq!(begun.held.turn, held.turn);
    let positions = chat.store.positions(begun.held).await.unwrap().unwrap();
    assert_eq!(positions.iter().map(|out| out.body.as_str()).collect::<Vec<_>>(), ["first", "second"]);
}

async fn a_reply_after_the_window_closed_is_refused_before_it_is_sent(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    let closed = noon() + on.limits.window;
    assert_eq!(chat.seals(&held, &["one"], &["{}"], closed).await, Sealed::Sending(SendAnswer::WindowClosed));
    assert_eq!(chat.answer("one").await.state, OutState::Refused);
    assert_eq!(chat.store.finish(held, closed).await.unwrap(), Finished::Empty);
}
