//! Which route answers, what it says, and the reason that a person reads.

use jiff::Timestamp;
use wabridge::bot::{Bot, Decision, SAMPLE, TurnView};
use wabridge::domain::{Content, Inbound, InboundId, MessageType, Person, PhoneNumberId, UserId, WaId, Wamid};

fn inbound(kind: MessageType, text: &str, choice: Option<&str>) -> Inbound {
    Inbound {
        id: InboundId::new("m_1"),
        wamid: Wamid::new("wamid.1"),
        number: PhoneNumberId::new("106540352242922"),
        person: Person::default(),
        sent_at: "2026-11-20T23:30:00Z".parse().expect("a moment"),
        index: 0,
        kind,
        text: text.into(),
        choice: choice.map(str::to_owned),
        caption: None,
        filename: None,
        media: None,
        quotes: None,
    }
}

fn text(text: &str) -> Inbound {
    inbound(MessageType::Text, text, None)
}

fn ann() -> Person {
    Person { wa_id: Some(WaId::new("27821234567")), name: Some("Ann".into()), ..Person::default() }
}

struct Asked {
    bot: Bot,
    person: Person,
    first: bool,
}

fn ask(source: &str) -> Asked {
    let bot = Bot::parse(source).unwrap_or_else(|problems| panic!("{}", problems[0]));
    Asked { bot, person: ann(), first: false }
}

/// A bot of one route with this `when`, and a second that always answers "other".
fn ask_when(when: &str) -> Asked {
    ask(&format!("version: 1\nroutes:\n  - when: {when}\n    reply: yes\n  - reply: other\n"))
}

impl Asked {
    fn decides(&self, messages: &[Inbound]) -> Decision {
        let closes: Timestamp = "2026-11-21T23:30:00Z".parse().expect("a moment");
        self.bot.decide(&TurnView {
            messages,
            person: &self.person,
            language: Some("fr"),
            first: self.first,
            turns: 4,
            window_closes: closes,
            number: &PhoneNumberId::new("106540352242922"),
            display: "+15550783881",
            now: closes,
        })
    }

    /// Whether the first route matched, and why.
    fn judges(&self, messages: &[Inbound]) -> (bool, String) {
        let first = self.decides(messages).tried.remove(0);
        (first.matched, first.because)
    }

    fn says(&self, messages: &[Inbound]) -> String {
        match self.decides(messages).contents.as_slice() {
            [Content::Text(text)] => text.body.clone(),
            other => panic!("one text was expected, not {other:?}"),
        }
    }
}

fn yes(because: &str) -> (bool, String) {
    (true, because.to_owned())
}

fn no(because: &str) -> (bool, String) {
    (false, because.to_owned())
}

#[test]
fn contains_finds_words_anywhere_in_any_spelling_and_across_messages() {
    let asked = ask_when("{ contains: [Do you HAVE, café] }");
    assert_eq!(asked.judges(&[text("so, do  you have tea?"), text("?")]), yes("contains: \"Do you HAVE\" is in message 1 of 2"));
    assert_eq!(asked.judges(&[text("CAFE")]), yes("contains: \"café\" is in the message"));
    assert_eq!(asked.judges(&[text("do you"), text("have it")]), yes("contains: \"Do you HAVE\" is in the messages together"));
    assert_eq!(asked.judges(&[text("tea")]), no("contains: none of \"Do you HAVE\", \"café\""));
    assert_eq!(ask_when("{ contains: x }").judges(&[text("tea")]), no("contains: not \"x\""));
}

#[test]
fn word_finds_whole_words_only() {
    let asked = ask_when("{ word: cat }");
    assert_eq!(asked.judges(&[text("a Cat!")]), yes("word: \"cat\" is in the message"));
    assert_eq!(asked.judges(&[text("concatenate")]), no("word: not \"cat\""));
}

#[test]
fn equals_wants_the_whole_of_one_message() {
    let asked = ask_when("{ equals: [1, yes, no, 007] }");
    assert_eq!(asked.judges(&[text("well"), text(" YES ")]), yes("equals: \"yes\" is message 2 of 2"));
    assert!(asked.judges(&[text("1")]).0);
    assert!(asked.judges(&[text("no")]).0);
    assert!(asked.judges(&[text("007")]).0);
    assert!(!asked.judges(&[text("yes please")]).0);
    assert!(!ask_when("{ equals: 'a b' }").judges(&[text("a"), text("b")]).0, "two messages are not one");
    assert!(ask_when("{ equals: 12 }").judges(&[text("12")]).0, "one number needs no list");
}

