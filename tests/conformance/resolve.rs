//! `resolve`: an attempt without an outcome is sent again only where the silence of its statuses proves something.

use std::time::Duration;

use jiff::Timestamp;
use wabridge::domain::StatusKind;
use wabridge::store::{Attempt, Begin, BeginAnswer, Finished, Held, Note, OutState, Policy, Resolved};

use crate::backends::Backend;
use crate::chat::{Chat, NOT_SENT, POLICY, SERVER_ERROR, UNKNOWN, begun, event, message, noon, number, phone, refused, seconds};

promises!(
    nothing_is_resolved_before_135_seconds,
    a_later_status_of_the_number_proves_the_silence,
    an_earlier_status_or_another_numbers_proves_nothing,
    without_proof_it_is_sent_again_after_ten_minutes,
    a_second_unknown_is_given_up,
    a_server_error_of_graph_is_tried_for_an_hour,
    after_an_outage_the_wait_starts_again,
    a_policy_that_gives_up_never_sends_twice,
    what_became_too_old_is_not_sent_again,
    a_status_that_came_meanwhile_is_final,
    resolving_needs_the_lease,
    an_attempt_whose_process_died_counts_as_unknown,
    giving_up_a_planned_message_with_an_unknown_attempt_is_unresolved,
    giving_up_a_message_that_was_certainly_never_sent_skips_it,
    given_up_turns_leave_later_messages_alone,
);

async fn unknown(chat: &Chat) -> (Held, Attempt) {
    let (held, attempt) = chat.sending("one", &["first", "second"], noon()).await;
    chat.settles(&attempt, UNKNOWN, noon()).await;
    (held, attempt)
}

async fn resolves(chat: &Chat, held: &Held, now: Timestamp) -> Resolved {
    chat.store.resolve(held.clone(), 0, POLICY, now).await.unwrap()
}

fn resent(resolved: Resolved) -> Attempt {
    let Resolved::Attempt(attempt) = resolved else { panic!("{resolved:?}") };
    attempt
}

async fn nothing_is_resolved_before_135_seconds(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, _) = unknown(&chat).await;
    chat.store.status_seen(number(), noon() + seconds(100)).await.unwrap();
    let early = noon() + seconds(135) - Duration::from_millis(1);
    assert_eq!(resolves(&chat, &held, early).await, Resolved::ParkUntil(noon() + seconds(135)));
    assert_eq!(resent(resolves(&chat, &held, noon() + seconds(135)).await).n, 2);
}

async fn a_later_status_of_the_number_proves_the_silence(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, first) = unknown(&chat).await;
    chat.store.status_seen(number(), noon() + seconds(60)).await.unwrap();
    chat.store.status_seen(number(), noon() + seconds(1)).await.unwrap();
    let second = resent(resolves(&chat, &held, noon() + seconds(140)).await);
    assert_eq!((second.n, &second.body, &second.outbound), (2, &first.body, &first.outbound));
    let out = &chat.answers("one").await[0];
    assert_eq!((out.state, out.attempts, out.started_at), (OutState::Sending, 2, Some(noon() + seconds(140))));
    assert_eq!(out.first_started_at, Some(noon()));
}

async fn an_earlier_status_or_another_numbers_proves_nothing(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, _) = unknown(&chat).await;
    chat.store.status_seen(number(), noon() + seconds(59)).await.unwrap();
    chat.store.status_seen(wabridge::domain::PhoneNumberId::new("2"), noon() + seconds(130)).await.unwrap();
    let now = noon() + seconds(140);
    assert_eq!(resolves(&chat, &held, now).await, Resolved::ParkUntil(now + on.limits.look_again));
}

async fn without_proof_it_is_sent_again_after_ten_minutes(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, _) = unknown(&chat).await;
    let early = noon() + seconds(599);
    assert_eq!(resolves(&chat, &held, early).await, Resolved::ParkUntil(early + on.limits.look_again));
    assert_eq!(resent(resolves(&chat, &held, noon() + seconds(600)).await).n, 2);
}

