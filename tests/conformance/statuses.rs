//! `evidence`: statuses come in any order and twice, and always end in the same record.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use wabridge::domain::{ConversationId, OutboundId, Pricing, StatusKind, StatusUpdate, TurnId, Wamid};
use wabridge::store::{Attempt, Evidence, OutState, OutboundRecord};

use crate::backends::Backend;
use crate::chat::{Chat, accepted, noon, number, phone, seconds, status};

promises!(
    every_order_of_statuses_with_repeats_ends_in_the_same_record,
    every_order_with_a_failure_ends_failed_with_every_status_kept,
    every_order_of_all_statuses_and_the_answer_of_the_post_ends_in_the_same_record,
    every_order_of_a_groups_participants_keeps_when_each_status_first_happened,
    every_order_of_prices_keeps_the_newest,
);

const GOOD: [StatusKind; 4] = [StatusKind::Sent, StatusKind::Delivered, StatusKind::Read, StatusKind::Played];

fn permutations<T: Copy>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let without =
        |skip: usize| items.iter().enumerate().filter(move |(n, _)| *n != skip).map(|(_, item)| *item).collect::<Vec<_>>();
    let begin_with = |n: usize| permutations(&without(n)).into_iter().map(move |rest| [vec![items[n]], rest].concat());
    (0..items.len()).flat_map(begin_with).collect()
}

/// One message in a conversation of its own, its statuses in this order and each one twice, and what is stored then.
async fn after_statuses(on: &Backend, person: usize, order: &[StatusKind]) -> OutboundRecord {
    let (chat, word, attempt) = on_its_way(on, person).await;
    let place = Some((attempt.outbound.clone(), 1));
    for (n, kind) in order.iter().enumerate() {
        let at = noon() + seconds(10 + *kind as u64);
        let told = status("wamid.same", *kind, at);
        let stored = chat.store.evidence(told.clone(), place.clone(), noon() + seconds(20)).await.unwrap();
        assert!(matches!(stored, Evidence::Stored { double_send: false, .. }), "{order:?} at {n}: {stored:?}");
        for earlier in &order[..=n] {
            let twin = status("wamid.same", *earlier, noon() + seconds(10 + *earlier as u64));
            assert_eq!(chat.store.evidence(twin, place.clone(), noon() + seconds(21)).await.unwrap(), Evidence::Known);
        }
    }
    without_names(chat.answer(&word).await)
}

/// The record without what differs from message to message.
fn without_names(out: OutboundRecord) -> OutboundRecord {
    OutboundRecord {
        id: OutboundId::new("same"),
        conversation: ConversationId::new("same"),
        turn: TurnId::new("same"),
        members: Vec::new(),
        nonce: None,
        ..out
    }
}

/// One message on its way in a conversation of its own.
async fn on_its_way(on: &Backend, person: usize) -> (Chat, String, Attempt) {
    let id = on.store.identify(phone(&format!("1650{person:07}")), number(), noon()).await.unwrap();
    let chat = Chat { store: on.store.clone(), id };
    let word = format!("p{person}");
    let (_, attempt) = chat.sending(&word, &["{}"], noon()).await;
    (chat, word, attempt)
}

/// What is stored after these statuses in this order, each one twice.
async fn after_telling(on: &Backend, person: usize, told: &[StatusUpdate]) -> OutboundRecord {
    let (chat, word, attempt) = on_its_way(on, person).await;
    let place = Some((attempt.outbound.clone(), 1));
    for status in told {
        for _ in 0..2 {
            chat.store.evidence(status.clone(), place.clone(), noon() + seconds(60)).await.unwrap();
        }
    }
    without_names(chat.answer(&word).await)
}

async fn every_order_of_statuses_with_repeats_ends_in_the_same_record(on: Backend) {
    let expected = after_statuses(&on, 0, &GOOD).await;
    assert_eq!((expected.state, expected.delivery), (OutState::Accepted, Some(StatusKind::Played)));
    assert_eq!(expected.tries[&1].wamid, Some(Wamid::new("wamid.same")));
    for (person, order) in permutations(&GOOD).iter().enumerate() {
        assert_eq!(after_statuses(&on, 100 + person, order).await, expected, "{order:?}");
    }
}

