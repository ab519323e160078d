//! The same delivery many times at once, and a delivery as large as Meta sends them.

use futures_util::future::join_all;
use serde_json::json;
use wabridge::domain::DeliveryId;
use wabridge::store::DeliveryState;

use super::far_end::FarEnd;
use super::meta::{Meta, bodies, delivery, words};
use super::process::Serve;

everywhere!(
    fifty_copies_of_a_delivery_at_once_are_one_record_and_get_one_answer,
    a_delivery_of_a_thousand_updates_is_kept_as_it_came,
);

async fn fifty_copies_of_a_delivery_at_once_are_one_record_and_get_one_answer() {
    let far_end = FarEnd::start();
    let serve = Serve::start_here(&far_end, "200ms").await;
    let meta = Meta::of(&serve);
    let words = words("copy", 2);
    let [first, body] = <[String; 2]>::try_from(bodies(&words)).unwrap();
    // Another one finds out whether it listens and is connected: none of the fifty is known when they come.
    meta.deliver(&first).await;
    far_end.until_accepted(1).await;
    let answers = join_all((0..50).map(|_| meta.once(&body))).await;
    let refused = answers.iter().filter(|answer| answer.status != 200).count();
    // Whoever is refused comes again, as Meta would.
    join_all((0..refused).map(|_| meta.deliver(&body))).await;
    far_end.until_accepted(2).await;
    serve.drain().await;
    assert_eq!(far_end.answered(), words);
    let counts = serve.store().counts().await.unwrap();
    assert_eq!((counts["deliveries"], counts["inbound"], counts["outbound"]), (2, 2, 2), "{counts:?}");
}

async fn a_delivery_of_a_thousand_updates_is_kept_as_it_came() {
    let far_end = FarEnd::start();
    let serve = Serve::start_here(&far_end, "0s").await;
    let padding = "x".repeat(2_800);
    let statuses = (0..1000).map(|n| {
        json!({ "id": format!("wamid.OF_NOBODY{n}"), "status": "sent", "timestamp": "1795000000", "recipient_id": "16505551234", "pad": padding })
    });
    let statuses: Vec<_> = statuses.collect();
    let body = delivery(&json!({ "statuses": statuses }));
    assert!(body.len() > 2_900_000, "{}", body.len());
    let meta = Meta::of(&serve);
    meta.deliver(&body).await;
    let store = serve.store();
    let kept = store.deliveries(None, 10).await.unwrap();
    assert_eq!((kept.len(), kept[0].state, kept[0].events), (1, DeliveryState::Accepted, 1000));
    let kept = store.delivery(DeliveryId::new(kept[0].id.as_str())).await.unwrap().unwrap();
    assert!(kept.body == body.as_bytes(), "byte by byte");
}
