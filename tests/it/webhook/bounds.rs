//! Size, time, memory, and a store that does not answer.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use wabridge::ingest::{Bounds, Settings};

use super::service::{SECRET, Service, fixture, head, post, read, settings, sign};

fn bounds(limits: Bounds) -> Settings {
    Settings { limits, ..settings() }
}

fn signed(body: &[u8]) -> Vec<u8> {
    post(&[("X-Hub-Signature-256", &sign(SECRET, body))], body)
}

#[actix_web::test]
async fn a_body_over_four_mebibytes_is_refused_announced_or_not() {
    let service = Service::start();
    let body = vec![b' '; 5_000_000];
    service.post(&body).await.refused(413, "payload_too_large");

    let mut announced = head(&[("X-Hub-Signature-256", &sign(SECRET, b""))]);
    announced.extend_from_slice(b"Content-Length: 5000000\r\n\r\n");
    service.send(&announced).await.refused(413, "payload_too_large");

    let mut chunked = head(&[("X-Hub-Signature-256", &sign(SECRET, &body)), ("Transfer-Encoding", "chunked")]);
    chunked.extend_from_slice(format!("\r\n{:x}\r\n", body.len()).as_bytes());
    chunked.extend_from_slice(&body);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    service.send(&chunked).await.refused(413, "payload_too_large");
    service.keeps_nothing().await;

    let mut largest = vec![b' '; 4 * 1024 * 1024];
    largest[..2].copy_from_slice(b"{}");
    service.post(&largest).await.accepted();
}

#[actix_web::test]
async fn a_body_that_is_too_slow_is_refused() {
    let service = Service::with(bounds(Bounds { body_time: Duration::from_millis(200), ..Bounds::default() }));
    let body = fixture("text");
    let whole = signed(body.as_bytes());
    let mut stream = service.connect().await;
    stream.write_all(&whole[..whole.len() - 1]).await.unwrap();
    read(&mut stream).await.refused(408, "body_timeout");
    service.keeps_nothing().await;
    service.post(&body).await.accepted();
}

#[actix_web::test]
async fn a_body_that_breaks_off_is_not_kept() {
    let service = Service::start();
    let whole = signed(fixture("text").as_bytes());
    let mut stream = service.connect().await;
    stream.write_all(&whole[..whole.len() - 1]).await.unwrap();
    stream.shutdown().await.unwrap();
    let answer = read(&mut stream).await;
    assert!([0, 400].contains(&answer.status), "{answer:?}");
    service.keeps_nothing().await;
}

#[actix_web::test]
async fn too_many_bodies_at_once_are_sent_away_and_told_to_come_again() {
    let service = Service::with(bounds(Bounds { unverified: 1, ..Bounds::default() }));
    let body = fixture("text");
    let whole = signed(body.as_bytes());
    let mut first = service.connect().await;
    first.write_all(&whole[..whole.len() - 1]).await.unwrap();
    refused_as_busy(&service, &body).await;

    first.write_all(&whole[whole.len() - 1..]).await.unwrap();
    read(&mut first).await.accepted();
    service.post(fixture("status_sent")).await.accepted();
}

#[actix_web::test]
async fn all_bodies_together_have_a_budget_of_bytes() {
    let service = Service::with(bounds(Bounds { bytes_in_flight: 10_000, ..Bounds::default() }));
    let large = format!("{}{}", fixture("text"), " ".repeat(9_000));
    let whole = signed(large.as_bytes());
    let mut first = service.connect().await;
    first.write_all(&whole[..whole.len() - 1]).await.unwrap();
    refused_as_busy(&service, &format!("{}{}", fixture("status_sent"), " ".repeat(2_000))).await;

    first.write_all(&whole[whole.len() - 1..]).await.unwrap();
    read(&mut first).await.accepted();
    service.post(&large).await.accepted();
}

#[actix_web::test]
async fn large_bodies_of_strangers_leave_room_for_usual_ones() {
    let service = Service::with(bounds(Bounds { bytes_in_flight: 100_000, ..Bounds::default() }));
    let large = format!("{}{}", fixture("text"), " ".repeat(150_000));
    let whole = signed(large.as_bytes());
    let mut first = service.connect().await;
    first.write_all(&whole[..whole.len() - 1]).await.unwrap();
    refused_as_busy(&service, &format!("{}{}", fixture("status_sent"), " ".repeat(150_000))).await;
    service.post(fixture("text")).await.accepted();
}

/// Waits until the first connection has been seen: then a second body finds no room.
async fn refused_as_busy(service: &Service, body: &str) {
    let refused = async {
        loop {
            let answer = service.post(body).await;
            if answer.status == 503 {
                return answer;
            }
        }
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), refused).await.expect("a refusal");
    answer.refused(503, "not_stored");
    assert!(answer.headers.contains("retry-after: "), "{answer:?}");
}

#[actix_web::test]
async fn a_store_that_does_not_answer_in_time_is_a_503_and_the_redelivery_is_taken() {
    let service = Service::with(bounds(Bounds { store_time: Duration::from_millis(300), ..Bounds::default() }));
    let file = service.folder.path().join("wabridge.db");
    let blocker = rusqlite::Connection::open(file).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = service.post(fixture("text")).await;
    answer.refused(503, "not_stored");
    assert!(answer.headers.contains("retry-after: "), "{answer:?}");

    blocker.execute_batch("ROLLBACK").unwrap();
    service.post(fixture("text")).await.accepted();
    assert_eq!(service.kept().await.len(), 1);
    assert!(!service.events().await.is_empty());
}

#[actix_web::test]
async fn a_store_that_fails_is_a_503_for_every_kind_of_delivery() {
    let service = Service::start();
    let file = service.folder.path().join("wabridge.db");
    rusqlite::Connection::open(file).unwrap().execute_batch("DROP TABLE deliveries").unwrap();
    for body in [fixture("text"), fixture("partner_solutions"), "not json".into()] {
        service.post(body).await.refused(503, "not_stored");
    }
}

#[actix_web::test]
async fn a_queue_that_fails_is_a_503() {
    let service = Service::start();
    let file = service.folder.path().join("wabridge.db");
    rusqlite::Connection::open(file).unwrap().execute_batch("DROP TABLE queue").unwrap();
    service.post(fixture("text")).await.refused(503, "not_stored");
    assert_eq!(service.receiver.counters().accepted, 0);
}

#[actix_web::test]
async fn a_receiver_that_was_closed_sends_new_deliveries_away() {
    let service = Service::start();
    service.receiver.close();
    let answer = service.post(fixture("text")).await;
    assert!(answer.refused(503, "not_stored").message().contains("stopping"));
    assert!(answer.headers.contains("retry-after: "), "{answer:?}");
    service.keeps_nothing().await;
}
