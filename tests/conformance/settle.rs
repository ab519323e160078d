//! `settle`: the sender alone knows what its POST was answered, lease or not.

use wabridge::domain::{OutboundId, PhoneNumberId, Wamid};
use wabridge::store::{Attempt, Finished, OutState, Outcome, Resolved, SendAnswer};

use crate::backends::Backend;
use crate::chat::{Chat, NOT_SENT, POLICY, SERVER_ERROR, UNKNOWN, accepted, attempt, begun, noon, refused, seconds};

promises!(
    every_outcome_settles_the_attempt_that_is_on_its_way,
    every_outcome_settles_an_attempt_that_was_unknown,
    a_200_counts_from_every_state_and_nothing_else_changes_a_final_one,
    settling_needs_no_lease,
    a_late_200_of_an_older_attempt_stops_the_next,
    anything_else_about_an_older_attempt_is_only_noted,
    two_accepted_attempts_are_a_double_send_once,
    an_unknown_outcome_that_comes_late_starts_the_wait_again,
    a_settle_ends_the_turn_only_for_its_holder,
    a_late_200_closes_the_dead_letter_state,
    a_message_that_is_gone_can_be_settled_without_harm,
);

fn outcomes() -> [(Outcome, OutState); 5] {
    [
        (accepted("wamid.1"), OutState::Accepted),
        (refused(), OutState::Refused),
        (NOT_SENT, OutState::Planned),
        (UNKNOWN, OutState::Unknown),
        (SERVER_ERROR, OutState::Unknown),
    ]
}

/// Settles a first attempt with the outcomes of `before`, then with each outcome, each time on a message of its own.
async fn for_each_outcome(on: &Backend, before: &[Outcome], expected: impl Fn(&Outcome, OutState) -> OutState) {
    for (n, (outcome, usual)) in (0_u64..).zip(outcomes()) {
        let chat = Chat::new(on).await;
        let word = format!("{before:?} {n}");
        let now = noon() + seconds(100 * n);
        let (held, first) = chat.sending(&word, &["{}"], now).await;
        for earlier in before {
            chat.settles(&first, earlier.clone(), now).await;
        }
        let settled = chat.settles(&first, outcome.clone(), now).await;
        let out = chat.answer(&word).await;
        assert_eq!((settled.state, out.state), (expected(&outcome, usual), settled.state), "{before:?} then {outcome:?}");
        assert_eq!(out.tries[&1].outcome, Some(outcome), "the newest is noted");
        assert!(!settled.double_send && !out.double_send && settled.finished.is_none());
        if !out.state.is_final() {
            chat.settles(&first, accepted("wamid.late"), now).await;
        }
        assert_eq!(chat.store.finish(held, now).await.unwrap(), Finished::Empty);
    }
}

async fn every_outcome_settles_the_attempt_that_is_on_its_way(on: Backend) {
    for_each_outcome(&on, &[], |_, usual| usual).await;
}

async fn every_outcome_settles_an_attempt_that_was_unknown(on: Backend) {
    for_each_outcome(&on, &[UNKNOWN], |_, usual| usual).await;
}

async fn a_200_counts_from_every_state_and_nothing_else_changes_a_final_one(on: Backend) {
    for before in [accepted("wamid.0"), refused(), NOT_SENT] {
        let stays = match &before {
            Outcome::Accepted { .. } => OutState::Accepted,
            Outcome::Refused { .. } => OutState::Refused,
            Outcome::NotSent { .. } | Outcome::Unknown { .. } => OutState::Planned,
        };
        let expected = |outcome: &Outcome, usual| if matches!(outcome, Outcome::Accepted { .. }) { usual } else { stays };
        for_each_outcome(&on, std::slice::from_ref(&before), expected).await;
    }
}

async fn settling_needs_no_lease(on: Backend) {
    let chat = Chat::new(&on).await;
    let (_, first) = chat.sending("one", &["{}"], noon()).await;
    let other = begun(chat.says("one", noon() + seconds(31)).await).held;
    let settled = chat.settles(&first, accepted("wamid.1"), noon() + seconds(32)).await;
    assert_eq!((settled.state, settled.finished), (OutState::Accepted, None));
    assert_eq!(chat.now_stored().await.lease.unwrap().owner, other.owner);
    assert_eq!(chat.store.finish(other, noon() + seconds(33)).await.unwrap(), Finished::Empty);
}

/// A first attempt nobody knows about, and a second one after ten minutes without proof.
async fn second_attempt(chat: &Chat) -> (wabridge::store::Held, Attempt, Attempt) {
    let (held, first) = chat.sending("one", &["{}"], noon()).await;
    let now = noon() + seconds(601);
    let resolved = chat.store.resolve(held.clone(), 0, POLICY, now).await.unwrap();
    let Resolved::Attempt(second) = resolved else { panic!("{resolved:?}") };
    (held, first, second)
}

