//! Documents and code say the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;
use wabridge::bot::Bot;
use wabridge::cli::{ReferencePage, reference_page};
use wabridge::config;
use wabridge::domain::Content;

use crate::architecture::rust_files;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All Markdown files of the repository that people read.
pub(crate) fn pages() -> Vec<PathBuf> {
    let mut found: Vec<_> = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"].map(|name| root().join(name)).into();
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn the_generated_pages_are_those_of_this_version() {
    for (page, name) in [(ReferencePage::Configuration, "configuration"), (ReferencePage::Cli, "cli")] {
        let path = format!("docs/reference/{name}.md");
        assert!(read(&path) == reference_page(page), "{path} is stale: run  cargo run -- reference {name} > {path}");
    }
}

#[test]
fn the_example_of_an_env_file_names_every_variable_and_no_other() {
    let example = read(".env.example");
    for variable in config::ALL {
        assert!(example.contains(&format!("{}=", variable.name)), ".env.example does not name {}", variable.name);
    }
    let assigned = |line: &str| line.trim_start_matches('#').split_once('=').map(|(name, _)| name.to_owned());
    let is_name = |name: &String| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    for name in example.lines().filter_map(assigned).filter(is_name) {
        assert!(config::ALL.iter().any(|variable| variable.name == name), ".env.example names {name}, which nothing reads");
    }
}

#[test]
fn the_readme_is_short_and_begins_with_the_two_commands() {
    let readme = read("README.md");
    assert!(readme.lines().count() <= 150, "README.md has {} lines, at most 150", readme.lines().count());
    let run = readme.find("cargo run -- dev").expect("the command to run it");
    let test = readme.find("cargo test").expect("the command to test it");
    assert!(run < test);
}

#[test]
fn the_bots_in_the_documents_are_right() {
    let mut seen = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("text");
        let blocks = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
        for block in blocks.filter(|block| block.starts_with("version: 1")) {
            seen += 1;
            if let Err(problems) = Bot::parse(block) {
                panic!("{}: {problems:#?}\n{block}", page.display());
            }
        }
    }
    assert!(seen > 0, "there is not even the bot of the README");
}

#[test]
fn the_bot_of_the_readme_answers_as_the_readme_says() {
    let readme = read("README.md");
    let block = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a bot");
    assert!(readme.contains("`wabridge check --say \"price\"`"));
    let bot = Bot::parse(block).expect("the bot is right");
    assert!(bot.warnings().is_empty(), "{:?}", bot.warnings());
    for (decision, expected) in [
        (bot.say(&["what is the price?"], false), "buttons"),
        (bot.say(&["price"], true), "buttons"),
        (bot.say(&["hello"], true), "Welcome, Alex!"),
        (bot.tap("button:small"), "10 euros."),
        (bot.tap("button:large"), "20 euros."),
    ] {
        let said = decision.contents.iter().map(|content| match content {
            Content::Text(text) => text.body.as_str(),
            Content::Buttons(_) | Content::List(_) => content.kind(),
        });
        assert!(said.collect::<String>().starts_with(expected), "{expected}: {decision:?}");
    }
}

#[test]
fn compose_mounts_the_bot_that_is_in_the_repository() {
    assert!(read("compose.yaml").contains("- ./bot.yaml:/data/bot.yaml:ro"));
    assert!(root().join("bot.yaml").is_file(), "a file that is not there would be mounted as a folder");
}

#[test]
fn every_link_inside_the_repository_leads_somewhere() {
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("text");
        for target in
            links(&text).filter(|target| !target.contains("://") && !target.starts_with('#') && !target.starts_with("mailto:"))
        {
            let file = target.split('#').next().expect("a path");
            assert!(
                page.parent().expect("a folder").join(file).exists(),
                "{} links to {target}, which is not there",
                page.display()
            );
        }
    }
}

pub(crate) fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

#[test]
fn the_page_on_errors_explains_every_code_of_the_receiver() {
    let page = read("docs/errors.md");
    let source = read("src/ingest/error.rs");
    let codes: BTreeSet<&str> = source.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(codes.len() >= 10, "the codes are no longer found where this test looks: {codes:?}");
    for code in codes {
        assert!(page.contains(&format!("`{code}`")), "docs/errors.md does not explain {code}");
    }
}

#[test]
fn the_page_on_logging_names_every_field_that_is_logged() {
    let page = read("docs/logging.md");
    let line = Regex::new(r"(?s)tracing::(?:trace|debug|info|warn|error|\$level)!\((.*?)\);").expect("a regex");
    let field = Regex::new(r"\b([a-z_]+\.[a-z_]+) = ").expect("a regex");
    let mut seen = 0;
    for file in super::architecture::rust_files(&root().join("src")) {
        let source = std::fs::read_to_string(&file).expect("text");
        let code = source.split("#[cfg(test)]").next().expect("a beginning");
        for macros in line.captures_iter(code) {
            for name in field.captures_iter(&macros[1]) {
                seen += 1;
                assert!(
                    page.contains(&format!("`{}`", &name[1])),
                    "{}: docs/logging.md does not name {}",
                    file.display(),
                    &name[1]
                );
            }
        }
    }
    assert!(seen > 5, "log lines are no longer found where this test looks");
}

#[test]
fn the_page_on_logging_lists_the_metrics_that_are_counted_and_no_other() {
    let counted = Regex::new(r#"metric = "([a-z_.]+)""#).expect("a regex");
    let sources = super::architecture::rust_files(&root().join("src"));
    let code: String = sources.iter().map(|file| std::fs::read_to_string(file).expect("text")).collect();
    let counted: BTreeSet<_> = counted.captures_iter(&code).map(|found| found[1].to_owned()).collect();
    let page = read("docs/logging.md");
    let (_, table) = page.split_once("## Metrics").expect("a part on metrics");
    let listed = Regex::new(r"(?m)^\| `([a-z_.]+)` \|").expect("a regex");
    let listed: BTreeSet<_> = listed.captures_iter(table).map(|found| found[1].to_owned()).collect();
    assert_eq!(counted, listed);
}

#[test]
fn every_place_where_a_process_may_die_is_in_the_crash_table_and_every_test_of_the_table_exists() {
    let table = read("docs/delivery.md");
    let points = read("src/failure_points.rs");
    let names = Regex::new(r"(?m)^    ([RBTE]\d+),$").expect("a pattern");
    let named: BTreeSet<_> = names.captures_iter(&points).map(|found| found[1].to_owned()).collect();
    assert!(named.len() > 15, "{named:?}");
    for name in &named {
        let row = Regex::new(&format!(r"(?m)^\|.*\b{name}\b")).expect("a pattern");
        assert!(row.is_match(&table), "docs/delivery.md does not say what happens after a crash at {name}");
    }
    let tests: String = ["tests/torture", "tests/conformance", "tests/it"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .map(|file| std::fs::read_to_string(file).expect("a test"))
        .collect();
    for quoted in Regex::new(r"`([a-z_]{25,})`").expect("a pattern").captures_iter(&table) {
        let definition = format!("fn {}(", &quoted[1]);
        assert!(tests.contains(&definition), "docs/delivery.md names the test {}, which is not there", &quoted[1]);
    }
}