async fn a_second_unknown_is_given_up(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, _) = unknown(&chat).await;
    let second_at = noon() + seconds(600);
    let second = resent(resolves(&chat, &held, second_at).await);
    chat.settles(&second, UNKNOWN, second_at).await;
    let now = second_at + seconds(140);
    assert_eq!(resolves(&chat, &held, now).await, Resolved::ParkUntil(now + on.limits.look_again), "a status may still come");
    assert_eq!(resolves(&chat, &held, second_at + seconds(600)).await, Resolved::GaveUp(Finished::Empty));
    assert_eq!((chat.note("one").await, chat.dead_letters().await), (Some(Note::Dead), 1));
    let states: Vec<_> = chat.answers("one").await.iter().map(|out| out.state).collect();
    assert_eq!(states, [OutState::Unresolved, OutState::Skipped]);
    assert!(chat.now_stored().await.lease.is_none());
}

async fn a_server_error_of_graph_is_tried_for_an_hour(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, mut attempt) = unknown(&chat).await;
    let mut now = noon();
    while now < noon() + on.limits.server_errors {
        chat.settles(&attempt, SERVER_ERROR, now).await;
        chat.store.status_seen(number(), now + seconds(100)).await.unwrap();
        now += seconds(135);
        if now < noon() + on.limits.server_errors {
            attempt = resent(resolves(&chat, &held, now).await);
        }
    }
    assert!(attempt.n > 20, "{}", attempt.n);
    let resolved = chat.store.resolve(held, 0, POLICY, now + on.limits.no_proof).await.unwrap();
    assert_eq!(resolved, Resolved::GaveUp(Finished::Empty));
}

async fn after_an_outage_the_wait_starts_again(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, _) = unknown(&chat).await;
    let at = noon() + seconds(135);
    chat.store.park(held, at, None).await.unwrap();
    let now = at + on.limits.late + seconds(1);
    // Whoever was there first was stopped again before it could decide: who comes then has to wait as well.
    let first = begun(chat.wakes(at, now).await).held;
    chat.store.release(first, false, now).await.unwrap();
    let held = begun(chat.says("one", now + seconds(1)).await).held;
    let over = now + on.limits.after_outage;
    let resolved = resolves(&chat, &held, over - seconds(1)).await;
    assert_eq!(resolved, Resolved::ParkUntil(over), "statuses of that time are still to come");
    assert_eq!(resent(resolves(&chat, &held, over).await).n, 2);
}

async fn a_policy_that_gives_up_never_sends_twice(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, _) = unknown(&chat).await;
    chat.store.status_seen(number(), noon() + seconds(100)).await.unwrap();
    let policy = Policy { resend: false, ..POLICY };
    let resolves = async |now| chat.store.resolve(held.clone(), 0, policy, now).await.unwrap();
    assert_eq!(resolves(noon() + seconds(134)).await, Resolved::ParkUntil(noon() + seconds(135)));
    assert_eq!(resolves(noon() + seconds(135)).await, Resolved::GaveUp(Finished::Empty));
    assert_eq!(chat.answers("one").await[0].attempts, 1);
}

async fn what_became_too_old_is_not_sent_again(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, _) = unknown(&chat).await;
    let now = noon() + POLICY.answer_within + seconds(1);
    assert_eq!(resolves(&chat, &held, now).await, Resolved::GaveUp(Finished::Empty));
    assert_eq!(chat.answers("one").await[0].attempts, 1);
}

