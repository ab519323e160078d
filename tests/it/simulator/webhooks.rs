//! What the far end gets: messages, taps, statuses, in Meta's shapes, or spoilt on purpose.

use super::*;

#[actix_web::test]
async fn a_webhook_is_signed_over_exactly_the_bytes_that_arrive_and_written_as_meta_writes() {
    let world = World::new();
    let wamid = world.says("café / 😀").await;
    let got = world.receiver.all().remove(0);
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(got.body.as_bytes());
    assert_eq!(got.signature.clone().unwrap(), format!("sha256={}", hex::encode(mac.finalize().into_bytes())));
    assert!(got.body.contains(r"caf\u00e9 \/ \ud83d\ude00"), "{}", got.body);
    let json: Value = serde_json::from_str(&got.body).unwrap();
    assert_eq!((&json["object"], &json["entry"][0]["id"]), (&json!("whatsapp_business_account"), &json!(WABA)));
    assert_eq!(got.value()["metadata"], json!({"display_phone_number": "15550783881", "phone_number_id": NUMBER}));
    assert_eq!(got.value()["contacts"][0]["wa_id"], "12025550143");
    let message = &world.receiver.messages()[0];
    assert_eq!((&message["from"], &message["id"]), (&json!("12025550143"), &json!(wamid)));
    assert_eq!(message["text"], json!({"body": "café / 😀"}));
    assert!(message["timestamp"].as_str().unwrap().parse::<i64>().is_ok(), "seconds as a string");
    let webhook = &world.chat("").await["messages"][0]["trace"]["webhook"];
    assert_eq!((&webhook["status"], &webhook["body"]), (&json!(200), &json!(got.body)));
}

#[actix_web::test]
async fn somebody_with_only_a_username_has_no_phone_number_anywhere() {
    let world = World::new();
    let (status, added) = world.post("/simulator/people", json!({"name": "Kim", "username": "kim", "user_id": "US.77"})).await;
    assert_eq!((status, &added["person"], &added["wa_id"]), (201, &json!("p3"), &Value::Null));
    world.post("/simulator/people/p3/messages", json!({"to": "shop", "text": "hi"})).await;
    let value = world.receiver.all()[0].value();
    assert_eq!(value["contacts"][0], json!({"profile": {"name": "Kim", "username": "kim"}, "user_id": "US.77"}));
    assert_eq!(value["messages"][0]["from_user_id"], "US.77");
    assert_eq!(value["messages"][0].get("from"), None);
    let body = json!({"messaging_product": "whatsapp", "recipient": "US.77", "text": {"body": "hello"}, "biz_opaque_callback_data": "wb1.m_1.1"});
    assert_eq!(world.graph(&body).await.1["contacts"][0], json!({"input": "US.77", "user_id": "US.77"}));
    until("sent and delivered", || world.receiver.statuses().len() == 2).await;
    let status = &world.receiver.statuses()[0];
    assert_eq!((&status["recipient_user_id"], status.get("recipient_id")), (&json!("US.77"), None));
    assert_eq!(world.post("/simulator/people", json!({"name": "Nobody"})).await.0, 422);
    assert_eq!(world.post("/simulator/people", json!({"user_id": "US.77"})).await.0, 409);
}

