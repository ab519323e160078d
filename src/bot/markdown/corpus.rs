//! What people and models write in Markdown, and how it looks on a phone. Written for this project.

use proptest::prelude::*;

use super::whatsapp;

const INLINE: &[(&str, &str)] = &[
    ("plain words", "plain words"),
    ("**bold**", "*bold*"),
    ("__bold__", "*bold*"),
    ("*slanted*", "_slanted_"),
    ("_slanted_", "_slanted_"),
    ("~~gone~~", "~gone~"),
    ("***both***", "_*both*_"),
    ("**bold and *slanted* inside**", "*bold and _slanted_ inside*"),
    ("*slanted and **bold** inside*", "_slanted and *bold* inside_"),
    ("~~**gone and bold**~~", "~*gone and bold*~"),
    ("**one** and **two**", "*one* and *two*"),
    ("(**in brackets**)", "(*in brackets*)"),
    ("**bold**, then a comma", "*bold*, then a comma"),
    ("un**believ**able", "unbelievable"),
    ("**bold**ly", "boldly"),
    ("`code`", "`code`"),
    ("`**not bold**`", "`**not bold**`"),
    ("`` a ` tick ``", "`a ˋ tick`"),
    ("snake_case_name", "snake_case_name"),
    ("2 * 3 * 4", "2 * 3 * 4"),
    ("2*3*4", "2*3*4"),
    ("\\*stars\\*", "∗stars∗"),
    ("\\_line\\_", "ˍlineˍ"),
    ("\\~wave\\~", "∼wave∼"),
    ("\\`tick\\`", "ˋtickˋ"),
    ("a ~ b", "a ~ b"),
    ("~3 days~", "~3 days~"),
    ("5* hotel", "5∗ hotel"),
    ("**open", "∗∗open"),
    ("close**", "close∗∗"),
    ("[our site](https://example.com)", "our site (https://example.com)"),
    ("[https://example.com](https://example.com)", "https://example.com"),
    ("<https://example.com>", "https://example.com"),
    ("https://example.com/a_b_c", "https://example.com/a_b_c"),
    ("https://example.com/_next/x", "https://example.com/_next/x"),
    ("[**bold link**](https://example.com)", "*bold link* (https://example.com)"),
    ("![a picture](https://example.com/a.png)", "a picture (https://example.com/a.png)"),
    ("![](https://example.com/a.png)", "https://example.com/a.png"),
    ("[empty]()", "empty"),
    ("[not a link]", "[not a link]"),
    ("mail <ann@example.com>", "mail ann@example.com"),
    ("one<br>two", "one\ntwo"),
    ("one<br/>two", "one\ntwo"),
    ("<b>html</b>", "<b>html</b>"),
    ("a &amp; b &lt; c", "a & b < c"),
    ("price: 5 €", "price: 5 €"),
    ("naïve **café**", "naïve *café*"),
    ("**مرحبا**", "*مرحبا*"),
    ("👍 **yes** 👍", "👍 *yes* 👍"),
    ("**👍**", "*👍*"),
    ("x^2^ and H~2~O", "x^2^ and H~2~O"),
    ("**a\nb**", "*a*\n*b*"),
    ("first\nsecond", "first\nsecond"),
    ("first  \nsecond", "first\nsecond"),
    ("*a **b\nc** d*", "_a *b*_\n_*c* d_"),
];