#[test]
fn regex_sees_the_persons_spelling_in_every_message_and_gives_groups() {
    let asked = ask(
        "version: 1\nroutes:\n  - when: { any: [{ regex: '^order (?P<number>\\S+)( to (?P<place>.+))?$' }, { word: x }] }\n    reply: \"{{ match.number }}/{{ match.place }}\"\n",
    );
    assert_eq!(asked.says(&[text("hi"), text("ORDER Ab-7 to Lagos")]), "Ab-7/Lagos");
    assert_eq!(asked.says(&[text("order 1")]), "1/");
    assert_eq!(asked.says(&[text("x")]), "/", "a group of a regex that was not needed is empty");
    assert_eq!(asked.judges(&[text("my order 1")]), no("any: regex: no match; word: not \"x\""));
}

#[test]
fn choice_knows_buttons_rows_and_stars() {
    let tap = |choice: &str| inbound(MessageType::Button, "Menu", Some(choice));
    let asked = ask_when("{ choice: [menu, \"list:agent_*\"] }");
    assert_eq!(asked.judges(&[text("x"), tap("button:menu")]), yes("choice: \"button:menu\" was tapped"));
    assert!(asked.judges(&[tap("list:agent_7")]).0);
    assert_eq!(asked.judges(&[tap("button:agent_7")]), no("choice: \"button:agent_7\" is none of \"menu\", \"list:agent_*\""));
    assert_eq!(asked.judges(&[text("menu")]), no("no choice was tapped"));
}

#[test]
fn type_holds_for_any_message_of_the_turn() {
    let asked = ask_when("{ type: [image, sticker] }");
    let image = inbound(MessageType::Image, "", None);
    assert_eq!(asked.judges(&[text("look"), image]), yes("type: message 2 of 2 is image"));
    assert_eq!(asked.judges(&[text("look")]), no("type: text is none of image, sticker"));
}

#[test]
fn first_is_the_first_turn_of_the_conversation() {
    let mut asked = ask_when("{ first: true }");
    assert_eq!(asked.judges(&[text("a")]), no("not the first message"));
    asked.first = true;
    assert_eq!(asked.judges(&[text("a")]), yes("the first message"));
    let mut asked = ask_when("{ first: false }");
    assert!(asked.judges(&[text("a")]).0);
    asked.first = true;
    assert_eq!(asked.judges(&[text("a")]), no("the first message"));
}

#[test]
fn all_keys_must_hold_and_any_and_not_nest() {
    let asked = ask_when("{ word: tea, not: { any: [{ word: green }, { word: black }] } }");
    let because = "word: \"tea\" is in the message; not: any: word: not \"green\"; word: not \"black\"";
    assert_eq!(asked.judges(&[text("tea please")]), yes(because));
    assert_eq!(asked.judges(&[text("black tea")]), no("not: word: \"black\" is in the message"));
    assert_eq!(asked.judges(&[text("coffee")]), no("word: not \"tea\""));
}

#[test]
fn the_first_route_that_matches_answers_and_the_rest_are_not_tried() {
    let asked = ask(
        "version: 1\nroutes:\n  - { name: a, when: { word: x }, reply: A }\n  - { when: { word: y }, reply: B }\n  - { reply: C }\n",
    );
    let decision = asked.decides(&[text("y")]);
    assert_eq!(decision.route.as_deref(), Some("route 2"));
    let tried: Vec<_> = decision.tried.iter().map(|tried| (tried.route.as_str(), tried.line, tried.matched)).collect();
    assert_eq!(tried, [("a", Some(3), false), ("route 2", Some(4), true)]);
    assert_eq!(asked.decides(&[text("z")]).tried[2].because, "no condition: it always holds");
}

#[test]
fn nothing_that_matches_is_silence_that_says_so() {
    let decision = ask("version: 1\nroutes: []\n").decides(&[text("y")]);
    assert_eq!((decision.route, decision.contents, decision.silence.as_deref()), (None, vec![], Some("no route matched")));
    let decision = ask("version: 1\nroutes:\n  - reply: silence\n").decides(&[text("y")]);
    assert_eq!(
        (decision.route.as_deref(), decision.silence.as_deref()),
        (Some("route 1"), Some("the route answers with silence"))
    );
    let said = ask("version: 1\nroutes:\n  - reply: { text: silence }\n").says(&[text("y")]);
    assert_eq!(said, "silence");
}

