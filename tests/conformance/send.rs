//! `record_sending`: the compare-and-set before each POST. Who has no attempt may not send.

use wabridge::store::{OutState, SendAnswer};

use crate::backends::Backend;
use crate::chat::{Chat, NOT_SENT, UNKNOWN, accepted, attempt, begun, noon, refused, seconds};

promises!(
    positions_are_sent_in_order,
    an_attempt_is_recorded_only_once,
    nothing_is_sent_without_the_lease,
    a_position_that_does_not_exist_is_lost,
    after_a_certain_failure_the_same_bytes_get_the_next_attempt,
    nothing_is_sent_after_a_refused_position,
    a_window_that_closed_between_two_positions_refuses_the_second,
    twenty_workers_at_once_get_one_attempt,
);

async fn positions_are_sent_in_order(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, first) = chat.sending("one", &["first", "second", "third"], noon()).await;
    let sends = async |place| chat.store.record_sending(held.clone(), place, noon()).await.unwrap();
    assert_eq!(sends(1).await, SendAnswer::Lost, "the first is on its way");
    chat.settles(&first, UNKNOWN, noon()).await;
    assert_eq!(sends(1).await, SendAnswer::Lost, "nobody knows about the first");
    chat.settles(&first, accepted("wamid.1"), noon()).await;
    assert_eq!(sends(2).await, SendAnswer::Lost, "the second is not sent yet");
    let second = attempt(sends(1).await);
    assert_eq!((second.body.as_str(), second.n), ("second", 1));
    chat.settles(&second, accepted("wamid.2"), noon()).await;
    assert_eq!(attempt(sends(2).await).body, "third");
}

async fn an_attempt_is_recorded_only_once(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, first) = chat.sending("one", &["{}"], noon()).await;
    let again = async || chat.store.record_sending(held.clone(), 0, noon() + seconds(1)).await.unwrap();
    assert_eq!(again().await, SendAnswer::Lost);
    chat.settles(&first, UNKNOWN, noon()).await;
    assert_eq!(again().await, SendAnswer::Lost, "an unknown outcome is resolved, not repeated");
    chat.settles(&first, accepted("wamid.1"), noon()).await;
    assert_eq!(again().await, SendAnswer::Lost);
    assert_eq!(chat.answer("one").await.attempts, 1);
}

async fn nothing_is_sent_without_the_lease(on: Backend) {
    let chat = Chat::new(&on).await;
    let (lost, first) = chat.sending("one", &["{}"], noon()).await;
    chat.settles(&first, NOT_SENT, noon()).await;
    let now = noon() + seconds(31);
    let held = begun(chat.says("one", now).await).held;
    assert_eq!(chat.store.record_sending(lost, 0, now).await.unwrap(), SendAnswer::Lost);
    let second = attempt(chat.store.record_sending(held.clone(), 0, now).await.unwrap());
    assert_eq!(second.n, 2);
    chat.settles(&second, NOT_SENT, now).await;
    chat.store.park(held.clone(), now + seconds(60), None).await.unwrap();
    assert_eq!(chat.store.record_sending(held, 0, now).await.unwrap(), SendAnswer::Lost, "the timer has it");
}

async fn a_position_that_does_not_exist_is_lost(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, first) = chat.sending("one", &["{}"], noon()).await;
    chat.settles(&first, accepted("wamid.1"), noon()).await;
    for place in [1, 7, usize::MAX] {
        assert_eq!(chat.store.record_sending(held.clone(), place, noon()).await.unwrap(), SendAnswer::Lost);
    }
}

async fn after_a_certain_failure_the_same_bytes_get_the_next_attempt(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, first) = chat.sending("one", &["bytes"], noon()).await;
    chat.settles(&first, NOT_SENT, noon()).await;
    let second = attempt(chat.store.record_sending(held, 0, noon() + seconds(4)).await.unwrap());
    assert_eq!((second.n, &second.body, &second.outbound), (2, &first.body, &first.outbound));
    let out = chat.answer("one").await;
    assert_eq!((out.started_at, out.first_started_at), (Some(noon() + seconds(4)), Some(noon())));
    assert_eq!(out.tries[&1].outcome, Some(NOT_SENT));
}

async fn nothing_is_sent_after_a_refused_position(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, first) = chat.sending("one", &["first", "second"], noon()).await;
    chat.settles(&first, refused(), noon()).await;
    for place in [0, 1] {
        assert_eq!(chat.store.record_sending(held.clone(), place, noon()).await.unwrap(), SendAnswer::Lost);
    }
}

async fn a_window_that_closed_between_two_positions_refuses_the_second(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, first) = chat.sending("one", &["first", "second"], noon()).await;
    chat.settles(&first, accepted("wamid.1"), noon()).await;
    let sends = async |now| chat.store.record_sending(held.clone(), 1, now).await.unwrap();
    assert_eq!(sends(noon() + on.limits.window).await, SendAnswer::WindowClosed);
    let states: Vec<_> = chat.answers("one").await.iter().map(|out| out.state).collect();
    assert_eq!(states, [OutState::Accepted, OutState::Refused]);
}

async fn twenty_workers_at_once_get_one_attempt(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, first) = chat.sending("one", &["{}"], noon()).await;
    chat.settles(&first, NOT_SENT, noon()).await;
    let workers = (0..20).map(|_| {
        let (store, held) = (chat.store.clone(), held.clone());
        tokio::spawn(async move { store.record_sending(held, 0, noon()).await.unwrap() })
    });
    let mut attempts = 0;
    for worker in workers.collect::<Vec<_>>() {
        attempts += usize::from(worker.await.unwrap() != SendAnswer::Lost);
    }
    assert_eq!(attempts, 1);
}
