//! Every command in the documents, and in what Terraform prints, is one that is there; every link leads to a heading or a known place.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;
use serde_json::Value;

use crate::docs::{links, pages, read, root};
use crate::emulators;

/// Where documents may point. A misspelt one is not in this list.
const PLACES: [&str; 9] = [
    "http://127.0.0.1:",
    "http://localhost:8080",
    "https://developers.facebook.com/",
    "https://docs.rs/",
    "https://graph.facebook.com",
    "https://keepachangelog.com",
    "https://rustup.rs",
    "https://github.com/",
    "https://www.standardwebhooks.com",
];

/// One command, where it stands.
struct Written {
    place: String,
    words: Vec<String>,
}

/// The commands of a program: lines of shell blocks, code in sentences, texts of Terraform.
fn commands_of(program: &str) -> Vec<Written> {
    let mut found = Vec::new();
    let begin = &Regex::new(&format!(r"(?:^|[ (/]|-- ){program} ")).unwrap();
    let code = Regex::new(r"`([^`\n]+)`").unwrap();
    for page in pages() {
        let place = page.display().to_string();
        // A command may go on in the next line.
        let text = std::fs::read_to_string(&page).unwrap().replace("\\\n", " ");
        let mut in_block = None;
        for line in text.lines() {
            match (line.strip_prefix("```"), in_block) {
                (Some(kind), None) => in_block = Some(kind == "sh"),
                (Some(_), Some(_)) => in_block = None,
                (None, Some(true)) => found.extend(commands(begin, line).map(|words| Written { place: place.clone(), words })),
                (None, Some(false)) => {}
                // Generated from texts of the program, which are plain.
                (None, None) if page.ends_with("configuration.md") => {
                    found.extend(commands(begin, line).map(|words| Written { place: place.clone(), words }));
                }
                (None, None) => {
                    let pieces = code.captures_iter(line).flat_map(|piece| commands(begin, piece.get(1).unwrap().as_str()));
                    found.extend(pieces.map(|words| Written { place: place.clone(), words }));
                }
            }
        }
    }
    let inserted = Regex::new(r"\$\{[^}]*\}").unwrap();
    for file in terraform_files() {
        let text = std::fs::read_to_string(&file).unwrap().replace("\\\"", "'");
        for text in text.split('"').skip(1).step_by(2) {
            let text = inserted.replace_all(text, "X");
            found.extend(commands(begin, &text).map(|words| Written { place: file.display().to_string(), words }));
        }
    }
    found
}

fn terraform_files() -> Vec<PathBuf> {
    let files = std::fs::read_dir(root().join("terraform")).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "tf")).collect()
}

/// Each call of the program in a line of shell or a sentence: what stands behind its name, up to the end of the call.
fn commands<'a>(begin: &'a Regex, line: &'a str) -> impl Iterator<Item = Vec<String>> + 'a {
    begin
        .find_iter(line)
        .map(|found| call(&line[found.end()..]))
        .filter(|words| !words.is_empty() && words != &["…"] && words != &[".."])
}

