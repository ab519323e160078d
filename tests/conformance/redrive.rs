//! A person lets the messages of a given-up turn be answered once more, and never by mistake.

use jiff::Timestamp;
use wabridge::domain::{StatusKind, TurnId};
use wabridge::store::{Attempt, BeginAnswer, DeadLetter, Note, Redrive, RedriveRefused, Redriven, Resolved, Sealed};

use crate::backends::Backend;
use crate::chat::{Chat, POLICY, UNKNOWN, accepted, attempt, begun, id, noon, refused, seconds};

promises!(
    what_may_have_been_sent_is_redriven_only_when_a_person_says_so,
    what_was_certainly_never_sent_is_redriven_and_answered_by_a_new_turn,
    a_dead_letter_is_redriven_once,
    what_a_late_status_closed_is_not_redriven,
    what_is_too_old_to_be_answered_is_not_redriven,
    messages_that_come_meanwhile_are_answered_too,
    while_somebody_works_the_holder_finds_them,
    dead_letters_are_listed_the_newest_first_and_closed_ones_apart,
);

const CAREFUL: Redrive = Redrive { resend: false, answer_within: POLICY.answer_within };
const RESEND: Redrive = Redrive { resend: true, ..CAREFUL };

async fn letter(chat: &Chat) -> DeadLetter {
    chat.store.dead_letters(false, 1).await.unwrap().into_iter().next().unwrap()
}

async fn asks(chat: &Chat, asked: Redrive, now: Timestamp) -> Result<Redriven, RedriveRefused> {
    chat.store.redrive(letter(chat).await.turn, asked, now).await.unwrap()
}

/// The answer to `one` was lost twice, and nobody can tell; returns the last attempt, and when the turn was given up.
async fn unknown_twice(chat: &Chat) -> (Attempt, Timestamp) {
    let (held, first) = chat.sending("one", &["a"], noon()).await;
    chat.settles(&first, UNKNOWN, noon()).await;
    let at = noon() + seconds(600);
    let again = chat.store.resolve(held.clone(), 0, POLICY, at).await.unwrap();
    let Resolved::Attempt(second) = again else { panic!("{again:?}") };
    chat.settles(&second, UNKNOWN, at).await;
    let end = at + seconds(600);
    assert!(matches!(chat.store.resolve(held, 0, POLICY, end).await.unwrap(), Resolved::GaveUp(_)));
    (second, end)
}

/// The process died five times before anything was sent.
async fn died_five_times(chat: &Chat, on: &Backend) -> Timestamp {
    let mut now = noon();
    chat.opens("one", now).await;
    for _ in 0..on.limits.crashes {
        now += on.limits.lease + seconds(1);
        chat.hears_again("one", noon(), now).await;
    }
    now
}

/// The conversation is due, and whoever comes gets the messages.
async fn is_taken_up(chat: &Chat, now: Timestamp) -> Vec<String> {
    let due = chat.store.due(now, 10).await.unwrap();
    assert_eq!(due.len(), 1, "{due:?}");
    let held = begun(chat.wakes(due[0].at, now).await).held;
    let words = chat.store.mailbox(held.clone()).await.unwrap().unwrap().messages;
    let words: Vec<_> = words.into_iter().map(|message| message.text).collect();
    let members: Vec<&str> = words.iter().map(String::as_str).collect();
    let Sealed::Sending(answer) = chat.seals(&held, &members, &["b"], now).await else { panic!("not sealed") };
    chat.store.settle(attempt(answer), accepted("wamid.b"), Some(held), now).await.unwrap();
    words
}

async fn what_may_have_been_sent_is_redriven_only_when_a_person_says_so(on: Backend) {
    let chat = Chat::new(&on).await;
    let (_, now) = unknown_twice(&chat).await;
    assert_eq!(asks(&chat, CAREFUL, now).await, Err(RedriveRefused::MayHaveBeenSent));
    assert!(chat.now_stored().await.mailbox.is_empty(), "nothing was changed");
    assert_eq!(asks(&chat, RESEND, now).await, Ok(Redriven { messages: 1, too_old: 0 }));
    assert_eq!(is_taken_up(&chat, now).await, ["one"]);
}

