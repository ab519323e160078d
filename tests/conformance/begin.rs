//! `begin`, step by step: who may ack, who waits, who works. A wrong ack here is a lost message.

use std::time::Duration;

use wabridge::domain::{EventId, Inbound};
use wabridge::store::{Begin, BeginAnswer, Claim, Finished, Note, Policy, TurnState};

use crate::backends::Backend;
use crate::chat::{Chat, POLICY, accepted, begun, event, id, message, noon, seconds};

promises!(
    a_first_message_takes_the_lease_and_opens_a_turn,
    a_finished_message_is_a_duplicate,
    a_finished_message_goes_on_while_the_mailbox_is_not_empty,
    a_twin_of_the_guardian_is_busy_and_must_not_be_acked,
    a_finished_guardian_is_busy_while_its_holder_works_on_the_rest,
    another_message_during_the_work_is_queued_and_waits_in_the_mailbox,
    a_stale_message_is_recorded_and_never_answered,
    what_waited_too_long_in_an_open_turn_is_noted_as_stale,
    a_message_that_opens_no_turn_is_recorded,
    a_hundred_messages_wait_and_the_next_is_flood,
    a_message_before_the_wake_is_queued_for_the_timer,
    a_wake_before_its_time_is_queued,
    the_wake_of_that_time_begins_and_clears_it,
    a_wake_of_an_idle_conversation_is_recorded_and_leaves_nothing,
    a_wake_while_somebody_works_is_queued,
    a_wake_more_than_two_minutes_late_says_so,
    a_message_that_comes_long_after_the_wake_was_due_says_so_too,
    the_same_owner_asking_again_is_no_crash,
    a_conversation_that_does_not_exist_has_nothing_to_answer,
    a_message_that_is_not_new_keeps_its_first_words,
    the_mailbox_keeps_the_order_in_which_the_person_wrote,
    what_a_person_writes_at_once_is_taken_together,
);

promises_of_firestore!(what_firestore_will_never_take_holds_up_nothing_that_came_with_it);

async fn a_first_message_takes_the_lease_and_opens_a_turn(on: Backend) {
    let chat = Chat::new(&on).await;
    let begun = begun(chat.says("hello", noon()).await);
    assert!(!begun.sealed);
    let stored = chat.now_stored().await;
    let lease = stored.lease.unwrap();
    assert_eq!((lease.owner, lease.guardian, lease.until), (begun.held.owner, event("hello"), noon() + on.limits.lease));
    let turn = stored.turn.unwrap();
    assert_eq!((turn.id, turn.state, turn.crashes), (begun.held.turn, TurnState::Open, 0));
    assert_eq!(stored.mailbox.keys().collect::<Vec<_>>(), [&id("hello")]);
    assert_eq!((stored.pending_since, stored.last_inbound_at), (Some(noon()), Some(noon())));
}

/// Answers everything that `held` holds in one silent turn.
async fn finished(chat: &Chat, words: &[&str]) -> Finished {
    let (held, attempt) = chat.sending(words[0], &["{}"], noon()).await;
    for word in &words[1..] {
        assert_eq!(chat.says(word, noon()).await, BeginAnswer::Queued);
    }
    chat.store.settle(attempt, accepted("wamid.out"), Some(held), noon()).await.unwrap().finished.unwrap()
}

async fn a_finished_message_is_a_duplicate(on: Backend) {
    let chat = Chat::new(&on).await;
    assert_eq!(finished(&chat, &["hello"]).await, Finished::Empty);
    let before = chat.now_stored().await;
    assert_eq!(chat.says("hello", noon() + seconds(1)).await, BeginAnswer::Duplicate);
    assert_eq!(chat.now_stored().await, before);
}

async fn a_finished_message_goes_on_while_the_mailbox_is_not_empty(on: Backend) {
    let chat = Chat::new(&on).await;
    let Finished::Next(next) = finished(&chat, &["one", "two"]).await else { panic!("two is still to be answered") };
    assert!(!chat.store.release(next, false, noon()).await.unwrap());
    // The delivery of `two` was acked as queued: this twin of the guardian is all that is left to answer it.
    let begun = begun(chat.says("one", noon() + seconds(60)).await);
    let mailbox = chat.store.mailbox(begun.held).await.unwrap().unwrap();
    assert_eq!(mailbox.messages.iter().map(|message| message.text.as_str()).collect::<Vec<_>>(), ["two"]);
}