async fn every_order_with_a_failure_ends_failed_with_every_status_kept(on: Backend) {
    let all = [StatusKind::Sent, StatusKind::Delivered, StatusKind::Read, StatusKind::Failed];
    let expected = after_statuses(&on, 0, &all).await;
    for (person, order) in permutations(&all).iter().enumerate() {
        let found = after_statuses(&on, 100 + person, order).await;
        assert_eq!((found.delivery, &found.tries), (Some(StatusKind::Failed), &expected.tries), "{order:?}");
        // A failure that comes first refuses, one that comes later finds the turn gone on: the one thing that order decides.
        let state = if order[0] == StatusKind::Failed { OutState::Refused } else { OutState::Accepted };
        assert_eq!(found.state, state, "{order:?}");
        assert_eq!(OutboundRecord { state: expected.state, ..found }, expected, "{order:?}");
    }
}

/// `None` is the answer of the POST.
async fn every_order_of_all_statuses_and_the_answer_of_the_post_ends_in_the_same_record(on: Backend) {
    let happens: Vec<Option<StatusKind>> = GOOD.into_iter().chain([StatusKind::Failed]).map(Some).chain([None]).collect();
    let after = async |person: usize, order: &[Option<StatusKind>]| {
        let (chat, word, attempt) = on_its_way(&on, person).await;
        let place = Some((attempt.outbound.clone(), 1));
        for (n, what) in order.iter().enumerate() {
            // Each comes again after every other, as Meta may deliver it again.
            for what in order[..n].iter().chain([what]) {
                match what {
                    Some(kind) => {
                        let told = status("wamid.same", *kind, noon() + seconds(10 + *kind as u64));
                        chat.store.evidence(told, place.clone(), noon() + seconds(20)).await.unwrap();
                    }
                    None if n > 0 && order[..n].contains(&None) => {}
                    None => drop(chat.settles(&attempt, accepted("wamid.same"), noon() + seconds(1)).await),
                }
            }
        }
        without_names(chat.answer(&word).await)
    };
    let expected = after(0, &happens).await;
    assert_eq!((expected.state, expected.delivery), (OutState::Accepted, Some(StatusKind::Failed)));
    assert_eq!(expected.tries[&1].statuses.len(), 5);
    let orders = permutations(&happens);
    // Conversations of their own, so that they share the commits.
    for (batch, orders) in orders.chunks(90).enumerate() {
        let all = orders.iter().enumerate().map(|(n, order)| after(100 + batch * 90 + n, order));
        for (found, order) in join_all(all).await.iter().zip(orders) {
            assert_eq!(*found, expected, "{order:?}");
        }
    }
}

async fn every_order_of_a_groups_participants_keeps_when_each_status_first_happened(on: Backend) {
    let of_participant = |digits: &str, kind, second| StatusUpdate {
        recipient: phone(digits),
        ..status("wamid.same", kind, noon() + seconds(second))
    };
    let told = [
        of_participant("16505550001", StatusKind::Delivered, 12),
        of_participant("16505550002", StatusKind::Delivered, 11),
        of_participant("16505550001", StatusKind::Read, 20),
        of_participant("16505550002", StatusKind::Read, 30),
    ];
    for (person, order) in permutations(&[0, 1, 2, 3]).iter().enumerate() {
        let told: Vec<_> = order.iter().map(|n| told[*n].clone()).collect();
        let found = after_telling(&on, 100 + person, &told).await;
        let first = [(StatusKind::Delivered, noon() + seconds(11)), (StatusKind::Read, noon() + seconds(20))];
        assert_eq!(found.tries[&1].statuses, first.into(), "{order:?}");
        assert_eq!((found.state, found.delivery), (OutState::Accepted, Some(StatusKind::Read)), "{order:?}");
    }
}

async fn every_order_of_prices_keeps_the_newest(on: Backend) {
    let priced = |kind, billable| {
        let pricing = Pricing { billable, category: "service".into(), model: "PMP".into(), more: BTreeMap::new() };
        StatusUpdate { pricing: Some(pricing), ..status("wamid.same", kind, noon() + seconds(10)) }
    };
    // Two of them in the same second, and one without a price.
    let told = [
        priced(StatusKind::Sent, true),
        priced(StatusKind::Delivered, false),
        status("wamid.same", StatusKind::Read, noon() + seconds(11)),
    ];
    for (person, order) in permutations(&[0, 1, 2]).iter().enumerate() {
        let told: Vec<_> = order.iter().map(|n| told[*n].clone()).collect();
        let found = after_telling(&on, 100 + person, &told).await;
        assert_eq!(found.pricing.map(|pricing| pricing.billable), Some(false), "{order:?}");
    }
}
