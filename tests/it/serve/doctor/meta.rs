//! What is wrong at Meta, one thing after the other.

use serde_json::{Value, json};

use super::{SECRET, Ward};

fn token(patch: &Value) -> Value {
    json!({"of": "token", "patch": patch})
}

fn numbers(patch: &Value) -> Value {
    json!({"of": "numbers", "patch": patch})
}

fn blocked(of: &str, part: &str) -> Value {
    let error = json!({"error_code": 141_006, "error_description": "There is no payment method", "possible_solution": "Add one"});
    json!({"of": of, "patch": {"health_status": {"entities": [{"entity_type": part, "can_send_message": "BLOCKED", "errors": [error]}]}}})
}

#[actix_web::test]
async fn each_thing_that_is_wrong_at_meta_is_found_alone_and_with_a_remedy() {
    let ward = Ward::open();
    let soon = wabridge::clock::Clock::default().now().as_second() + 3600;
    let wrong = [
        (json!({"of": "token", "error": 190}), "meta.token", "fail", "190"),
        (token(&json!({"is_valid": false, "expires_at": 1})), "meta.token", "fail", "no longer takes it"),
        (token(&json!({"expires_at": soon})), "meta.token", "warn", "expires at"),
        (token(&json!({"type": "USER"})), "meta.token", "warn", "USER"),
        (
            token(&json!({"scopes": ["whatsapp_business_management"], "granular_scopes": null})),
            "meta.permissions",
            "fail",
            "lacks whatsapp_business_messaging",
        ),
        (
            token(&json!({"granular_scopes": [{"scope": "whatsapp_business_messaging", "target_ids": ["1"]}]})),
            "meta.permissions",
            "fail",
            "does not hold for the account",
        ),
        (json!({"of": "subscriptions", "gone": true}), "meta.callback", "fail", "no callback URL"),
        (json!({"of": "subscriptions", "patch": {"active": false}}), "meta.callback", "fail", "switched off"),
        (
            numbers(&json!({"webhook_configuration": {"application": "https://old.example/hook"}})),
            "meta.webhook",
            "fail",
            "go to https://old.example/hook (the app's)",
        ),
        (
            numbers(&json!({"webhook_configuration": {"phone_number": "https://old.example/hook"}})),
            "meta.webhook",
            "fail",
            "(the number's own)",
        ),
        (numbers(&json!({"status": "FLAGGED"})), "meta.numbers", "warn", "is FLAGGED"),
        (
            json!({"of": "subscriptions", "patch": {"fields": [{"name": "flows"}]}}),
            "meta.fields",
            "fail",
            "messages is not subscribed",
        ),
        (json!({"of": "subscriptions", "patch": {"fields": [{"name": "messages"}]}}), "meta.fields", "warn", "account_alerts"),
        (json!({"of": "subscribed_apps", "gone": true}), "meta.subscribed_apps", "fail", "no message comes"),
        (json!({"of": "account", "patch": {"account_review_status": "REJECTED"}}), "meta.account", "fail", "rejected"),
        (json!({"of": "account", "patch": {"account_review_status": "PENDING"}}), "meta.account", "warn", "not ended"),
        (json!({"of": "account", "error": 200}), "meta.account", "fail", "200"),
        (blocked("account", "WABA"), "meta.health", "fail", "no payment method (141006)"),
        (blocked("account", "APP"), "meta.health", "fail", "the app cannot send"),
        (blocked("numbers", "PHONE_NUMBER"), "meta.health", "fail", "the phone number cannot send"),
        (json!({"of": "numbers", "gone": true}), "meta.numbers", "fail", "is no number of the account"),
        (numbers(&json!({"status": "PENDING", "platform_type": "NOT_APPLICABLE"})), "meta.numbers", "fail", "not registered"),
        (numbers(&json!({"name_status": "DECLINED"})), "meta.name", "fail", "does not accept"),
        (numbers(&json!({"name_status": "PENDING_REVIEW"})), "meta.name", "warn", "not yet accepted"),
        (numbers(&json!({"quality_rating": "RED"})), "meta.quality", "warn", "RED"),
        (numbers(&json!({"is_on_biz_app": true})), "meta.throughput", "warn", "allows 20 per second"),
    ];
    for (fault, check, level, words) in wrong {
        ward.fault(&fault).await;
        let found = ward.doctor(&["--only", "meta", "--url", &ward.url], &[]).await;
        assert!(found.all.contains(words), "{fault}: {}", found.all);
        found.is_only(check, level, words);
        ward.no_faults().await;
    }
    let override_of_the_account =
        json!({"of": "subscribed_apps", "patch": {"override_callback_uri": "https://old.example/hook"}});
    ward.fault(&override_of_the_account).await;
    ward.fault(&numbers(&json!({"webhook_configuration": null}))).await;
    ward.doctor(&["--only", "meta", "--url", &ward.url], &[]).await.is_only("meta.webhook", "fail", "old.example");
    ward.no_faults().await;
    let test_number = numbers(&json!({"account_mode": "SANDBOX"}));
    ward.fault(&test_number).await;
    ward.doctor(&["--only", "meta"], &[]).await.has("meta.numbers", "ok", "a test number: it reaches only");
}

