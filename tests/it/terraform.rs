//! Terraform sets what the program reads, and makes the indexes that its queries need.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use wabridge::clock::Clock;
use wabridge::config::{self, Environment, Flags, QueueBackend, Role, StoreBackend};
use wabridge::store::{EXPIRING, INDEXES};

fn read(path: &str) -> String {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names of these environments in locals.tf, and of the secrets that come as files.
fn set_by(environments: &[&str], secrets: &[&str]) -> BTreeSet<String> {
    let locals = read("terraform/locals.tf");
    let name = Regex::new(r"(?m)^\s+([A-Z][A-Z_]+)\s+=").expect("a pattern");
    let mut names = BTreeSet::new();
    for block in ["environment", "ids"].iter().chain(environments) {
        let begin = locals.find(&format!("\n  {block} = ")).unwrap_or_else(|| panic!("{block} is in locals.tf"));
        let end = begin + locals[begin..].find("\n  }").expect("an end");
        names.extend(name.captures_iter(&locals[begin..end]).map(|found| found[1].to_owned()));
    }
    let of_files = read("terraform/secrets.tf");
    let secret = Regex::new(r#"(?m)^\s+([a-z-]+)\s+= \{ reader = [a-z_.]+, variable = "([A-Z_]+)" \}"#).expect("a pattern");
    let variables: BTreeMap<_, _> =
        secret.captures_iter(&of_files).map(|found| (found[1].to_owned(), found[2].to_owned())).collect();
    names.extend(secrets.iter().map(|secret| format!("{}_FILE", variables[*secret])));
    names
}

/// A value that fits, as Terraform would have it.
fn value(name: &str, secret_file: &str) -> String {
    let value = match name {
        "WABRIDGE_STORE" => "firestore",
        "WABRIDGE_QUEUE" => "pubsub",
        "WHATSAPP_WABA_ID" => "111111111111,222222222222",
        "WHATSAPP_PHONE_NUMBER_ID" => "106540352242922",
        "WHATSAPP_FOREIGN_EVENTS" => "reject",
        "WHATSAPP_API_VERSION" => "v25.0",
        "WABRIDGE_SEND_RATE" | "WABRIDGE_SEND_CONCURRENCY" | "WABRIDGE_RETENTION_DAYS" => "30",
        "WABRIDGE_PUSH_SERVICE_ACCOUNT" => "wabridge-caller@a-project.iam.gserviceaccount.com",
        "WABRIDGE_BOT" => "none",
        "WABRIDGE_MEDIA_BUCKET" => "a-project-wabridge-media",
        file if file.ends_with("_FILE") => secret_file,
        _ => "wabridge",
    };
    value.to_owned()
}

#[test]
fn each_service_starts_with_what_terraform_sets() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("value");
    std::fs::write(&secret, "0123456789abcdef0123456789abcdef\n").expect("a file");
    let all = ["receiver_environment", "consumer_environment", "doctor_environment"];
    let examined = set_by(&all, &["app-secret", "verify-token", "access-token"]);
    let services = [
        (Role::Receive, "K_SERVICE", set_by(&["receiver_environment"], &["app-secret", "verify-token"])),
        (Role::Consume, "K_SERVICE", set_by(&["consumer_environment"], &["access-token"])),
        (Role::Doctor, "CLOUD_RUN_JOB", examined),
    ];
    for (role, cloud_run, names) in services {
        let known = |name: &str| config::ALL.iter().any(|variable| variable.name == name.trim_end_matches("_FILE"));
        let unknown: Vec<_> = names.iter().filter(|name| !known(name)).collect();
        assert!(unknown.is_empty(), "{role:?} does not know {unknown:?}");
        let mut variables: Vec<(String, String)> =
            names.iter().map(|name| (name.clone(), value(name, &secret.display().to_string()))).collect();
        variables.push((cloud_run.into(), "wabridge".into()));
        variables.push(("PORT".into(), "8080".into()));
        let flags = Flags { push: role == Role::Consume, ..Flags::default() };
        let config = config::load(role, &flags, &Environment::of(variables.clone()), Clock::default().now());
        let config = config.unwrap_or_else(|problems| panic!("{role:?}: {problems}"));
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
        assert!(matches!(config.store, StoreBackend::Firestore { emulator: None, .. }));
        assert!(matches!(config.queue, QueueBackend::PubSub { emulator: None, .. }));
        // Nothing is set that could be left out and nobody would notice: each of them is read.
        for secret in variables.iter().filter(|(name, _)| name.ends_with("_FILE")) {
            let without: Vec<_> = variables.iter().filter(|variable| *variable != secret).cloned().collect();
            let refused = config::load(role, &flags, &Environment::of(without), Clock::default().now());
            assert!(refused.is_err(), "{role:?} starts without {}", secret.0);
        }
    }
}

#[test]
fn terraform_makes_the_indexes_that_the_table_of_queries_needs_and_exempts_what_it_names() {
    let (table, terraform) = (read("docs/reference/store.md"), read("terraform/store.tf"));
    let row = Regex::new(r"(?m)^\| `([a-z_]+)` \|[^|]*\|([^|]*)\|$").expect("a pattern");
    let index = Regex::new(r"`\(([a-z_, ]+)\)`").expect("a pattern");
    let (_, queries) = table.split_once("## Queries and indexes").expect("the table of queries");
    let mut needed = BTreeSet::new();
    for query in row.captures_iter(queries) {
        for fields in index.captures_iter(&query[2]) {
            needed.insert((query[1].to_owned(), fields[1].to_owned()));
        }
    }
    assert!(needed.len() >= 5, "the table has its composite indexes: {needed:?}");
    let made = Regex::new(r#"collection = "([a-z_]+)", fields = \[(.*?)\]\s*\}"#).expect("a pattern");
    let field = Regex::new(r#"\["([a-z_]+)", "(ASC|DESC)ENDING"\]"#).expect("a pattern");
    let made: BTreeSet<_> = made
        .captures_iter(&terraform)
        .map(|found| {
            let fields = field.captures_iter(&found[2]);
            let fields: Vec<_> = fields
                .map(|found| if &found[2] == "DESC" { format!("{} desc", &found[1]) } else { found[1].to_owned() })
                .collect();
            (found[1].to_owned(), fields.join(", "))
        })
        .collect();
    assert_eq!(made, needed);
    let asked_for: BTreeSet<_> =
        INDEXES.iter().map(|(collection, fields)| ((*collection).to_owned(), (*fields).to_owned())).collect();
    assert_eq!(asked_for, needed, "doctor asks for the same");

    let collections = Regex::new(r"(?m)^\| `([a-z_]+)` \|(.*)\|$").expect("a pattern");
    let (documents, _) = table.split_once("## Queries and indexes").expect("the table of collections");
    let expiring: BTreeSet<_> = collections
        .captures_iter(documents)
        .filter(|found| found[2].contains("`expire_at`"))
        .map(|found| found[1].to_owned())
        .collect();
    let begin = terraform.find("expiring = toset([").expect("the collections that expire");
    let end = begin + terraform[begin..].find("])").expect("an end");
    let name = Regex::new(r#""([a-z_]+)""#).expect("a pattern");
    let set: BTreeSet<_> = name.captures_iter(&terraform[begin..end]).map(|found| found[1].to_owned()).collect();
    assert_eq!(set, expiring);
    assert_eq!(EXPIRING.map(str::to_owned).into_iter().collect::<BTreeSet<_>>(), expiring, "doctor asks for the same");
}

#[test]
fn the_dashboard_draws_lines_by_labels_that_the_metrics_have() {
    let (dashboard, metrics) = (read("terraform/dashboard.tf"), read("terraform/metrics.tf"));
    let chart = Regex::new(r#"log_metric\["([a-z_]+)"\][^\n]*by = "metric\.label\.([a-z]+)""#).expect("a pattern");
    let charts: Vec<_> = chart.captures_iter(&dashboard).map(|found| (found[1].to_owned(), found[2].to_owned())).collect();
    assert!(charts.len() >= 6, "{charts:?}");
    for (metric, label) in charts {
        let line = Regex::new(&format!(r"(?m)^    {metric} .*[{{ ]{label} = ")).expect("a pattern");
        assert!(line.is_match(&metrics), "{metric} has no label {label}");
    }
}