async fn what_was_certainly_never_sent_is_redriven_and_answered_by_a_new_turn(on: Backend) {
    let chat = Chat::new(&on).await;
    let now = died_five_times(&chat, &on).await;
    assert_eq!(chat.note("one").await, Some(Note::Dead));
    assert_eq!(asks(&chat, CAREFUL, now).await, Ok(Redriven { messages: 1, too_old: 0 }));
    assert_eq!(chat.note("one").await, None);
    assert_eq!(is_taken_up(&chat, now).await, ["one"]);
    assert_ne!(chat.answer("one").await.turn, letter(&chat).await.turn);
    assert_eq!(chat.hears_again("one", noon(), now).await, BeginAnswer::Duplicate);
}

async fn a_dead_letter_is_redriven_once(on: Backend) {
    let chat = Chat::new(&on).await;
    let now = died_five_times(&chat, &on).await;
    asks(&chat, CAREFUL, now).await.unwrap();
    assert_eq!(asks(&chat, RESEND, now).await, Err(RedriveRefused::Again));
    let absent = chat.store.redrive(TurnId::new("t_none"), RESEND, now).await.unwrap();
    assert_eq!(absent, Err(RedriveRefused::Absent));
}

async fn what_a_late_status_closed_is_not_redriven(on: Backend) {
    let chat = Chat::new(&on).await;
    let (second, now) = unknown_twice(&chat).await;
    chat.status(&second, StatusKind::Delivered, now).await;
    assert_eq!(asks(&chat, RESEND, now).await, Err(RedriveRefused::Closed));
}

async fn what_is_too_old_to_be_answered_is_not_redriven(on: Backend) {
    let chat = Chat::new(&on).await;
    died_five_times(&chat, &on).await;
    let late = noon() + POLICY.answer_within + seconds(1);
    assert_eq!(asks(&chat, RESEND, late).await, Err(RedriveRefused::TooOld));
}

async fn messages_that_come_meanwhile_are_answered_too(on: Backend) {
    let chat = Chat::new(&on).await;
    let now = died_five_times(&chat, &on).await;
    asks(&chat, CAREFUL, now).await.unwrap();
    let held = begun(chat.says("two", now + seconds(1)).await).held;
    let waiting = chat.store.mailbox(held).await.unwrap().unwrap().messages;
    assert_eq!(waiting.iter().map(|message| &message.text).collect::<Vec<_>>(), ["one", "two"]);
}

async fn while_somebody_works_the_holder_finds_them(on: Backend) {
    let chat = Chat::new(&on).await;
    let now = died_five_times(&chat, &on).await;
    let (held, answer) = chat.sending("two", &["a"], now).await;
    asks(&chat, CAREFUL, now).await.unwrap();
    assert_eq!(chat.now_stored().await.wake_at, None, "the holder is the guardian");
    let settled = chat.store.settle(answer, refused(), Some(held), now).await.unwrap();
    assert!(matches!(settled.finished, Some(wabridge::store::Finished::Next(_))), "{settled:?}");
    assert!(chat.now_stored().await.mailbox.contains_key(&id("one")));
}

async fn dead_letters_are_listed_the_newest_first_and_closed_ones_apart(on: Backend) {
    let chat = Chat::new(&on).await;
    let now = died_five_times(&chat, &on).await;
    let older = letter(&chat).await;
    assert_eq!((older.class.as_str(), older.crashes, older.attempts), ("crashes", 5, 0));
    asks(&chat, CAREFUL, now).await.unwrap();
    let mut later = now;
    begun(chat.wakes(now, now).await);
    for _ in 0..on.limits.crashes {
        later += on.limits.lease + seconds(1);
        chat.hears_again("one", noon(), later).await;
    }
    let all = chat.store.dead_letters(false, 10).await.unwrap();
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(all[1].turn, older.turn);
    let open = chat.store.dead_letters(true, 10).await.unwrap();
    assert_eq!(open.iter().map(|letter| &letter.turn).collect::<Vec<_>>(), [&all[0].turn]);
    assert_eq!(chat.store.dead_letters(false, 1).await.unwrap().len(), 1);
}
