//! TERM under load: the process ends in order and in time, and the next one goes on where it stopped.

use std::time::{Duration, Instant};

use super::far_end::FarEnd;
use super::meta::{Meta, bodies, sorted, words};
use super::process::Serve;
use super::until;

/// The process itself gives up after nine seconds, with another exit code; the rest is for a machine that is busy.
const ENDED_WITHIN: Duration = Duration::from_secs(20);

#[actix_web::test]
async fn told_to_stop_under_load_it_settles_its_posts_and_the_next_process_answers_the_rest() {
    let far_end = FarEnd::start();
    let mut serve = Serve::start(&far_end, "2s");
    let meta = Meta::of(&serve);
    // Posts are on their way, others have just begun to wait for the end of a burst, and more come in all the time.
    far_end.hold_answers();
    let (posted, waiting, late) = (words("posted", 10), words("waiting", 30), words("late", 30));
    meta.deliver_all(&bodies(&posted)).await;
    far_end.until_accepted(posted.len()).await;
    meta.deliver_all(&bodies(&waiting)).await;
    serve.signal("TERM");
    let began = Instant::now();
    let still_writing = meta.delivering(bodies(&late));
    until("a refused delivery", async || meta.got(503) + meta.got(0) > 0).await;
    far_end.answer();
    let status = serve.ended().await;
    assert_eq!(status.code(), Some(0), "{status:?}");
    assert!(began.elapsed() < ENDED_WITHIN, "{:?}", began.elapsed());
    let left = serve.store().counts().await.unwrap();
    assert_eq!(left["leases"], 0, "what was begun was let go: {left:?}");
    assert!(left["mailboxes"] > 0, "some were not answered yet: {left:?}");

    serve.start_again();
    still_writing.await.unwrap();
    let all = sorted([posted, waiting, late].concat());
    far_end.until_accepted(all.len()).await;
    serve.drain().await;
    assert_eq!(far_end.answered(), all);
}

#[actix_web::test]
async fn a_far_end_that_never_answers_does_not_keep_the_process_from_ending() {
    let far_end = FarEnd::start();
    let mut serve = Serve::start(&far_end, "0s");
    let meta = Meta::of(&serve);
    far_end.hold_answers();
    meta.deliver_all(&bodies(&words("hanging", 5))).await;
    far_end.until_accepted(5).await;
    serve.signal("TERM");
    let began = Instant::now();
    let status = serve.ended().await;
    assert!(began.elapsed() < ENDED_WITHIN, "{:?}", began.elapsed());
    // 0: the posts were given up as unknown in time; 1: it ended all the same.
    assert!(matches!(status.code(), Some(0 | 1)), "{status:?}");
    far_end.answer();
    serve.start_again();
    // Nobody knows whether Meta took them: they wait for a status, and nothing is sent again.
    let answered = words("again", 3);
    meta.deliver_all(&bodies(&answered)).await;
    far_end.until_accepted(5 + answered.len()).await;
    until("five parked conversations", async || serve.store().counts().await.unwrap()["parked"] == 5).await;
    assert_eq!(far_end.answered(), sorted([words("hanging", 5), answered].concat()));
}
