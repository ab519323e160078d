//! Starts the real `wabridge dev` and talks to it as the phone page does; fails a test that leaves work behind.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use wabridge::domain::InboundId;
use wabridge::queue::{Lane, Queue};
use wabridge::store::{OutboundRecord, Store};

use crate::place::{self, Place};

/// The number that a test may wait for an answer, in seconds.
const PATIENCE: u32 = 20;

/// A running `dev` with a bot and a folder of its own.
pub(crate) struct TestApp {
    address: String,
    process: Child,
    bot: PathBuf,
    variables: Vec<(&'static str, &'static str)>,
    place: Place,
    port: u16,
    folder: TempDir,
    client: reqwest::Client,
}

impl TestApp {
    /// Starts with this bot file.
    pub(crate) async fn start(bot: &str) -> Self {
        Self::start_with(bot, &[]).await
    }

    /// As [`Self::start`], with these variables.
    pub(crate) async fn start_with(bot: &str, variables: &[(&'static str, &'static str)]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("bot.yaml");
        std::fs::write(&file, bot).expect("a bot file");
        let client = wabridge::http::client(Duration::from_secs(90)).expect("a client");
        let place = place::here();
        let port = place.port().await;
        let (process, address) = spawn(&folder, &file, variables, &place, port);
        let app = Self { address, process, bot: file, variables: variables.to_vec(), place, port, folder, client };
        app.until_ready().await;
        app
    }

