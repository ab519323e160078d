//! The phone page in a real browser, in front of the real `wabridge dev`.
//!
//! Where Chromium or its driver is missing, each test says SKIPPED and why, and passes.

mod browser;

use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use futures_util::FutureExt;
use tempfile::TempDir;

use browser::{Browser, DOWN, ENTER, ESCAPE, Killed, UP, wait_for_line};

/// A browser takes a core of its own: one at a time is faster than all at once.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

const BOT: &str = r#"version: 1
conversation:
  debounce: 0s
routes:
  - name: greeting
    when: { word: hello }
    reply:
      buttons:
        body: "Welcome. What shall it be?"
        buttons:
          - { id: hours, title: Opening hours }
          - { id: place, title: Where we are }
  - name: hours
    when: { choice: hours }
    reply: Open from eight to five.
  - name: place
    when: { choice: place }
    reply: At the corner.
  - name: shelves
    when: { word: shelves }
    reply:
      list:
        body: "Choose a shelf."
        button: See the shelves
        sections:
          - rows:
              - { id: bread, title: Bread, description: Baked this morning }
              - { id: milk, title: Milk }
  - name: bread
    when: { choice: bread }
    reply: Bread is on the left.
  - name: echo
    when: { contains: "<img" }
    reply: "You wrote {{ message.text }}"
"#;

/// The last message of the bot, and whether it has this text.
const LAST: &str = "[...document.querySelectorAll('[data-testid=message][data-direction=out]')].at(-1)";

fn last_says(text: &str) -> String {
    format!("{LAST}?.querySelector('.words')?.textContent === {}", serde_json::json!(text))
}

/// `wabridge dev` with a bot and chats of its own.
struct Dev {
    address: String,
    bot: PathBuf,
    process: Killed,
    _folder: TempDir,
}

impl Dev {
    fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let bot = folder.path().join("bot.yaml");
        std::fs::write(&bot, BOT).expect("a bot file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_wabridge"));
        command.args(["dev", "--port", "0", "--data-dir"]).arg(folder.path().join("data")).arg("--bot").arg(&bot);
        let mut child =
            command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("wabridge starts");
        let address = wait_for_line(&mut child, |line| {
            let start = line.find("http://127.0.0.1:")?;
            line[start..].split_whitespace().next().map(|address| address.trim_end_matches('/').to_owned())
        });
        Self { address, bot, process: Killed(child), _folder: folder }
    }
}

/// Runs a test in front of a fresh server; afterwards the browser must not have complained.
async fn in_a_browser(test: impl AsyncFnOnce(&Browser, &mut Dev)) {
    if !Browser::is_installed() {
        // Not `println!`: the test runner would swallow it, and a skipped test must be seen.
        let skipped = "SKIPPED page: chromium is not installed (Debian: apt-get install chromium chromium-driver)";
        writeln!(std::io::stderr(), "{skipped}").expect("stderr is there");
        return;
    }
    let _turn = ONE_AT_A_TIME.lock().await;
    let mut dev = Dev::start();
    let browser = Browser::open(&dev.address).await;
    let outcome = AssertUnwindSafe(async {
        browser.until("document.querySelector('[data-testid=empty]')").await;
        test(&browser, &mut dev).await;
    });
    let outcome = outcome.catch_unwind().await;
    let complaints = browser.close().await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
    let unexpected: Vec<_> = complaints
        .iter()
        .filter(|complaint| !complaint.contains("ERR_CONNECTION_REFUSED") && !complaint.contains("net::ERR_"))
        .collect();
    assert!(unexpected.is_empty(), "the browser complained: {unexpected:#?}");
}

async fn say(browser: &Browser, text: &str) {
    browser.click("#field").await;
    browser.press(text).await;
    browser.press(ENTER).await;
}

#[tokio::test]
async fn hello_is_answered_with_two_ticks_and_a_tapped_button_gets_its_answer() {
    in_a_browser(async |browser, _| {
        say(browser, "hello").await;
        browser.until(&last_says("Welcome. What shall it be?")).await;
        browser
            .until(&format!(
                "['delivered', 'read'].includes({LAST}.dataset.status) && {LAST}.querySelector('[data-testid=tick] .icon-two')"
            ))
            .await;
        browser.click("[data-testid=button][data-choice=place]").await;
        browser.until(&last_says("At the corner.")).await;
        browser.until("document.querySelector('[data-testid=sentence]').textContent.startsWith('place answered')").await;
        let question = "[...document.querySelectorAll('[data-direction=in]')].at(-1)";
        assert_eq!(browser.value(&format!("{question}.querySelector('.words').textContent")).await, "Where we are");
        browser.until("document.querySelector('[data-testid=billed-count]').textContent.includes('2 billed')").await;
    })
    .await;
}

