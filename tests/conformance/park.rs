//! `park`, the timer and the sweep: what must wait is found again, exactly once, by a status or by time.

use wabridge::domain::StatusKind;
use wabridge::firestore::{Expect, Fields, Key, Write};
use wabridge::store::{BeginAnswer, Evidence, Parked, Wake};

use crate::backends::Backend;
use crate::chat::{Chat, UNKNOWN, accepted, begun, event, message, noon, number, phone, seconds};

promises!(
    what_was_put_off_before_the_clock_went_back_is_due,
    a_parked_conversation_is_due_at_its_time_and_keeps_its_turn,
    a_status_wakes_the_conversation_that_waits_for_it_exactly_once,
    a_status_of_another_position_wakes_nobody,
    a_status_after_the_timer_was_faster_wakes_nobody,
    a_park_and_the_status_that_it_waits_for_never_pass_each_other,
    parking_for_a_message_that_is_final_is_refused,
    parking_for_a_message_of_another_turn_is_lost,
    work_that_nobody_finished_is_swept_after_a_quarter_of_an_hour,
    at_most_as_many_as_asked_for_are_due_the_oldest_first,
    a_finished_conversation_is_never_due,
);

promises_of_firestore!(a_conversation_that_this_version_cannot_read_keeps_nobody_else_waiting);

/// As after a newer version was taken back.
async fn a_conversation_that_this_version_cannot_read_keeps_nobody_else_waiting(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    let at = noon() + seconds(60);
    chat.store.park(held, at, None).await.unwrap();
    let fields = Fields::new().text("doc", r#"{"turn":{"state":"of_the_future"}}"#).time("wake_at", noon());
    let write = Write { key: Key::new("conversations", "v_newer"), fields: Some(fields), expect: Expect::Absent };
    on.firestore.as_ref().unwrap().commit(vec![write]).await.unwrap();
    assert_eq!(chat.store.due(at, 10).await.unwrap(), [Wake { conversation: chat.id.clone(), at }]);
}

async fn a_parked_conversation_is_due_at_its_time_and_keeps_its_turn(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    let at = noon() + seconds(60);
    assert_eq!(chat.store.park(held.clone(), at, None).await.unwrap(), Parked::Done);
    let stored = chat.now_stored().await;
    assert!(stored.lease.is_none() && stored.pending_since.is_none());
    assert_eq!((stored.wake_at, stored.turn.unwrap().id, stored.mailbox.len()), (Some(at), held.turn, 1));
    assert_eq!(chat.store.due(at - seconds(1), 10).await.unwrap(), Vec::new());
    let wake = Wake { conversation: chat.id.clone(), at };
    assert_eq!(chat.store.due(at, 10).await.unwrap(), std::slice::from_ref(&wake));
    assert_eq!(on.reopened().store.due(at, 10).await.unwrap(), [wake], "after a restart too");
}

/// Parked for the status of an attempt that nobody knows about.
async fn waiting(chat: &Chat) -> (wabridge::store::Held, wabridge::store::Attempt) {
    let (held, attempt) = chat.sending("one", &["first", "second"], noon()).await;
    chat.settles(&attempt, UNKNOWN, noon()).await;
    let parked = chat.store.park(held.clone(), noon() + seconds(135), Some(attempt.outbound.clone())).await.unwrap();
    assert_eq!(parked, Parked::Done);
    assert_eq!(chat.now_stored().await.waiting_for.as_ref(), Some(&attempt.outbound));
    (held, attempt)
}

async fn what_was_put_off_before_the_clock_went_back_is_due(on: Backend) {
    let chat = Chat::new(&on).await;
    let held = chat.opens("one", noon()).await;
    let ahead = noon() + seconds(13 * 3600);
    chat.store.park(held, ahead, None).await.unwrap();
    let due = chat.store.due(noon(), 10).await.unwrap();
    assert_eq!(due, [Wake { conversation: chat.id.clone(), at: ahead }]);
    begun(chat.wakes(ahead, noon()).await);
}

async fn a_status_wakes_the_conversation_that_waits_for_it_exactly_once(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, attempt) = waiting(&chat).await;
    let now = noon() + seconds(7);
    let Evidence::Stored { wake, .. } = chat.status(&attempt, StatusKind::Sent, now).await else { panic!() };
    assert_eq!(wake, Some(Wake { conversation: chat.id.clone(), at: now }));
    assert_eq!(chat.now_stored().await.wake_at, Some(now));
    assert_eq!(chat.store.due(now, 10).await.unwrap().len(), 1, "the timer has it, should the wake be lost");
    let Evidence::Stored { wake, .. } = chat.status(&attempt, StatusKind::Read, now).await else { panic!() };
    assert_eq!(wake, None);
    let woken = begun(chat.wakes(now, now).await);
    assert_eq!(woken.held.turn, held.turn);
    assert!(woken.sealed);
    let Evidence::Stored { wake, .. } = chat.status(&attempt, StatusKind::Delivered, now).await else { panic!() };
    assert_eq!((wake, chat.now_stored().await.wake_at), (None, None), "a conversation at work is left alone");
}

async fn a_status_of_another_position_wakes_nobody(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, first) = chat.sending("one", &["first", "second"], noon()).await;
    chat.settles(&first, accepted("wamid.1"), noon()).await;
    let second = crate::chat::attempt(chat.store.record_sending(held.clone(), 1, noon()).await.unwrap());
    let at = noon() + seconds(135);
    chat.store.park(held, at, Some(second.outbound)).await.unwrap();
    let Evidence::Stored { wake, .. } = chat.status(&first, StatusKind::Read, noon()).await else { panic!() };
    assert_eq!((wake, chat.now_stored().await.wake_at), (None, Some(at)));
}

