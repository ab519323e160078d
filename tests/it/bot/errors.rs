//! What is said about a bot file that is wrong: the exact words, line, column and caret.

use wabridge::bot::{Bot, Problem};

/// Without the expression, which would repeat the files.
macro_rules! assert_told {
    ($told:expr $(,)?) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($told) })
    };
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn problems(source: &str) -> String {
    match Bot::parse(source) {
        Ok(_) => "no problem".to_owned(),
        Err(problems) => told(&problems),
    }
}

fn story(files: &[&str]) -> String {
    let told = files.iter().map(|file| format!("{}\n--------\n{}", file.trim_end(), problems(file)));
    told.collect::<Vec<_>>().join("\n========\n")
}

#[test]
fn mistakes_of_form_are_told_with_line_caret_and_remedy() {
    assert_told!(story(&[
        "",
        "just text",
        "version: 1\n",
        "version: one\nroutes: []\n",
        "version: 2\nroutes: []\n",
        "version: 1\nroutes: hi\n",
        "version: 1\nroutes:\n\t- reply: x\n",
        "version: 1\nroutes: []\n---\nversion: 1\n",
        "version: 1\nroutes:\n  - name: a\n    when: { equals: a }\n",
        "version: 1\nroutes:\n  - reply: hi\n    whem: { equals: a }\n",
        "version: 1\nroutes:\n  - reply: hi\n    reply: ho\n",
        "version: 1\nroutes:\n  - reply:\n",
        "version: 1\nroutes:\n  - reply: 12\n",
        "version: 1\nroutes:\n  - reply: {{ contact.name }}\n",
        "version: 1\nroutes:\n  - reply:\n      text: {{ contact.name }}\n",
        "version: 1\nroutes:\n  - reply:\n      buttons:\n        body: {{ contact.name }}\n        buttons: [{ id: a, title: A }]\n",
        "version: 1\nroutes:\n  - reply: Note: closed\n",
        "version: 1\nroutes:\n  - reply: *bold* text\n",
        "version: 1\nroutes:\n  - reply: @you\n",
        "version: 1\nroutes:\n  - reply: !important text\n",
        "version: 1\nroutes:\n  - reply: { silence: x }\n",
        "version: 1\nroutes:\n  - when: { regex: \"\\d+\" }\n    reply: x\n",
        "version: 1\nroutes:\n  - reply: \"open\n",
        "version: 1\nroutes:\n  - reply: {}\n",
        "version: 1\nroutes:\n  - reply: [[a]]\n",
        "version: 1\nroutes:\n  - reply: { text: a, buttons: b }\n",
        "version: 1\nroutes:\n  - reply: { text: { bodi: a } }\n",
        "version: 1\nroutes:\n  - reply: { bottons: { body: a } }\n",
        "version: 1\nroutes:\n  - reply: { text: { body: a, status: good } }\n",
        "version: 1\nroutes:\n  - reply: { buttons: { body: a, buttons: [{ title: A }] } }\n",
        "version: 1\nroutes:\n  - reply: { buttons: { body: a, buttons: [{ id: a, title: }] } }\n",
        "version: 1\nroutes:\n  - when: equals\n    reply: x\n",
        "version: 1\nroutes:\n  - when: { equals: { a: b } }\n    reply: x\n",
        "version: 1\nroutes:\n  - when: { first: maybe }\n    reply: x\n",
        "version: 1\nroutes: []\nconversation: { debounce: 1d }\n",
        "version: 1\nroutes: []\nconversation: { mark_read: on_arival }\n",
    ]));
}

