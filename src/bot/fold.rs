//! Folding: what people type on a phone, made comparable. Case, accents, spaces, curly quotes and invisible characters do not count.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The text in lower case, without accents, with one space between words and none around.
pub(super) fn fold(text: &str) -> String {
    // Down, up and down, one letter at a time: ẞ and ß become ss, and both forms of sigma become one.
    let upper = text.nfkd().flat_map(char::to_lowercase).flat_map(char::to_uppercase);
    let plain = upper.flat_map(char::to_lowercase).nfkd().filter(|c| !is_accent(*c) && !is_invisible(*c)).map(plain_quote);
    let mut folded = String::with_capacity(text.len());
    for c in plain {
        if c.is_whitespace() {
            if !folded.is_empty() && !folded.ends_with(' ') {
                folded.push(' ');
            }
        } else {
            folded.push(c);
        }
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

/// Whether `needle` stands in `text` as whole words; both are folded.
pub(super) fn has_word(text: &str, needle: &str) -> bool {
    if needle.is_empty() {
        return false;
    }
    text.match_indices(needle).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + needle.len()..].chars().next();
        !before.is_some_and(of_a_word) && !after.is_some_and(of_a_word)
    })
}

fn of_a_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Marks that people leave out when they type. Vowel signs of Indic scripts are combining too, and make another word: they stay.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{591}'..='\u{5bd}')
}

/// Marks of direction, joiners and variation selectors, which keyboards and copied texts bring along.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Phones write curly quotes by themselves.
fn plain_quote(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{2bc}' | '\u{2032}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{2033}' => '"',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_accents_spaces_and_curly_quotes_do_not_count() {
        for (typed, folded) in [
            ("  Héllo\n WORLD ", "hello world"),
            ("I’m", "i'm"),
            ("STRAẞE", "strasse"),
            ("ΟΔΟΣ", "οδοσ"),
            ("İstanbul", "istanbul"),
            ("ﬁne\u{a0}１", "fine 1"),
            ("\u{200e}menu\u{feff}", "menu"),
            ("❤\u{fe0f}", "❤"),
        ] {
            assert_eq!(fold(typed), folded, "{typed}");
        }
        assert_ne!(fold("की"), fold("का"), "another vowel is another word");
    }

    #[test]
    fn a_word_is_not_found_inside_another() {
        assert!(has_word("a cat, please", "cat"));
        assert!(has_word("_cat_", "cat"));
        assert!(has_word("concat cat", "cat"));
        for other in ["concatenate", "concat", "cats", "écat", "cat7"] {
            assert!(!has_word(&fold(other), "cat"), "{other}");
        }
        assert!(!has_word("", "cat"));
        assert!(!has_word("cat", ""));
        assert!(has_word("talk to a live agent now", "live agent"));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing_more(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.clone());
        }

        #[test]
        fn looking_for_any_word_in_any_text_never_panics(text in any::<String>(), word in any::<String>()) {
            let (text, word) = (fold(&text), fold(&word));
            prop_assert!(!has_word(&text, &word) || text.contains(&word));
        }
    }
}