async fn a_status_that_came_meanwhile_is_final(on: Backend) {
    for kind in [StatusKind::Sent, StatusKind::Failed] {
        let id = on.store.identify(phone(&format!("1650555000{}", kind as u8)), number(), noon()).await.unwrap();
        let chat = Chat { store: on.store.clone(), id };
        let word = format!("{kind:?}");
        let (held, attempt) = chat.sending(&word, &["{}"], noon()).await;
        chat.status(&attempt, kind, noon() + seconds(700)).await;
        assert_eq!(resolves(&chat, &held, noon() + seconds(700)).await, Resolved::Final);
        assert_eq!(chat.answer(&word).await.attempts, 1);
    }
}

async fn resolving_needs_the_lease(on: Backend) {
    let chat = Chat::new(&on).await;
    let (lost, _) = unknown(&chat).await;
    let now = noon() + seconds(700);
    begun(chat.hears_again("one", noon(), now).await);
    assert_eq!(resolves(&chat, &lost, now).await, Resolved::Lost);
    assert_eq!(chat.answers("one").await[0].attempts, 1);
}

async fn an_attempt_whose_process_died_counts_as_unknown(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, _) = chat.sending("one", &["{}"], noon()).await;
    let second = resent(resolves(&chat, &held, noon() + seconds(600)).await);
    assert_eq!(second.n, 2);
    assert_eq!(resolves(&chat, &held, noon() + seconds(1200)).await, Resolved::GaveUp(Finished::Empty));
}

/// Crashes until the turn is given up; answers what its last claim was told.
async fn given_up_by_crashes(chat: &Chat, on: &Backend, from: Timestamp) -> BeginAnswer {
    let mut now = from;
    for _ in 0..2 * on.limits.crashes {
        now += on.limits.lease + seconds(1);
        let begin = Begin::Message { message: Box::new(message("one", noon())), received_at: noon(), opens_turn: true };
        let answer = chat.claim(event("one"), begin, POLICY, now).await;
        if !matches!(answer, BeginAnswer::Begun(_)) || chat.note("one").await.is_some() {
            return answer;
        }
    }
    panic!("it is never given up")
}

async fn giving_up_a_planned_message_with_an_unknown_attempt_is_unresolved(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, _) = unknown(&chat).await;
    let now = noon() + seconds(600);
    let second = resent(resolves(&chat, &held, now).await);
    assert_eq!(chat.settles(&second, NOT_SENT, now).await.state, OutState::Planned);
    given_up_by_crashes(&chat, &on, now).await;
    let states: Vec<_> = chat.answers("one").await.iter().map(|out| out.state).collect();
    assert_eq!(states, [OutState::Unresolved, OutState::Skipped], "the first attempt may have reached the person");
}

async fn giving_up_a_message_that_was_certainly_never_sent_skips_it(on: Backend) {
    let chat = Chat::new(&on).await;
    let (_, attempt) = chat.sending("one", &["first", "second"], noon()).await;
    chat.settles(&attempt, NOT_SENT, noon()).await;
    given_up_by_crashes(&chat, &on, noon()).await;
    let states: Vec<_> = chat.answers("one").await.iter().map(|out| out.state).collect();
    assert_eq!(states, [OutState::Skipped, OutState::Skipped]);
    assert_eq!(chat.dead_letters().await, 1);
}

async fn given_up_turns_leave_later_messages_alone(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, attempt) = unknown(&chat).await;
    assert_eq!(chat.says("two", noon() + seconds(1)).await, BeginAnswer::Queued);
    let policy = Policy { resend: false, ..POLICY };
    let resolved = chat.store.resolve(held.clone(), 0, policy, noon() + seconds(200)).await.unwrap();
    let Resolved::GaveUp(Finished::Next(next)) = resolved else { panic!("{resolved:?}") };
    assert_eq!(next.owner, held.owner);
    assert_eq!((chat.note("one").await, chat.note("two").await), (Some(Note::Dead), None));
    assert_eq!(chat.settles(&attempt, refused(), noon() + seconds(201)).await.state, OutState::Unresolved);
    assert_eq!(chat.store.mailbox(next).await.unwrap().unwrap().messages[0].text, "two");
}
