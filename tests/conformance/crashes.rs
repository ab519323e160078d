//! Leases end, workers die, and a turn that kills them ends too.

use wabridge::store::{BeginAnswer, Draft, Finished, Note, OutState, Sealed};

use crate::backends::Backend;
use crate::chat::{Chat, UNKNOWN, accepted, begun, id, noon, seconds};

promises!(
    renewing_prolongs_the_lease_and_only_for_its_owner,
    taking_over_an_expired_lease_counts_a_crash,
    the_loser_of_a_lease_can_do_nothing_any_more,
    five_crashes_give_up_with_a_dead_letter_and_note_the_members,
    an_open_turn_dies_with_everything_in_its_mailbox,
    a_message_after_the_fifth_crash_is_answered_by_a_new_turn,
    a_sealed_turn_that_dies_leaves_what_came_later_alone,
    a_turn_that_fails_five_times_by_error_is_given_up,
    a_release_at_shutdown_counts_nothing,
);

promises_of_embedded!(
    leases_of_an_earlier_process_end_at_its_start_and_count_as_crashes,
    a_restart_long_after_a_kill_waits_for_the_statuses_of_that_time,
    a_restart_at_once_after_a_kill_is_no_outage,
);

async fn renewing_prolongs_the_lease_and_only_for_its_owner(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    assert!(chat.store.renew(held.clone(), noon() + seconds(20)).await.unwrap());
    assert_eq!(chat.now_stored().await.lease.unwrap().until, noon() + seconds(20) + on.limits.lease);
    assert_eq!(chat.says("one", noon() + seconds(49)).await, BeginAnswer::Busy, "it was renewed");
    let other = begun(chat.says("one", noon() + seconds(51)).await).held;
    assert!(!chat.store.renew(held, noon() + seconds(52)).await.unwrap());
    assert_eq!(chat.now_stored().await.lease.unwrap().owner, other.owner);
}

async fn taking_over_an_expired_lease_counts_a_crash(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    let again = begun(chat.says("one", noon() + seconds(31)).await).held;
    assert_eq!(again.turn, held.turn, "the turn is the same");
    assert_eq!(chat.now_stored().await.turn.unwrap().crashes, 1);
    begun(chat.says("two", noon() + seconds(62)).await);
    assert_eq!(chat.now_stored().await.turn.unwrap().crashes, 2, "whoever takes it over");
}

async fn the_loser_of_a_lease_can_do_nothing_any_more(on: Backend) {
    let chat = Chat::new(&on).await;
    let lost = chat.opens("one", noon()).await;
    let now = noon() + seconds(31);
    begun(chat.says("one", now).await);
    let before = chat.now_stored().await;
    let store = &chat.store;
    assert!(store.mailbox(lost.clone()).await.unwrap().is_none());
    assert!(store.positions(lost.clone()).await.unwrap().is_none());
    let draft = Draft { kind: "text".into(), route: None, body: "{}".into() };
    assert_eq!(store.seal(lost.clone(), vec![id("one")], vec![draft], now).await.unwrap(), Sealed::Lost);
    assert_eq!(store.park(lost.clone(), now, None).await.unwrap(), wabridge::store::Parked::Lost);
    assert_eq!(store.finish(lost.clone(), now).await.unwrap(), Finished::Lost);
    assert!(!store.release(lost.clone(), true, now).await.unwrap());
    assert!(!store.renew(lost, now).await.unwrap());
    assert_eq!(chat.now_stored().await, before);
    assert!(chat.answers("one").await.is_empty());
}

/// Lets workers die until the next one gives up; returns what it was told and when.
async fn dies_until_given_up(chat: &Chat, on: &Backend) -> (BeginAnswer, jiff::Timestamp) {
    let mut now = noon();
    for crash in 1..on.limits.crashes {
        now += on.limits.lease + seconds(1);
        begun(chat.hears_again("one", noon(), now).await);
        assert_eq!(chat.now_stored().await.turn.unwrap().crashes, crash);
    }
    now += on.limits.lease + seconds(1);
    (chat.hears_again("one", noon(), now).await, now)
}

async fn five_crashes_give_up_with_a_dead_letter_and_note_the_members(on: Backend) {
    let chat = Chat::new(&on).await;
    chat.opens("one", noon()).await;
    assert_eq!(chat.dead_letters().await, 0);
    let (answer, now) = dies_until_given_up(&chat, &on).await;
    assert_eq!(answer, BeginAnswer::Recorded(Some(Note::Dead)), "it may be acked");
    assert_eq!((chat.note("one").await, chat.dead_letters().await), (Some(Note::Dead), 1));
    let stored = chat.now_stored().await;
    assert!(stored.mailbox.is_empty() && stored.turn.is_none() && stored.lease.is_none() && stored.pending_since.is_none());
    assert_eq!(chat.hears_again("one", noon(), now).await, BeginAnswer::Duplicate);
}

