//! Walks over JSON that is known to be right, without reading what nobody asks for.
//!
//! A body was read as a whole once, which proves it right. Looking at a few members of its objects afterwards only has to find where
//! each value ends: from quote to quote, which is many times faster than to read it again.

use serde_json::value::RawValue;

const BLANK: [char; 4] = [' ', '\n', '\r', '\t'];

/// Calls `found` with the text of each key, quotes included, and the text of its value, in order. Anything but an object has none.
pub(super) fn members<'a>(object: &'a RawValue, mut found: impl FnMut(&'a str, &'a str)) {
    let Some(mut rest) = object.get().trim_start_matches(BLANK).strip_prefix('{') else { return };
    loop {
        rest = rest.trim_start_matches(BLANK).trim_start_matches(',').trim_start_matches(BLANK);
        if !rest.starts_with('"') {
            return;
        }
        let (key, after) = rest.split_at(string_length(rest));
        let after = after.trim_start_matches(BLANK).trim_start_matches(':').trim_start_matches(BLANK);
        let (value, after) = after.split_at(value_length(after));
        found(key, value);
        rest = after;
    }
}

/// Length of the value at the start of the text.
fn value_length(text: &str) -> usize {
    match text.as_bytes().first() {
        Some(b'"') => string_length(text),
        Some(b'{' | b'[') => nested_length(text),
        Some(_) | None => text.find([',', '}', ']', ' ', '\n', '\r', '\t']).unwrap_or(text.len()),
    }
}

/// Length of the object or list at the start of the text.
fn nested_length(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => {
                at += string_length(&text[at..]);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// Length of the string at the start of the text, both quotes included. A quote after an odd number of backslashes is part of it.
fn string_length(text: &str) -> usize {
    let mut from = 1;
    while let Some(quote) = text[from..].find('"') {
        let end = from + quote;
        let backslashes = text[..end].bytes().rev().take_while(|byte| *byte == b'\\').count();
        if backslashes % 2 == 0 {
            return end + 1;
        }
        from = end + 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a\\\\\"{}\\[\\],:é😀 \n]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[a\\\\\"{},:]{0,4}", inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_member_is_found_as_serde_finds_it(value in any_value(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let mut found = Map::new();
            members(serde_json::from_str(&text).unwrap(), |key, value| {
                found.insert(serde_json::from_str(key).unwrap(), serde_json::from_str(value).unwrap());
            });
            prop_assert_eq!(found, value.as_object().cloned().unwrap_or_default());
        }
    }

    #[test]
    fn of_a_key_that_stands_twice_both_values_are_found_in_order() {
        let mut found = Vec::new();
        members(serde_json::from_str(r#" { "a" : 1 , "a":"\\" ,"b":{"a":"}"}, "c": [ ] } "#).unwrap(), |key, value| {
            found.push((key, value));
        });
        assert_eq!(found, [("\"a\"", "1"), ("\"a\"", r#""\\""#), ("\"b\"", r#"{"a":"}"}"#), ("\"c\"", "[ ]")]);
    }
}