const BLOCKS: &[(&str, &str)] = &[
    ("", ""),
    ("\n\n\n", ""),
    ("one\n\ntwo", "one\n\ntwo"),
    ("one\n\n\n\ntwo", "one\n\ntwo"),
    ("# Heading", "*Heading*"),
    ("## A **big** heading ##\ntext", "*A big heading*\ntext"),
    ("# One\n## Two", "*One*\n\n*Two*"),
    ("Title\n=====\n\ntext", "*Title*\ntext"),
    ("#no heading", "#no heading"),
    ("- one\n- two", "- one\n- two"),
    ("* one\n* two", "- one\n- two"),
    ("+ one\n+ two", "- one\n- two"),
    ("- one\n\n- two", "- one\n- two"),
    ("text\n- one\n- two\n\nafter", "text\n\n- one\n- two\n\nafter"),
    ("- one\n  - deep\n  - deeper\n- two", "- one\n  - deep\n  - deeper\n- two"),
    ("1. one\n2. two", "1. one\n2. two"),
    ("3. three\n4. four", "3. three\n4. four"),
    ("1) one\n2) two", "1. one\n2. two"),
    ("1. one\n   - deep\n2. two", "1. one\n  - deep\n2. two"),
    ("- **bold** entry", "- *bold* entry"),
    ("- one\n  more of one", "- one\n  more of one"),
    ("- one\n\n  second paragraph", "- one\n  second paragraph"),
    ("- [ ] open\n- [x] done", "- ☐ open\n- ☑ done"),
    ("> said", "> said"),
    ("> one\n> two", "> one\n> two"),
    ("> one\n>\n> two", "> one\n>\n> two"),
    ("> said\n\nanswered", "> said\n\nanswered"),
    ("> **bold** words", "> *bold* words"),
    ("> - one\n> - two", "> - one\n> - two"),
    ("```\nlet a = **b;\n```", "```\nlet a = **b;\n```"),
    ("```rust\nfn main() {}\n```", "```\nfn main() {}\n```"),
    ("~~~\ncode\n~~~", "```\ncode\n```"),
    ("    indented code", "```\nindented code\n```"),
    ("before\n```\ncode\n```\nafter", "before\n\n```\ncode\n```\n\nafter"),
    ("```\nnever closed", "```\nnever closed\n```"),
    ("```\na\n\nb\n```", "```\na\n\nb\n```"),
    ("one\n\n---\n\ntwo", "one\n\n———\n\ntwo"),
    ("| Dish | Price |\n|---|---|\n| Soup | 5 |\n| Cake | 4 |", "*Soup* · Price: 5\n*Cake* · Price: 4"),
    ("| A | B | C |\n|---|---|---|\n| a | | c |", "*a* · C: c"),
    ("text\n\n| A | B |\n|---|---|\n| **a** | `b` |\n\nafter", "text\n\n*a* · B: `b`\n\nafter"),
    ("| A | B |\n|---|---|", "A · B"),
    (
        "Sure! Here is it:\n\n1. **Step one**: do this\n2. **Step two**: do that\n\nAnything else?",
        "Sure! Here is it:\n\n1. *Step one*: do this\n2. *Step two*: do that\n\nAnything else?",
    ),
    ("### Opening hours\n* Mon–Fri: 8–17\n* Sat: **closed**", "*Opening hours*\n- Mon–Fri: 8–17\n- Sat: *closed*"),
];

#[test]
fn what_people_write_in_markdown_looks_right_on_a_phone() {
    assert!(INLINE.len() + BLOCKS.len() >= 80);
    let all = INLINE.iter().chain(BLOCKS);
    let wrong: Vec<_> = all.filter(|(markdown, shown)| whatsapp(markdown) != *shown).collect();
    let told: Vec<_> =
        wrong.iter().map(|(markdown, shown)| format!("{markdown:?}: {:?}, not {shown:?}", whatsapp(markdown))).collect();
    assert!(wrong.is_empty(), "{}", told.join("\n"));
}

/// Letters and digits, in order: what must never be lost.
fn words(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric() && letter.is_ascii()).collect()
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[*_~`\\[\\]()!\\\\#|> a-cé\n]{0,60}|.*") {
        let _ = whatsapp(&text);
    }

    #[test]
    fn no_plain_word_is_lost(text in "([a-z]{1,6}[ \n*_~-]{1,3}){0,20}") {
        prop_assert_eq!(words(&whatsapp(&text)), words(&text));
    }
}
