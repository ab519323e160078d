//! The keys that the grammar has and this version does not build, so that nobody hunts a typing mistake that is none.

/// The keys of the whole file.
const FILE: &[&str] = &["consent", "outside_window", "assistants", "intents", "backends", "notify", "texts"];
/// The keys of a route.
const ROUTE: &[&str] = &["remember", "forget", "expect", "language", "outside_window"];
/// The conditions of a route.
const WHEN: &[&str] = &["intent", "language", "answering", "value"];
/// The steps of a reply.
const STEP: &[&str] = &[
    "link",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "ask_location",
    "contacts",
    "reaction",
    "template",
    "flow",
    "product",
    "products",
    "catalog",
    "carousel",
    "ask_contact",
    "ask_address",
    "ask_call",
    "ai",
    "http",
    "handoff",
];
/// What a header can be besides a text.
const HEADER: &[&str] = &["image", "video", "document"];

/// The part of the grammar, in words, if `key` will one day be a sibling of the keys `known`.
pub(super) fn planned(key: &str, known: &[&str]) -> Option<&'static str> {
    let (keys, part) = match known {
        [] => (HEADER, "header"),
        _ if known.contains(&"routes") => (FILE, "file"),
        _ if known.contains(&"contains") => (WHEN, "condition"),
        _ if known.contains(&"silence") => (STEP, "step"),
        _ if known.contains(&"reply") => (ROUTE, "key of a route"),
        _ => return None,
    };
    keys.contains(&key).then_some(part)
}

/// The known word that was probably meant: at most two letters wrong.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let most = if word.chars().count() <= 4 { 1 } else { 2 };
    let scored = known.iter().map(|candidate| (distance(&word, candidate), *candidate));
    scored.filter(|(distance, _)| *distance <= most).min().map(|(_, candidate)| candidate)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().take(64).collect(), to.chars().take(64).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for i in 1..=from.len() {
        let mut next = vec![i];
        for j in 1..=to.len() {
            let changed = row[j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut least = changed.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_finds_the_word_that_was_meant() {
        let known = ["contains", "equals", "word", "any", "not"];
        assert_eq!(nearest("contians", &known), Some("contains"));
        assert_eq!(nearest("Equal", &known), Some("equals"));
        assert_eq!(nearest("nto", &known), Some("not"));
        assert_eq!(nearest("banana", &known), None);
    }

    #[test]
    fn a_key_of_the_grammar_is_known_only_where_it_belongs() {
        assert!(planned("consent", &["version", "routes"]).is_some());
        assert!(planned("consent", &["name", "when", "reply"]).is_none());
        assert!(planned("image", &[]).is_some());
    }
}