async fn a_late_200_of_an_older_attempt_stops_the_next(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, first, second) = second_attempt(&chat).await;
    let now = noon() + seconds(602);
    chat.settles(&second, NOT_SENT, now).await;
    let settled = chat.settles(&first, accepted("wamid.1"), now).await;
    assert_eq!((settled.state, settled.double_send), (OutState::Accepted, false));
    assert_eq!(chat.store.record_sending(held.clone(), 0, now).await.unwrap(), SendAnswer::Lost, "or it is sent twice");
    assert_eq!(chat.store.finish(held, now).await.unwrap(), Finished::Empty);
}

async fn anything_else_about_an_older_attempt_is_only_noted(on: Backend) {
    let chat = Chat::new(&on).await;
    let (_, first, _) = second_attempt(&chat).await;
    for outcome in [refused(), NOT_SENT, UNKNOWN, SERVER_ERROR] {
        assert_eq!(chat.settles(&first, outcome.clone(), noon() + seconds(602)).await.state, OutState::Sending, "{outcome:?}");
        let out = chat.answer("one").await;
        assert_eq!((out.attempts, &out.tries[&1].outcome), (2, &Some(outcome)));
        assert_eq!(out.started_at, Some(noon() + seconds(601)), "the wait is that of the newest attempt");
    }
}

async fn two_accepted_attempts_are_a_double_send_once(on: Backend) {
    let chat = Chat::new(&on).await;
    let (_, first, second) = second_attempt(&chat).await;
    let now = noon() + seconds(602);
    assert!(!chat.settles(&second, accepted("wamid.2"), now).await.double_send);
    assert!(chat.settles(&first, accepted("wamid.1"), now).await.double_send, "counted");
    assert!(!chat.settles(&first, accepted("wamid.1"), now).await.double_send, "once");
    let out = chat.answer("one").await;
    assert!(out.double_send);
    assert_eq!(out.tries[&1].wamid, Some(Wamid::new("wamid.1")));
    assert_eq!(out.tries[&2].wamid, Some(Wamid::new("wamid.2")));
}

async fn an_unknown_outcome_that_comes_late_starts_the_wait_again(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, first) = chat.sending("one", &["{}"], noon()).await;
    // The process was frozen with the POST at its socket: Meta may have got it only now.
    let now = noon() + seconds(590);
    chat.settles(&first, UNKNOWN, now).await;
    let resolved = chat.store.resolve(held, 0, POLICY, now + seconds(20)).await.unwrap();
    assert_eq!(resolved, Resolved::ParkUntil(now + on.limits.resolve));
}

async fn a_settle_ends_the_turn_only_for_its_holder(on: Backend) {
    let chat = Chat::new(&on).await;
    let (lost, first) = chat.sending("one", &["first", "second"], noon()).await;
    let now = noon() + seconds(31);
    let held = begun(chat.says("one", now).await).held;
    let settles = async |attempt: &Attempt, held| {
        chat.store.settle(attempt.clone(), accepted("wamid.1"), Some(held), now).await.unwrap().finished
    };
    assert_eq!(settles(&first, held.clone()).await, None, "the second is still to be sent");
    let second = attempt(chat.store.record_sending(held.clone(), 1, now).await.unwrap());
    assert_eq!(settles(&second, lost).await, None, "it is not the loser's to end");
    assert_eq!(chat.now_stored().await.lease.unwrap().owner, held.owner);
    assert_eq!(settles(&second, held).await, Some(Finished::Empty));
}

async fn a_late_200_closes_the_dead_letter_state(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, first) = chat.sending("one", &["{}"], noon()).await;
    let policy = wabridge::store::Policy { resend: false, ..POLICY };
    let given_up = chat.store.resolve(held, 0, policy, noon() + seconds(136)).await.unwrap();
    assert_eq!(given_up, Resolved::GaveUp(Finished::Empty));
    assert_eq!(chat.answer("one").await.state, OutState::Unresolved);
    assert_eq!(chat.settles(&first, refused(), noon() + seconds(140)).await.state, OutState::Unresolved);
    assert_eq!(chat.settles(&first, accepted("wamid.1"), noon() + seconds(140)).await.state, OutState::Accepted);
}

async fn a_message_that_is_gone_can_be_settled_without_harm(on: Backend) {
    let chat = Chat::new(&on).await;
    let gone = Attempt {
        outbound: OutboundId::new("m_none"),
        n: 1,
        number: PhoneNumberId::new("1"),
        kind: "text".into(),
        body: "{}".into(),
        probe: false,
    };
    let settled = chat.settles(&gone, accepted("wamid.1"), noon()).await;
    assert!(!settled.double_send && settled.finished.is_none());
    assert_eq!(chat.store.counts().await.unwrap()["outbound"], 0);
}