async fn a_twin_of_the_guardian_is_busy_and_must_not_be_acked(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("hello", noon()).await;
    assert_eq!(chat.says("hello", noon() + seconds(29)).await, BeginAnswer::Busy);
    assert_eq!(chat.now_stored().await.lease.unwrap().owner, held.owner);
}

async fn a_finished_guardian_is_busy_while_its_holder_works_on_the_rest(on: Backend) {
    let chat = Chat::new(&on).await;
    assert!(matches!(finished(&chat, &["one", "two"]).await, Finished::Next(_)));
    assert_eq!(chat.says("one", noon() + seconds(1)).await, BeginAnswer::Busy);
}

async fn another_message_during_the_work_is_queued_and_waits_in_the_mailbox(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    assert_eq!(chat.says("two", noon() + seconds(1)).await, BeginAnswer::Queued);
    assert_eq!(chat.says("two", noon() + seconds(2)).await, BeginAnswer::Queued, "its twin too");
    let mailbox = chat.store.mailbox(held).await.unwrap().unwrap();
    assert_eq!(mailbox.messages.iter().map(|message| message.text.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(mailbox.last_inbound_at, Some(noon() + seconds(1)));
}

async fn a_stale_message_is_recorded_and_never_answered(on: Backend) {
    let chat = Chat::new(&on).await;
    let late = noon() + POLICY.answer_within + seconds(1);
    let answer = chat.hears_again("old", noon(), late).await;
    assert_eq!(answer, BeginAnswer::Recorded(Some(Note::Stale)));
    assert_eq!(chat.note("old").await, Some(Note::Stale));
    let stored = chat.now_stored().await;
    assert!(stored.mailbox.is_empty() && stored.lease.is_none() && stored.turn.is_none());
    assert_eq!(chat.hears_again("old", noon(), late).await, BeginAnswer::Duplicate);
    let just = noon() + POLICY.answer_within;
    assert!(matches!(chat.hears_again("just", noon(), just).await, BeginAnswer::Begun(_)), "at the limit it is answered");
}

async fn what_waited_too_long_in_an_open_turn_is_noted_as_stale(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("old", noon()).await;
    chat.store.release(held, false, noon()).await.unwrap();
    let late = noon() + POLICY.answer_within + seconds(1);
    assert_eq!(chat.hears_again("old", noon(), late).await, BeginAnswer::Recorded(None));
    assert_eq!(chat.note("old").await, Some(Note::Stale));
    let stored = chat.now_stored().await;
    assert!(stored.mailbox.is_empty() && stored.turn.is_none() && stored.pending_since.is_none());
    assert_eq!(chat.store.due(late + seconds(86_400), 10).await.unwrap(), Vec::new());
}

async fn a_message_that_opens_no_turn_is_recorded(on: Backend) {
    let chat = Chat::new(&on).await;
    let answer = chat.hears(message("thumb", noon()), false, event("thumb"), noon()).await;
    assert_eq!(answer, BeginAnswer::Recorded(Some(Note::NoTurn)));
    assert_eq!(chat.note("thumb").await, Some(Note::NoTurn));
    assert!(chat.now_stored().await.mailbox.is_empty());
    assert_eq!(chat.says("thumb", noon()).await, BeginAnswer::Duplicate);
}

async fn a_hundred_messages_wait_and_the_next_is_flood(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("0", noon()).await;
    for n in 1..on.limits.mailbox {
        assert_eq!(chat.says(&n.to_string(), noon()).await, BeginAnswer::Queued);
    }
    assert_eq!(chat.says("more", noon()).await, BeginAnswer::Recorded(Some(Note::Flood)));
    assert_eq!(chat.note("more").await, Some(Note::Flood));
    assert_eq!(chat.store.mailbox(held).await.unwrap().unwrap().messages.len(), 100);
    assert_eq!(chat.says("99", noon()).await, BeginAnswer::Queued, "a twin of one that waits is no flood");
}

async fn a_message_before_the_wake_is_queued_for_the_timer(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    let at = noon() + seconds(60);
    chat.store.park(held, at, None).await.unwrap();
    assert_eq!(chat.says("two", noon() + seconds(59)).await, BeginAnswer::Queued);
    assert_eq!(chat.says("one", noon() + seconds(59)).await, BeginAnswer::Queued);
    let stored = chat.now_stored().await;
    assert_eq!((stored.wake_at, stored.mailbox.len()), (Some(at), 2));
    assert!(stored.lease.is_none());
}

async fn a_wake_before_its_time_is_queued(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    chat.store.park(held, noon() + seconds(60), None).await.unwrap();
    assert_eq!(chat.wakes(noon() + seconds(10), noon() + seconds(10)).await, BeginAnswer::Queued, "an outdated wake");
}

async fn the_wake_of_that_time_begins_and_clears_it(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    let at = noon() + seconds(60);
    chat.store.park(held.clone(), at, None).await.unwrap();
    let begun = begun(chat.wakes(at, at).await);
    assert_eq!(begun.held.turn, held.turn, "the same turn goes on");
    let stored = chat.now_stored().await;
    assert_eq!((stored.wake_at, stored.waiting_for, stored.pending_since), (None, None, Some(at)));
    assert_eq!(stored.turn.unwrap().crashes, 0, "a parked turn did not crash");
    assert_eq!(chat.wakes(at, at).await, BeginAnswer::Busy, "a twin of the wake is the guardian's");
}

async fn a_wake_of_an_idle_conversation_is_recorded_and_leaves_nothing(on: Backend) {
    let chat = Chat::new(&on).await;
    assert_eq!(chat.wakes(noon(), noon()).await, BeginAnswer::Recorded(None));
    let stored = chat.now_stored().await;
    assert!(stored.lease.is_none() && stored.wake_at.is_none() && stored.pending_since.is_none() && stored.turn.is_none());
}

async fn a_wake_while_somebody_works_is_queued(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    assert_eq!(chat.wakes(noon(), noon() + seconds(1)).await, BeginAnswer::Queued);
    assert_eq!(chat.now_stored().await.lease.unwrap().owner, held.owner);
}

/// An attempt of unknown outcome, parked until a minute after noon.
async fn parked(chat: &Chat) -> jiff::Timestamp {
    let (held, _) = chat.sending("one", &["{}"], noon()).await;
    let at = noon() + seconds(60);
    chat.store.park(held, at, None).await.unwrap();
    at
}

async fn a_wake_more_than_two_minutes_late_says_so(on: Backend) {
    let chat = Chat::new(&on).await;
    let at = parked(&chat).await;
    let woken = begun(chat.wakes(at, at + on.limits.late).await);
    assert_eq!(chat.answer("one").await.hold_until, None, "two minutes are in time");
    chat.store.park(woken.held, at, None).await.unwrap();
    let now = at + on.limits.late + seconds(1);
    begun(chat.wakes(at, now).await);
    assert_eq!(chat.answer("one").await.hold_until, Some(now + on.limits.after_outage));
}

async fn a_message_that_comes_long_after_the_wake_was_due_says_so_too(on: Backend) {
    let chat = Chat::new(&on).await;
    let at = parked(&chat).await;
    // The wait for evidence starts again after an outage, whichever event finds the conversation first.
    let now = at + on.limits.late + seconds(1);
    begun(chat.says("two", now).await);
    assert_eq!(chat.answer("one").await.hold_until, Some(now + on.limits.after_outage));
}

async fn the_same_owner_asking_again_is_no_crash(on: Backend) {
    let chat = Chat::new(&on).await;
    let begin = Begin::Message { message: Box::new(message("one", noon())), received_at: noon(), opens_turn: true };
    let claim = wabridge::store::Claim { event: event("one"), owner: "me".into(), policy: POLICY, begin };
    let first = begun(chat.store.begin(chat.id.clone(), claim.clone(), noon()).await.unwrap());
    // The answer to the first was lost: a store whose commit was unclear asks again and recognises itself.
    let second = begun(chat.store.begin(chat.id.clone(), claim, noon()).await.unwrap());
    assert_eq!(first, second);
    assert_eq!(chat.now_stored().await.turn.unwrap().crashes, 0);
}

async fn a_conversation_that_does_not_exist_has_nothing_to_answer(on: Backend) {
    let chat = Chat { id: wabridge::domain::ConversationId::new("v_none"), ..Chat::new(&on).await };
    assert_eq!(chat.wakes(noon(), noon()).await, BeginAnswer::Recorded(None));
    assert!(chat.store.conversation(chat.id.clone()).await.unwrap().is_none());
}

async fn a_message_that_is_not_new_keeps_its_first_words(on: Backend) {
    let chat = Chat::new(&on).await;
    chat.opens("one", noon()).await;
    let changed = Inbound { text: "changed".into(), ..message("one", noon()) };
    let policy = Policy { answer_within: Duration::from_hours(1), ..POLICY };
    let begin = Begin::Message { message: Box::new(changed), received_at: noon(), opens_turn: true };
    chat.claim(EventId::new("e_other"), begin, policy, noon()).await;
    assert_eq!(chat.store.inbound(id("one")).await.unwrap().unwrap().message.text, "one");
}

async fn the_mailbox_keeps_the_order_in_which_the_person_wrote(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("first", noon()).await;
    // Word, when it was sent by Meta (whole seconds), when its delivery came in, its place in that delivery.
    for (word, sent, received, index) in [("fifth", 2, 3, 1), ("fourth", 2, 3, 0), ("second", 1, 9, 0), ("third", 2, 2, 7)] {
        let said = Inbound { index, ..message(word, noon() + seconds(sent)) };
        let received_at = noon() + seconds(received);
        let begin = Begin::Message { message: Box::new(said), received_at, opens_turn: true };
        assert_eq!(chat.claim(event(word), begin, POLICY, noon() + seconds(10)).await, BeginAnswer::Queued);
    }
    let mailbox = chat.store.mailbox(held).await.unwrap().unwrap();
    let words: Vec<_> = mailbox.messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(words, ["first", "second", "third", "fourth", "fifth"]);
}

async fn what_a_person_writes_at_once_is_taken_together(on: Backend) {
    let chat = Chat::new(&on).await;
    let before = on.firestore.as_ref().map(wabridge::firestore::Firestore::operations);
    let words: Vec<String> = (0..150).map(|n| format!("at once {n}")).collect();
    // Each of the first two comes twice.
    let all = words.iter().chain(&words[..2]).map(|word| chat.says(word, noon()));
    let answers = futures_util::future::join_all(all).await;
    let count = |is: fn(&BeginAnswer) -> bool| answers.iter().filter(|answer| is(answer)).count();
    assert_eq!(count(|answer| matches!(answer, BeginAnswer::Begun(_))), 1, "one has the lease: {answers:?}");
    assert_eq!(count(|answer| matches!(answer, BeginAnswer::Recorded(Some(Note::Flood)))), 50, "the mailbox has an end");
    assert_eq!(count(|answer| matches!(answer, BeginAnswer::Queued | BeginAnswer::Busy)), 101);
    assert_eq!(chat.now_stored().await.mailbox.len(), 100);
    for word in &words {
        assert!(on.store.inbound(id(word)).await.unwrap().is_some(), "{word}");
    }
    if let (Some(before), Some(firestore)) = (before, &on.firestore) {
        let writes = firestore.operations().writes - before.writes;
        // One for each message, and few for the conversation: each commit that meets another would write again.
        assert!((150..=170).contains(&writes), "{writes} writes");
    }
}

async fn what_firestore_will_never_take_holds_up_nothing_that_came_with_it(on: Backend) {
    let chat = Chat::new(&on).await;
    let begin = |message| Begin::Message { message: Box::new(message), received_at: noon(), opens_turn: true };
    let claim = |word: &str, message| Claim { event: event(word), owner: word.to_owned(), policy: POLICY, begin: begin(message) };
    // A document has a mebibyte at most.
    let large = Inbound { text: "x".repeat(2 * 1024 * 1024), ..message("large", noon()) };
    let words = ["one", "two", "three", "four"];
    let good = words.map(|word| on.store.begin(chat.id.clone(), claim(word, message(word, noon())), noon()));
    let bad = on.store.begin(chat.id.clone(), claim("large", large), noon());
    let (bad, good) = tokio::join!(bad, futures_util::future::join_all(good));
    assert!(bad.is_err(), "{bad:?}");
    assert!(good.iter().all(Result::is_ok), "{good:?}");
    assert_eq!(chat.now_stored().await.mailbox.len(), 4);
}
