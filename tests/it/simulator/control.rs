//! The calls under `/simulator` and the page: waiting, faults, who may call, restart, events.

use super::*;

#[actix_web::test]
async fn waiting_ends_when_everything_set_in_motion_came_to_rest_and_tells_why_it_was_answered() {
    let world = World::new();
    let wamid = world.says("hi").await;
    let early = world.chat("wait=0.05").await;
    assert_eq!(early["settled"], false, "nobody decided yet");
    world.decides(&wamid, &["m_1", "m_2"], None);
    world.graph(&changed(&text("one"), "/biz_opaque_callback_data", Some(json!("wb1.m_1.1")))).await;
    assert_eq!(world.chat("wait=0.1").await["settled"], false, "the second one was announced");
    let two = changed(&text("two"), "/biz_opaque_callback_data", Some(json!("wb1.m_2.1")));
    let (answered, chat) = tokio::join!(world.graph(&two), world.chat("after=1&wait=5"));
    assert_eq!(answered.0, 200);
    assert_eq!((&chat["settled"], chat["messages"].as_array().unwrap().len()), (&json!(true), 2));
    let last = &chat["messages"][1];
    assert_eq!(last["status"], "delivered");
    let trace = &last["trace"];
    assert_eq!((&trace["route"], &trace["position"], &trace["of"]), (&json!("menu"), &json!(2), &json!(2)));
    assert_eq!((&trace["members"], &trace["tried"][0]["line"]), (&json!([wamid]), &json!(3)));
    assert_eq!((&trace["request"]["status"], &trace["request"]["body"]["text"]["body"]), (&json!(200), &json!("two")));
    let asked = world.chat("").await["messages"][0]["trace"].clone();
    assert_eq!((&asked["turn"], &asked["route"]), (&json!("t_1"), &json!("menu")));
    assert!(asked["event"].as_str().unwrap().starts_with("e_"));
}

#[actix_web::test]
async fn an_unknown_fault_is_refused_with_the_list_of_known_ones() {
    let world = World::new();
    for (on, what, word) in [
        ("send", json!("explode"), "accept_then_reset"),
        ("webhook", json!({"batch": 1}), "2 to 1000"),
        ("status", json!("late"), "skip_delivered"),
        ("upload", json!("hang"), "media"),
        ("send", json!({"http": 200}), "400 to 599"),
    ] {
        let (status, problem) = world.post("/simulator/faults", json!({"on": on, "do": what})).await;
        assert_eq!(status, 422);
        assert!(problem["error"]["message"].as_str().unwrap().contains(word), "{problem}");
    }
    let (status, _) = world.post("/simulator/faults", json!({"on": "send", "do": "hang", "person": "p9"})).await;
    assert_eq!(status, 404);
    let (_, added) = world.post("/simulator/faults", json!({"on": "send", "do": {"slow_ms": 5}, "times": null})).await;
    let faults = world.get("/simulator/state").await.1["faults"].clone();
    assert_eq!(faults[0]["do"], json!({"slow_ms": 5}));
    assert_eq!((&faults[0]["fault"], &faults[0]["left"]), (&added["fault"], &Value::Null));
    let path = format!("{}/simulator/faults/{}", world.base, added["fault"].as_str().unwrap());
    assert_eq!(world.client.delete(&path).send().await.unwrap().status(), 204);
    assert_eq!(world.client.delete(&path).send().await.unwrap().status(), 404);
}

