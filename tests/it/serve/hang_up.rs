//! Clients that do not wait for their answer.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::far_end::FarEnd;
use super::meta::{Meta, bodies, sorted, words};
use super::process::Serve;
use super::until;
use crate::webhook::service::{SECRET, post, sign};

#[derive(Clone, Copy)]
enum HangUp {
    /// The connection is ended in order.
    Close,
    /// What the other side has not read yet is thrown away with the connection.
    Reset,
}

async fn says_and_hangs_up(serve: &Serve, body: &str, how: HangUp) {
    let request = post(&[("X-Hub-Signature-256", &sign(SECRET, body.as_bytes()))], body.as_bytes());
    let address = serve.address().read().unwrap().clone();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&request).await.unwrap();
    match how {
        HangUp::Close => stream.shutdown().await.unwrap(),
        HangUp::Reset => stream.set_zero_linger().unwrap(),
    }
}

#[actix_web::test]
async fn who_hangs_up_after_the_last_byte_and_delivers_again_is_answered_once() {
    let far_end = FarEnd::start();
    let serve = Serve::start(&far_end, "0s");
    let meta = Meta::of(&serve);
    let (closed, reset) = (words("closed", 30), words("reset", 30));
    for (words, how) in [(&closed, HangUp::Close), (&reset, HangUp::Reset)] {
        for body in bodies(words) {
            says_and_hangs_up(&serve, &body, how).await;
        }
    }
    // Meta saw no 200 of any of them.
    let all = sorted([closed, reset].concat());
    meta.deliver_all(&bodies(&all)).await;
    serve.drain().await;
    assert_eq!(far_end.answered(), all);
}

#[actix_web::test]
async fn who_hangs_up_while_the_disk_is_slow_is_stored_all_the_same() {
    let far_end = FarEnd::start();
    let serve = Serve::start(&far_end, "0s");
    let blocker = rusqlite::Connection::open(serve.data_dir().join(wabridge::embedded::FILE)).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let words = words("gone", 10);
    let bodies = bodies(&words);
    let mut streams: Vec<TcpStream> = Vec::new();
    for body in &bodies {
        let request = post(&[("X-Hub-Signature-256", &sign(SECRET, body.as_bytes()))], body.as_bytes());
        let address = serve.address().read().unwrap().clone();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&request).await.unwrap();
        streams.push(stream);
    }
    // Every byte has been read, and nothing can have been stored yet.
    until("readers of what was sent", async || serve.unread() == 0).await;
    // Not in order: a server may well go on working for a connection that was only closed.
    for stream in &streams {
        stream.set_zero_linger().unwrap();
    }
    drop(streams);
    blocker.execute_batch("ROLLBACK").unwrap();
    // Nobody delivers again.
    until("the answers", async || far_end.accepted().len() >= words.len()).await;
    serve.drain().await;
    assert_eq!(far_end.answered(), words);
}
