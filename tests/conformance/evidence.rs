//! `evidence`: what a status says of an attempt, also before the POST's answer, and of which message.

use wabridge::domain::{OutboundId, PhoneNumberId, StatusKind};
use wabridge::store::{Evidence, Finished, OutState, Resolved};

use crate::backends::Backend;
use crate::chat::{Chat, POLICY, UNKNOWN, accepted, noon, number, phone, refused, seconds, status, wamid_of};

promises!(
    a_failure_of_one_attempt_does_not_hide_that_the_other_arrived,
    a_status_before_the_answer_of_the_post_is_enough,
    a_known_status_writes_nothing,
    a_status_of_a_message_that_is_not_ours_is_foreign,
    a_status_without_callback_is_found_by_its_wamid,
    a_callback_that_leads_nowhere_is_looked_up_by_its_wamid,
    a_status_of_another_number_is_foreign,
    a_failed_status_refuses_the_attempt_on_its_way_and_skips_the_rest,
    a_failed_status_of_an_older_attempt_refuses_nothing,
    a_sent_status_of_any_attempt_accepts,
    two_attempts_with_statuses_are_a_double_send_once,
    an_unresolved_message_becomes_accepted_by_later_evidence,
    evidence_moves_a_refused_message_of_another_attempt,
);

async fn a_failure_of_one_attempt_does_not_hide_that_the_other_arrived(on: Backend) {
    for failed_first in [true, false] {
        let digits = if failed_first { "16505550001" } else { "16505550002" };
        let id = on.store.identify(phone(digits), number(), noon()).await.unwrap();
        let chat = Chat { store: on.store.clone(), id };
        let word = format!("two {failed_first}");
        let (first, second) = second_attempt_at(&chat, &word).await;
        let told = [(&first, StatusKind::Failed), (&second, StatusKind::Delivered)];
        for n in if failed_first { [0, 1] } else { [1, 0] } {
            chat.status(told[n].0, told[n].1, noon() + seconds(700)).await;
        }
        let out = chat.answer(&word).await;
        assert_eq!((out.state, out.delivery), (OutState::Accepted, Some(StatusKind::Delivered)), "{failed_first}");
    }
}

async fn a_status_before_the_answer_of_the_post_is_enough(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, attempt) = chat.sending("one", &["{}"], noon()).await;
    assert!(matches!(chat.status(&attempt, StatusKind::Delivered, noon() + seconds(1)).await, Evidence::Stored { .. }));
    let settled = chat.settles(&attempt, UNKNOWN, noon() + seconds(2)).await;
    assert_eq!(settled.state, OutState::Accepted, "an answer that was lost does not take it back");
    let settled = chat.settles(&attempt, accepted(&wamid_of(&attempt)), noon() + seconds(3)).await;
    assert_eq!((settled.state, settled.double_send), (OutState::Accepted, false));
    assert_eq!(chat.answer("one").await.delivery, Some(StatusKind::Delivered));
    assert_eq!(chat.store.finish(held, noon() + seconds(4)).await.unwrap(), Finished::Empty);
}

async fn a_known_status_writes_nothing(on: Backend) {
    let chat = Chat::new(&on).await;
    let (_, attempt) = chat.sending("one", &["{}"], noon()).await;
    chat.status(&attempt, StatusKind::Sent, noon() + seconds(1)).await;
    let before = (chat.answer("one").await, chat.now_stored().await);
    assert_eq!(chat.status(&attempt, StatusKind::Sent, noon() + seconds(9)).await, Evidence::Known);
    assert_eq!((chat.answer("one").await, chat.now_stored().await), before);
}

async fn a_status_of_a_message_that_is_not_ours_is_foreign(on: Backend) {
    let chat = Chat::new(&on).await;
    chat.sending("one", &["{}"], noon()).await;
    let before = chat.answer("one").await;
    let foreign = status("wamid.foreign", StatusKind::Sent, noon());
    let unknown = Some((OutboundId::new("m_none"), 1));
    assert_eq!(chat.store.evidence(foreign.clone(), None, noon()).await.unwrap(), Evidence::Foreign);
    assert_eq!(chat.store.evidence(foreign, unknown, noon()).await.unwrap(), Evidence::Foreign);
    assert_eq!(chat.answer("one").await, before);
}

async fn a_status_without_callback_is_found_by_its_wamid(on: Backend) {
    let chat = Chat::new(&on).await;
    let (_, attempt) = chat.sending("one", &["{}"], noon()).await;
    let told = status("wamid.1", StatusKind::Read, noon() + seconds(5));
    assert_eq!(chat.store.evidence(told.clone(), None, noon()).await.unwrap(), Evidence::Foreign, "the wamid is not known yet");
    chat.settles(&attempt, accepted("wamid.1"), noon()).await;
    assert!(matches!(chat.store.evidence(told, None, noon()).await.unwrap(), Evidence::Stored { .. }));
    let out = chat.answer("one").await;
    assert_eq!((out.delivery, out.tries[&1].statuses[&StatusKind::Read]), (Some(StatusKind::Read), noon() + seconds(5)));
}

