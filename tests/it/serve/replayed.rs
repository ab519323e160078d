//! What came in while no ids were set is answered once they are, and once.

use serde_json::Value;

use super::far_end::FarEnd;
use super::meta::{Meta, bodies, words};
use super::process::Serve;
use crate::webhook::service::{NUMBER, WABA};

#[actix_web::test]
async fn what_was_quarantined_comes_in_once_the_ids_are_right() {
    let far_end = FarEnd::start();
    let unset = ["WHATSAPP_WABA_ID", "WHATSAPP_PHONE_NUMBER_ID"].map(|name| (name, String::new()));
    let mut serve = Serve::start_with(&far_end, "0s", unset.into());
    Meta::of(&serve).deliver_all(&bodies(&words("early", 1))).await;
    serve.signal("TERM");
    assert!(serve.ended().await.success());

    serve.is_told(&[("WHATSAPP_WABA_ID", WABA), ("WHATSAPP_PHONE_NUMBER_ID", NUMBER)]);
    serve.start_again();
    let replay = async |serve: &Serve| -> Value {
        let output = serve.operator(&["replay", "--state", "quarantined", "--json"], &[]).await;
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
    };
    let said = replay(&serve).await;
    assert_eq!(said, serde_json::json!({"deliveries": 1, "newly_accepted": 1, "not_ours": 0, "events": 1}));
    far_end.until_accepted(1).await;
    serve.drain().await;
    assert_eq!(replay(&serve).await["deliveries"], 0, "it is accepted now");
    assert_eq!(far_end.answered(), words("early", 1));
}