#[actix_web::test]
async fn an_app_secret_of_another_app_and_one_that_was_left_over_are_told_apart() {
    let ward = Ward::open();
    let other = "00000000000000000000000000000000";
    let wrong = ward.doctor(&["--only", "meta"], &[("WHATSAPP_APP_SECRET", other)]).await;
    wrong.is_only("meta.app_secret", "fail", "another app");
    let both = format!("{SECRET},{other}");
    let left = ward.doctor(&["--only", "meta"], &[("WHATSAPP_APP_SECRET", &both)]).await;
    left.is_only("meta.app_secret", "warn", "1 more is not");
    // Whatever stands first, the one that is the app's signs, as Meta does.
    let turned = format!("{other},{SECRET}");
    let signed = ward.doctor(&["--only", "meta,webhook", "--url", &ward.url], &[("WHATSAPP_APP_SECRET", &turned)]).await;
    signed.has("webhook.delivery", "ok", "gets 200");
    let untold = ward.doctor(&["--only", "webhook", "--url", &ward.url], &[("WHATSAPP_APP_SECRET", &turned)]).await;
    untold.has("webhook.delivery", "ok", "gets 200");
    let fast = ward.doctor(&["--only", "meta"], &[("WABRIDGE_SEND_RATE", "500")]).await;
    fast.is_only("meta.throughput", "warn", "allows 80 per second");
    let more = ward.doctor(&["--only", "meta"], &[("WHATSAPP_PHONE_NUMBER_ID", "106540352242922,111111111111111")]).await;
    more.is_only("meta.numbers", "fail", "111111111111111 is no number of the account");
    let gone = ward.doctor(&["--only", "meta"], &[("WHATSAPP_API_BASE_URL", "http://127.0.0.1:9")]).await;
    gone.is_only("meta.token", "fail", "does not answer");
}

#[actix_web::test]
async fn what_meta_cannot_tell_for_a_moment_and_what_it_tells_oddly_is_no_alarm() {
    let ward = Ward::open();
    ward.fault(&json!({"of": "account", "error": 4})).await;
    let later = ward.doctor(&["--only", "meta"], &[]).await;
    later.has("meta.account", "skipped", "cannot answer just now");
    assert!(later.loud().is_empty(), "{}", later.all);
    ward.no_faults().await;
    let odd = json!({
        "is_on_biz_app": null, "whatsapp_business_manager_messaging_limit": 250, "throughput": "fast", "verified_name": "a\u{1b}[2Jb",
    });
    ward.fault(&numbers(&odd)).await;
    ward.fault(&token(&json!({"app_id": 670_843_887_433_847_u64, "user_id": {}}))).await;
    let odd = ward.doctor(&["--only", "meta", "--url", &ward.url], &[]).await;
    assert!(odd.loud().is_empty() && !odd.all.contains('\u{1b}') && !odd.all.contains("\\u001b"), "{}", odd.all);
}
