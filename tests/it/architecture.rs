//! The drawing of the dependencies holds, and files stay short enough to read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Which module may use which; the drawing is in docs/architecture.md. `main` sees only `cli`.
const MAY_USE: &[(&str, &[&str])] = &[
    ("cli", &["app", "bot", "clock", "config", "domain", "http", "operations", "simulator", "telemetry"]),
    (
        "app",
        &[
            "bot",
            "clock",
            "config",
            "domain",
            "embedded",
            "failure_points",
            "firestore",
            "google",
            "health",
            "ingest",
            "media",
            "operations",
            "push",
            "queue",
            "record",
            "reply",
            "simulator",
            "store",
            "whatsapp",
        ],
    ),
    ("telemetry", &["config", "trace_context"]),
    ("config", &["domain", "failure_points"]),
    ("ingest", &["clock", "domain", "failure_points", "queue", "store", "trace_context", "whatsapp"]),
    ("reply", &["bot", "clock", "domain", "failure_points", "queue", "store", "trace_context", "whatsapp"]),
    ("record", &["clock", "domain", "failure_points", "queue", "store", "whatsapp"]),
    // What is looked at again goes through the code that took it in.
    ("operations", &["bot", "clock", "domain", "google", "http", "ingest", "media", "queue", "simulator", "store", "whatsapp"]),
    ("push", &["clock", "domain", "queue", "reply", "tls"]),
    ("simulator", &["bot", "clock", "domain", "queue", "store", "whatsapp"]),
    ("health", &["clock", "domain", "queue", "store"]),
    ("bot", &["clock", "domain"]),
    ("store", &["clock", "domain", "embedded", "firestore"]),
    ("queue", &["clock", "domain", "embedded", "tls", "trace_context"]),
    ("whatsapp", &["clock", "domain", "http"]),
    ("media", &["domain", "tls"]),
    ("embedded", &["clock"]),
    ("firestore", &["tls"]),
    ("google", &["http"]),
    ("http", &["tls"]),
    ("tls", &[]),
    ("trace_context", &[]),
    ("clock", &[]),
    ("failure_points", &[]),
    ("domain", &[]),
];

/// STYLE: most files have about a hundred lines.
const LONGEST_FILE: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under a folder.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            found.extend(rust_files(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
    found
}

/// The module at the top that a file belongs to; `None` for lib.rs and main.rs.
fn module_of(file: &Path) -> Option<String> {
    let inside = file.strip_prefix(root().join("src")).expect("a file of src");
    let first = inside.iter().next().expect("a name").to_string_lossy().trim_end_matches(".rs").to_owned();
    (first != "lib" && first != "main").then_some(first)
}

/// Every `x` of `crate::x` and `crate::{x::…, y}` in code; comments do not count.
fn used(source: &str) -> BTreeSet<String> {
    let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect();
    let mut found = BTreeSet::new();
    for (at, start) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') {
            continue;
        }
        let rest = &code[at + start.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(first_names(group)),
            None => found.extend(name(rest)),
        }
    }
    found
}

fn name(text: &str) -> Option<String> {
    let name: String = text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// The first name of each entry of a `{…}` group, whatever is nested in it.
fn first_names(group: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut depth = 1;
    let mut entry = String::new();
    for letter in group.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (letter == ',' && depth == 1) {
            found.extend(name(entry.trim()));
            entry.clear();
        } else {
            entry.push(letter);
        }
        if depth == 0 {
            break;
        }
    }
    found
}

#[test]
fn dependencies_point_one_way() {
    let may_use: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    for file in rust_files(&root().join("src")) {
        // What tests beside the code set up is no part of the program.
        if file.strip_prefix(root()).expect("a file of ours").iter().any(|part| part == "tests") {
            continue;
        }
        let Some(module) = module_of(&file) else { continue };
        let allowed = may_use.get(module.as_str()).unwrap_or_else(|| panic!("{module} is not in the drawing: add it to MAY_USE"));
        let source = std::fs::read_to_string(&file).expect("text");
        for other in used(&source).into_iter().filter(|other| *other != module && may_use.contains_key(other.as_str())) {
            if !allowed.contains(&other.as_str()) {
                wrong.push(format!("{} uses crate::{other}; {module} may use {allowed:?}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "dependencies against the drawing:\n{}", wrong.join("\n"));
}

#[test]
fn the_drawing_has_no_circle() {
    let position: BTreeMap<_, _> = [
        "domain",
        "clock",
        "trace_context",
        "failure_points",
        "embedded",
        "config",
        "telemetry",
        "tls",
        "http",
        "firestore",
        "google",
        "media",
        "whatsapp",
        "queue",
        "store",
        "bot",
        "health",
        "simulator",
        "record",
        "reply",
        "push",
        "ingest",
        "operations",
        "app",
        "cli",
    ]
    .into_iter()
    .enumerate()
    .map(|(position, module)| (module, position))
    .collect();
    for (module, allowed) in MAY_USE {
        for other in *allowed {
            assert!(position[other] < position[module], "{module} → {other} points up");
        }
    }
}

#[test]
fn every_form_of_use_is_seen() {
    let source =
        "use crate::store::{Store};\nuse crate::{bot::{Bot, x::Y}, clock};\n// crate::reply\nlet a = crate::queue::new();";
    let expected: BTreeSet<_> = ["bot", "clock", "queue", "store"].into_iter().map(str::to_owned).collect();
    assert_eq!(used(source), expected);
}

#[test]
fn no_file_is_longer_than_a_person_reads_at_once() {
    for folder in ["src", "tests"] {
        for file in rust_files(&root().join(folder)) {
            let lines = std::fs::read_to_string(&file).expect("text").lines().count();
            assert!(
                lines <= LONGEST_FILE,
                "{} has {lines} lines, at most {LONGEST_FILE}: split it by what it does",
                file.display()
            );
        }
    }
}

#[test]
fn every_file_opens_with_its_contract() {
    for file in rust_files(&root().join("src")) {
        let source = std::fs::read_to_string(&file).expect("text");
        assert!(source.starts_with("//! "), "{} does not open with `//!`: say what it promises", file.display());
    }
}
