//! A headless Chromium, driven by the W3C WebDriver protocol through chromedriver. The protocol is a dozen JSON calls, so we make them ourselves:
//! the client crate brings a licence that is not permissive and twenty packages.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The keys that the tests press, as WebDriver numbers them.
pub(super) const ENTER: &str = "\u{E007}";
pub(super) const UP: &str = "\u{E013}";
pub(super) const DOWN: &str = "\u{E015}";
pub(super) const ESCAPE: &str = "\u{E00C}";

/// How WebDriver names an element in its answers: a constant of the standard.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

const CHROMIUM_FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    "--window-size=1280,800",
];

/// Kills what it holds: a failed test leaves no process behind.
pub(super) struct Killed(pub(super) Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first line of a started program for which `find` answers; panics with all lines when it ends before.
pub(super) fn wait_for_line(child: &mut Child, find: impl Fn(&str) -> Option<String>) -> String {
    let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
    let mut seen = String::new();
    for line in lines.by_ref().map_while(Result::ok) {
        if let Some(found) = find(&line) {
            // Somebody must go on reading, or the program stands still when the pipe is full.
            std::thread::spawn(move || lines.for_each(drop));
            return found;
        }
        seen.push_str(&line);
        seen.push('\n');
    }
    panic!("the program ended before it was ready; it said:\n{seen}");
}

/// A page in a browser of its own.
pub(super) struct Browser {
    client: reqwest::Client,
    session: String,
    _driver: Killed,
    _profile: TempDir,
}

impl Browser {
    /// Whether Chromium and its driver can be started here.
    pub(super) fn is_installed() -> bool {
        let starts =
            |program: &str| Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
        starts("chromedriver") && ["chromium", "chromium-browser", "google-chrome"].into_iter().any(starts)
    }

    pub(super) async fn open(address: &str) -> Self {
        // The client wants to know who does TLS, even where there is none.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let port =
            wait_for_line(&mut child, |line| Some(line.rsplit_once("successfully on port ")?.1.trim_end_matches('.').to_owned()));
        let profile = TempDir::new().expect("a folder for the browser");
        let mut flags: Vec<String> = CHROMIUM_FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": flags}, "goog:loggingPrefs": {"browser": "ALL"}, "timeouts": {"script": 15_000},
        }}});
        let client = reqwest::Client::new();
        let mut browser =
            Self { client, session: format!("http://127.0.0.1:{port}/session"), _driver: Killed(child), _profile: profile };
        let session = browser.post("", wanted).await;
        browser.session = format!("{}/{}", browser.session, session["sessionId"].as_str().expect("a session"));
        browser.post("/url", json!({"url": address})).await;
        browser
    }

    /// Ends the browser and says what it complained about: errors of scripts and of the content security policy.
    pub(super) async fn close(self) -> Vec<String> {
        let log = self.post("/se/log", json!({"type": "browser"})).await;
        let severe = log.as_array().into_iter().flatten().filter(|entry| entry["level"] == "SEVERE");
        let complaints = severe.map(|entry| entry["message"].to_string()).collect();
        let _ = self.client.delete(&self.session).send().await;
        complaints
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let response =
            self.client.post(format!("{}{path}", self.session)).json(&body).send().await.expect("chromedriver answers");
        let answer: Value = response.json().await.expect("chromedriver answers with JSON");
        let problem = &answer["value"]["error"];
        assert!(problem.is_null() || problem.is_object(), "{path} {body}: {problem}: {}", answer["value"]["message"]);
        answer["value"].clone()
    }

    /// The value of an expression in the page.
    pub(super) async fn value(&self, expression: &str) -> Value {
        self.post("/execute/sync", json!({"script": format!("return ({expression});"), "args": []})).await
    }

    /// Waits until an expression holds; looks again whenever the page changes.
    pub(super) async fn until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[0]; const holds = () => {{ try {{ return Boolean({expression}); }} catch {{ return false; }} }};
             if (holds()) return done(true);
             const observer = new MutationObserver(() => {{ if (holds()) {{ observer.disconnect(); done(true); }} }});
             observer.observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});"
        );
        let answer =
            self.client.post(format!("{}/execute/async", self.session)).json(&json!({"script": script, "args": []})).send().await;
        let answer: Value = answer.expect("chromedriver answers").json().await.expect("chromedriver answers with JSON");
        if answer["value"] != true {
            let page = self.value("document.body.innerText").await;
            panic!(
                "never came true: {expression}\n{}\nThe page says:\n{}",
                answer["value"]["error"],
                page.as_str().unwrap_or_default()
            );
        }
    }

    async fn find(&self, selector: &str) -> String {
        let element = self.post("/element", json!({"using": "css selector", "value": selector})).await;
        element[ELEMENT].as_str().expect("an element").to_owned()
    }

    /// A click with the mouse, once there is something to click: fails where a person could not click either.
    pub(super) async fn click(&self, selector: &str) {
        self.until(&format!("document.querySelector({})", json!(selector))).await;
        let element = self.find(selector).await;
        self.post(&format!("/element/{element}/click"), json!({})).await;
    }

    /// Presses keys, one after the other, wherever the focus is.
    pub(super) async fn press(&self, keys: &str) {
        let each =
            keys.chars().flat_map(|key| [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]);
        let actions: Vec<Value> = each.collect();
        self.post("/actions", json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})).await;
    }

    /// A window of this size in pixels, also narrower than a desktop allows.
    pub(super) async fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.post("/goog/cdp/execute", json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": size})).await;
        self.until(&format!("innerWidth === {width}")).await;
    }
}
