//! The app is subscribed to the accounts that are configured.

use super::far_end::FarEnd;
use super::process::Serve;
use crate::webhook::service::WABA;

#[actix_web::test]
async fn the_app_is_subscribed_to_each_account_and_a_refusal_says_what_to_do() {
    let far_end = FarEnd::start();
    let serve = Serve::start(&far_end, "0s");
    let both = format!("{WABA},111111111111");
    let subscribed = serve.command_of(&["subscribe"], &[("WHATSAPP_WABA_ID", &both)]).await;
    assert!(subscribed.status.success(), "{subscribed:?}");
    assert_eq!(far_end.subscribed(), ["102290129340398", "111111111111"]);
    let refused = serve.command_of(&["subscribe"], &[("WHATSAPP_ACCESS_TOKEN", "access-token-that-expired")]).await;
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && words.contains("190") && words.contains("WHATSAPP_ACCESS_TOKEN"), "{words}");
    assert!(!words.contains("access-token-that"), "{words}");
    let without = serve.command_of(&["subscribe"], &[("WHATSAPP_ACCESS_TOKEN", "")]).await;
    assert_eq!(without.status.code(), Some(2), "{without:?}");
    assert_eq!(far_end.subscribed().len(), 2);
}
