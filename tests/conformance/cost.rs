//! What an exchange costs at Google: one message in, one reply, three statuses. `docs/cost.md` counts on it.

use wabridge::domain::{DeliveryId, StatusKind};
use wabridge::store::{DeliveryState, Finished, RawDelivery};

use crate::backends::Backend;
use crate::chat::{Chat, accepted, noon, number, phone, seconds};

promises_of_firestore!(an_exchange_with_a_known_contact_writes_eleven_documents_and_reads_fifteen);

/// As receiver and consumer do it when the person writes one message.
async fn exchange(on: &Backend, word: &str, at: jiff::Timestamp) {
    let raw = RawDelivery {
        id: DeliveryId::new(word.repeat(64)),
        body: "{}".into(),
        signature: String::new(),
        received_at: at,
        state: DeliveryState::Accepted,
        quarantined_changes: Vec::new(),
        events: 1,
        reason: String::new(),
    };
    on.store.stage(raw).await.unwrap();
    let id = on.store.identify(phone("16505551234"), number(), at).await.unwrap();
    let chat = Chat { store: on.store.clone(), id };
    let held = chat.opens(word, at).await;
    assert_eq!(on.store.mailbox(held.clone()).await.unwrap().unwrap().messages.len(), 1);
    let sealed = chat.seals(&held, &[word], &["{}"], at).await;
    let wabridge::store::Sealed::Sending(wabridge::store::SendAnswer::Attempt(attempt)) = sealed else { panic!("{sealed:?}") };
    let settled = on.store.settle(attempt.clone(), accepted(&format!("wamid.{word}")), Some(held), at).await.unwrap();
    assert_eq!(settled.finished, Some(Finished::Empty));
    for kind in [StatusKind::Sent, StatusKind::Delivered, StatusKind::Read] {
        chat.status(&attempt, kind, at).await;
        on.store.status_seen(number(), at).await.unwrap();
    }
}

async fn an_exchange_with_a_known_contact_writes_eleven_documents_and_reads_fifteen(on: Backend) {
    exchange(&on, "a", noon()).await;
    let firestore = on.firestore.as_ref().expect("a database");
    let before = firestore.operations();
    exchange(&on, "b", noon() + seconds(60)).await;
    let after = firestore.operations();
    assert_eq!((after.writes - before.writes, after.reads - before.reads), (11, 15));
}