#[actix_web::test]
async fn a_tap_comes_back_as_the_reply_of_a_button_or_a_row_with_its_context() {
    let world = World::new();
    world.open_window().await;
    let sent = world.graph(&buttons()).await.1["messages"][0]["id"].clone();
    let tap = |choice: &str| json!({"tap": {"message": sent, "choice": choice}});
    assert_eq!(world.post("/simulator/people/p1/messages", tap("yes")).await.0, 202);
    let message = world.receiver.messages().pop().unwrap();
    assert_eq!(message["interactive"], json!({"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}}));
    assert_eq!(message["context"], json!({"from": "15550783881", "id": sent}));
    let (status, problem) = world.post("/simulator/people/p1/messages", tap("maybe")).await;
    assert_eq!(status, 422);
    assert!(problem["error"]["message"].as_str().unwrap().contains("yes, no"), "{problem}");
    let sent = world.graph(&list()).await.1["messages"][0]["id"].clone();
    world.post("/simulator/people/p1/messages", json!({"tap": {"message": sent, "choice": "a"}})).await;
    let reply = &world.receiver.messages().pop().unwrap()["interactive"];
    assert_eq!(*reply, json!({"type": "list_reply", "list_reply": {"id": "a", "title": "A", "description": "the first"}}));
    let shown = world.chat("").await["messages"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&shown["kind"], &shown["body"]), (&json!("tap"), &json!({"choice": "a", "title": "A", "kind": "list"})));
}

#[actix_web::test]
async fn other_kinds_have_metas_shapes_and_a_body_with_two_kinds_is_refused() {
    let world = World::new();
    let quoted = world.says("hi").await;
    let bodies = [
        json!({"image": {"sample": true, "caption": "look"}}),
        json!({"audio": {"sample": true}, "quote": quoted}),
        json!({"document": {"file": "offer.pdf"}}),
        json!({"location": {"latitude": 1.5, "longitude": 2.5, "name": "Here"}}),
        json!({"reaction": {"message": quoted, "emoji": "👍"}}),
        json!({"raw": {"type": "hologram", "hologram": {"a": 1}}}),
    ];
    for body in bodies {
        let (status, answer) = world.post("/simulator/people/p1/messages", body.clone()).await;
        assert_eq!((status, &answer["deliveries"][0]["status"]), (202, &json!(200)), "{body} {answer}");
    }
    let messages = world.receiver.messages();
    let kinds: Vec<&str> = messages.iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["text", "image", "audio", "document", "location", "reaction", "hologram"]);
    assert_eq!(messages[1]["image"]["caption"], "look");
    assert_eq!((&messages[2]["audio"]["voice"], &messages[2]["context"]["id"]), (&json!(true), &json!(quoted)));
    assert_eq!(messages[3]["document"]["filename"], "offer.pdf");
    assert_eq!(messages[4]["location"], json!({"latitude": 1.5, "longitude": 2.5, "name": "Here"}));
    assert_eq!(messages[5]["reaction"], json!({"message_id": quoted, "emoji": "👍"}));
    assert_eq!((&messages[6]["from"], &messages[6]["hologram"]), (&json!("12025550143"), &json!({"a": 1})));
    for body in [json!({}), json!({"text": "a", "image": {"sample": true}}), json!({"text": ""}), json!({"txet": "a"})] {
        let (status, problem) = world.post("/simulator/people/p1/messages", body).await;
        assert!([400, 422].contains(&status) && problem["error"]["message"].is_string(), "{problem}");
    }
    assert_eq!(world.post("/simulator/people/p9/messages", json!({"text": "a"})).await.1["error"]["code"], "no_such_person");
    assert_eq!(
        world.post("/simulator/people/p1/messages", json!({"to": "x", "text": "a"})).await.1["error"]["code"],
        "no_such_number"
    );
}

#[actix_web::test]
async fn statuses_follow_with_price_and_callback_data_and_read_waits_for_the_person() {
    let world = World::new();
    world.open_window().await;
    let body = changed(&text("hello"), "/biz_opaque_callback_data", Some(json!("wb1.m_1.1")));
    let id = world.graph(&body).await.1["messages"][0]["id"].clone();
    until("sent and delivered", || world.receiver.status_words() == ["sent", "delivered"]).await;
    let status = world.receiver.statuses()[0].clone();
    assert_eq!((&status["id"], &status["recipient_id"]), (&id, &json!("12025550143")));
    assert_eq!(status["biz_opaque_callback_data"], "wb1.m_1.1");
    let price = json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": "service"});
    assert_eq!(status["pricing"], price);
    let shown = world.chat("wait=2").await;
    assert_eq!((&shown["billed"], &shown["messages"][1]["status"]), (&json!(1), &json!("delivered")));
    assert_eq!(shown["messages"][1]["statuses"][1]["delivered_to_app"], 1);
    assert_eq!(world.post("/simulator/people/p1/read?to=shop", json!({})).await.1, json!({"read": 1}));
    until("read", || world.receiver.status_words().ends_with(&["read".to_owned()])).await;
    let chat = world.chat("wait=2").await;
    assert_eq!((&chat["messages"][1]["status"], &chat["settled"]), (&json!("read"), &json!(true)));
}

#[actix_web::test]
async fn a_webhook_that_is_not_answered_with_200_comes_again() {
    let world = World::new();
    world.receiver.answers.lock().unwrap().extend([503, 500]);
    let (_, answer) = world.post("/simulator/people/p1/messages", json!({"text": "hi"})).await;
    assert_eq!((&answer["deliveries"][0]["status"], &answer["deliveries"][0]["code"]), (&json!(503), &json!("not_stored")));
    until("the third attempt", || world.receiver.all().len() == 3).await;
    let all = world.receiver.all();
    assert!(all.iter().all(|one| one.body == all[0].body && one.signature == all[0].signature), "the same bytes every time");
}

#[actix_web::test]
async fn webhook_faults_spoil_what_they_name() {
    let world = World::new();
    world.fault("webhook", json!("unsigned")).await;
    world.says("unsigned").await;
    world.fault("webhook", json!("wrong_secret")).await;
    world.says("wrong").await;
    world.fault("webhook", json!("foreign_waba")).await;
    world.says("waba").await;
    world.fault("webhook", json!("foreign_number")).await;
    world.says("number").await;
    world.fault("webhook", json!("drop")).await;
    world.says("dropped").await;
    let all = world.receiver.all();
    assert_eq!(all.len(), 4);
    assert_eq!(all[0].signature, None);
    let right = |got: &Received| wabridge::simulator::sign(&SecretString::from(SECRET), got.body.as_bytes());
    assert_ne!(all[1].signature.as_ref().unwrap(), &right(&all[1]));
    assert!(!all[2].body.contains(WABA) && all[2].signature.as_ref().unwrap() == &right(&all[2]));
    assert!(!all[3].body.contains(NUMBER) && all[3].signature.as_ref().unwrap() == &right(&all[3]));
    world.fault("webhook", json!("twice")).await;
    world.says("twice").await;
    assert_eq!(world.receiver.all().len(), 6);
    assert_eq!(world.receiver.all()[4].body, world.receiver.all()[5].body);
    assert_eq!(world.get("/simulator/faults").await.1, json!({"faults": []}), "each struck once");
}

#[actix_web::test]
async fn webhooks_overtake_each_other_and_travel_together() {
    // Undivided: what is held must not leave by itself on a slow machine.
    let world = World::with(None, 1);
    world.fault("webhook", json!("reorder")).await;
    world.says("first").await;
    assert!(world.receiver.all().is_empty());
    world.says("second").await;
    let order: Vec<Value> = world.receiver.messages().iter().map(|one| one["text"]["body"].clone()).collect();
    assert_eq!(order, [json!("second"), json!("first")]);
    world.fault("webhook", json!({"batch": 3})).await;
    for text in ["a", "b", "c"] {
        world.says(text).await;
    }
    assert_eq!(world.receiver.all().len(), 3);
    let batch = world.receiver.all()[2].value();
    assert_eq!((batch["messages"].as_array().unwrap().len(), batch["contacts"].as_array().unwrap().len()), (3, 1));
    let held = json!({"text": "d", "deliver": {"batch": "b1", "hold": true}});
    assert_eq!(world.post("/simulator/people/p1/messages", held).await.1["deliveries"], json!([]));
    world.post("/simulator/people/p2/messages", json!({"text": "e", "deliver": {"batch": "b1"}})).await;
    let batch = world.receiver.all()[3].value();
    assert_eq!((batch["messages"].as_array().unwrap().len(), batch["contacts"].as_array().unwrap().len()), (2, 2));
}

#[actix_web::test]
async fn status_faults_change_what_the_app_is_told() {
    let world = World::new();
    world.open_window().await;
    for (fault, told) in [
        (json!("skip_delivered"), vec!["sent", "read"]),
        (json!("reversed"), vec!["read", "delivered", "sent"]),
        (json!("none"), vec![]),
        (json!({"failed": 131_026}), vec!["failed"]),
    ] {
        world.receiver.got.lock().unwrap().clear();
        world.fault("status", fault.clone()).await;
        assert_eq!(world.graph(&text("hello")).await.0, 200);
        assert_eq!(world.chat("wait=3").await["settled"], true);
        assert_eq!(world.receiver.status_words(), told, "{fault}");
    }
    assert_eq!(world.receiver.statuses()[0]["errors"][0]["code"], 131_026);
    let chat = world.chat("").await;
    let last = chat["messages"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["status"], &last["billed"], &chat["billed"]), (&json!("failed"), &json!(false), &json!(3)));
}