async fn a_status_after_the_timer_was_faster_wakes_nobody(on: Backend) {
    let chat = Chat::new(&on).await;
    let (_, attempt) = waiting(&chat).await;
    let at = noon() + seconds(135);
    let held = begun(chat.wakes(at, at).await).held;
    let Evidence::Stored { wake, .. } = chat.status(&attempt, StatusKind::Sent, at).await else { panic!() };
    let stored = chat.now_stored().await;
    assert_eq!((wake, stored.wake_at, stored.lease.unwrap().owner), (None, None, held.owner));
}

/// Woken by time, with nothing new, it parks for the same message again: at this moment its status comes.
async fn a_park_and_the_status_that_it_waits_for_never_pass_each_other(on: Backend) {
    for n in 0..20 {
        let person = phone(&format!("16505550{n:03}"));
        let chat = Chat { store: on.store.clone(), id: on.store.identify(person, number(), noon()).await.unwrap() };
        let (held, attempt) = chat.sending(&format!("one{n}"), &["first", "second"], noon()).await;
        chat.settles(&attempt, UNKNOWN, noon()).await;
        let (first, later) = (noon() + seconds(135), noon() + seconds(600));
        chat.store.park(held, first, Some(attempt.outbound.clone())).await.unwrap();
        let held = begun(chat.wakes(first, first).await).held;
        let park = chat.store.park(held, later, Some(attempt.outbound.clone()));
        let (parked, evidence) = tokio::join!(park, chat.status(&attempt, StatusKind::Sent, first));
        let Evidence::Stored { wake, .. } = evidence else { panic!("{evidence:?}") };
        let stored = chat.now_stored().await;
        match parked.unwrap() {
            Parked::Done => {
                let woken = (wake.map(|wake| wake.at), stored.wake_at);
                assert_eq!(woken, (Some(first), Some(first)), "the status wakes it");
            }
            Parked::EvidenceWon => assert_eq!((wake, stored.lease.is_some()), (None, true), "its holder goes on"),
            Parked::Lost => panic!("nobody took the lease"),
        }
    }
}

async fn parking_for_a_message_that_is_final_is_refused(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, attempt) = chat.sending("one", &["{}"], noon()).await;
    chat.status(&attempt, StatusKind::Sent, noon()).await;
    let parked = chat.store.park(held.clone(), noon() + seconds(20), Some(attempt.outbound)).await.unwrap();
    assert_eq!(parked, Parked::EvidenceWon, "or nothing would wake it before its time");
    let stored = chat.now_stored().await;
    assert_eq!((stored.wake_at, stored.lease.unwrap().owner), (None, held.owner), "the holder goes on");
}

async fn parking_for_a_message_of_another_turn_is_lost(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, _) = chat.sending("one", &["{}"], noon()).await;
    let other = wabridge::domain::OutboundId::new("m_none");
    assert_eq!(chat.store.park(held, noon(), Some(other)).await.unwrap(), Parked::Lost);
    assert_eq!(chat.now_stored().await.wake_at, None);
}

async fn work_that_nobody_finished_is_swept_after_a_quarter_of_an_hour(on: Backend) {
    let chat = Chat::new(&on).await;
    chat.opens("one", noon()).await;
    let swept = noon() + on.limits.sweep_after;
    assert_eq!(chat.store.due(swept - seconds(1), 10).await.unwrap(), Vec::new());
    let due = chat.store.due(swept, 10).await.unwrap();
    assert_eq!(due, [Wake { conversation: chat.id.clone(), at: noon() }]);
    // Its worker died and the queue forgot the delivery: this wake is the only one who comes.
    let again = begun(chat.wakes(due[0].at, swept).await);
    assert_eq!(chat.now_stored().await.pending_since, Some(swept));
    assert!(!again.sealed);
}

async fn at_most_as_many_as_asked_for_are_due_the_oldest_first(on: Backend) {
    let mut chats = Vec::new();
    for n in 0..5_u64 {
        let id = on.store.identify(phone(&format!("1650555000{n}")), number(), noon()).await.unwrap();
        let chat = Chat { store: on.store.clone(), id };
        let word = n.to_string();
        let held = begun(chat.hears(message(&word, noon()), true, event(&word), noon()).await).held;
        chat.store.park(held, noon() + seconds(10 - n), None).await.unwrap();
        chats.push(chat.id);
    }
    let due = on.store.due(noon() + seconds(60), 3).await.unwrap();
    let oldest: Vec<_> = chats.iter().rev().take(3).cloned().collect();
    assert_eq!(due.into_iter().map(|wake| wake.conversation).collect::<Vec<_>>(), oldest);
}

async fn a_finished_conversation_is_never_due(on: Backend) {
    let chat = Chat::new(&on).await;
    let (_, attempt) = waiting(&chat).await;
    let now = noon() + seconds(7);
    chat.status(&attempt, StatusKind::Sent, now).await;
    let held = begun(chat.wakes(now, now).await).held;
    let second = crate::chat::attempt(chat.store.record_sending(held.clone(), 1, now).await.unwrap());
    chat.store.settle(second.clone(), accepted("wamid.2"), Some(held), now).await.unwrap().finished.unwrap();
    chat.status(&second, StatusKind::Read, now).await;
    assert_eq!(chat.store.due(now + seconds(86_400), 10).await.unwrap(), Vec::new());
    assert_eq!(chat.wakes(now, now).await, BeginAnswer::Recorded(None), "a wake that comes twice finds nothing");
    assert!(chat.now_stored().await.lease.is_none());
}
