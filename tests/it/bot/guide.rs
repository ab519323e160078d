//! The guide says what is true.

use std::fs;

use wabridge::bot::{Bot, BotSource, Bots};
use wabridge::clock::Clock;

fn guide() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/bot.md")).expect("the guide")
}

/// The cells of a table's row that are code, without their ticks.
fn code(row: &str) -> Vec<&str> {
    row.split('`').skip(1).step_by(2).collect()
}

fn section<'a>(guide: &'a str, heading: &str) -> &'a str {
    let (_, after) = guide.split_once(heading).expect("the heading");
    after.split("\n## ").next().unwrap_or(after)
}

#[test]
fn every_bot_in_the_guide_is_right() {
    let guide = guide();
    let bots: Vec<&str> = guide.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!bots.is_empty());
    for bot in bots {
        Bot::parse(bot).unwrap_or_else(|problems| panic!("{}", problems[0]));
    }
}

#[test]
fn every_condition_in_the_guide_is_right() {
    let guide = guide();
    let rows: Vec<&str> = section(&guide, "| `when` | holds if |").lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(rows.len(), 12);
    for row in rows {
        let when = code(row)[0].replace("{ … }", "{ first: true }");
        let named = "numbers: { shop: \"106540352242922\" }\nhours: { office: mon-fri 08:00-17:00 }";
        let file = format!("version: 1\n{named}\nroutes:\n  - when: {{ {when} }}\n    reply: x\n");
        Bot::parse(&file).unwrap_or_else(|problems| panic!("{when}: {}", problems[0]));
    }
}

#[test]
fn every_trap_in_the_guide_is_refused_and_its_way_out_works() {
    let guide = guide();
    let rows: Vec<&str> = section(&guide, "## Traps of YAML").lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(rows.len(), 5);
    for row in rows {
        let cells = code(row);
        let (trap, way_out) = (cells[0], cells[cells.len() - 1]);
        let file = |line: &str| match line.strip_prefix("regex") {
            Some(_) => format!("version: 1\nroutes:\n  - reply: x\n    when:\n      {line}\n"),
            None => format!("version: 1\nroutes:\n  - {line}\n"),
        };
        let problems = Bot::parse(&file(trap)).expect_err(trap);
        assert!(problems[0].line >= Some(3) && !problems[0].remedy.is_empty(), "{trap}: {}", problems[0]);
        Bot::parse(&file(way_out)).unwrap_or_else(|problems| panic!("{way_out}: {}", problems[0]));
    }
}

#[test]
fn every_key_that_the_guide_calls_unbuilt_is_refused_as_such() {
    let guide = guide();
    let part = section(&guide, "## Not in this version");
    let keys = code(part);
    assert!(keys.len() > 13, "{keys:?}");
    for (n, key) in keys.iter().enumerate() {
        // As the guide orders them: 7 keys of the file, 4 of a route, then conditions.
        let file = match n {
            0..7 => format!("version: 1\n{key}: x\nroutes: []\n"),
            7..11 => format!("version: 1\nroutes:\n  - {key}: x\n    reply: x\n"),
            _ => format!("version: 1\nroutes:\n  - when: {{ {key}: x }}\n    reply: x\n"),
        };
        let told = Bot::parse(&file).expect_err(key)[0].message.clone();
        assert!(told.starts_with(&format!("`{key}`")) && told.ends_with("not in this version"), "{told}");
    }
}

#[test]
fn the_bot_of_the_repository_can_be_loaded_from_its_file() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/bot.yaml");
    assert!(Bots::load(BotSource::File(file.into()), Clock::default()).is_ok());
}