#[test]
fn indentation_that_went_wrong_is_told_at_its_own_line() {
    assert_told!(story(&[
        "version: 1\nroutes:\n  - when: { word: hi }\n    reply: x\n\t- reply: y\n",
        "version: 1\nroutes:\n  - when: { word: hi }\n\treply: y\n",
        "version: 1\nroutes:\n  - when: { word: hi }\n  reply: x\n",
        "version: 1\nroutes:\n  - when: { word: hi }\nreply: x\n",
        "version: 1\nroutes:\n  - reply: x\nwhen: { word: hi }\n",
        "version: 1\nroutes:\n  - when: { word: hi }\n      reply: y\n",
        "version: 1\nroutes:\n  - reply: y\n   when: { word: hi }\n",
        "version: 1\nroutes:\n  - reply: y\n - reply: z\n",
        "version: 1\nroutes:\n  - reply:\n      buttons:\n        body: x\n       buttons: []\n",
    ]));
}

#[test]
fn a_word_without_its_condition_is_shown_with_one() {
    let remedy =
        |when: &str| Bot::parse(&format!("version: 1\nroutes:\n  - when: {when}\n    reply: x\n")).unwrap_err()[0].remedy.clone();
    assert_eq!(remedy("hello"), "write `when: { word: hello }`");
    assert_eq!(remedy("[hello, hi]"), "write `when: { word: [hello, hi] }`");
    assert_eq!(remedy("'hello' # a comment"), "write `when: { word: 'hello' }`");
    assert_eq!(remedy(&"long ".repeat(20)), "write `when: { word: hello }`");
}

#[test]
fn a_language_is_letters_and_perhaps_a_script_and_a_region() {
    let told = |code: &str| problems(&format!("version: 1\nlanguage: {code}\nroutes: []\n"));
    for right in ["en", "fil", "pt_BR", "zh-CN", "es_419", "sr_Latn", "zh_Hant_TW", "EN"] {
        assert_eq!(told(right), "no problem", "{right}");
    }
    for wrong in ["english", "e", "en_", "en_USA", "en_US_x", "'12'", "de DE", "'é'"] {
        assert!(told(wrong).contains("this is not a language"), "{wrong}: {}", told(wrong));
    }
}

#[test]
fn a_choice_that_nobody_can_tap_is_a_warning() {
    let warned = |choice: &str, id: &str| {
        let file = format!(
            "version: 1\nroutes:\n  - when: {{ any: [{{ choice: {choice} }}, {{ choice: \"*\" }}] }}\n    reply: x\n  - reply: {{ buttons: {{ body: b, buttons: [{{ id: {id}, title: T }}] }} }}\n"
        );
        told(Bot::parse(&file).unwrap().warnings())
    };
    let smal = warned("smal", "small");
    assert!(smal.starts_with("line 3, column 29: no button or row has the id `smal`"), "{smal}");
    assert!(smal.contains("did you mean `small`?"), "{smal}");
    assert!(warned("list:small", "small").contains("no button or row has the id `list:small`"));
    for right in ["small", "button:small", "'smal*'", "[small]"] {
        assert_eq!(warned(right, "small"), "", "{right}");
    }
    assert_eq!(warned("smal", "\"{{ contact.name }}\""), "", "an id with values may be anything");
    let none = Bot::parse("version: 1\nroutes:\n  - when: { choice: smal }\n    reply: x\n").unwrap();
    assert!(none.warnings().is_empty(), "without buttons the tap may be on what something else sent");
}

#[test]
fn keys_of_the_grammar_that_this_version_does_not_build_say_so() {
    assert_told!(story(&[
        "version: 1\nassistants: {}\nroutes: []\n",
        "version: 1\nconsent: { stop: { en: [stop] } }\nroutes: []\n",
        "version: 1\nroutes:\n  - reply: a\n    remember: { a: b }\n",
        "version: 1\nroutes:\n  - when: { any: [{ intent: invoice }] }\n    reply: a\n",
        "version: 1\nroutes:\n  - reply: [a, { image: { link: x } }]\n",
        "version: 1\nroutes:\n  - reply: { ai: support }\n",
        "version: 1\nroutes:\n  - reply:\n      buttons:\n        header: { image: { link: x } }\n        body: a\n        buttons: []\n",
        "version: 1\nroutes:\n  - reply: \"{{ t('hello') }}\"\n",
        "version: 1\nroutes:\n  - reply: \"{{ t('greeting') }}\"\n",
    ]));
}