#[tokio::test]
async fn a_row_of_a_list_is_chosen_in_its_sheet() {
    in_a_browser(async |browser, _| {
        say(browser, "shelves").await;
        browser.until("document.querySelector('[data-testid=open-list]')").await;
        browser.click("[data-testid=open-list]").await;
        browser.until("document.querySelector('dialog[open] [data-choice=bread]')").await;
        browser.click("dialog [data-choice=bread]").await;
        browser.until(&last_says("Bread is on the left.")).await;
        assert_eq!(browser.value("document.querySelector('dialog')").await, serde_json::Value::Null);
    })
    .await;
}

#[tokio::test]
async fn a_mistake_in_the_bot_file_is_shown_until_it_is_repaired_and_the_old_version_answers() {
    in_a_browser(async |browser, dev| {
        std::fs::write(&dev.bot, BOT.replace("reply: At the corner.", "replay: At the corner.")).unwrap();
        browser.until("document.querySelector('[data-testid=banner]')").await;
        let banner = browser.value("document.querySelector('[data-testid=banner]').innerText").await;
        let banner = banner.as_str().unwrap();
        let line = BOT.lines().position(|line| line.contains("At the corner")).unwrap() + 1;
        for wanted in [format!("bot.yaml:{line}"), "replay".into(), "^".into(), "Still answering with the version of".into()] {
            assert!(banner.contains(&wanted), "{wanted:?} is not in the banner:\n{banner}");
        }
        say(browser, "hello").await;
        browser.until(&last_says("Welcome. What shall it be?")).await;
        std::fs::write(&dev.bot, BOT).unwrap();
        browser.until("!document.querySelector('[data-testid=banner]')").await;
    })
    .await;
}

#[tokio::test]
async fn markup_in_texts_and_names_stays_text() {
    let hostile = r#"<img src=x onerror="document.title='taken'"><b>bold</b>"#;
    in_a_browser(async |browser, _| {
        say(browser, hostile).await;
        browser.until(&last_says(&format!("You wrote {hostile}"))).await;
        browser.click("[data-testid=add-person]").await;
        browser.press("<img src=x>").await;
        browser.click("dialog [name=username]").await;
        browser.press("mallory").await;
        browser.press(ENTER).await;
        browser.until("document.querySelector('[data-testid=who]').textContent.includes('You are <img src=x>')").await;
        assert_eq!(browser.value("document.querySelectorAll('img, .words b, script:not([src])').length").await, 0);
        let title = browser.value("document.title").await;
        assert!(title.as_str().unwrap().starts_with("<img src=x> to "), "{title}");
    })
    .await;
}

#[tokio::test]
async fn nothing_scrolls_sideways_on_a_phone() {
    let wide = "[document.documentElement, ...document.querySelectorAll('#chat, #log, #why, #trouble, #people')].filter((area) => area.scrollWidth > area.clientWidth).map((area) => area.id || area.tagName)";
    in_a_browser(async |browser, _| {
        browser.resize(360, 740).await;
        say(browser, &format!("hello {}", "unbreakable".repeat(30))).await;
        browser.until(&last_says("Welcome. What shall it be?")).await;
        assert_eq!(browser.value(wide).await, serde_json::json!([]));
        browser.click("[data-testid=message][data-direction=out] .words").await;
        browser.until("document.body.dataset.sheet === 'panel' && document.querySelector('#chat').inert").await;
        assert_eq!(browser.value(wide).await, serde_json::json!([]));
        browser.click("#tab-trouble").await;
        assert_eq!(browser.value(wide).await, serde_json::json!([]));
        browser.press(ESCAPE).await;
        browser.until("!document.body.dataset.sheet && !document.querySelector('#chat').inert").await;
        browser.click("[data-testid=who]").await;
        browser.until("document.body.dataset.sheet === 'people'").await;
        assert_eq!(browser.value(wide).await, serde_json::json!([]));
    })
    .await;
}