async fn a_callback_that_leads_nowhere_is_looked_up_by_its_wamid(on: Backend) {
    let chat = Chat::new(&on).await;
    let (_, attempt) = chat.sending("one", &["{}"], noon()).await;
    chat.settles(&attempt, accepted("wamid.1"), noon()).await;
    let nowhere = Some((OutboundId::new("m_none"), 1));
    let told = status("wamid.1", StatusKind::Sent, noon());
    assert!(matches!(chat.store.evidence(told, nowhere, noon()).await.unwrap(), Evidence::Stored { .. }));
}

async fn a_status_of_another_number_is_foreign(on: Backend) {
    let chat = Chat::new(&on).await;
    let (_, attempt) = chat.sending("one", &["{}"], noon()).await;
    let before = chat.answer("one").await;
    let told =
        wabridge::domain::StatusUpdate { number: PhoneNumberId::new("999"), ..status("wamid.1", StatusKind::Failed, noon()) };
    let place = Some((attempt.outbound.clone(), 1));
    assert_eq!(chat.store.evidence(told, place, noon()).await.unwrap(), Evidence::Foreign);
    assert_eq!(chat.answer("one").await, before);
}

async fn a_failed_status_refuses_the_attempt_on_its_way_and_skips_the_rest(on: Backend) {
    for settled_before in [false, true] {
        let chat = Chat::new(&on).await;
        let word = format!("one {settled_before}");
        let (held, attempt) = chat.sending(&word, &["first", "second"], noon()).await;
        if settled_before {
            chat.settles(&attempt, UNKNOWN, noon()).await;
        }
        chat.status(&attempt, StatusKind::Failed, noon() + seconds(1)).await;
        assert_eq!(chat.store.finish(held, noon()).await.unwrap(), Finished::Empty);
        let answers = chat.answers(&word).await;
        assert_eq!(answers.iter().map(|out| out.state).collect::<Vec<_>>(), [OutState::Refused, OutState::Skipped]);
        assert_eq!(answers[0].tries[&1].error.as_ref().map(|error| error.code), Some(131_026));
    }
}

/// A second attempt on its way, ten minutes after a first that nobody knows about.
async fn second_attempt(chat: &Chat) -> (wabridge::store::Attempt, wabridge::store::Attempt) {
    second_attempt_at(chat, "one").await
}

/// As above, for the message with this word.
async fn second_attempt_at(chat: &Chat, word: &str) -> (wabridge::store::Attempt, wabridge::store::Attempt) {
    let (held, first) = chat.sending(word, &["{}"], noon()).await;
    let now = noon() + seconds(601);
    let Resolved::Attempt(second) = chat.store.resolve(held, 0, POLICY, now).await.unwrap() else { panic!() };
    (first, second)
}

async fn a_failed_status_of_an_older_attempt_refuses_nothing(on: Backend) {
    let chat = Chat::new(&on).await;
    let (first, second) = second_attempt(&chat).await;
    chat.status(&first, StatusKind::Failed, noon() + seconds(602)).await;
    assert_eq!(chat.answer("one").await.state, OutState::Sending);
    chat.status(&second, StatusKind::Sent, noon() + seconds(603)).await;
    assert_eq!(chat.answer("one").await.state, OutState::Accepted);
}

async fn a_sent_status_of_any_attempt_accepts(on: Backend) {
    let chat = Chat::new(&on).await;
    let (first, second) = second_attempt(&chat).await;
    chat.settles(&second, UNKNOWN, noon() + seconds(602)).await;
    chat.status(&first, StatusKind::Sent, noon() + seconds(603)).await;
    let out = chat.answer("one").await;
    assert_eq!((out.state, out.double_send), (OutState::Accepted, false));
}

async fn two_attempts_with_statuses_are_a_double_send_once(on: Backend) {
    let chat = Chat::new(&on).await;
    let (first, second) = second_attempt(&chat).await;
    let doubled = |evidence| matches!(evidence, Evidence::Stored { double_send: true, .. });
    assert!(!doubled(chat.status(&first, StatusKind::Sent, noon()).await));
    assert!(!doubled(chat.status(&second, StatusKind::Failed, noon()).await), "a failure is no second message");
    assert!(doubled(chat.status(&second, StatusKind::Delivered, noon()).await));
    assert!(!doubled(chat.status(&second, StatusKind::Read, noon()).await), "counted once");
}

async fn an_unresolved_message_becomes_accepted_by_later_evidence(on: Backend) {
    let chat = Chat::new(&on).await;
    let (held, attempt) = chat.sending("one", &["first", "second"], noon()).await;
    let policy = wabridge::store::Policy { resend: false, ..POLICY };
    chat.store.resolve(held, 0, policy, noon() + seconds(136)).await.unwrap();
    chat.status(&attempt, StatusKind::Delivered, noon() + seconds(900)).await;
    let states: Vec<_> = chat.answers("one").await.iter().map(|out| out.state).collect();
    assert_eq!(states, [OutState::Accepted, OutState::Skipped], "what was skipped stays so");
}

async fn evidence_moves_a_refused_message_of_another_attempt(on: Backend) {
    let chat = Chat::new(&on).await;
    let (first, second) = second_attempt(&chat).await;
    chat.settles(&second, refused(), noon() + seconds(602)).await;
    assert_eq!(chat.answer("one").await.state, OutState::Refused);
    chat.status(&first, StatusKind::Sent, noon() + seconds(603)).await;
    assert_eq!(chat.answer("one").await.state, OutState::Accepted);
}
