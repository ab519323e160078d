//! Signs that mean themselves: where WhatsApp would take one for formatting, one that looks the same stands instead.

/// Each sign of WhatsApp's, what stands for it until its neighbours are known, and what looks the same.
const SIGNS: [(char, char, char); 4] =
    [('*', '\u{e000}', '\u{2217}'), ('_', '\u{e001}', '\u{02cd}'), ('~', '\u{e002}', '\u{223c}'), ('`', '\u{e003}', '\u{02cb}')];

/// The text with its signs marked as literal, to be settled when everything around them is there.
pub(super) fn marked(text: &str) -> String {
    let mark = |letter: char| SIGNS.iter().find(|(sign, _, _)| *sign == letter).map_or(letter, |(_, mark, _)| *mark);
    text.chars().map(mark).collect()
}

/// Each marked sign as itself where it formats nothing, else as what looks the same.
pub(super) fn settled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for (at, letter) in text.char_indices() {
        let settled = match SIGNS.iter().find(|(_, mark, _)| *mark == letter) {
            None => letter,
            Some((sign, _, alike)) => {
                let after = text[at + letter.len_utf8()..].chars().next();
                if is_harmless(before, after) || is_in_address(text, at) { *sign } else { *alike }
            }
        };
        out.push(settled);
        before = Some(settled);
    }
    out
}

/// Inside a word, or alone between blanks; at the start of a line a `*` with a blank is a list.
fn is_harmless(before: Option<char>, after: Option<char>) -> bool {
    let inside = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let blank = |letter: Option<char>| letter.is_none_or(char::is_whitespace);
    let starts_a_line = before.is_none_or(|letter| letter == '\n');
    (inside(before) && inside(after)) || (blank(before) && blank(after) && !starts_a_line)
}

/// Links keep every sign: another one would lead elsewhere.
fn is_in_address(text: &str, at: usize) -> bool {
    text[..at].rsplit(char::is_whitespace).next().is_some_and(|word| word.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::{marked, settled};

    #[test]
    fn a_name_or_an_order_id_formats_nothing() {
        for (text, shown) in [
            ("Ann", "Ann"),
            ("*Ann*", "∗Ann∗"),
            ("_Ann_ ~B~ `c`", "ˍAnnˍ ∼B∼ ˋcˋ"),
            ("order_id_4711", "order_id_4711"),
            ("2 * 3 * 4", "2 * 3 * 4"),
            ("* one", "∗ one"),
            ("5* hotel", "5∗ hotel"),
            ("https://shop.example/_next/a~b/*x*", "https://shop.example/_next/a~b/*x*"),
            ("two\u{3000}*words*\u{a0}_here", "two\u{3000}∗words∗\u{a0}ˍhere"),
            ("see _https://shop.example/_a_", "see ˍhttps://shop.example/_a_"),
        ] {
            assert_eq!(settled(&marked(text)), shown, "{text}");
        }
    }
}
