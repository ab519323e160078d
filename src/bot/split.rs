//! A text that is longer than a message → several messages, at the best place: between paragraphs, else lines, sentences, words, and last
//! graphemes. A fence of code that is cut is closed, and opened again.

use unicode_segmentation::UnicodeSegmentation;

const FENCE: &str = "```";
/// What a cut inside a fence adds to either part.
const CLOSED: &str = "\n```";
const OPENED: &str = "```\n";
/// A place before this share of what fits would leave a short message; a worse kind of place later is better.
const EARLIEST_OF: usize = 3;

/// The parts, each at most `most` characters; together they show what the text shows.
///
/// `most` is at least a few dozen: a fence needs room to be closed.
pub(super) fn split(text: &str, most: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text.trim().to_owned();
    while rest.chars().count() > most {
        let room = most - CLOSED.len();
        let at = cut(&rest, room);
        let (part, after) = rest.split_at(at);
        let part = part.trim_end();
        // Inside a fence blanks at the start of a line mean something.
        let (part, after) = if is_open(part) {
            (format!("{part}{CLOSED}"), format!("{OPENED}{}", after.trim_start_matches('\n')))
        } else {
            (part.to_owned(), after.trim_start().to_owned())
        };
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Whether a fence has begun that does not end.
fn is_open(text: &str) -> bool {
    text.lines().filter(|line| line.trim_start().starts_with(FENCE)).count() % 2 == 1
}

/// Where to cut, in bytes: the last place of the best kind that leaves no short part.
fn cut(text: &str, room: usize) -> usize {
    let end = text.char_indices().nth(room).map_or(text.len(), |(at, _)| at);
    let window = &text[..end];
    let earliest = end / EARLIEST_OF;
    let after = |found: Option<usize>| found.filter(|at| *at > earliest);
    let sentence = || {
        let ends = window
            .match_indices(['.', '!', '?', '。', '！', '？'])
            .filter(|(at, mark)| text[at + mark.len()..].starts_with(char::is_whitespace) || "。！？".contains(mark));
        ends.map(|(at, mark)| at + mark.len()).next_back()
    };
    after(window.rfind("\n\n"))
        .or_else(|| after(window.rfind('\n')))
        .or_else(|| after(sentence()))
        .or_else(|| after(window.rfind(char::is_whitespace)))
        .or_else(|| after(text.grapheme_indices(true).map(|(at, _)| at).take_while(|at| *at <= end).last()))
        .unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_text_stays_whole() {
        assert_eq!(split("hello", 100), ["hello"]);
        assert!(split("  \n ", 100).is_empty());
    }

    #[test]
    fn the_best_place_is_taken() {
        let (long, words) = ("word ".repeat(12), "one two three");
        for (text, first) in [
            (format!("{long}\n\n{long}"), long.trim()),
            (format!("{long}\n{long}"), long.trim()),
            (
                format!("{words}. {words}! {words}? {words} {words} {words} {words}"),
                "one two three. one two three! one two three?",
            ),
            (
                format!("{words} {words} {words} {words} {words} {words}"),
                "one two three one two three one two three one two three one",
            ),
        ] {
            assert_eq!(split(&text, 64)[0], first, "{text}");
        }
    }

    #[test]
    fn a_fence_that_is_cut_is_closed_and_opened_again() {
        let code = (0..20).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat();
        let parts = split(&format!("Look:\n```\n{code}```\nThat is it."), 80);
        assert!(parts.len() > 2);
        for part in &parts {
            assert!(part.chars().count() <= 80 && !is_open(part), "{part}");
        }
        let lines = parts.iter().flat_map(|part| part.lines()).filter(|line| line.starts_with("line")).count();
        assert_eq!(lines, 20);
    }

    #[test]
    fn no_grapheme_is_torn() {
        let family = "👩‍👩‍👧‍👦";
        for part in split(&family.repeat(40), 64) {
            assert!(part.graphemes(true).all(|grapheme| grapheme == family), "{part}");
        }
    }

    /// What is seen, without fences: blanks and line ends may go at a cut.
    fn seen(text: &str) -> String {
        text.lines()
            .filter(|line| !line.trim_start().starts_with(FENCE))
            .flat_map(str::chars)
            .filter(|c| !c.is_whitespace())
            .collect()
    }

    proptest! {
        #[test]
        fn nothing_that_is_seen_is_lost_and_every_part_fits(text in "([a-zé👍.]{0,30}[ \n]{1,2}|\n```\n){0,60}") {
            let parts = split(&text, 64);
            prop_assert!(parts.iter().all(|part| part.chars().count() <= 64), "{parts:?}");
            prop_assert!(parts.iter().rev().skip(1).all(|part| !is_open(part)), "{parts:?}");
            prop_assert_eq!(parts.iter().map(|part| seen(part)).collect::<String>(), seen(&text));
        }
    }
}
