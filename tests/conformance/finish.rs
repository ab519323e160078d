//! `finish`: a turn ends when every position is final, and not before.

use wabridge::store::{BeginAnswer, Finished, OutState};

use crate::backends::Backend;
use crate::chat::{Chat, NOT_SENT, UNKNOWN, accepted, begun, id, noon, refused, seconds};

promises!(
    an_unfinished_turn_cannot_be_finished,
    an_open_turn_cannot_be_finished,
    finishing_empties_the_mailbox_and_frees_the_lease,
    finishing_twice_is_lost,
    the_rest_after_a_refused_position_is_skipped,
    members_leave_the_mailbox_and_only_they,
    ten_messages_during_the_end_of_a_turn_are_each_queued_or_begin,
);

async fn an_unfinished_turn_cannot_be_finished(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, attempt) = chat.sending("one", &["first", "second"], noon()).await;
    let finishes = async || chat.store.finish(held.clone(), noon()).await.unwrap();
    assert_eq!(finishes().await, Finished::Lost, "the first is on its way");
    for outcome in [UNKNOWN, NOT_SENT, accepted("wamid.1")] {
        chat.settles(&attempt, outcome.clone(), noon()).await;
        assert_eq!(finishes().await, Finished::Lost, "{outcome:?}");
    }
    assert_eq!(chat.now_stored().await.mailbox.len(), 1);
    assert_eq!(chat.answers("one").await[1].state, OutState::Planned, "nothing was skipped on the way");
}

async fn an_open_turn_cannot_be_finished(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    assert_eq!(chat.store.finish(held, noon()).await.unwrap(), Finished::Lost);
    assert_eq!(chat.now_stored().await.mailbox.len(), 1);
}

async fn finishing_empties_the_mailbox_and_frees_the_lease(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, attempt) = chat.sending("one", &["{}"], noon()).await;
    chat.settles(&attempt, accepted("wamid.1"), noon()).await;
    assert_eq!(chat.store.finish(held, noon()).await.unwrap(), Finished::Empty);
    let stored = chat.now_stored().await;
    assert!(stored.mailbox.is_empty() && stored.turn.is_none() && stored.lease.is_none());
    assert_eq!((stored.pending_since, stored.wake_at, stored.turns), (None, None, 1));
    assert_eq!(chat.note("one").await, None, "an answered message has no note");
    let next = chat.opens("two", noon() + seconds(5)).await;
    let mailbox = chat.store.mailbox(next).await.unwrap().unwrap();
    assert_eq!((mailbox.turns, mailbox.messages.len()), (1, 1));
}

async fn finishing_twice_is_lost(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, attempt) = chat.sending("one", &["{}"], noon()).await;
    chat.settles(&attempt, accepted("wamid.1"), noon()).await;
    assert_eq!(chat.store.finish(held.clone(), noon()).await.unwrap(), Finished::Empty);
    assert_eq!(chat.store.finish(held.clone(), noon()).await.unwrap(), Finished::Lost);
    chat.opens("two", noon()).await;
    assert_eq!(chat.store.finish(held, noon()).await.unwrap(), Finished::Lost, "not the turn of somebody else either");
}

async fn the_rest_after_a_refused_position_is_skipped(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, attempt) = chat.sending("one", &["a", "b", "c"], noon()).await;
    let settled = chat.store.settle(attempt, refused(), Some(held), noon()).await.unwrap();
    assert_eq!((settled.state, settled.finished), (OutState::Refused, Some(Finished::Empty)));
    let states: Vec<_> = chat.answers("one").await.iter().map(|out| out.state).collect();
    assert_eq!(states, [OutState::Refused, OutState::Skipped, OutState::Skipped]);
    assert_eq!(chat.dead_letters().await, 0, "Meta told why: nothing is left to find out");
}

async fn members_leave_the_mailbox_and_only_they(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    for word in ["two", "three"] {
        assert_eq!(chat.says(word, noon()).await, BeginAnswer::Queued);
    }
    chat.seals(&held, &["one", "three"], &[], noon()).await;
    assert_eq!(chat.now_stored().await.mailbox.keys().collect::<Vec<_>>(), [&id("two")]);
}

/// Whoever comes while a turn ends is either seen by its holder or takes the lease: nobody falls between.
async fn ten_messages_during_the_end_of_a_turn_are_each_queued_or_begin(on: Backend) {
    for round in 0..10 {
        let chat = Chat::new(&on).await;
        let now = noon() + seconds(100 * round);
        let (held, attempt) = chat.sending(&format!("first {round}"), &["{}"], now).await;
        chat.settles(&attempt, accepted("wamid.1"), now).await;
        let word = format!("late {round}");
        let (finished, answer) = tokio::join!(chat.store.finish(held, now), chat.says(&word, now));
        let (holder, seen) = match (finished.unwrap(), answer) {
            (Finished::Next(next), BeginAnswer::Queued) => (next, "queued"),
            (Finished::Empty, answer @ BeginAnswer::Begun(_)) => (begun(answer).held, "begun"),
            (finished, answer) => panic!("nobody has the message: {finished:?}, {answer:?}"),
        };
        let mailbox = chat.store.mailbox(holder.clone()).await.unwrap().unwrap();
        assert_eq!(mailbox.messages.iter().map(|message| &message.text).collect::<Vec<_>>(), [&word], "{seen}");
        chat.seals(&holder, &[&word], &[], now).await;
    }
}
