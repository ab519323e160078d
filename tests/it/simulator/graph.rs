//! What the simulated Graph API takes, refuses and breaks.

use super::*;

#[actix_web::test]
async fn a_message_that_meta_would_take_is_taken_at_its_very_limits() {
    let world = World::new();
    world.open_window().await;
    let at_the_limit = [
        changed(&text("x"), "/text/body", Some(x(4096))),
        changed(&text("x"), "/text/preview_url", Some(json!(true))),
        changed(&text("x"), "/biz_opaque_callback_data", Some(x(512))),
        changed(&text("x"), "/type", None),
        buttons(),
        changed(&buttons(), "/interactive/body/text", Some(x(1024))),
        changed(&buttons(), "/interactive/header/text", Some(x(60))),
        changed(
            &buttons(),
            "/interactive/action/buttons",
            Some(json!([
            {"type": "reply", "reply": {"id": "x".repeat(256), "title": "x".repeat(20)}}])),
        ),
        list(),
        changed(&list(), "/interactive/body/text", Some(x(4096))),
    ];
    for body in at_the_limit {
        let (status, answer) = world.graph(&body).await;
        assert_eq!(status, 200, "{body} {answer}");
        assert_eq!(answer["messaging_product"], "whatsapp");
        assert_eq!(answer["contacts"][0], json!({"input": "12025550143", "wa_id": "12025550143"}));
        assert!(answer["messages"][0]["id"].as_str().unwrap().starts_with("wamid."));
    }
}