    async fn until_ready(&self) {
        let began = Instant::now();
        let ready = || self.client.get(format!("{}/ready", self.address)).send();
        while !ready().await.is_ok_and(|answer| answer.status().is_success()) {
            assert!(began.elapsed() < Duration::from_mins(1), "dev does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Everything that it logged, at every level.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("a log")
    }

    /// Waits for a line with these words.
    pub(crate) async fn until_logged(&self, words: &str) {
        let began = Instant::now();
        while !self.log().contains(words) {
            assert!(began.elapsed() < Duration::from_secs(20), "not logged: {words}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Its bot file.
    pub(crate) fn bot_file(&self) -> &Path {
        &self.bot
    }

    /// The folder of its store.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What it keeps.
    pub(crate) fn store(&self) -> Store {
        self.place.store(&self.data_dir())
    }

    /// Sends a signal by its name and waits for the end; returns how long that took.
    pub(crate) fn end(&mut self, signal: &str) -> Duration {
        let began = Instant::now();
        let sent = Command::new("kill").args([format!("-{signal}"), self.process.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{signal} failed");
        self.process.wait().expect("it ends");
        began.elapsed()
    }

    /// Starts it again on the same folder.
    pub(crate) async fn start_again(&mut self) {
        (self.process, self.address) = spawn(&self.folder, &self.bot, &self.variables, &self.place, self.port);
        self.until_ready().await;
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.address)).json(body);
        let answer = request.send().await.expect("an answer");
        let (status, text) = (answer.status(), answer.text().await.expect("a text"));
        assert!(status.is_success(), "POST {path} {body}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// A GET of the simulator.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.address)).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    /// A new person; returns their name in the simulator.
    pub(crate) async fn add_person(&self, person: &Value) -> String {
        self.post("/simulator/people", person).await["person"].as_str().expect("a person").to_owned()
    }

    /// A person writes; returns the wamid.
    pub(crate) async fn says(&self, person: &str, text: &str) -> String {
        self.sends(person, json!({ "text": text })).await
    }

    /// A person sends anything that the simulator can send, to the number `shop` unless it says otherwise.
    pub(crate) async fn sends(&self, person: &str, mut message: Value) -> String {
        if message["to"].is_null() {
            message["to"] = "shop".into();
        }
        let answer = self.post(&format!("/simulator/people/{person}/messages"), &message).await;
        answer["wamid"].as_str().expect("a wamid").to_owned()
    }

    /// Something goes wrong from now on; returns its id.
    pub(crate) async fn fault(&self, fault: Value) -> String {
        self.post("/simulator/faults", &fault).await["fault"].as_str().expect("an id").to_owned()
    }

    /// Nothing goes wrong any more.
    pub(crate) async fn no_faults(&self) {
        let request = self.client.delete(format!("{}/simulator/faults", self.address));
        assert!(request.send().await.expect("an answer").status().is_success());
    }

    /// Time passes, for the bot and for WhatsApp.
    pub(crate) async fn time_passes(&self, by: &str) {
        self.post("/simulator/clock", &json!({ "advance": by })).await;
    }

    /// The clock goes back to the real time.
    pub(crate) async fn clock_back(&self) {
        self.post("/simulator/clock", &json!({ "reset": true })).await;
    }

    /// The conversation once everything has come to rest.
    pub(crate) async fn conversation(&self, person: &str) -> Value {
        let found = self.get(&format!("/simulator/people/{person}/conversation?to=shop&after=0&wait={PATIENCE}")).await;
        assert_eq!(found["settled"], true, "the conversation did not come to rest: {found:#}");
        found
    }

    /// What the person got, as texts, once everything has come to rest.
    pub(crate) async fn answers(&self, person: &str) -> Vec<String> {
        let conversation = self.conversation(person).await;
        let messages = conversation["messages"].as_array().expect("messages").clone();
        let outbound = messages.iter().filter(|message| message["direction"] == "out" && message["status"] != "refused");
        outbound.map(|message| message["body"]["body"].as_str().unwrap_or("").to_owned()).collect()
    }

    /// The Graph requests that sent a message, as the far end saw them.
    pub(crate) async fn posts(&self) -> Vec<Value> {
        let found = self.get("/simulator/requests").await;
        let list = found.as_array().or_else(|| found["requests"].as_array()).expect("requests").clone();
        list.into_iter().filter(|request| request["body"]["status"] != "read").collect()
    }

    /// Waits until this many messages were sent to the far end, or says what there is. What was on its way to a stream that ended comes
    /// again after its lease.
    pub(crate) async fn until_posts(&self, count: usize) {
        let began = Instant::now();
        while self.posts().await.len() < count {
            assert!(began.elapsed() < Duration::from_secs(90), "no {count} posts: {:#?}", self.posts().await);
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits until nobody works, nothing waits and nothing is queued; fails with what is left.
    pub(crate) async fn drain(&self) {
        let store = self.store();
        // Pub/Sub does not say what is not acked; there every message that was stored must have been consumed.
        let queue = match self.place {
            Place::Folder => Some(Queue::inspect(&self.data_dir()).expect("the queue")),
            Place::Emulators(_) => None,
        };
        let began = Instant::now();
        loop {
            // The queue first: what was taken from it since then is in the store.
            let queued = match &queue {
                Some(queue) => {
                    let [reply, record] = [Lane::Reply, Lane::Record].map(|lane| queue.unacked(lane));
                    reply.await.expect("a count") + record.await.expect("a count")
                }
                None => Place::not_consumed(&store).await,
            };
            let mut counts = store.counts().await.expect("counts");
            counts.insert("queued", queued);
            let to_do = ["leases", "parked", "mailboxes", "queued"];
            if to_do.iter().all(|name| counts.get(name).is_none_or(|count| *count == 0)) {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "left behind: {counts:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until nobody is at work and one conversation waits for a time that has not come.
    pub(crate) async fn until_parked(&self) {
        self.until_at_rest(Some(1)).await;
    }

    /// Waits until nobody is at work and nothing is due; with a number, until so many conversations wait for a time.
    pub(crate) async fn until_at_rest(&self, parked: Option<u32>) {
        let store = self.store();
        let began = Instant::now();
        loop {
            let now = self.get("/simulator/state").await["clock"]["now"].as_str().expect("a time").parse().expect("a time");
            // In this order: who was due and is at work since then has a lease now.
            let nobody_is_due = store.due(now, 1).await.expect("due").is_empty();
            let counts = store.counts().await.expect("counts");
            if nobody_is_due && counts["leases"] == 0 && parked.is_none_or(|wanted| counts["parked"] == wanted) {
                return;
            }
            // The emulator of Pub/Sub holds events back for tens of seconds on a busy machine.
            assert!(began.elapsed() < Duration::from_mins(1), "not at rest: {counts:?}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// What the store holds of the answers to everything that the person wrote.
    pub(crate) async fn stored_answers(&self, person: &str) -> Vec<OutboundRecord> {
        let store = self.store();
        let mut found = Vec::new();
        for message in self.conversation(person).await["messages"].as_array().expect("messages") {
            if let Some(id) = message["inbound"].as_str() {
                found.extend(store.answers(InboundId::new(id)).await.expect("answers"));
            }
        }
        found
    }

    /// One figure of the store.
    pub(crate) async fn count(&self, what: &str) -> u32 {
        self.store().counts().await.expect("counts")[what]
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Already gone where a test ended it.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

fn spawn(folder: &TempDir, bot: &PathBuf, variables: &[(&str, &str)], place: &Place, port: u16) -> (Child, String) {
    let log = std::fs::File::create(folder.path().join("log")).expect("a log");
    let mut command = Command::new(env!("CARGO_BIN_EXE_wabridge"));
    command.args(["dev", "--port"]).arg(port.to_string()).args(place.arguments());
    command.arg("--data-dir").arg(folder.path().join("data")).arg("--bot").arg(bot);
    // Every line that it can log: tests look for what must not be there.
    command.env("RUST_LOG", "trace");
    command.envs(place.variables()).envs(variables.iter().copied());
    command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    let mut process = command.spawn().expect("wabridge starts");
    let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
    let address = lines.find_map(|line| {
        let line = line.ok()?;
        line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
    });
    // Whatever it prints later must not block it.
    std::thread::spawn(move || lines.for_each(drop));
    if let Some(address) = address {
        return (process, address);
    }
    // It ended by itself; what it said is in the log.
    let _reaped = process.wait();
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
    panic!("dev printed no address: {log}");
}