#[test]
fn mistakes_of_meaning_are_told_all_at_once_in_the_order_of_the_file() {
    assert_told!(problems(
        r#"version: 1
language: "english please"
timezone: Mars/Olympus
numbers: { Shop-1: "+15550783881", a: "1", b: "1" }
conversation: { debounce: 9s, answer_within: 24h, forget_after: 0s, max_messages: 2 }
access: { allow: [+14155551234, US.1349, ann, "123"], deny: "" }
replies:
  menu: { use: more }
  more: [a, { use: menu }]
  hello: Hello {{ contact.nmae }}
routes:
  - name: one
    when: { regex: '(unclosed', contains: [], any: [], word: "  " }
    reply: { use: mneu }
  - name: one
    when: { regex: '(?=ahead)' }
    reply:
      buttons:
        body: Choose
        buttons:
          - { id: a, title: A title that is much too long }
          - { id: a, title: B }
          - { id: c, title: "{{ contact.name }} and a long text that is cut only when it is sent" }
          - { id: d, title: D }
  - when: {}
    reply:
      list:
        body: ""
        button: Open
        sections: [{ rows: [] }, { title: Two, rows: [{ id: x, title: X, description: "" }] }]
  - reply: "{% if contact.name %}Hello{% endif"
  - reply: |
      Dear {{ contact.name }},
      your code is {{ match.code }},
        and {{ foo }} {% if false %}{{ message.txet }}{% endif %}
  - reply: "{{ contact.name | shout }}"
  - reply: "{{ messages[3].text }}"
  - reply: "{{ messages[0].txet }}"
  - reply: >
      folded over
      {{ contact.fone }} lines, {{ debug() }}
      {{ contact.
        phone }} {% for n in range(3) %}{{ n }}{% endfor %}
  - reply: "{{ message.timestamp | date('%') }}"
  - reply: "{% include message.text %}"
  - reply: []
"#
    ));
}

#[test]
fn a_number_that_yaml_would_rewrite_is_refused_and_one_in_a_list_is_kept() {
    let told = |word: &str| problems(&format!("version: 1\nroutes:\n  - when: {{ equals: {word} }}\n    reply: x\n"));
    for rewritten in ["1.50", "+27", "0x10", "1e3", "007"] {
        assert!(told(rewritten).contains("write it in quotes"), "{rewritten}");
    }
    for kept in ["12", "-1", "1.5", "'1.50'", "[1.50, +27, 007]", "1 2", "1, first: true"] {
        assert_eq!(told(kept), "no problem", "{kept}");
    }
}

#[test]
fn too_many_messages_in_one_answer_are_refused_also_through_use() {
    let problems = problems(
        "version: 1\nreplies:\n  two: [a, b]\nroutes:\n  - reply: [{ use: two }, { use: two }]\n  - reply: [{ use: two }, silence, c]\n",
    );
    assert_told!(problems);
}

#[test]
fn what_is_doubtful_is_told_as_a_warning() {
    let bot = Bot::parse(
        r#"version: 1
conversation: { mark_read: never }
routes:
  - when: { contains: "two" }
    reply: [One, Two]
  - when: { type: voice }
    reply: { buttons: { body: "{{ value.order }}", buttons: [{ id: yes, title: Yes }, { id: no, title: No }] } }
  - when: { choice: no }
    reply: ok
  - when: { contains: "x" }
    reply: { list: { body: b, button: o, sections: [{ rows: [{ id: r, title: R }] }] } }
"#,
    )
    .unwrap();
    assert_told!(told(bot.warnings()));
    let bot =
        Bot::parse("version: 1\nroutes:\n  - reply: a\n  - name: never\n    when: { first: true }\n    reply: b\n").unwrap();
    let told: Vec<String> = bot.warnings().iter().map(|warning| warning.message.clone()).collect();
    assert_eq!(told, ["\"route 1\" at line 3 always matches, so this route never answers"]);
}

