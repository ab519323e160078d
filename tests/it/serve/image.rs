//! The container image as a person runs it. Needs Docker and the image, so each test is asked for:
//!
//! ```text
//! docker build -t wabridge . && cargo test --test it serve::image -- --ignored
//! ```
//!
//! `WABRIDGE_IMAGE` names another one. The file system is read-only and every capability is dropped.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::far_end::FarEnd;
use super::meta::{Meta, bodies, sorted, words};
use super::process::{ACCESS_TOKEN, ECHO};
use super::until;
use crate::webhook::service::{NUMBER, SECRET, TOKEN, WABA};

/// What Docker waits before it kills.
const KILLED_AFTER: Duration = Duration::from_secs(10);
/// Over the base, in bytes.
const LARGEST: i64 = 25_000_000;
const BASE: &str = "gcr.io/distroless/cc-debian12:nonroot";

fn docker(arguments: &[&str]) -> Output {
    Command::new("docker").args(arguments).output().expect("docker is here")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[expect(clippy::disallowed_methods, reason = "which image to try is said on the command line")]
fn image() -> String {
    std::env::var("WABRIDGE_IMAGE").unwrap_or_else(|_| "wabridge".to_owned())
}

fn inspected(image: &str, format: &str) -> String {
    let output = docker(&["image", "inspect", image, "--format", format]);
    assert!(output.status.success(), "{}", said(&output));
    said(&output).trim().to_owned()
}

/// A container, and the volume that it keeps its data in.
struct Container {
    name: String,
    port: u16,
    variables: Vec<String>,
    bot: Option<PathBuf>,
    client: reqwest::Client,
}

impl Container {
    fn new(variables: &[(&str, &str)], bot: Option<&Path>) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let own = [("HOST", "127.0.0.1".to_owned()), ("PORT", port.to_string())];
        let told = variables.iter().map(|(name, value)| format!("{name}={value}"));
        let variables = told.chain(own.iter().map(|(name, value)| format!("{name}={value}"))).collect();
        let client = wabridge::http::client(Duration::from_secs(5)).unwrap();
        Self { name: format!("wabridge-test-{port}"), port, variables, bot: bot.map(Path::to_owned), client }
    }

    /// `docker run` with these arguments in front of the image.
    fn run(&self, arguments: &[&str]) -> Output {
        let mut all = vec!["run", "--name", &self.name, "--network", "host", "--read-only", "--cap-drop", "ALL"];
        self.variables.iter().for_each(|variable| all.extend(["-e", variable]));
        let bot = self.bot.as_ref().map(|bot| format!("{}:/data/bot.yaml:ro", bot.display()));
        all.extend(bot.iter().flat_map(|bot| ["-v", bot]));
        all.extend(arguments);
        let image = image();
        all.push(&image);
        docker(&all)
    }

    /// Runs on a volume of its own until it is told to stop.
    async fn start(&self) {
        let volume = format!("{}:/data", self.name);
        let begun = self.run(&["-d", "-v", &volume]);
        assert!(begun.status.success(), "{}", said(&begun));
        until("a container that answers", async || self.get("/health").await.is_some_and(|(status, _)| status == 200)).await;
    }

    async fn get(&self, path: &str) -> Option<(u16, String)> {
        let answer = self.client.get(format!("http://127.0.0.1:{}{path}", self.port)).send().await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }

    fn address(&self) -> Arc<RwLock<String>> {
        Arc::new(RwLock::new(format!("127.0.0.1:{}", self.port)))
    }

    fn log(&self) -> String {
        said(&docker(&["logs", &self.name]))
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        docker(&["rm", "--force", &self.name]);
        docker(&["volume", "rm", "--force", &self.name]);
    }
}