/// Words as a shell splits them, up to a comment, a separator or the rest of a sentence.
fn call(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut quote = None;
    let mut word = String::new();
    for letter in text.chars() {
        match (letter, quote) {
            ('\'' | '"', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (';' | '|' | '&' | '>' | '#' | '(' | ')' | ',' | ':', None) => break,
            (' ', None) if !word.is_empty() => words.push(std::mem::take(&mut word)),
            (' ', None) => {}
            (letter, _) => word.push(letter),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    // The end of a sentence; `..` is a folder.
    if let Some(last) = words.last_mut().filter(|last| *last != "..") {
        last.truncate(last.trim_end_matches('.').len());
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_command_of_ours_in_the_documents_is_understood() {
    let mut ours = commands_of("wabridge");
    ours.extend(commands_of("cargo run --"));
    assert!(ours.len() > 40, "the documents have commands: {}", ours.len());
    let subcommands: BTreeSet<_> = ours.iter().filter_map(|command| command.words.first().cloned()).collect();
    for wanted in ["dev", "serve", "events", "replay", "dead-letters", "doctor", "subscribe", "media", "check", "simulate"] {
        assert!(subcommands.contains(wanted), "no document shows {wanted}");
    }
    for Written { place, words } in ours {
        let output = Command::new(env!("CARGO_BIN_EXE_wabridge")).args(&words).arg("--help").output().unwrap();
        assert!(output.status.success(), "{place}: wabridge {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn every_command_of_google_in_the_documents_is_in_its_sdk() {
    let Some(tree) = gcloud() else {
        let skipped = "SKIPPED documented: the Google Cloud SDK with its table of commands is not here";
        return writeln!(std::io::stderr(), "{skipped}").unwrap();
    };
    let all = commands_of("gcloud");
    assert!(all.len() > 15, "the documents have commands: {}", all.len());
    for Written { place, words } in all {
        let mut node = &tree;
        let mut flags: Vec<&Value> = vec![&tree["flags"]];
        for word in &words {
            if let Some(flag) = word.strip_prefix("--") {
                let name = format!("--{}", flag.split('=').next().unwrap());
                let known = flags.iter().any(|flags| flags.get(&name).is_some());
                assert!(known, "{place}: gcloud {} has no {name}", words.join(" "));
            } else if let Some(next) = node["commands"].get(word) {
                node = next;
                flags.push(&node["flags"]);
            } else {
                let is_a_group = node["commands"].as_object().is_some_and(|commands| !commands.is_empty());
                assert!(!is_a_group, "{place}: gcloud {}: there is no {word}", words.join(" "));
            }
        }
    }
}

/// The SDK's own table of its commands and flags.
fn gcloud() -> Option<Value> {
    let table = std::fs::read_to_string(emulators::sdk()?.join("data/cli/gcloud_completions.py")).ok()?;
    serde_json::from_str(&table[table.find('{')?..]).ok()
}

#[test]
fn every_output_target_and_profile_in_the_documents_is_there() {
    let outputs = read("terraform/outputs.tf");
    for Written { place, words } in commands_of("terraform output") {
        let name = words.last().unwrap();
        assert!(outputs.contains(&format!("output \"{name}\"")), "{place}: terraform output {name}");
    }
    let manifest = read("Cargo.toml");
    for Written { place, words } in ["cargo test", "cargo bench"].into_iter().flat_map(commands_of) {
        for pair in words.windows(2) {
            let [flag, name] = pair else { continue };
            let is_there = match flag.as_str() {
                "--bench" => manifest.contains(&format!("path = \"benches/{name}/main.rs\"")),
                "--test" => root().join(format!("tests/{name}/main.rs")).is_file(),
                "--features" => manifest.contains(&format!("\n{name} = [")),
                _ => true,
            };
            assert!(is_there, "{place}: {flag} {name}");
        }
    }
    let compose = read("compose.yaml");
    for Written { place, words } in commands_of("docker compose") {
        if let Some(at) = words.iter().position(|word| word == "--profile") {
            assert!(compose.contains(&format!("profiles: [{}]", words[at + 1])), "{place}: {}", words[at + 1]);
            for service in words[at + 2..].iter().filter(|word| !word.starts_with('-') && *word != "up") {
                assert!(compose.contains(&format!("\n  {service}:\n")), "{place}: {service}");
            }
        }
    }
}

#[test]
fn every_link_leads_to_a_heading_or_a_known_place() {
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for target in links(&text) {
            if target.contains("://") {
                assert!(PLACES.iter().any(|place| target.starts_with(place)), "{}: {target}", page.display());
            } else if let Some((file, heading)) = target.split_once('#') {
                let file = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
                assert!(headings(&file).contains(heading), "{}: {target}", page.display());
            }
        }
    }
}

/// As they are written in links: small, hyphens for blanks, nothing else.
fn headings(file: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let headings = text.lines().filter_map(|line| line.strip_prefix('#').map(|rest| rest.trim_start_matches('#').trim()));
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    headings
        .map(|heading| {
            heading.to_lowercase().chars().filter(kept).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
        })
        .collect()
}