#[test]
fn a_hostile_file_is_refused_and_harms_nobody() {
    let deep = format!("version: 1\nroutes:\n  - when: {}first: true{}\n    reply: x\n", "{not: {".repeat(500), "}}".repeat(500));
    let sequence = format!("version: 1\nroutes: {}{}\n", "[".repeat(5000), "]".repeat(5000));
    let bomb = (1..30).fold("version: 1\nname: &a0 x\nroutes:\n".to_owned(), |file, n| {
        format!("{file}  - &a{n} [*a{}, *a{}, *a{}]\n", n - 1, n - 1, n - 1)
    });
    let regex = "version: 1\nroutes:\n  - when: { regex: '((a{999}){999}){999}' }\n    reply: x\n";
    let control = "version: 1\nroutes:\n  - reply: \"\u{1b}[31mred\"\n    foo: 1\n";
    for file in [deep.as_str(), &sequence, &bomb, regex, control, "\u{0}", "version: 1\nroutes: *x\n", &"x".repeat(2_000_000)] {
        let told = problems(file);
        assert_ne!(told, "no problem");
        assert!(!told.contains('\u{1b}'), "{told}");
    }
}

#[test]
fn a_file_for_a_newer_version_names_its_first_key_that_is_not_built() {
    let file = "version: 1\nname: shop\n\nbackends:\n  orders: { url: https://shop.example.com/orders, secret_variable: S }\n\nroutes:\n  - reply: { http: orders }\n";
    let problems = Bot::parse(file).unwrap_err();
    assert_eq!((problems.len(), problems[0].line, problems[0].column), (1, Some(4), Some(1)));
    assert!(problems[0].is_of_form(), "there may be more");
    assert_eq!(problems[0].message, "`backends` is part of the grammar but not in this version");
}

#[test]
fn hours_and_numbers_that_are_not_there_are_named_with_what_was_meant() {
    let file = r#"version: 1
hours: { office: "mon-fri 8-17", night: [] }
numbers: { shop: "106540352242922" }
routes:
  - when: { number: shopp, outside: ofice, any: [{ during: lunch }] }
    reply: "{{ hours.offices.opens }} {{ hours.office.closes }}"
"#;
    let told = Bot::parse(file)
        .unwrap_err()
        .iter()
        .map(|problem| format!("{} {}\n", problem.message, problem.remedy))
        .collect::<Vec<_>>()
        .concat();
    for words in [
        "these are no days and times write days and times such as mon-fri 08:00-17:00",
        "these hours are empty",
        "there is no `shopp` under `numbers` did you mean `shop`?",
        "there is no `ofice` under `hours` did you mean `office`?",
        "there is no `lunch` under `hours`",
        "there is no `offices` under `hours` did you mean `hours.office`?",
        "there is no value `hours.office.closes`",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_mistake() {
    assert_eq!(problems("\u{feff}version: 1\r\nroutes:\r\n  - reply: hi\r\n"), "no problem");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(source in ".{0,200}", tail in "[ \\-a-z:{}\\[\\]\"'\n*&|>%?0-9]{0,200}") {
        let _ = Bot::parse(&source);
        let _ = Bot::parse(&format!("version: 1\nroutes:\n  - reply: {tail}"));
        let _ = Bot::parse(&format!("version: 1\nroutes:\n  - reply: \"{{{{ {} }}}}\"", tail.replace(['"', '\n'], "")));
    }
}

#[test]
fn replies_that_use_replies_many_times_over_are_refused_at_once() {
    let mut file = String::from("version: 1\nreplies:\n  r0: x\n");
    for level in 1..12 {
        let uses = format!("{{ use: r{} }}, ", level - 1).repeat(10);
        file = format!("{file}  r{level}: [{}]\n", uses.trim_end_matches(", "));
    }
    file.push_str("routes: [{ reply: { use: r11 } }]\n");
    let problems = Bot::parse(&file).unwrap_err();
    assert!(problems.iter().any(|problem| problem.message.contains("max_messages")), "{problems:?}");
}
