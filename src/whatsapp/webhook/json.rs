//! Reads JSON one level at a time and never fails on what it does not look at: every field is kept as its own text.
//!
//! `serde_json` refuses lone surrogates in a typed string and more than 127 levels in a typed value. Here a value is only skipped
//! over until somebody asks for it, so that neither can hurt a neighbour.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// Declares a struct of optional fields, each the untouched text of the JSON key of the same name. Any JSON object can be read
/// into it; of a key that stands twice the last one counts.
macro_rules! fields {
    (@key $field:ident) => { concat!("\"", stringify!($field), "\"") };
    (@key $field:ident $key:literal) => { concat!("\"", $key, "\"") };
    ($(#[$doc:meta])* $name:ident { $($field:ident $(= $key:literal)?),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(super) struct $name<'a> {
            $(pub(super) $field: Option<&'a serde_json::value::RawValue>,)*
        }

        impl<'a> $name<'a> {
            /// The fields of an object; all absent when it is none.
            pub(super) fn of(raw: &'a serde_json::value::RawValue) -> Self {
                let mut found = $name::default();
                crate::whatsapp::webhook::walk::members(raw, |key, value| {
                    $(
                        if key == crate::whatsapp::webhook::json::fields!(@key $field $($key)?) {
                            found.$field = serde_json::from_str(value).ok();
                        }
                    )*
                });
                found
            }
        }
    };
}

pub(super) use fields;

/// The elements of a list; `None` for anything else.
pub(super) fn list(raw: Option<&RawValue>) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw?.get()).ok()
}

/// True for an object.
pub(super) fn is_object(raw: &RawValue) -> bool {
    raw.get().starts_with('{')
}

/// The text of a string or the digits of a number; `None` for anything else and for the empty string. A lone surrogate becomes U+FFFD.
pub(super) fn text(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    let raw = raw?.get();
    let Some(inner) = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        let number = raw.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        return number.then_some(Cow::Borrowed(raw));
    };
    if inner.is_empty() {
        return None;
    }
    Some(if inner.contains('\\') { Cow::Owned(unescape(inner)) } else { Cow::Borrowed(inner) })
}

/// Like [`text`], as a value of its own.
pub(super) fn owned(raw: Option<&RawValue>) -> Option<String> {
    text(raw).map(Cow::into_owned)
}

/// A whole number, also when it stands in a string.
pub(super) fn number(raw: Option<&RawValue>) -> Option<i64> {
    text(raw)?.parse().ok()
}

/// `true` or `false`, also when it stands in a string.
pub(super) fn boolean(raw: Option<&RawValue>) -> Option<bool> {
    match raw?.get().trim_matches('"') {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Decodes the inside of a JSON string whose grammar was checked before.
fn unescape(inner: &str) -> String {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let simple = match escape.as_bytes().first() {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let (character, length) = unicode(escape);
                text.push(character);
                rest = escape.get(length..).unwrap_or_default();
                continue;
            }
            Some(&other) => char::from(other),
            None => break,
        };
        text.push(simple);
        rest = escape.get(1..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// The character of `uXXXX`, or of `uXXXX\uXXXX` where both make a pair, and how many bytes it took.
fn unicode(escape: &str) -> (char, usize) {
    let unit = |from: usize| escape.get(from..from + 4).and_then(|hex| u16::from_str_radix(hex, 16).ok());
    let Some(first) = unit(1) else { return (char::REPLACEMENT_CHARACTER, 5) };
    let second = unit(7).filter(|_| (0xd800..0xdc00).contains(&first) && escape.get(5..7) == Some("\\u"));
    if let Some(Ok(character)) = second.and_then(|second| char::decode_utf16([first, second]).next()) {
        return (character, 11);
    }
    (char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER), 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fields!(Example { a, b });

    fn raw(json: &str) -> &RawValue {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn escapes_pairs_and_lone_surrogates_are_decoded() {
        assert_eq!(text(Some(raw(r#""caf\u00e9 \/ \"x\"\n""#))).unwrap(), "café / \"x\"\n");
        assert_eq!(text(Some(raw(r#""\ud83d\ude00""#))).unwrap(), "😀");
        assert_eq!(text(Some(raw(r#""a\ud83db""#))).unwrap(), "a\u{fffd}b");
        assert_eq!(text(Some(raw(r#""\ud83d\ud83d\ude00""#))).unwrap(), "\u{fffd}😀");
        assert_eq!(text(Some(raw(r#""\ude00\u0041""#))).unwrap(), "\u{fffd}A");
        assert_eq!(text(Some(raw("12"))).unwrap(), "12");
        assert!(text(Some(raw("{}"))).is_none());
    }

    #[test]
    fn of_a_key_that_stands_twice_the_last_one_counts_and_strange_keys_do_no_harm() {
        let example = Example::of(raw(r#"{"a":1,"\ud83d":2,"a":{"x":[]},"c":3}"#));
        assert_eq!(example.a.unwrap().get(), r#"{"x":[]}"#);
        assert!(example.b.is_none());
    }

    #[test]
    fn depth_is_no_limit_for_what_is_only_kept() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Example::of(raw(&deep)).a.unwrap().get().len(), 200_000);
    }

    proptest::proptest! {
        #[test]
        fn whatever_serde_can_read_is_read_the_same(original in ".*") {
            let json = serde_json::to_string(&original).unwrap();
            let read = owned(Some(raw(&json))).unwrap_or_default();
            proptest::prop_assert_eq!(read, original);
        }
    }
}