#[actix_web::test]
async fn what_never_arrived_cannot_be_tapped() {
    let world = World::new();
    world.open_window().await;
    world.fault("send", json!({"error": 131_026})).await;
    world.graph(&buttons()).await;
    world.fault("status", json!({"failed": 131_026})).await;
    world.graph(&list()).await;
    let chat = world.chat("after=1&wait=3").await;
    for (message, choice) in chat["messages"].as_array().unwrap().iter().zip(["yes", "a"]) {
        let tap = json!({"tap": {"message": message["wamid"], "choice": choice}});
        let (status, problem) = world.post("/simulator/people/p1/messages", tap).await;
        assert_eq!((status, &problem["error"]["code"]), (409, &json!("not_delivered")), "{}", message["status"]);
    }
    assert_eq!(world.receiver.messages().len(), 1, "only what opened the window");
}

#[actix_web::test]
async fn what_a_status_fault_keeps_from_the_app_is_not_told_by_reading() {
    let world = World::new();
    world.open_window().await;
    world.fault("status", json!("none")).await;
    world.graph(&text("kept back")).await;
    world.graph(&text("told")).await;
    world.chat("after=1&wait=3").await;
    assert_eq!(world.post("/simulator/people/p1/read", json!({})).await.1["read"], 2);
    let chat = world.chat("after=1&wait=3").await;
    let statuses: Vec<&Value> = chat["messages"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["read", "read"]);
    assert_eq!(world.receiver.status_words(), ["sent", "delivered", "read"]);
}
