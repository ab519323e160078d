//! The queue in Pub/Sub, pulled: what is published is delivered until it is acked. Its clock is not ours, and it promises no order, so
//! these are fewer promises than those of the embedded queue.

use std::collections::BTreeSet;
use std::time::Duration;

use wabridge::domain::ConversationId;
use wabridge::queue::{Delivery, Event, EventKind, Lane};

use crate::backends::Backend;
use crate::chat::noon;

/// Long enough for an emulator that is busy; a message that must not come is waited for no longer than [`QUIET`].
const PATIENCE: Duration = Duration::from_mins(1);
const QUIET: Duration = Duration::from_secs(2);

promises_of_pubsub!(
    what_is_published_arrives_whole_in_its_lane,
    a_thousand_events_in_one_publish_all_arrive,
    what_is_nacked_or_dropped_comes_again_and_what_is_acked_does_not,
    what_was_not_acked_comes_to_the_next_process,
    publishing_nothing_is_no_error,
);

fn text(n: usize) -> Event {
    Event::new(EventKind::Message, &[&n.to_string()], noon(), "subject", format!(r#"{{"n":{n},"text":"é\u0000"}}"#))
}

async fn some(on: &Backend, lane: Lane) -> Vec<Delivery> {
    tokio::time::timeout(PATIENCE, on.queue.receive(lane, 100)).await.expect("something comes").unwrap()
}

async fn nothing_comes(on: &Backend, lane: Lane) {
    let waited = tokio::time::timeout(QUIET, on.queue.receive(lane, 1)).await;
    assert!(waited.is_err(), "{waited:?}");
}

async fn what_is_published_arrives_whole_in_its_lane(on: Backend) {
    let wake = Event::wake(&ConversationId::new("v_1"), noon(), noon());
    let account = Event::new(EventKind::Account("x_update".into()), &["k"], noon(), "d_1", "{}".into());
    on.queue.publish(vec![text(1), wake.clone(), account.clone()]).await.unwrap();
    let mut replies = Vec::new();
    while replies.len() < 2 {
        for delivery in some(&on, Lane::Reply).await {
            replies.push(delivery.event.clone());
            delivery.ack().await;
        }
    }
    assert!(replies.contains(&text(1)) && replies.contains(&wake), "{replies:?}");
    let mut records = some(&on, Lane::Record).await;
    assert_eq!(records.len(), 1);
    let record = records.remove(0);
    assert_eq!((&record.event, record.attempt), (&account, 1));
    record.ack().await;
    nothing_comes(&on, Lane::Reply).await;
    nothing_comes(&on, Lane::Record).await;
}

async fn a_thousand_events_in_one_publish_all_arrive(on: Backend) {
    on.queue.publish((0..1000).map(text).collect()).await.unwrap();
    let mut found = BTreeSet::new();
    while found.len() < 1000 {
        for delivery in some(&on, Lane::Reply).await {
            found.insert(delivery.event.id.clone());
            delivery.ack().await;
        }
    }
}

async fn what_is_nacked_or_dropped_comes_again_and_what_is_acked_does_not(on: Backend) {
    on.queue.publish(vec![text(1)]).await.unwrap();
    for settle in ["nack", "drop", "ack"] {
        let mut taken = some(&on, Lane::Reply).await;
        let delivery = taken.remove(0);
        assert_eq!(delivery.event, text(1));
        match settle {
            "nack" => delivery.nack(on.clock.now()).await,
            "drop" => drop(delivery),
            _ => delivery.ack().await,
        }
    }
    nothing_comes(&on, Lane::Reply).await;
}

async fn what_was_not_acked_comes_to_the_next_process(on: Backend) {
    on.queue.publish((0..20).map(text).collect()).await.unwrap();
    let mut held = some(&on, Lane::Reply).await;
    let acked = held.remove(0);
    let done = acked.event.id.clone();
    acked.ack().await;
    drop(held);
    on.queue.stop(Lane::Reply).await;
    let on = on.reopened();
    let mut found = BTreeSet::new();
    while found.len() < 19 {
        for delivery in some(&on, Lane::Reply).await {
            found.insert(delivery.event.id.clone());
            delivery.ack().await;
        }
    }
    assert!(!found.contains(&done), "it was acked");
}

async fn publishing_nothing_is_no_error(on: Backend) {
    on.queue.publish(Vec::new()).await.unwrap();
    nothing_comes(&on, Lane::Reply).await;
}
