//! Promises about bodies that nobody wrote by hand.

use proptest::prelude::*;

use super::{Delivery, EventData, Item, NotADelivery, inbound, status};

/// What comes out of a body: per change who it is for, per item kind, key and data.
fn told(delivery: &Delivery<'_>) -> Vec<String> {
    let mut told = Vec::new();
    for change in &delivery.changes {
        let data = EventData::of("d", change);
        told.push(format!("{} {} {} {:?}", change.waba, change.time, change.field, change.phone_number_id));
        told.extend(change.items().iter().map(|item| format!("{:?} {:?} {}", item.kind, item.key, data.item(7, item))));
    }
    told
}

/// JSON values of every sort, also those that typed parsers refuse.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        Just("1e999".to_owned()),
        Just(r#""\ud83d""#.to_owned()),
        ".{0,8}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just("\"16505551234\"".to_owned()),
    ];
    let key = prop_oneof![
        Just("id"),
        Just("from"),
        Just("timestamp"),
        Just("status"),
        Just("messages"),
        Just("field"),
        Just("value"),
        Just(r"\ud83d"),
        Just("type"),
    ];
    leaf.prop_recursive(6, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((key.clone(), inner), 0..5).prop_map(|fields| {
                let fields: Vec<_> = fields.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", fields.join(" ,\n"))
            }),
        ]
    })
}

fn message(number: u32) -> String {
    format!(
        r#"{{"from":"16505551234","id":"wamid.{number}","timestamp":"1749416383","type":"text","text":{{"body":"{number}"}}}}"#
    )
}

fn sent(number: u32) -> String {
    format!(r#"{{"id":"wamid.{number}","status":"sent","timestamp":1749416383,"recipient_id":"16505551234"}}"#)
}

/// A delivery in nearly the usual shape: sometimes exactly it, sometimes with something odd somewhere.
fn nearly_usual() -> impl Strategy<Value = String> {
    let item = prop_oneof![4 => (0_u32..9).prop_map(message), 4 => (0_u32..9).prop_map(sent), 1 => any_json()];
    let items = prop::collection::vec(item, 0..4).prop_map(|items| format!("[{}]", items.join(",")));
    let list = prop_oneof![9 => items, 1 => any_json()];
    let name =
        prop_oneof![Just("messages"), Just("statuses"), Just("contacts"), Just("errors"), Just("news"), Just("message_echoes")];
    let metadata = prop_oneof![
        8 => Just(r#"{"display_phone_number":"15550783881","phone_number_id":"106540352242922"}"#.to_owned()),
        1 => Just(r#"{"phone_number_id":""}"#.to_owned()),
        1 => any_json(),
    ];
    let value = (metadata, prop::collection::vec((name, list), 0..3)).prop_map(|(metadata, lists)| {
        let lists: Vec<_> = lists.into_iter().map(|(name, list)| format!(",\"{name}\":{list}")).collect();
        let lists = lists.concat();
        format!(r#"{{"messaging_product":"whatsapp","metadata":{metadata}{lists}}}"#)
    });
    let field = prop_oneof![
        8 => Just("\"messages\""),
        1 => Just("\"smb_message_echoes\""),
        1 => Just("\"\""),
        1 => Just("{\"messages\":null}"),
    ];
    let change = prop_oneof![
        9 => (value, field).prop_map(|(value, field)| format!(r#"{{"value":{value},"field":{field}}}"#)),
        1 => any_json(),
    ];
    let entry = (prop::collection::vec(change, 0..3), any::<bool>()).prop_map(|(changes, timed)| {
        let time = if timed { "\"time\":1751247548," } else { "" };
        format!(r#"{{"id":"102290129340398",{time}"changes":[{}]}}"#, changes.join(","))
    });
    prop::collection::vec(entry, 0..3)
        .prop_map(|entries| format!(r#"{{"object":"whatsapp_business_account","entry":[{}]}}"#, entries.join(",")))
}

#[test]
fn what_serde_would_take_for_the_usual_shape_by_accident_is_read_as_it_is() {
    let usual = r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"1","phone_number_id":"2"},"messages":[1]},"field":"messages"}]}]}"#;
    let accidents = [
        usual.replace(r#"{"display_phone_number":"1","phone_number_id":"2"}"#, r#"["2","1"]"#),
        usual.replace(r#""field":"messages""#, r#""field":{"messages":null}"#),
        usual.replace(r#"{"id":"1","changes":"#, r#"["1",1,"#).replace("}]}]}", "}]]}"),
    ];
    for body in accidents {
        assert_ne!(body, usual);
        let either = Delivery::read(body.as_bytes()).map(|delivery| told(&delivery));
        assert_eq!(either, Delivery::read_by_level(&body).map(|delivery| told(&delivery)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn one_pass_and_level_by_level_tell_the_same(body in nearly_usual()) {
        let either = Delivery::read(body.as_bytes()).map(|delivery| told(&delivery));
        let by_level = Delivery::read_by_level(&body).map(|delivery| told(&delivery));
        prop_assert_eq!(either, by_level);
    }

    #[test]
    fn whatever_is_put_between_messages_they_all_come_out(odd in prop::collection::vec(any_json(), 0..6)) {
        let mut items: Vec<String> = odd;
        for number in 0..3 {
            let at = (items.len() * number as usize) / 2;
            items.insert(at.min(items.len()), message(number));
        }
        let body = format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"1","phone_number_id":"2"}},"messages":[{}]}},"field":"messages"}}]}}]}}"#,
            items.join(",")
        );
        let delivery = Delivery::read(body.as_bytes()).unwrap();
        let found: Vec<Item<'_>> = delivery.changes.iter().flat_map(super::Change::items).collect();
        prop_assert_eq!(found.len(), items.len(), "every item is an event");
        let data = EventData::of("d", &delivery.changes[0]);
        let texts: Vec<_> = found.iter().filter_map(|item| inbound(&data.item(0, item)).ok()).map(|message| message.text).collect();
        for number in 0..3 {
            prop_assert!(texts.contains(&number.to_string()));
        }
        for (item, original) in found.iter().zip(&items) {
            prop_assert!(data.item(0, item).ends_with(&format!("\"item\":{original}}}")), "verbatim");
        }
    }

    #[test]
    fn damaged_bodies_are_read_or_refused_and_never_break_anything(
        body in nearly_usual(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        keep in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = body.into_bytes();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(keep.index(bytes.len()));
        }
        match Delivery::read(&bytes) {
            Err(NotADelivery::NotJson) => {
                let json = std::str::from_utf8(&bytes).is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
                prop_assert!(!json);
            }
            Err(NotADelivery::NotWhatsApp) => {}
            Ok(delivery) => {
                for change in &delivery.changes {
                    let data = EventData::of("d", change);
                    for (index, item) in (0..).zip(change.items()) {
                        let data = data.item(index, &item);
                        prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&data).is_ok(), "{}", data);
                        let _ = (inbound(&data), status(&data));
                    }
                }
            }
        }
    }

    #[test]
    fn what_split_calls_a_message_or_a_status_can_be_read_as_one(body in nearly_usual()) {
        let Ok(delivery) = Delivery::read(body.as_bytes()) else { return Ok(()) };
        for change in &delivery.changes {
            let data = EventData::of("d", change);
            for item in change.items() {
                let data = data.item(0, &item);
                prop_assert!(item.kind != super::ItemKind::Message || inbound(&data).is_ok(), "{}", data);
                prop_assert!(item.kind != super::ItemKind::Status || status(&data).is_ok(), "{}", data);
            }
        }
    }
}