#[tokio::test]
async fn everything_is_reached_by_keyboard() {
    in_a_browser(async |browser, _| {
        // The field has the focus from the start.
        browser.press("hello").await;
        browser.press(ENTER).await;
        browser.until(&last_says("Welcome. What shall it be?")).await;
        browser.press(UP).await;
        browser.until("document.activeElement.matches('.bubble')").await;
        browser.press(UP).await;
        browser.until("document.activeElement.closest('[data-direction=in]')").await;
        browser.press(DOWN).await;
        browser.until("document.activeElement.closest('[data-direction=out]')").await;
        browser.press(ENTER).await;
        browser.until("document.activeElement.dataset.choice === 'hours'").await;
        browser.press(ENTER).await;
        browser.until(&last_says("Open from eight to five.")).await;
        assert_ne!(browser.value("document.activeElement.tagName").await, "BODY");
        browser.press(ESCAPE).await;
        browser.press(ESCAPE).await;
        browser.until("document.activeElement.id === 'field'").await;
    })
    .await;
}

#[tokio::test]
async fn a_fault_that_is_on_stands_over_the_chat_and_is_turned_off_there() {
    in_a_browser(async |browser, _| {
        browser.click("#tab-trouble").await;
        browser.click("[data-testid=fault-send-131026]").await;
        browser.until("document.querySelector('[data-testid=strip]').textContent.includes('Not deliverable, next time')").await;
        browser.click("[data-testid=fault-off]").await;
        browser.until("!document.querySelector('[data-testid=strip]').textContent").await;
        browser.click("[data-testid=fault-send-131026]").await;
        browser.until("document.querySelector('[data-testid=fault-off]')").await;
        say(browser, "hello").await;
        browser.until(&format!("{LAST}?.querySelector('[data-testid=error]')?.textContent.includes('131026')")).await;
        browser.click("#tab-why").await;
        browser.until("document.querySelector('[data-testid=sentence]').textContent.includes('131026')").await;
    })
    .await;
}

#[tokio::test]
async fn a_stopped_server_is_told_and_what_was_typed_stays() {
    in_a_browser(async |browser, dev| {
        dev.process.0.kill().unwrap();
        browser.until("document.querySelector('[data-testid=offline]')").await;
        say(browser, "hello").await;
        browser.until("document.querySelector('[data-testid=toast]').textContent").await;
        browser.until("document.querySelector('#field').value === 'hello'").await;
    })
    .await;
}

#[tokio::test]
async fn what_waits_says_so_in_the_chat_and_what_never_arrived_cannot_be_tapped() {
    in_a_browser(async |browser, _| {
        browser.click("#tab-trouble").await;
        browser.click("[data-testid=fault-send-500]").await;
        browser.until("document.querySelector('[data-testid=strip]').textContent").await;
        say(browser, "hello").await;
        browser.until(&format!("{LAST}?.textContent.includes('outcome unknown')")).await;
        browser.until(&format!("{LAST}.querySelectorAll('[data-testid=button]:disabled').length === 2")).await;
        say(browser, "shelves").await;
        browser.until("document.querySelector('[data-testid=waits]')?.textContent.includes('+11 min twice')").await;
        browser.click("#tab-why").await;
        browser.until("document.querySelector('[data-testid=sentence]').textContent.startsWith('It waits')").await;
    })
    .await;
}

#[tokio::test]
async fn many_switches_and_a_notice_cover_nothing() {
    let cut = "[...document.querySelectorAll('.strip, .strip li, .strip button')].some((one) => one.scrollHeight > one.clientHeight || one.scrollWidth > one.clientWidth)";
    let notice = "document.querySelector('#toast.shown')?.getBoundingClientRect()";
    let covers = "document.querySelector('#toast').getBoundingClientRect().bottom > document.querySelector('#chat').getBoundingClientRect().top";
    in_a_browser(async |browser, _| {
        browser.click("#tab-trouble").await;
        for fault in ["131047", "131026", "130429", "500", "hang", "accept_then_reset", "3000"] {
            browser.click(&format!("[data-testid=fault-send-{fault}]")).await;
        }
        browser.until("document.querySelector('[data-testid=more-faults]')?.textContent === '+5 more'").await;
        assert_eq!(browser.value(cut).await, false);
        say(browser, "x").await;
        browser.until("document.querySelector('[data-testid=message] [data-status=delivered], [data-testid=message] [data-status=read]')").await;
        browser.click("[data-testid=redeliver]").await;
        browser.until(notice).await;
        assert_eq!(browser.value(covers).await, false);
        browser.resize(360, 740).await;
        assert_eq!(browser.value(cut).await, false);
    })
    .await;
}
