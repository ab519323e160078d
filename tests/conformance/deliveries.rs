//! A raw delivery is kept byte for byte: its signature must verify again later.

use bytes::Bytes;
use wabridge::domain::DeliveryId;
use wabridge::store::{DeliveryState, RawDelivery};

use crate::backends::Backend;
use crate::chat::{noon, seconds};

promises!(
    the_bytes_of_a_delivery_come_back_as_they_came,
    a_twin_of_a_delivery_changes_nothing,
    a_quarantined_delivery_becomes_accepted_when_its_twin_is,
    an_accepted_delivery_never_falls_back,
    the_newest_deliveries_are_listed_first_and_by_state,
    a_delivery_is_found_by_the_beginning_of_its_id_while_only_one_begins_so,
    twenty_twins_at_once_are_one_delivery,
);

fn raw(first: char, state: DeliveryState, body: impl Into<Bytes>) -> RawDelivery {
    RawDelivery {
        id: DeliveryId::new(first.to_string().repeat(64)),
        body: body.into(),
        signature: "sha256=abc".into(),
        received_at: noon(),
        state,
        quarantined_changes: vec![1, 4],
        events: 3,
        reason: "why".into(),
    }
}

async fn the_bytes_of_a_delivery_come_back_as_they_came(on: Backend) {
    let random: Vec<u8> = (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let bodies: Vec<(char, Vec<u8>)> = vec![
        ('0', Vec::new()),
        ('1', vec![0xff, 0x00, 0xc3, 0x28, 0xed, 0xa0, 0x80]),
        ('2', random),
        ('3', vec![b'a'; 3_000_000]),
        ('4', vec![b'a'; 900_000]),
        ('5', vec![b'a'; 900_001]),
    ];
    for (first, body) in &bodies {
        on.store.stage(raw(*first, DeliveryState::Accepted, body.clone())).await.unwrap();
    }
    let on = on.reopened();
    for (first, body) in bodies {
        let found = on.store.delivery(DeliveryId::new(first.to_string().repeat(64))).await.unwrap().unwrap();
        assert!(found.body == body, "body {first} of {} bytes came back as {} bytes", body.len(), found.body.len());
        assert_eq!(found.signature, "sha256=abc");
        assert_eq!(found.summary.bytes as usize, body.len());
        assert_eq!((found.summary.received_at, found.summary.events), (noon(), 3));
        assert_eq!((found.summary.quarantined_changes, found.summary.reason.as_str()), (vec![1, 4], "why"));
    }
}

async fn a_twin_of_a_delivery_changes_nothing(on: Backend) {
    on.store.stage(raw('a', DeliveryState::Accepted, "one")).await.unwrap();
    let before = on.store.deliveries(None, 10).await.unwrap();
    let twin = RawDelivery { received_at: noon() + seconds(60), events: 9, ..raw('a', DeliveryState::Accepted, "one") };
    on.store.stage(twin).await.unwrap();
    assert_eq!(on.store.deliveries(None, 10).await.unwrap(), before);
}

async fn a_quarantined_delivery_becomes_accepted_when_its_twin_is(on: Backend) {
    on.store.stage(raw('a', DeliveryState::Quarantined, "one")).await.unwrap();
    let twin = RawDelivery {
        received_at: noon() + seconds(60),
        events: 7,
        quarantined_changes: Vec::new(),
        reason: String::new(),
        ..raw('a', DeliveryState::Accepted, "one")
    };
    on.store.stage(twin).await.unwrap();
    let found = on.store.delivery(DeliveryId::new("a".repeat(64))).await.unwrap().unwrap();
    assert_eq!((found.summary.state, found.summary.events), (DeliveryState::Accepted, 7));
    assert_eq!((found.summary.quarantined_changes, found.summary.reason), (Vec::new(), String::new()));
    assert_eq!(found.summary.received_at, noon(), "it came first at noon");
    assert_eq!(&found.body[..], b"one");
}

async fn an_accepted_delivery_never_falls_back(on: Backend) {
    on.store.stage(raw('a', DeliveryState::Accepted, "one")).await.unwrap();
    for state in [DeliveryState::Quarantined, DeliveryState::Ignored, DeliveryState::Unparsed] {
        on.store.stage(raw('a', state, "one")).await.unwrap();
        assert_eq!(on.store.deliveries(None, 1).await.unwrap()[0].state, DeliveryState::Accepted, "{state:?}");
    }
}

async fn the_newest_deliveries_are_listed_first_and_by_state(on: Backend) {
    for (later, first, state) in
        [(0, 'a', DeliveryState::Accepted), (2, 'b', DeliveryState::Ignored), (1, 'c', DeliveryState::Accepted)]
    {
        on.store.stage(RawDelivery { received_at: noon() + seconds(later), ..raw(first, state, "x") }).await.unwrap();
    }
    let order = |list: Vec<wabridge::store::DeliverySummary>| -> String {
        list.iter().filter_map(|one| one.id.as_str().chars().next()).collect()
    };
    assert_eq!(order(on.store.deliveries(None, 10).await.unwrap()), "bca");
    assert_eq!(order(on.store.deliveries(None, 2).await.unwrap()), "bc");
    assert_eq!(order(on.store.deliveries(Some(DeliveryState::Accepted), 10).await.unwrap()), "ca");
    assert_eq!(order(on.store.deliveries(Some(DeliveryState::Unparsed), 10).await.unwrap()), "");
}

async fn a_delivery_is_found_by_the_beginning_of_its_id_while_only_one_begins_so(on: Backend) {
    for end in ["1", "2"] {
        let id = DeliveryId::new(format!("{}{end}", "f".repeat(63)));
        on.store.stage(RawDelivery { id, ..raw('a', DeliveryState::Accepted, end.to_owned()) }).await.unwrap();
    }
    assert!(on.store.delivery(DeliveryId::new("ffff")).await.unwrap().is_none(), "two begin so");
    assert!(on.store.delivery(DeliveryId::new("0")).await.unwrap().is_none(), "none begins so");
    let found = on.store.delivery(DeliveryId::new(format!("{}2", "f".repeat(63)))).await.unwrap().unwrap();
    assert_eq!(&found.body[..], b"2");
}

async fn twenty_twins_at_once_are_one_delivery(on: Backend) {
    let stages = (0..20).map(|_| {
        let store = on.store.clone();
        tokio::spawn(async move { store.stage(raw('a', DeliveryState::Accepted, "one")).await })
    });
    for stage in stages.collect::<Vec<_>>() {
        stage.await.unwrap().unwrap();
    }
    assert_eq!(on.store.deliveries(None, 100).await.unwrap().len(), 1);
}