#[actix_web::test]
async fn each_limit_and_shape_is_refused_with_metas_code_and_a_reason() {
    let world = World::new();
    world.open_window().await;
    let row = |n: usize| json!({"id": n.to_string(), "title": "t"});
    let reply = |id: &str, title: &str| json!({"type": "reply", "reply": {"id": id, "title": title}});
    let sections = "/interactive/action/sections";
    let action = "/interactive/action/buttons";
    let wrong = [
        (changed(&text("x"), "/messaging_product", None), 131_008),
        (changed(&text("x"), "/messaging_product", Some(json!("sms"))), 100),
        (changed(&text("x"), "/to", None), 131_008),
        (changed(&text("x"), "/to", Some(json!("+12-34"))), 131_009),
        (changed(&text("x"), "/to", Some(json!(12_025_550_143_i64))), 100),
        (changed(&text("x"), "/to", Some(json!("+12025550199"))), 131_026),
        (changed(&text("x"), "/recipient_type", Some(json!("group"))), 100),
        (changed(&text("x"), "/surprise", Some(json!(1))), 100),
        (changed(&text("x"), "/text/surprise", Some(json!(1))), 100),
        (changed(&text("x"), "/text/body", None), 131_008),
        (changed(&text("x"), "/text/body", Some(json!("  "))), 131_008),
        (changed(&text("x"), "/text/body", Some(json!(7))), 100),
        (changed(&text("x"), "/text/body", Some(x(4097))), 131_009),
        (changed(&text("x"), "/text/preview_url", Some(json!("yes"))), 100),
        (changed(&text("x"), "/biz_opaque_callback_data", Some(x(513))), 131_009),
        (changed(&text("x"), "/context", Some(json!({"message_id": "wamid.nobody"}))), 131_009),
        (changed(&text("x"), "/type", Some(json!("hologram"))), 131_051),
        (changed(&text("x"), "/text", Some(json!("x"))), 100),
        (changed(&buttons(), "/interactive/body/text", Some(x(1025))), 131_009),
        (changed(&buttons(), "/interactive/body", None), 131_008),
        (changed(&buttons(), "/interactive/header/text", Some(x(61))), 131_009),
        (changed(&buttons(), "/interactive/footer/text", Some(x(61))), 131_009),
        (changed(&buttons(), "/interactive/footer/type", Some(json!("text"))), 100),
        (changed(&buttons(), action, Some(json!([]))), 131_009),
        (changed(&buttons(), action, Some(json!([reply("1", "1"), reply("2", "2"), reply("3", "3"), reply("4", "4")]))), 131_009),
        (changed(&buttons(), action, Some(json!([reply("1", &"x".repeat(21))]))), 131_009),
        (changed(&buttons(), action, Some(json!([reply(&"x".repeat(257), "1")]))), 131_009),
        (changed(&buttons(), action, Some(json!([reply(" 1", "1")]))), 131_009),
        (changed(&buttons(), action, Some(json!([reply("1", "1"), reply("1", "2")]))), 131_009),
        (changed(&buttons(), action, Some(json!([reply("1", "1"), reply("2", "1")]))), 131_009),
        (changed(&buttons(), action, Some(json!([{"type": "url", "reply": {"id": "1", "title": "1"}}]))), 100),
        (changed(&list(), "/interactive/body/text", Some(x(4097))), 131_009),
        (changed(&list(), "/interactive/action/button", Some(x(21))), 131_009),
        (changed(&list(), sections, Some(json!([{"rows": [row(1)]}, {"title": "t", "rows": [row(2)]}]))), 131_008),
        (changed(&list(), sections, Some(json!([{"title": "x".repeat(25), "rows": [row(1)]}]))), 131_009),
        (changed(&list(), sections, Some(json!([{"rows": [{"id": "1", "title": "x".repeat(25)}]}]))), 131_009),
        (changed(&list(), sections, Some(json!([{"rows": [{"id": "x".repeat(201), "title": "t"}]}]))), 131_009),
        (
            changed(&list(), sections, Some(json!([{"rows": [{"id": "1", "title": "t", "description": "x".repeat(73)}]}]))),
            131_009,
        ),
        (changed(&list(), sections, Some(json!([{"rows": (0..11).map(row).collect::<Vec<_>>()}]))), 131_009),
        (
            changed(
                &list(),
                sections,
                Some(json!([{"title": "1", "rows": (0..6).map(row).collect::<Vec<_>>()},
                    {"title": "2", "rows": (6..11).map(row).collect::<Vec<_>>()}])),
            ),
            131_009,
        ),
        (changed(&list(), sections, Some(json!([{"title": "1", "rows": [row(1)]}, {"title": "2", "rows": [row(1)]}]))), 131_009),
        (json!([]), 100),
        (json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.nobody"}), 100),
    ];
    for (body, code) in wrong {
        let (status, answer) = world.graph(&body).await;
        let error = &answer["error"];
        assert_eq!((status, &error["code"]), (400, &json!(code)), "{body} {answer}");
        assert_eq!(error["type"], "OAuthException");
        assert_eq!(error["error_data"]["messaging_product"], "whatsapp");
        assert!(!error["error_data"]["details"].as_str().unwrap().is_empty());
        assert!(error["message"].as_str().unwrap().starts_with(&format!("(#{code}) ")));
        assert!(!error["fbtrace_id"].as_str().unwrap().is_empty());
    }
    assert!(world.receiver.statuses().is_empty(), "what was refused has no status");
}

#[actix_web::test]
async fn version_token_and_number_are_checked_before_the_body() {
    let world = World::new();
    let send = |path: String, token: Option<&str>| {
        let request = world.client.post(format!("{}{path}", world.base)).json(&json!({}));
        let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
        async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap()["error"].clone())
        }
    };
    let (status, error) = send(format!("/v25.0/{NUMBER}/messages"), None).await;
    assert_eq!((status, &error["code"]), (401, &json!(190)));
    let (status, error) = send(format!("/v25.0/{NUMBER}/messages"), Some("another")).await;
    assert_eq!((status, &error["code"]), (401, &json!(190)));
    let (status, error) = send("/v25.0/404/messages".into(), Some(TOKEN)).await;
    assert_eq!((status, &error["code"], &error["error_subcode"]), (400, &json!(100), &json!(33)));
    let (status, error) = send(format!("/v18.0/{NUMBER}/messages"), Some(TOKEN)).await;
    assert_eq!((status, &error["code"]), (400, &json!(2635)));
    let (status, error) = send(format!("/v25.0/{NUMBER}/calls"), Some(TOKEN)).await;
    assert_eq!((status, &error["code"]), (400, &json!(100)));
    let fields = world.client.get(format!("{}/v25.0/{NUMBER}?fields=id", world.base)).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(fields.json::<Value>().await.unwrap()["display_phone_number"], "+1 555 078 3881");
    world.fault("token", json!("expired")).await;
    let (status, answer) = world.graph(&buttons()).await;
    assert_eq!((status, &answer["error"]["code"], &answer["error"]["error_subcode"]), (401, &json!(190), &json!(463)));
    let shown = world.chat("").await["messages"][0].clone();
    assert_eq!((&shown["kind"], &shown["status"]), (&json!("buttons"), &json!("refused")), "the page shows what was refused");
}

