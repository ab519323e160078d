//! Markdown → WhatsApp's signs: `*bold*`, `_italic_`, `~struck~`, headings as bold lines, links as text and address. What WhatsApp
//! understands already (code, quotes, lists with a dash or number) stays.

/// The text with WhatsApp's signs.
pub(super) fn whatsapp(markdown: &str) -> String {
    let mut in_code = false;
    let lines = markdown.lines().map(|line| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        if fence {
            // WhatsApp would show the name of the language.
            "```".to_owned()
        } else if in_code {
            line.to_owned()
        } else {
            whole_line(line)
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn whole_line(line: &str) -> String {
    let text = line.trim_start();
    let indent = &line[..line.len() - text.len()];
    let heading = text.trim_start_matches('#');
    let level = text.len() - heading.len();
    if (1..=6).contains(&level) && heading.starts_with(' ') {
        let words = heading.trim().trim_end_matches('#').trim_end().replace("**", "");
        return if words.is_empty() { String::new() } else { format!("*{}*", inline(&words)) };
    }
    match text.strip_prefix("* ").or_else(|| text.strip_prefix("+ ")) {
        Some(item) => format!("{indent}- {}", inline(item)),
        None => format!("{indent}{}", inline(text)),
    }
}

/// The signs within a line. A sign without its partner stays as it is.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let step = code(rest).or_else(|| escaped(rest)).or_else(|| link(rest)).or_else(|| marked(rest, out.chars().next_back()));
        let (written, after) = step.unwrap_or_else(|| (next.to_string(), &rest[next.len_utf8()..]));
        out.push_str(&written);
        rest = after;
    }
    out
}

fn code(text: &str) -> Option<(String, &str)> {
    let (inside, after) = text.strip_prefix('`')?.split_once('`')?;
    (!inside.is_empty()).then(|| (format!("`{inside}`"), after))
}

fn escaped(text: &str) -> Option<(String, &str)> {
    let sign = text.strip_prefix('\\')?.chars().next().filter(char::is_ascii_punctuation)?;
    Some((sign.to_string(), &text[2..]))
}

/// `[words](address)` or `![words](address)` → `words (address)`.
fn link(text: &str) -> Option<(String, &str)> {
    let (words, after) = text.strip_prefix('!').unwrap_or(text).strip_prefix('[')?.split_once("](")?;
    let (address, after) = after.split_once(')')?;
    if words.contains('[') || address.contains(char::is_whitespace) {
        return None;
    }
    let plain = words.is_empty() || words == address;
    Some((if plain { address.to_owned() } else { format!("{} ({address})", inline(words)) }, after))
}

/// Bold, italic and struck. Inside a word `_` is a letter, as in `snake_case`.
fn marked(text: &str, before: Option<char>) -> Option<(String, &str)> {
    let signs = [("***", "*_", "_*"), ("**", "*", "*"), ("__", "*", "*"), ("~~", "~", "~"), ("*", "_", "_")];
    let (sign, open, close) = signs.into_iter().find(|(sign, _, _)| text.starts_with(sign))?;
    let inside_a_word = before.is_some_and(char::is_alphanumeric);
    let (inside, after) = text[sign.len()..].split_once(sign)?;
    let loose = inside.is_empty() || inside.starts_with(char::is_whitespace) || inside.ends_with(char::is_whitespace);
    if loose || (sign == "__" && inside_a_word) {
        return None;
    }
    Some((format!("{open}{}{close}", inline(inside)), after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::whatsapp;

    #[test]
    fn what_people_write_in_markdown_looks_right_on_a_phone() {
        for (markdown, shown) in [
            ("**bold** and *slanted* and ~~gone~~", "*bold* and _slanted_ and ~gone~"),
            ("***both*** __bold__ _slanted_", "*_both_* *bold* _slanted_"),
            ("**a *b* c**", "*a _b_ c*"),
            ("## A **big** heading ##\ntext", "*A big heading*\ntext"),
            ("* one\n+ two\n  * three\n- four\n1. five", "- one\n- two\n  - three\n- four\n1. five"),
            (
                "[our site](https://example.com) ![](https://example.com/a.png)",
                "our site (https://example.com) https://example.com/a.png",
            ),
            ("`**code**` and \\*stars\\*", "`**code**` and *stars*"),
            ("```rust\nlet a = **b;\n```", "```\nlet a = **b;\n```"),
            ("2 * 3 * 4 and a ** b and #no heading", "2 * 3 * 4 and a ** b and #no heading"),
            ("snake__case__name", "snake__case__name"),
            ("**open and [a](b c) and [x", "**open and [a](b c) and [x"),
        ] {
            assert_eq!(whatsapp(markdown), shown, "{markdown}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[*_~`\\[\\]()!\\\\# a-cé\n]{0,60}|.*") {
            let _ = whatsapp(&text);
        }
    }
}