#[test]
fn every_documented_value_is_there_for_a_turn_of_two_messages() {
    let asked = ask(r"version: 1
timezone: Africa/Lagos
numbers: { shop: 106540352242922 }
routes:
  - reply: |
      {{ message.text }}|{{ message.type }}|{{ message.choice }}|{{ message.caption }}{{ message.filename }}|{{ message.id }}|{{ message.timestamp }}
      {{ messages | length }} {{ messages[0].text }} {% for one in messages %}[{{ one.type }}]{% endfor %}
      {{ contact.name }}|{{ contact.phone }}|{{ contact.user_id }}|{{ contact.username }}|{{ contact.language }}
      {{ conversation.first }}|{{ conversation.window_closes | date('%d.%m. %H:%M') }}|{{ conversation.turns }}
      {{ number.nick }}|{{ number.display }}|{{ intent }}|{{ value.order_id or 'none' }}
");
    let said = asked.says(&[text("one"), inbound(MessageType::Button, "two", Some("button:b"))]);
    insta::assert_snapshot!(said, @r"
    one
    two|button|button:b||m_1|2026-11-20T23:30:00Z
    2 one [text][button]
    Ann|+27821234567|||fr
    False|22.11. 00:30|4
    shop|+15550783881||none
    ");
}

#[test]
fn a_person_without_a_name_is_no_mistake() {
    let mut asked = ask("version: 1\nroutes:\n  - reply: \"Hi {{ contact.name or 'there' }}{{ contact.phone }}\"\n");
    asked.person = Person { user_id: Some(UserId::new("US.1349")), ..Person::default() };
    assert_eq!(asked.says(&[text("x")]), "Hi there");
}

#[test]
fn what_a_person_writes_is_data_and_never_a_template() {
    let asked = ask(
        "version: 1\nroutes:\n  - when: { regex: '(?P<all>.*)' }\n    reply: \"{{ message.text }} {{ match.all }} {{ contact.name }}\"\n",
    );
    let hostile = "{{ 7*7 }}{% include 'x' %}";
    assert_eq!(asked.says(&[text(hostile)]), format!("{hostile} {hostile} Ann"));
}

#[test]
fn a_text_that_fails_is_silence_with_a_failure_that_holds_nothing_personal() {
    let asked = ask(
        "version: 1\nroutes:\n  - reply: [\"One\", \"{% if message.text == 'secret' %}{{ message.text | int }}{% endif %}!\"]\n",
    );
    assert_eq!(asked.decides(&[text("fine")]).contents.len(), 2);
    let decision = asked.decides(&[text("secret")]);
    assert!(decision.contents.is_empty(), "half an answer misleads");
    let failure = decision.failure.unwrap();
    assert!(failure.contains("line 3") && !failure.contains("secret"), "{failure}");
}

#[test]
fn hours_are_those_of_the_bots_zone_and_a_closed_shop_says_when_it_opens() {
    // The turn is on Saturday 2026-11-21 at 23:30 UTC, which is Sunday 01:30 in Johannesburg.
    let shop = |zone: &str| {
        ask(&format!(
            r#"version: 1
timezone: {zone}
hours: {{ shop: ["mon-fri 08:00-17:00", "sat 08:00-24:00"] }}
routes:
  - when: {{ during: shop }}
    reply: "We are {{% if hours.shop.open %}}here{{% else %}}away{{% endif %}}"
  - when: {{ outside: shop }}
    reply: "Back on {{{{ hours.shop.opens }}}}, {{{{ hours.shop.opens_at | date('%d.%m. %H:%M') }}}}"
"#
        ))
    };
    assert_eq!(shop("UTC").says(&[text("hi")]), "We are here");
    let closed = shop("Africa/Johannesburg");
    assert_eq!(closed.says(&[text("hi")]), "Back on Monday 08:00, 23.11. 08:00");
    assert_eq!(closed.judges(&[text("hi")]).1, "during shop: it is closed");
}

#[test]
fn a_route_may_be_for_one_number_and_for_some_people() {
    let asked = ask(r#"version: 1
numbers: { shop: "106540352242922", wholesale: "111111111111111" }
routes:
  - when: { number: wholesale }
    reply: wholesale
  - when: { contact: ["+27 82 123 4567", US.1] }
    reply: "a friend of the {{ number.nick }}"
  - reply: anybody
"#);
    assert_eq!(asked.says(&[text("hi")]), "a friend of the shop");
    let tried = asked.decides(&[text("hi")]).tried;
    assert_eq!(tried[0].because, "number: not written to wholesale");
    assert!(!tried[1].because.contains("27"), "who it is is nobody's business: {}", tried[1].because);
    let stranger = Asked { person: Person { user_id: Some(UserId::new("US.2")), ..Person::default() }, ..asked };
    assert_eq!(stranger.says(&[text("hi")]), "anybody");
}

#[test]
fn a_text_that_values_make_too_long_becomes_several_messages_and_no_more_than_are_allowed() {
    let asked = ask("version: 1\nroutes:\n  - reply: \"You said: {{ message.text }}\"\n");
    let said = "A sentence of fifty characters, more or less here. ";
    let decision = asked.decides(&[text(&said.repeat(100))]);
    let bodies = |decision: &Decision| -> Vec<String> {
        let text = |content: &Content| if let Content::Text(text) = content { text.body.clone() } else { String::new() };
        decision.contents.iter().map(text).collect()
    };
    let parts = bodies(&decision);
    assert_eq!(parts.len(), 2);
    assert!(parts.iter().all(|part| part.chars().count() <= 4096 && part.ends_with("less here.")), "{parts:?}");
    assert_eq!(parts.join(" "), format!("You said: {}", said.repeat(100).trim()));
    assert!(decision.warnings.is_empty());
    let endless = asked.decides(&[text(&said.repeat(1000))]);
    assert!(endless.contents.len() == 3 && bodies(&endless)[2].ends_with('…'), "{}", endless.contents.len());
    assert_eq!(endless.warnings, ["the message at line 3 was longer than 3 messages: its end was left out"]);
}

#[test]
fn what_values_make_too_long_is_cut_and_told() {
    let asked = ask(r#"version: 1
routes:
  - reply: { buttons: { body: Hello, buttons: [{ id: a, title: "{{ message.text }}" }, { id: b, title: B }] } }
"#);
    let decision = asked.decides(&[text("a title that is far too long")]);
    let [Content::Buttons(buttons)] = decision.contents.as_slice() else { panic!("{decision:?}") };
    assert_eq!(buttons.buttons[0].title, "a title that is far…");
    assert_eq!(decision.warnings, ["buttons[0].title of the message at line 3 was cut to Meta's limit"]);
    let empty = asked.decides(&[inbound(MessageType::Image, "", None)]);
    assert_eq!(empty.failure.as_deref(), Some("Meta would refuse buttons[0].title of the message at line 3"));
}

#[test]
fn a_text_that_comes_out_empty_is_not_sent() {
    let decision = ask("version: 1\nroutes:\n  - reply: \"{{ value.nothing }}\"\n").decides(&[text("x")]);
    assert_eq!(decision.silence.as_deref(), Some("the text at line 3 of the bot file is empty with these values"));
    assert_eq!((decision.contents, decision.failure), (vec![], None));
}

#[test]
fn sequences_use_lists_and_signs_become_messages_in_order() {
    let asked = ask(r"version: 1
conversation: { max_messages: 4, quote: true }
replies:
  both: [{ use: bye }, { text: { body: Done, status: success, preview_url: true } }]
  bye: Bye
routes:
  - reply:
      - use: both
      - list: { header: H, body: B, footer: F, button: Open, sections: [{ title: S, rows: [{ id: r, title: R, description: D }] }] }
      - silence
      - buttons: { body: Sure?, status: warning, buttons: [{ id: 1, title: Yes }] }
");
    let decision = asked.decides(&[text("x")]);
    assert!(decision.quote);
    insta::assert_snapshot!(serde_json::to_string_pretty(&decision.contents).unwrap());
}

#[test]
fn markdown_becomes_whatsapps_signs_only_where_it_is_asked_for() {
    let says = |markdown: &str| {
        ask(&format!("version: 1\nroutes:\n  - reply: {{ text: {{ body: '**a** {{{{ message.text }}}}'{markdown} }} }}\n"))
            .says(&[text("b")])
    };
    assert_eq!(says(", markdown: true, status: success"), "✅ *a* b");
    assert_eq!(says(""), "**a** b");
}

#[test]
fn access_turns_people_away_before_any_route_is_tried() {
    let file = |access: &str| format!("version: 1\naccess: {access}\nroutes:\n  - reply: yes\n");
    let allowed = |access: &str| !ask(&file(access)).decides(&[text("x")]).contents.is_empty();
    assert!(allowed("{ allow: [+27821234567] }"));
    assert!(allowed("{ allow: \"+27 82 123 4567\" }"));
    assert!(allowed("{}"));
    assert!(!allowed("{ allow: [+14155551234] }"));
    assert!(!allowed("{ deny: [+27821234567] }"));
    assert!(!allowed("{ allow: [+27821234567], deny: [+27821234567] }"));
    let decision = ask(&file("{ allow: [US.1349] }")).decides(&[text("x")]);
    assert_eq!((decision.tried.len(), decision.silence.as_deref()), (0, Some("access: this person is not on the allow list")));
    let mut asked = ask(&file("{ allow: [US.1349], otherwise: Members only }"));
    assert_eq!(asked.says(&[text("x")]), "Members only");
    asked.person = Person { user_id: Some(UserId::new("US.1349")), ..Person::default() };
    assert_eq!(asked.says(&[text("x")]), "yes");
}

#[test]
fn a_reaction_opens_a_turn_only_where_a_route_names_it() {
    let plain = ask_when("{ word: x }").bot;
    assert!(plain.opens_a_turn(&MessageType::Image) && !plain.opens_a_turn(&MessageType::Reaction));
    assert!(ask_when("{ any: [{ type: reaction }] }").bot.opens_a_turn(&MessageType::Reaction));
    assert!(!ask_when("{ not: { type: reaction } }").bot.opens_a_turn(&MessageType::Reaction));
    assert!(ask_when("{ type: edit }").bot.opens_a_turn(&MessageType::Other("edit".into())));
}

#[test]
fn a_turn_without_messages_is_answered_without_panic() {
    assert_eq!(ask("version: 1\nroutes:\n  - reply: \"a{{ message.text }}\"\n").says(&[]), "a");
}

#[test]
fn the_built_in_bot_answers_hello_and_every_button_and_row_it_shows() {
    let bot = Bot::built_in();
    let problems: Vec<_> = bot.warnings().iter().filter(|warning| !warning.message.contains("billed")).collect();
    assert!(problems.is_empty(), "{problems:?}");
    let fallback = bot.say(&["qwertz"], false).route;
    for words in ["hello", "Hi!", "HEY there", "menu", "thanks", "order #4711", "are you open on Sunday?"] {
        let decision = bot.say(&[words], false);
        assert!(!decision.contents.is_empty() && decision.route != fallback, "{words}: {decision:?}");
    }
    let mut taps = Vec::new();
    let mut ahead = bot.say(&["hello"], true).contents;
    while let Some(content) = ahead.pop() {
        let shown: Vec<String> = match content {
            Content::Buttons(buttons) => buttons.buttons.iter().map(|button| format!("button:{}", button.id)).collect(),
            Content::List(list) => {
                list.sections.iter().flat_map(|section| &section.rows).map(|row| format!("list:{}", row.id)).collect()
            }
            Content::Text(_) => vec![],
        };
        for tap in shown {
            let decision = bot.tap(&tap);
            let because = &decision.tried.last().unwrap().because;
            assert!(because.starts_with("choice:") || because.contains("choice: "), "{tap}: {because}");
            assert!(!decision.contents.is_empty(), "{tap}: {decision:?}");
            if !taps.contains(&tap) {
                taps.push(tap);
                ahead.extend(decision.contents);
            }
        }
    }
    assert!(taps.len() >= 6, "{taps:?}");
    assert!(SAMPLE.starts_with('#'));
}

#[test]
fn no_text_and_no_tap_makes_a_bot_panic() {
    let asked = std::cell::RefCell::new(ask(SAMPLE));
    proptest::proptest!(|(said in proptest::collection::vec(".*", 0..4), choice in ".*", name in ".*")| {
        let mut asked = asked.borrow_mut();
        asked.person.name = Some(name);
        let mut messages: Vec<Inbound> = said.iter().map(|said| text(said)).collect();
        messages.push(inbound(MessageType::List, "", Some(&choice)));
        for content in asked.decides(&messages).contents {
            assert!(content.problems().is_empty());
        }
    });
}