#[actix_web::test]
async fn outside_the_window_nothing_free_form_is_taken_and_a_new_message_opens_it() {
    let world = World::new();
    assert_eq!(world.graph(&text("too early")).await.1["error"]["code"], 131_047);
    world.open_window().await;
    assert_eq!(world.graph(&text("in time")).await.0, 200);
    let (_, clock) = world.post("/simulator/clock", json!({"advance": "25h"})).await;
    assert_eq!(clock["offset_ms"], 25 * 3_600_000);
    assert_eq!(world.graph(&text("too late")).await.1["error"]["code"], 131_047);
    world.open_window().await;
    assert_eq!(world.graph(&text("again")).await.0, 200);
    let shown = world.chat("").await;
    let statuses: Vec<&str> = shown["messages"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == "refused").count(), 2, "refusals are shown too: {statuses:?}");
    assert_eq!(world.post("/simulator/clock", json!({"reset": true})).await.1["offset_ms"], 0);
    assert_eq!(world.clock.offset_ms(), 0);
    assert_eq!(world.post("/simulator/clock", json!({"advance": "soon"})).await.0, 422);
}

#[actix_web::test]
async fn read_receipt_and_typing_are_seen_until_the_answer_comes() {
    let world = World::new();
    let wamid = world.open_window().await;
    let body =
        json!({"messaging_product": "whatsapp", "status": "read", "message_id": wamid, "typing_indicator": {"type": "text"}});
    assert_eq!(world.graph(&body).await, (200, json!({"success": true})));
    let chat = world.chat("").await;
    assert_eq!((&chat["typing"], &chat["read_up_to"]), (&json!(true), &json!(wamid)));
    assert_eq!(chat["messages"][0]["status"], "read");
    world.graph(&text("hello")).await;
    assert_eq!(world.chat("").await["typing"], false);
}

#[actix_web::test]
async fn a_refused_answer_ends_its_turn_and_nobody_waits_for_the_rest() {
    let world = World::new();
    let wamid = world.says("hi").await;
    world.decides(&wamid, &["m_1", "m_2"], None);
    world.fault("send", json!({"error": 131_026, "http": 400})).await;
    let refused = world.graph(&changed(&text("one"), "/biz_opaque_callback_data", Some(json!("wb1.m_1.1")))).await;
    assert_eq!((refused.0, &refused.1["error"]["code"]), (400, &json!(131_026)));
    let chat = world.chat("wait=3").await;
    assert_eq!((&chat["settled"], &chat["billed"]), (&json!(true), &json!(0)));
    assert_eq!((&chat["messages"][1]["status"], &chat["messages"][1]["error"]["code"]), (&json!("refused"), &json!(131_026)));
}

#[actix_web::test]
async fn broken_and_hanging_connections_say_nothing_and_only_one_of_them_delivers() {
    let world = World::new();
    world.open_window().await;
    for (fault, taken) in [("refuse_connection", 0), ("hang", 0), ("accept_then_reset", 1)] {
        let before = world.chat("").await["billed"].as_u64().unwrap();
        world.fault("send", json!(fault)).await;
        assert!(world.try_graph(&text(fault)).await.is_err(), "{fault} must not be answered");
        assert_eq!(world.chat("").await["billed"].as_u64().unwrap() - before, taken, "{fault}");
    }
    let lost = world.chat("").await["messages"].as_array().unwrap().last().unwrap()["trace"]["request"].clone();
    assert_eq!((&lost["status"], &lost["answer"]), (&Value::Null, &Value::Null), "shown as what the app saw");
    world.fault("send", json!({"http": 503, "body": "html"})).await;
    let answer = world.try_graph(&text("html")).await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.text().await.unwrap().starts_with("<html>"));
    world.fault("send", json!({"slow_ms": 150})).await;
    let started = std::time::Instant::now();
    assert_eq!(world.graph(&text("slow")).await.0, 200);
    assert!(started.elapsed() >= Duration::from_millis(150));
}