#[actix_web::test]
async fn only_this_machine_and_our_own_page_may_call() {
    let world = World::new();
    let state = format!("{}/simulator/state", world.base);
    let with_host = |host: String| world.client.get(&state).header("host", host).send();
    assert_eq!(with_host(format!("localhost:{}", world.port)).await.unwrap().status(), 200);
    for host in ["evil.example".to_owned(), format!("evil.example:{}", world.port), "127.0.0.1:1".to_owned()] {
        let answer = with_host(host).await.unwrap();
        assert_eq!(answer.status(), 403);
        assert!(answer.text().await.unwrap().contains("http://127.0.0.1:"));
    }
    let page = world.client.get(&world.base).header("host", "evil.example").send().await.unwrap();
    assert_eq!(page.status(), 403);
    for path in ["/simulator/state", "/simulator/events", "/"] {
        let from = |origin: String| world.client.get(format!("{}{path}", world.base)).header("origin", origin).send();
        assert_eq!(from("http://evil".into()).await.unwrap().status(), 403, "{path}");
        assert_eq!(from("null".into()).await.unwrap().status(), 403, "{path}");
        assert_eq!(from(world.base.clone()).await.unwrap().status(), 200, "{path}");
    }
    let reset = format!("{}/simulator/reset", world.base);
    let foreign = world.client.post(&reset).header("origin", "https://evil.example").json(&json!({})).send().await.unwrap();
    assert_eq!(foreign.status(), 403);
    let form = world.client.post(&reset).header("content-type", "text/plain").body("{}").send().await.unwrap();
    assert_eq!(form.status(), 415);
    let own = world.client.post(&reset).header("origin", &world.base).json(&json!({})).send().await.unwrap();
    assert_eq!(own.status(), 204);
}

#[actix_web::test]
async fn the_page_comes_under_a_policy_that_lets_nothing_else_in() {
    let world = World::new();
    for (path, kind) in [("/", "text/html"), ("/page/page.js", "text/javascript"), ("/page/page.css", "text/css")] {
        let answer = world.client.get(format!("{}{path}", world.base)).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap();
        assert!(header("content-type").starts_with(kind), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    }
    assert_eq!(world.get("/page/..%2fmod.rs").await.0, 404);
    let wrong = world.get("/simulator/people/p1/conversation?wait=long").await;
    assert_eq!((wrong.0, &wrong.1["error"]["code"]), (400, &json!("malformed_request")));
}

#[actix_web::test]
async fn the_chats_of_yesterday_are_there_after_a_restart_and_gone_after_a_reset() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("simulator.json");
    let world = World::with(Some(file.clone()), 40);
    world.open_window().await;
    world.graph(&buttons()).await;
    let before = world.chat("wait=2").await;
    world.simulator.stop().await;
    let world = World::with(Some(file.clone()), 40);
    let after = world.chat("").await;
    assert_eq!(after["messages"], before["messages"]);
    assert_eq!((&after["cursor"], &after["settled"]), (&json!(2), &json!(true)));
    assert_eq!(world.graph(&text("still open")).await.0, 200);
    assert_eq!(world.post("/simulator/reset", json!({})).await.0, 204);
    assert_eq!(world.chat("").await["cursor"], 0);
    world.simulator.stop().await;
    std::fs::write(&file, "{").unwrap();
    let broken = std::panic::catch_unwind(|| World::with(Some(file), 40));
    assert!(broken.is_err(), "a broken file is said, not overwritten");
}

