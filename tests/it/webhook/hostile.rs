//! Bodies that break other receivers: each gets its row of the table, neighbours survive, the process lives.

use wabridge::queue::{EventKind, Lane};
use wabridge::store::DeliveryState;
use wabridge::whatsapp::webhook::inbound;

use super::service::{NUMBER, SECRET, Service, WABA, delivery, fixture, messages, post, sign, text};

#[actix_web::test]
async fn a_lone_surrogate_stays_in_its_own_text() {
    let service = Service::start();
    service.post(messages(&[text("A", "\"one\""), text("B", r#""x\ud83dy""#), text("C", "\"three\"")])).await.accepted();
    let texts: Vec<_> = service.events().await.iter().map(|event| inbound(&event.data).unwrap().text).collect();
    assert_eq!(texts, ["one", "x\u{fffd}y", "three"]);
}

#[actix_web::test]
async fn two_hundred_levels_of_nesting_stay_in_their_own_item() {
    let service = Service::start();
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let nested = format!(r#"{{"from":"16505551234","id":"wamid.DEEP","timestamp":"1","type":"text","text":{deep}}}"#);
    service.post(messages(&[text("A", "\"one\""), nested, deep, text("C", "\"three\"")])).await.accepted();
    let kinds: Vec<_> = service.events().await.into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Message, EventKind::Message, EventKind::Message, EventKind::Unknown]);
}

#[actix_web::test]
async fn items_that_are_no_messages_are_unknown_events_and_their_neighbours_survive() {
    let service = Service::start();
    let odd = [
        "null",
        "7",
        "\"text\"",
        "[]",
        "{}",
        r#"{"id":7}"#,
        r#"{"id":"wamid.NOBODY","timestamp":"1"}"#,
        r#"{"from":"1","id":"wamid.NEVER"}"#,
    ];
    let mut items: Vec<String> = odd.iter().map(|item| (*item).to_owned()).collect();
    items.insert(0, text("A", "\"one\""));
    items.push(text("Z", "\"last\""));
    service.post(messages(&items)).await.accepted();

    let events = service.events().await;
    let good: Vec<_> = events.iter().filter(|event| event.kind == EventKind::Message).collect();
    let unknown: Vec<_> = events.iter().filter(|event| event.kind == EventKind::Unknown).collect();
    assert_eq!((good.len(), unknown.len()), (2, odd.len()));
    for (event, item) in unknown.iter().zip(odd) {
        assert!(event.data.ends_with(&format!("\"item\":{item}}}")), "{}", event.data);
    }
    assert_eq!(inbound(&good[1].data).unwrap().index, 9, "the index is the place in the delivery");
}

#[actix_web::test]
async fn levels_of_the_wrong_type_are_unknown_events_and_their_neighbours_survive() {
    let service = Service::start();
    let good = super::service::entry(WABA, NUMBER, &format!("\"messages\":[{}]", text("A", "\"hi\"")));
    let entries = [
        format!(r#"{{"id":"{WABA}","changes":7}}"#),
        format!(r#"{{"id":{WABA},"changes":[null,{{"field":"messages"}},{{"field":7,"value":[]}}]}}"#),
        format!(r#"{{"id":"{WABA}","changes":[{{"field":"messages","value":{{"messages":{{}}}}}}]}}"#),
        "null".into(),
        good,
    ];
    let body = format!(r#"{{"object":"whatsapp_business_account","entry":[{}],"entry2":"\ud83d"}}"#, entries.join(","));
    service.post(body).await.accepted();
    let events = service.events().await;
    assert_eq!(events.iter().filter(|event| event.kind == EventKind::Message).count(), 1);
    assert_eq!(events.iter().filter(|event| event.kind == EventKind::Unknown).count(), 5);
}

#[actix_web::test]
async fn unknown_fields_and_types_beside_good_ones_become_events() {
    let service = Service::start();
    let lists = format!("\"messages\":[{}],\"news\":{{\"a\":[1]}},\"statuses\":\"none\"", text("A", "\"hi\""));
    service.post(delivery(WABA, NUMBER, &lists)).await.accepted();
    service.post(fixture("unknown_field")).await.accepted();
    service.post(fixture("other_types")).await.accepted();
    let events = service.events().await;
    assert_eq!(events.iter().filter(|event| event.kind == EventKind::Message).count(), 9);
    assert_eq!(events.iter().filter(|event| event.kind == EventKind::Unknown).count(), 1);
}

#[actix_web::test]
async fn a_batch_of_a_thousand_updates_in_three_megabytes_yields_a_thousand_events() {
    let service = Service::start();
    let long = format!("\"{}\"", "caf\\u00e9 \\/ ".repeat(190));
    let items: Vec<_> = (0..1_000).map(|number| text(&format!("N{number}"), &long)).collect();
    let body = messages(&items);
    assert!((2_500_000..3_200_000).contains(&body.len()), "{}", body.len());
    service.post(&body).await.accepted();

    let kept = service.kept().await;
    assert!(kept[0].body == body.as_bytes(), "the body is kept byte by byte");
    let mut places: Vec<_> = service.events().await.iter().map(|event| inbound(&event.data).unwrap().index).collect();
    places.sort_unstable();
    assert_eq!(places, (0..1_000).collect::<Vec<_>>());
}

#[actix_web::test]
async fn a_compressed_body_is_refused_whatever_is_signed() {
    let service = Service::start();
    let body = fixture("text");
    let signature = sign(SECRET, body.as_bytes());
    for encoding in ["gzip", "br", "deflate", "zstd", "gzip, identity", "x"] {
        let headers = [("X-Hub-Signature-256", signature.as_str()), ("Content-Encoding", encoding)];
        service.post_with(&headers, body.as_bytes()).await.refused(415, "unsupported_encoding");
    }
    service.keeps_nothing().await;
    let headers = [("X-Hub-Signature-256", signature.as_str()), ("Content-Encoding", "identity")];
    service.post_with(&headers, body.as_bytes()).await.accepted();
}

#[actix_web::test]
async fn a_body_in_chunks_without_a_length_is_taken() {
    let service = Service::start();
    let body = fixture("text");
    let mut request =
        super::service::head(&[("X-Hub-Signature-256", &sign(SECRET, body.as_bytes())), ("Transfer-Encoding", "chunked")]);
    request.extend_from_slice(b"\r\n");
    for chunk in body.as_bytes().chunks(100) {
        request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    service.send(&request).await.accepted();
    assert_eq!(service.kept().await[0].body, body.as_bytes());
}

#[actix_web::test]
async fn the_process_lives_through_all_of_it() {
    let service = Service::start();
    let garbage: [&[u8]; 5] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /webhooks/whatsapp HTTP/9.9\r\n\r\n",
        b"POST /webhooks/whatsapp HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /webhooks/whatsapp HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /webhooks/whatsapp?%ff%00=%zz&hub.mode HTTP/1.1\r\nConnection: close\r\n\r\n",
    ];
    for request in garbage {
        let answer = service.send(request).await;
        assert!(answer.status == 0 || (400..500).contains(&answer.status), "{answer:?}");
    }
    let wild = format!("{}{}", "[{\"a\":".repeat(50_000), "]");
    service.post(&wild).await.refused(400, "malformed_payload");
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    service.post(&deep).await.accepted();
    service.post(fixture("text")).await.accepted();
    assert_eq!(service.kept().await.iter().filter(|kept| kept.summary.state == DeliveryState::Accepted).count(), 1);
}

#[actix_web::test]
async fn a_client_that_hangs_up_after_the_body_loses_nothing() {
    use tokio::io::AsyncWriteExt;
    let service = Service::start();
    let body = fixture("text");
    let mut stream = service.connect().await;
    stream.write_all(&post(&[("X-Hub-Signature-256", &sign(SECRET, body.as_bytes()))], body.as_bytes())).await.unwrap();
    drop(stream);
    let durable = async {
        while service.kept().await.is_empty() || service.queue.unacked(Lane::Reply).await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), durable).await.expect("the delivery is kept and its event queued");
}