async fn an_open_turn_dies_with_everything_in_its_mailbox(on: Backend) {
    let chat = Chat::new(&on).await;
    chat.opens("one", noon()).await;
    assert_eq!(chat.says("two", noon()).await, BeginAnswer::Queued);
    let (answer, _) = dies_until_given_up(&chat, &on).await;
    assert_eq!(answer, BeginAnswer::Recorded(Some(Note::Dead)));
    assert_eq!((chat.note("one").await, chat.note("two").await), (Some(Note::Dead), Some(Note::Dead)));
    assert!(chat.now_stored().await.mailbox.is_empty(), "or it would open again for ever");
}

async fn a_message_after_the_fifth_crash_is_answered_by_a_new_turn(on: Backend) {
    let chat = Chat::new(&on).await;
    chat.opens("one", noon()).await;
    let (_, now) = dies_until_given_up(&chat, &on).await;
    let next = chat.opens("two", now).await;
    let turn = chat.now_stored().await.turn.unwrap();
    assert_eq!((turn.id, turn.crashes), (next.turn, 0));
}

async fn a_sealed_turn_that_dies_leaves_what_came_later_alone(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, attempt) = chat.sending("one", &["first", "second"], noon()).await;
    chat.settles(&attempt, UNKNOWN, noon()).await;
    assert_eq!(chat.says("two", noon()).await, BeginAnswer::Queued);
    let (answer, _) = dies_until_given_up(&chat, &on).await;
    let next = begun(answer);
    assert!(!next.sealed && next.held.turn != held.turn);
    let mailbox = chat.store.mailbox(next.held).await.unwrap().unwrap();
    assert_eq!(mailbox.messages.iter().map(|message| message.text.as_str()).collect::<Vec<_>>(), ["two"]);
    assert_eq!((chat.note("one").await, chat.note("two").await), (Some(Note::Dead), None));
    let states: Vec<_> = chat.answers("one").await.iter().map(|out| out.state).collect();
    assert_eq!(states, [OutState::Unresolved, OutState::Skipped]);
}

async fn a_turn_that_fails_five_times_by_error_is_given_up(on: Backend) {
    let chat = Chat::new(&on).await;
    let mut held = chat.opens("one", noon()).await;
    for error in 1..on.limits.crashes {
        assert!(!chat.store.release(held, true, noon()).await.unwrap(), "error {error} is nacked");
        let stored = chat.now_stored().await;
        assert!(stored.lease.is_none());
        assert!(stored.pending_since.is_some(), "the sweep finds it should the queue forget it");
        held = chat.opens("one", noon()).await;
        assert_eq!(chat.now_stored().await.turn.unwrap().crashes, error);
    }
    assert!(chat.store.release(held, true, noon()).await.unwrap(), "nothing is left: it may be acked");
    assert_eq!((chat.note("one").await, chat.dead_letters().await), (Some(Note::Dead), 1));
    assert!(chat.now_stored().await.mailbox.is_empty());
}

async fn a_release_at_shutdown_counts_nothing(on: Backend) {
    let chat = Chat::new(&on).await;
    for _ in 0..=on.limits.crashes {
        let held = chat.opens("one", noon()).await;
        assert!(!chat.store.release(held, false, noon()).await.unwrap());
    }
    let held = chat.opens("one", noon()).await;
    assert_eq!(chat.now_stored().await.turn.unwrap().crashes, 0);
    assert!(matches!(chat.seals(&held, &["one"], &["{}"], noon()).await, Sealed::Sending(_)));
}

async fn leases_of_an_earlier_process_end_at_its_start_and_count_as_crashes(on: Backend) {
    let chat = Chat::new(&on).await;
    let (_, attempt) = chat.sending("one", &["{}"], noon()).await;
    drop(chat);
    let on = on.reopened();
    assert_eq!(on.store.expire_leases(noon()).await.unwrap(), 1);
    let chat = Chat::new(&on).await;
    let taken = begun(chat.says("one", noon() + seconds(1)).await);
    assert!(taken.sealed, "its bodies are stored");
    assert_eq!(chat.now_stored().await.turn.unwrap().crashes, 1);
    let settled = chat.store.settle(attempt, accepted("wamid.out"), Some(taken.held), noon() + seconds(2)).await.unwrap();
    assert_eq!(settled.finished, Some(Finished::Empty));
    assert_eq!(on.store.expire_leases(noon()).await.unwrap(), 0);
}

async fn a_restart_long_after_a_kill_waits_for_the_statuses_of_that_time(on: Backend) {
    let chat = Chat::new(&on).await;
    chat.sending("one", &["{}"], noon()).await;
    let later = noon() + seconds(3600);
    on.store.expire_leases(later).await.unwrap();
    begun(chat.says("one", later).await);
    assert_eq!(chat.answer("one").await.hold_until, Some(later + on.limits.after_outage), "nobody was here for an hour");
}

async fn a_restart_at_once_after_a_kill_is_no_outage(on: Backend) {
    let chat = Chat::new(&on).await;
    chat.sending("one", &["{}"], noon()).await;
    let soon = noon() + seconds(3);
    on.store.expire_leases(soon).await.unwrap();
    begun(chat.says("one", soon).await);
    assert_eq!(chat.answer("one").await.hold_until, None);
}