#[actix_web::test]
async fn events_tell_the_page_what_to_fetch_again() {
    let world = World::new();
    let mut events = world.client.get(format!("{}/simulator/events", world.base)).send().await.unwrap();
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let first = events.chunk().await.unwrap().unwrap();
    assert_eq!(first, "event: state\ndata: {}\n\n");
    world.says("hi").await;
    let next = events.chunk().await.unwrap().unwrap();
    assert!(
        next.starts_with(b"event: changed\ndata: {\"person\":\"p1\",\"number\":\"shop\",\"cursor\":1,\"typing\":false}"),
        "{next:?}"
    );
    until("the answer to the webhook", || !world.receiver.all().is_empty()).await;
    world.bot.send_modify(|bot| bot.routes = 8);
    let mut told = String::new();
    while !told.contains("event: state") {
        told.push_str(std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert_eq!(world.get("/simulator/state").await.1["bot"]["routes"], 8);
    world.simulator.stop().await;
    while let Some(_rest) = events.chunk().await.unwrap() {}
}

#[actix_web::test]
async fn the_state_shows_people_numbers_bot_and_clock_and_the_requests_are_kept() {
    let world = World::new();
    world.open_window().await;
    world.graph(&text("hello")).await;
    let (_, state) = world.get("/simulator/state").await;
    assert_eq!(state["numbers"][0], json!({"nick": "shop", "display": "+1 555 078 3881", "phone_number_id": NUMBER}));
    assert_eq!((&state["bot"]["routes"], &state["data"], &state["clock"]["offset_ms"]), (&json!(7), &json!("data"), &json!(0)));
    let ann = &state["people"][0];
    assert_eq!((&ann["person"], &ann["wa_id"]), (&json!("p1"), &json!("12025550143")));
    let last = &ann["conversations"][0]["last"];
    assert_eq!((&last["n"], &last["direction"], &last["preview"]), (&json!(2), &json!("out"), &json!("hello")));
    let sam = &state["people"][1];
    assert_eq!((&sam["phone"], &sam["wa_id"]), (&Value::Null, &Value::Null));
    let requests = world.get("/simulator/requests").await.1["requests"].clone();
    assert_eq!((&requests[0]["status"], &requests[0]["body"]["text"]["body"]), (&json!(200), &json!("hello")));
}

#[actix_web::test]
async fn after_a_reset_the_first_people_are_strangers_to_the_app() {
    let world = World::new();
    let ids = |state: &Value| -> Vec<Value> {
        let people = state["people"].as_array().unwrap();
        people.iter().flat_map(|one| [one["phone"].clone(), one["user_id"].clone()]).filter(Value::is_string).collect()
    };
    let mut seen = ids(&world.get("/simulator/state").await.1);
    assert_eq!(seen.len(), 3);
    for _ in 0..3 {
        assert_eq!(world.post("/simulator/reset", json!({})).await.0, 204);
        let state = world.get("/simulator/state").await.1;
        let phone = state["people"][0]["phone"].as_str().unwrap();
        assert!(phone.len() == 12 && phone.starts_with("+1") && &phone[5..10] == "55501", "{phone} may be somebody's");
        let new = ids(&state);
        assert!(new.iter().all(|id| !seen[seen.len() - 3..].contains(id)), "{new:?} {seen:?}");
        seen.extend(new);
    }
}

#[actix_web::test]
async fn a_message_that_the_app_only_records_does_not_hold_up_who_waits() {
    let world = World::new();
    let long_ago = world.clock.now() - jiff::SignedDuration::from_hours(13);
    world.post("/simulator/people/p1/messages", json!({"text": "late", "at": long_ago.to_string()})).await;
    let chat = world.chat("wait=0.1").await;
    assert_eq!(chat["settled"], true);
    assert_eq!(chat["messages"][0]["trace"]["silence"], "older than answer_within: recorded, not answered");
    world.says("one too many").await;
    assert_eq!(world.chat("after=1&wait=0.1").await["settled"], false, "the app may still decide");
    let chat = world.chat("after=1&wait=3").await;
    assert_eq!((&chat["settled"], &chat["messages"][0]["trace"]["silence"]), (&json!(true), &Value::Null));
}

#[actix_web::test]
async fn a_message_behind_an_unknown_outcome_is_waited_for_until_the_app_goes_on() {
    let world = World::new();
    let first = world.says("hi").await;
    world.decides(&first, &["m_1"], None);
    world.fault("send", json!({"http": 500})).await;
    let ours = changed(&text("one"), "/biz_opaque_callback_data", Some(json!("wb1.m_1.1")));
    assert_eq!(world.graph(&ours).await.0, 500);
    let second = world.says("still there?").await;
    assert_eq!(world.chat("after=2&wait=0.8").await["settled"], false, "much longer than for a message that is only recorded");
    assert_eq!(world.graph(&ours).await.0, 200);
    world.decides(&second, &[], Some("no route matched"));
    assert_eq!(world.chat("after=3&wait=3").await["settled"], true);
}

#[actix_web::test]
async fn who_waits_for_a_slow_answer_sees_how_long_it_took() {
    let world = World::new();
    world.open_window().await;
    world.fault("send", json!({"slow_ms": 600})).await;
    let body = text("slow");
    let (_, chat) = tokio::join!(world.graph(&body), world.chat("after=1&wait=3"));
    let took = chat["messages"][0]["trace"]["request"]["milliseconds"].as_u64().unwrap();
    assert!(took >= 600, "{took}");
}