#[actix_web::test]
#[ignore = "needs an image"]
async fn with_two_variables_it_observes_and_says_what_is_missing() {
    let container = Container::new(&[("WHATSAPP_VERIFY_TOKEN", TOKEN), ("WHATSAPP_APP_SECRET", SECRET)], None);
    container.start().await;
    assert_eq!(container.get("/ready").await.unwrap(), (200, r#"{"status":"ready","mode":"observe"}"#.to_owned()));
    let handshake = format!("/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=77&hub.verify_token={TOKEN}");
    assert_eq!(container.get(&handshake).await.unwrap(), (200, "77".to_owned()));
    let meta = Meta::at(container.address());
    let body = &bodies(&words("observed", 1))[0];
    assert_eq!(meta.once(body).await.status, 200);
    assert_eq!(meta.signed(body, &format!("sha256={}", "0".repeat(64))).await.status, 403);
    let log = container.log();
    for words in ["observing only", "not sending", "WHATSAPP_PHONE_NUMBER_ID=", "replay --state quarantined"] {
        assert!(log.contains(words), "{words}: {log}");
    }
    assert!(!log.contains(SECRET) && !log.contains(TOKEN), "{log}");
    let listed = docker(&["exec", &container.name, "/wabridge", "events", "list"]);
    assert!(said(&listed).contains("quarantined"), "{}", said(&listed));
    let health = docker(&["exec", &container.name, "/wabridge", "health"]);
    assert!(health.status.success(), "{}", said(&health));
}

#[actix_web::test]
#[ignore = "needs an image"]
async fn without_a_variable_it_ends_and_without_a_volume_it_warns() {
    let without = Container::new(&[("WHATSAPP_VERIFY_TOKEN", TOKEN)], None);
    let refused = without.run(&["--tmpfs", "/data"]);
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(said(&refused).contains("WHATSAPP_APP_SECRET is not set. Meta App Dashboard"), "{}", said(&refused));
    let read_only = Container::new(&[("WHATSAPP_VERIFY_TOKEN", TOKEN), ("WHATSAPP_APP_SECRET", SECRET)], None);
    let refused = read_only.run(&[]);
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(said(&refused).contains("cannot be written by user 65532"), "{}", said(&refused));
}

#[actix_web::test]
#[ignore = "needs an image"]
async fn stopped_under_load_it_ends_in_time_and_the_next_one_answers_the_rest_once() {
    let far_end = FarEnd::start();
    let folder = tempfile::tempdir().unwrap();
    let bot = folder.path().join("bot.yaml");
    let text = format!(
        "version: 1\nconversation: {{ debounce: 1s, typing: false, mark_read: never }}\nroutes:\n  - reply: \"{ECHO}{{{{ message.text }}}}\"\n"
    );
    std::fs::write(&bot, text).unwrap();
    let container = Container::new(
        &[
            ("WHATSAPP_VERIFY_TOKEN", TOKEN),
            ("WHATSAPP_APP_SECRET", SECRET),
            ("WHATSAPP_WABA_ID", WABA),
            ("WHATSAPP_PHONE_NUMBER_ID", NUMBER),
            ("WHATSAPP_ACCESS_TOKEN", ACCESS_TOKEN),
            ("WHATSAPP_API_BASE_URL", &far_end.url()),
        ],
        Some(&bot),
    );
    container.start().await;
    let meta = Meta::at(container.address());
    let (early, late) = (words("early", 40), words("late", 40));
    meta.deliver_all(&bodies(&early)).await;
    far_end.until_accepted(5).await;
    let still_writing = meta.delivering(bodies(&late));
    let began = Instant::now();
    let stopped = docker(&["stop", &container.name]);
    assert!(stopped.status.success() && began.elapsed() < KILLED_AFTER, "{:?}", began.elapsed());
    let state = docker(&["inspect", &container.name, "--format", "{{.State.ExitCode}} {{.State.OOMKilled}}"]);
    assert_eq!(said(&state).trim(), "0 false", "{}", container.log());
    docker(&["start", &container.name]);
    still_writing.await.unwrap();
    let all = sorted([early, late].concat());
    far_end.until_accepted(all.len()).await;
    assert_eq!(far_end.answered(), all);
}

#[actix_web::test]
#[ignore = "needs an image"]
async fn it_is_small_and_says_what_it_is() {
    let image = image();
    let bytes = |image: &str| inspected(image, "{{.Size}}").parse::<i64>().unwrap();
    let over = bytes(&image) - bytes(BASE);
    assert!(over <= LARGEST, "{over} bytes over {BASE}");
    assert_eq!(inspected(&image, "{{.Config.User}}"), "65532:65532");
    let labels: Value = serde_json::from_str(&inspected(&image, "{{json .Config.Labels}}")).unwrap();
    for label in ["title", "description", "licenses", "version"] {
        let text = labels[format!("org.opencontainers.image.{label}")].as_str();
        assert!(text.is_some_and(|text| !text.is_empty()), "{label}: {labels}");
    }
    println!("{over} bytes over the base");
}
