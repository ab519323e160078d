//! The queue: published is delivered until it is acked. Order is not promised, so nothing here asks for it.

use std::collections::BTreeSet;
use std::time::Duration;

use wabridge::domain::ConversationId;
use wabridge::queue::{Delivery, Event, EventKind, Lane};

use crate::backends::Backend;
use crate::chat::{noon, seconds};

promises_of_embedded!(
    what_is_published_is_delivered_whole_until_it_is_acked,
    a_nacked_delivery_comes_again_after_ten_seconds_doubling_to_ten_minutes,
    a_nack_may_ask_for_its_own_wait,
    what_was_published_before_the_clock_went_back_is_due_all_the_same,
    a_dropped_delivery_comes_again_after_the_ack_deadline,
    an_ack_with_an_outdated_ticket_does_nothing,
    a_nack_with_an_outdated_ticket_does_nothing,
    lanes_are_separate,
    a_thousand_events_in_one_publish_all_arrive,
    two_receivers_never_hold_the_same_delivery,
    a_receiver_that_waits_is_told_of_a_publish,
    what_an_earlier_process_held_is_taken_back,
    events_survive_a_restart,
    twins_are_two_deliveries,
    publishing_nothing_is_no_error,
);

fn text(n: usize) -> Event {
    Event::new(EventKind::Message, &[&n.to_string()], noon(), "subject", format!(r#"{{"n":{n},"text":"é\u0000"}}"#))
}

async fn publish(on: &Backend, range: std::ops::Range<usize>) {
    on.queue.publish(range.map(text).collect()).await.unwrap();
}

async fn one(on: &Backend) -> Delivery {
    let mut taken = on.queue.receive(Lane::Reply, 1).await.unwrap();
    assert_eq!(taken.len(), 1);
    taken.remove(0)
}

/// What is due right now: an event that is published last is received, and everything that came with or before it.
async fn due_now(on: &Backend, lane: Lane) -> Vec<Delivery> {
    let kind = if lane == Lane::Reply { EventKind::Wake } else { EventKind::Unknown };
    let mark = Event::new(kind, &["mark"], noon(), "mark", "{}".into());
    on.queue.publish(vec![mark]).await.unwrap();
    let mut due = Vec::new();
    loop {
        for delivery in on.queue.receive(lane, 1000).await.unwrap() {
            if delivery.event.subject != "mark" {
                due.push(delivery);
                continue;
            }
            delivery.ack().await;
            return due;
        }
    }
}

async fn what_is_published_is_delivered_whole_until_it_is_acked(on: Backend) {
    let wake = Event::wake(&ConversationId::new("v_1"), noon(), noon());
    let account = Event::new(EventKind::Account("x_update".into()), &["k"], noon(), "d_1", "{}".into());
    on.queue.publish(vec![text(1), wake.clone(), account.clone()]).await.unwrap();
    let mut found = due_now(&on, Lane::Reply).await;
    found.extend(due_now(&on, Lane::Record).await);
    assert_eq!(found.len(), 3);
    for expected in [text(1), wake, account] {
        let delivery = found.iter().find(|delivery| delivery.event.id == expected.id).unwrap();
        assert_eq!((&delivery.event, delivery.attempt), (&expected, 1));
    }
    for delivery in found {
        delivery.ack().await;
    }
    on.pass(on.limits.ack_deadline * 2);
    assert!(due_now(&on, Lane::Reply).await.is_empty());
    assert_eq!(on.queue.unacked(Lane::Reply).await.unwrap() + on.queue.unacked(Lane::Record).await.unwrap(), 0);
}

async fn a_nacked_delivery_comes_again_after_ten_seconds_doubling_to_ten_minutes(on: Backend) {
    publish(&on, 0..1).await;
    let mut delivery = one(&on).await;
    for (attempt, wait) in (1..).zip([10, 20, 40, 80, 160, 320, 600, 600]) {
        assert_eq!(delivery.attempt, attempt);
        delivery.nack(on.clock.now()).await;
        on.pass(seconds(wait - 5));
        assert!(due_now(&on, Lane::Reply).await.is_empty(), "attempt {attempt} waits {wait} s");
        on.pass(seconds(5));
        delivery = one(&on).await;
    }
}

async fn what_was_published_before_the_clock_went_back_is_due_all_the_same(on: Backend) {
    on.clock.advance(Duration::from_hours(1));
    publish(&on, 0..1).await;
    on.clock.reset();
    assert_eq!(due_now(&on, Lane::Reply).await.len(), 1);
}

async fn a_nack_may_ask_for_its_own_wait(on: Backend) {
    publish(&on, 0..1).await;
    one(&on).await.nack_after(Duration::ZERO, on.clock.now()).await;
    one(&on).await.nack_after(seconds(3600), on.clock.now()).await;
    on.pass(seconds(3590));
    assert!(due_now(&on, Lane::Reply).await.is_empty());
    on.pass(seconds(10));
    assert_eq!(one(&on).await.attempt, 3);
}

async fn a_dropped_delivery_comes_again_after_the_ack_deadline(on: Backend) {
    publish(&on, 0..1).await;
    drop(one(&on).await);
    on.pass(on.limits.ack_deadline.saturating_sub(seconds(5)));
    assert!(due_now(&on, Lane::Reply).await.is_empty());
    on.pass(seconds(5));
    assert_eq!(one(&on).await.attempt, 2);
}

async fn an_ack_with_an_outdated_ticket_does_nothing(on: Backend) {
    publish(&on, 0..1).await;
    let slow = one(&on).await;
    on.pass(on.limits.ack_deadline);
    let current = one(&on).await;
    slow.ack().await;
    assert_eq!(on.queue.unacked(Lane::Reply).await.unwrap(), 1, "the current holder may still nack");
    current.ack().await;
    assert_eq!(on.queue.unacked(Lane::Reply).await.unwrap(), 0);
}

async fn a_nack_with_an_outdated_ticket_does_nothing(on: Backend) {
    publish(&on, 0..1).await;
    let slow = one(&on).await;
    on.pass(on.limits.ack_deadline);
    let current = one(&on).await;
    slow.nack_after(Duration::ZERO, on.clock.now()).await;
    assert!(due_now(&on, Lane::Reply).await.is_empty(), "somebody else works on it");
    current.ack().await;
}

async fn lanes_are_separate(on: Backend) {
    let status = Event::new(EventKind::Status, &["s"], noon(), "", "{}".into());
    on.queue.publish(vec![text(1), status.clone()]).await.unwrap();
    let reply = due_now(&on, Lane::Reply).await;
    assert_eq!(reply.iter().map(|delivery| &delivery.event).collect::<Vec<_>>(), [&text(1)]);
    let record = due_now(&on, Lane::Record).await;
    assert_eq!(record.iter().map(|delivery| &delivery.event).collect::<Vec<_>>(), [&status]);
    assert_eq!(on.queue.unacked(Lane::Reply).await.unwrap(), 1);
}

async fn a_thousand_events_in_one_publish_all_arrive(on: Backend) {
    publish(&on, 0..1000).await;
    assert_eq!(on.queue.unacked(Lane::Reply).await.unwrap(), 1000);
    let mut found = BTreeSet::new();
    while found.len() < 1000 {
        let batch = on.queue.receive(Lane::Reply, 64).await.unwrap();
        assert!((1..=64).contains(&batch.len()), "{}", batch.len());
        for delivery in batch {
            assert_eq!(delivery.attempt, 1);
            assert!(found.insert(delivery.event.id.clone()), "delivered twice");
            delivery.ack().await;
        }
    }
    assert_eq!(on.queue.unacked(Lane::Reply).await.unwrap(), 0);
}

async fn two_receivers_never_hold_the_same_delivery(on: Backend) {
    publish(&on, 0..300).await;
    let receivers = (0..6).map(|_| {
        let queue = on.queue.clone();
        tokio::spawn(async move {
            let mut held = Vec::new();
            while held.len() < 50 {
                held.extend(queue.receive(Lane::Reply, 5).await.unwrap());
            }
            held
        })
    });
    let mut found = BTreeSet::new();
    for receiver in receivers.collect::<Vec<_>>() {
        for delivery in receiver.await.unwrap() {
            assert!(found.insert(delivery.event.id.clone()), "two hold it at once");
        }
    }
    assert_eq!(found.len(), 300);
}

async fn a_receiver_that_waits_is_told_of_a_publish(on: Backend) {
    let queue = on.queue.clone();
    let waiting = tokio::spawn(async move { queue.receive(Lane::Reply, 1).await.unwrap().remove(0).event.id });
    tokio::task::yield_now().await;
    publish(&on, 7..8).await;
    assert_eq!(waiting.await.unwrap(), text(7).id);
}

async fn what_an_earlier_process_held_is_taken_back(on: Backend) {
    publish(&on, 0..3).await;
    drop(one(&on).await);
    one(&on).await.nack(on.clock.now()).await;
    let on = on.reopened();
    assert_eq!(on.queue.take_back().await.unwrap(), 2);
    let due = due_now(&on, Lane::Reply).await;
    assert_eq!(due.len(), 3, "at once");
    assert_eq!(due.iter().map(|delivery| delivery.attempt).sum::<u32>(), 5);
}

async fn events_survive_a_restart(on: Backend) {
    publish(&on, 0..20).await;
    one(&on).await.ack().await;
    let on = on.reopened();
    assert_eq!(on.queue.unacked(Lane::Reply).await.unwrap(), 19);
    let found: BTreeSet<_> = due_now(&on, Lane::Reply).await.into_iter().map(|delivery| delivery.event.id.clone()).collect();
    assert_eq!(found.len(), 19);
}

async fn twins_are_two_deliveries(on: Backend) {
    on.queue.publish(vec![text(1), text(1)]).await.unwrap();
    let first = one(&on).await;
    first.ack().await;
    assert_eq!(one(&on).await.event, text(1), "the ack of one copy settles that copy alone");
}

async fn publishing_nothing_is_no_error(on: Backend) {
    on.queue.publish(Vec::new()).await.unwrap();
    assert!(due_now(&on, Lane::Reply).await.is_empty());
}
