//! The file changes while the bot answers: the newest version that is right answers, and the status says what is wrong with a newer one.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use wabridge::bot::{BotSource, Bots};
use wabridge::clock::Clock;
use wabridge::domain::Content;

const GOOD: &str = "version: 1\nroutes:\n  - reply: one\n";
const BETTER: &str = "version: 1\nroutes:\n  - { when: { word: x }, reply: x }\n  - reply: two\n";
const WRONG: &str = "version: 1\nroutes:\n  - reply: {{ name }}\n";

struct Desk {
    _folder: tempfile::TempDir,
    file: PathBuf,
    clock: Clock,
    bots: Bots,
}

fn desk() -> Desk {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("bot.yaml");
    fs::write(&file, GOOD).expect("writing it");
    let clock = Clock::default();
    let bots = Bots::load(BotSource::File(file.clone()), clock.clone()).expect("a right bot");
    Desk { _folder: folder, file, clock, bots }
}

impl Desk {
    fn says(&self) -> String {
        match self.bots.current().expect("a bot").say(&["hello"], true).contents.as_slice() {
            [Content::Text(text)] => text.body.clone(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_new_version_answers_as_soon_as_it_is_read() {
    let desk = desk();
    assert_eq!(desk.says(), "one");
    let before = desk.bots.status().borrow().clone();
    assert_eq!((before.routes, before.version.len()), (1, 12));
    fs::write(&desk.file, BETTER).unwrap();
    desk.clock.advance(Duration::from_mins(1));
    desk.bots.reload();
    assert_eq!(desk.says(), "two");
    let after = desk.bots.status().borrow().clone();
    assert_eq!(after.routes, 2);
    assert_ne!(after.version, before.version);
    assert!(after.read_at > before.read_at);
}

#[test]
fn a_wrong_version_never_replaces_a_right_one_and_the_status_says_why() {
    let desk = desk();
    let mut status = desk.bots.status();
    let before = status.borrow_and_update().clone();
    fs::write(&desk.file, WRONG).unwrap();
    desk.bots.reload();
    assert_eq!(desk.says(), "one");
    assert!(status.has_changed().unwrap());
    let now = status.borrow_and_update().clone();
    assert_eq!((now.version, now.read_at), (before.version, before.read_at));
    assert_eq!((now.problems[0].line, now.problems[0].column), (Some(3), Some(13)));
    desk.bots.reload();
    assert!(!status.has_changed().unwrap(), "the same text is not told twice");
    fs::write(&desk.file, GOOD).unwrap();
    desk.bots.reload();
    assert!(status.borrow_and_update().problems.is_empty());
}

#[test]
fn a_file_that_vanishes_or_turns_into_something_else_leaves_the_bot_answering() {
    let desk = desk();
    fs::remove_file(&desk.file).unwrap();
    desk.bots.reload();
    assert!(desk.bots.status().borrow().problems[0].message.ends_with("cannot be read: there is no such file"));
    fs::create_dir(&desk.file).unwrap();
    desk.bots.reload();
    assert!(desk.bots.status().borrow().problems[0].message.ends_with("it is a folder"));
    fs::remove_dir(&desk.file).unwrap();
    fs::write(&desk.file, [0xff, 0xfe]).unwrap();
    desk.bots.reload();
    assert!(desk.bots.status().borrow().problems[0].message.ends_with("it is not UTF-8 text"));
    assert_eq!(desk.bots.status().borrow().problems[0].remedy, "save it as UTF-8");
    assert_eq!(desk.says(), "one");
    fs::write(&desk.file, BETTER).unwrap();
    desk.bots.reload();
    assert_eq!(desk.says(), "two");
    assert!(desk.bots.status().borrow().problems.is_empty());
}

#[tokio::test]
async fn watching_finds_a_change_by_itself() {
    let desk = desk();
    let mut status = desk.bots.status();
    let found = async {
        fs::write(&desk.file, BETTER).unwrap();
        status.wait_for(|status| status.routes == 2).await.unwrap();
        fs::remove_file(&desk.file).unwrap();
        status.wait_for(|status| !status.problems.is_empty()).await.unwrap();
    };
    tokio::select! {
        () = desk.bots.watch(Duration::from_millis(5)) => panic!("watching never ends by itself"),
        () = found => {}
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("the change was not found"),
    }
}

#[test]
fn a_first_version_that_is_wrong_or_missing_is_refused() {
    let missing = Bots::load(BotSource::File("no/such/bot.yaml".into()), Clock::default()).unwrap_err();
    assert_eq!(
        missing[0].to_string(),
        "no/such/bot.yaml cannot be read: there is no such file\n  → `wabridge init` writes a small bot to start from"
    );
    let desk = desk();
    fs::write(&desk.file, WRONG).unwrap();
    assert!(Bots::load(BotSource::File(desk.file.clone()), Clock::default()).is_err());
}

#[test]
fn the_bots_can_be_shared_between_tasks() {
    fn shared<T: Send + Sync + 'static>(_: &T) {}
    shared(&desk().bots);
}

#[test]
fn the_built_in_bot_and_no_bot_need_no_file() {
    let built_in = Bots::load(BotSource::BuiltIn, Clock::default()).unwrap();
    assert!(built_in.current().is_some() && built_in.status().borrow().file.is_none());
    let none = Bots::load(BotSource::None, Clock::default()).unwrap();
    assert!(none.current().is_none());
    assert_eq!((none.status().borrow().routes, none.status().borrow().version.clone()), (0, String::new()));
    none.reload();
}
