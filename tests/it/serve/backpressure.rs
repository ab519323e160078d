//! A store that cannot commit, and more than the bounds allow: 503 and never 200, and afterwards redelivery brings everything in.

use std::process::Command;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use wabridge::embedded::FILE;

use super::far_end::FarEnd;
use super::meta::{Meta, bodies, sorted, words};
use super::process::Serve;
use super::until;
use crate::webhook::service::{SECRET, post, sign};

/// One delivery gets the answer that makes Meta come again.
async fn is_sent_away(meta: &Meta, word: &str) {
    let answer = meta.once(&bodies(&[word.to_owned()])[0]).await;
    assert_eq!((answer.status, answer.retry_after), (503, true), "{}", answer.body);
    assert!(answer.body.contains("not_stored"), "{}", answer.body);
}

#[actix_web::test]
async fn while_another_process_locks_the_file_nothing_is_acknowledged_and_then_everything_is_answered() {
    let far_end = FarEnd::start();
    let serve = Serve::start(&far_end, "0s");
    let meta = Meta::of(&serve);
    // Some of these are at work when the lock comes.
    let (before, during) = (words("before", 20), words("during", 20));
    meta.deliver_all(&bodies(&before)).await;
    let blocker = rusqlite::Connection::open(serve.data_dir().join(FILE)).unwrap();
    blocker.busy_timeout(Duration::from_secs(20)).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let taken = meta.got(200);
    let delivering = meta.delivering(bodies(&during));
    is_sent_away(&meta, "asked").await;
    until("everybody's refusal", async || meta.got(503) > 20).await;
    assert_eq!(meta.got(200), taken, "a 200 that is not on the disk");
    blocker.execute_batch("ROLLBACK").unwrap();

    delivering.await.unwrap();
    let asked = ["asked".to_owned()];
    meta.deliver_all(&bodies(&asked)).await;
    serve.drain().await;
    assert_eq!(far_end.answered(), sorted([before, during, asked.to_vec()].concat()));
}

/// Limits the length of every file that the process writes: the nearest to a full disk that needs no rights.
fn limit_files(serve: &Serve, limit: &str) {
    let id = serve.process_id().to_string();
    let limited = Command::new("prlimit").args(["--pid", &id, &format!("--fsize={limit}:")]).status();
    assert!(limited.is_ok_and(|status| status.success()), "prlimit (util-linux) is needed to fill a disk");
}

#[actix_web::test]
async fn a_file_that_cannot_grow_is_a_503_and_with_room_it_goes_on_by_itself() {
    let far_end = FarEnd::start();
    // By default a write beyond the limit kills the process; a full disk only refuses the write.
    let refuse_only = ["/bin/sh", "-c", r#"trap "" XFSZ; exec "$@""#, "sh"];
    let serve = Serve::start_through(&far_end, "5s", &refuse_only);
    let meta = Meta::of(&serve);
    let (before, during) = (words("before", 10), words("during", 30));
    // Their turns are open, and the disk is full when they are to be sealed, let go of, and given back to the queue.
    meta.deliver_all(&bodies(&before)).await;
    until("open turns", async || serve.store().counts().await.unwrap()["leases"] == 10).await;
    // Less than the head of the log and one page: no group can commit.
    limit_files(&serve, "4096");
    let taken = meta.got(200);
    let delivering = meta.delivering(bodies(&during));
    is_sent_away(&meta, "asked").await;
    until("everybody's refusal", async || meta.got(503) > 30).await;
    until("a turn that fails", async || serve.logged("the store failed during a turn")).await;
    assert_eq!(meta.got(200), taken, "a 200 that is not on the disk");
    limit_files(&serve, "unlimited");

    delivering.await.unwrap();
    let asked = ["asked".to_owned()];
    meta.deliver_all(&bodies(&asked)).await;
    serve.drain().await;
    assert_eq!(far_end.answered(), sorted([before, during, asked.to_vec()].concat()));
}

/// So long that 17 such bodies are all that the receiver will hold: 64 MiB beside the first 64 KiB of each.
const LONG: usize = 4_000_000;
const HELD: usize = 17;

#[actix_web::test]
async fn more_than_the_receiver_will_hold_is_sent_away_and_comes_in_later() {
    let far_end = FarEnd::start();
    let serve = Serve::start(&far_end, "0s");
    let meta = Meta::of(&serve);
    let (long, usual) = (words("long", 3), words("usual", 20));
    let padded: Vec<String> = bodies(&long).iter().map(|body| body.clone() + &" ".repeat(LONG)).collect();
    let address = serve.address().read().unwrap().clone();
    // Their last byte never comes.
    let request = post(&[("X-Hub-Signature-256", &sign(SECRET, b"of something else"))], &vec![b' '; LONG + 1]);
    let held = join_all((0..HELD).map(async |_| {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(&request[..=LONG]).await.unwrap();
        stream
    }))
    .await;
    until("readers of what was sent", async || serve.unread() == 0).await;
    // The refusal comes while the body is still being sent, and may be lost with the connection.
    let status = meta.once(&padded[0]).await.status;
    assert!([0, 503].contains(&status), "{status}");
    meta.deliver_all(&bodies(&usual)).await;
    assert_eq!(meta.got(503) + meta.got(0), 1, "usual deliveries find room");
    drop(held);
    meta.deliver_all(&padded).await;
    serve.drain().await;
    assert_eq!(far_end.answered(), sorted([long, usual].concat()));
}
