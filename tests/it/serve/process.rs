//! Processes of the binary on one data folder, one after another.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, RwLock};

use wabridge::queue::{Lane, Queue};
use wabridge::store::Store;

use super::far_end::FarEnd;
use super::until;
use crate::place::{self, Place};
use crate::webhook::service::{NUMBER, SECRET, TOKEN, WABA};

/// What every answer begins with; then come the words of the turn, a line each.
pub(super) const ECHO: &str = "echo: ";

pub(super) const ACCESS_TOKEN: &str = "access-token-of-a-test";

/// The folder, the bot, and the process that runs now.
pub(super) struct Serve {
    folder: tempfile::TempDir,
    graph: String,
    place: Place,
    port: u16,
    /// What it is told beside.
    variables: Vec<(&'static str, String)>,
    child: Option<Child>,
    /// Where the newest process listens.
    address: Arc<RwLock<String>>,
    /// The log of all processes. Not in a file: tests limit how long files may be.
    log: Arc<RwLock<String>>,
}

impl Serve {
    /// Starts `serve` with a bot that repeats what it hears after this debounce.
    pub(super) fn start(far_end: &FarEnd, debounce: &str) -> Self {
        Self::start_through(far_end, debounce, &[])
    }

    /// As [`Self::start`], by a program that becomes `serve`.
    pub(super) fn start_through(far_end: &FarEnd, debounce: &str, program: &[&str]) -> Self {
        Self::start_told(far_end, debounce, program, Vec::new(), (Place::Folder, 0))
    }

    /// As [`Self::start`], at the place of the test.
    pub(super) async fn start_here(far_end: &FarEnd, debounce: &str) -> Self {
        let place = place::here();
        let (variables, port) = (place.variables(), place.port().await);
        Self::start_told(far_end, debounce, &[], variables, (place, port))
    }

    /// As [`Self::start_here`] where nothing was made ready for it.
    pub(super) fn start_unprepared(far_end: &FarEnd, debounce: &str) -> Self {
        let place = place::here();
        Self::start_told(far_end, debounce, &[], place.variables(), (place, 0))
    }

    /// As [`Self::start_here`], and it tells everything.
    pub(super) async fn start_talkative(far_end: &FarEnd, debounce: &str) -> Self {
        let place = place::here();
        let (mut variables, port) = (place.variables(), place.port().await);
        variables.push(("RUST_LOG", "trace".into()));
        Self::start_told(far_end, debounce, &[], variables, (place, port))
    }

    /// As [`Self::start`], with these variables.
    pub(super) fn start_with(far_end: &FarEnd, debounce: &str, variables: Vec<(&'static str, String)>) -> Self {
        Self::start_told(far_end, debounce, &[], variables, (Place::Folder, 0))
    }

    /// On this port, with a Graph API at this address and these variables.
    pub(super) fn start_towards(graph: String, port: u16, variables: Vec<(&'static str, String)>) -> Self {
        Self::start_at(graph, "0s", &[], variables, (Place::Folder, port))
    }

    fn start_told(
        far_end: &FarEnd,
        debounce: &str,
        program: &[&str],
        variables: Vec<(&'static str, String)>,
        place: (Place, u16),
    ) -> Self {
        Self::start_at(far_end.url(), debounce, program, variables, place)
    }

    fn start_at(
        graph: String,
        debounce: &str,
        program: &[&str],
        variables: Vec<(&'static str, String)>,
        (place, port): (Place, u16),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let conversation = format!("conversation: {{ debounce: {debounce}, typing: false, mark_read: never }}");
        let bot = format!("version: 1\n{conversation}\nroutes:\n  - reply: \"{ECHO}{{{{ message.text }}}}\"\n");
        std::fs::write(folder.path().join("bot.yaml"), bot).unwrap();
        let (address, log) = (Arc::default(), Arc::default());
        let mut serve = Self { folder, graph, place, port, variables, child: None, address, log };
        serve.spawn(program);
        serve
    }

    /// Starts it again on the same folder.
    pub(super) fn start_again(&mut self) {
        self.spawn(&[]);
    }

    fn spawn(&mut self, program: &[&str]) {
        let mut command = self.command(program, "serve");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Whatever it logs must not block it.
        let (lines, log) = (BufReader::new(child.stdout.take().unwrap()).lines(), Arc::clone(&self.log));
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| log.write().unwrap().push_str(&(line + "\n"))));
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = lines.find_map(|line| {
            let line = line.ok()?;
            line.split_whitespace().find_map(|word| word.strip_prefix("http://")?.split('/').next().map(str::to_owned))
        });
        *self.address.write().unwrap() = said.expect("serve says where it listens");
        std::thread::spawn(move || lines.for_each(drop));
        self.child = Some(child);
    }

    /// A command of the binary on this folder, with all that makes it a whole service.
    pub(super) fn command(&self, through: &[&str], command: &str) -> Command {
        let program = env!("CARGO_BIN_EXE_wabridge");
        let port = self.port.to_string();
        let words: Vec<&str> = through.iter().copied().chain([program, command, "--port", &port]).collect();
        let mut built = Command::new(words[0]);
        built.args(&words[1..]).args(self.place.arguments()).arg("--data-dir").arg(self.data_dir());
        self.surround(&mut built);
        built.env("HOST", "127.0.0.1");
        built
    }

    /// What a command of an operator prints, with these variables beside.
    pub(super) async fn operator(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let folder = self.data_dir();
        let folder = folder.to_str().unwrap();
        let named: &[&str] = if matches!(self.place, Place::Folder) { &["--data-dir", folder] } else { &[] };
        self.command_of(&[arguments, named].concat(), variables).await
    }

    /// What a command prints that needs no folder.
    pub(super) async fn command_of(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wabridge"));
        command.args(arguments);
        self.surround(&mut command);
        command.envs(variables.iter().copied());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    /// Folder and environment.
    fn surround(&self, command: &mut Command) {
        command.current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.envs([
            ("WHATSAPP_APP_SECRET", SECRET),
            ("WHATSAPP_VERIFY_TOKEN", TOKEN),
            ("WHATSAPP_WABA_ID", WABA),
            ("WHATSAPP_PHONE_NUMBER_ID", NUMBER),
            ("WHATSAPP_ACCESS_TOKEN", ACCESS_TOKEN),
            ("WHATSAPP_API_VERSION", "v25.0"),
            ("WHATSAPP_API_BASE_URL", self.graph.as_str()),
            ("WABRIDGE_BOT", "bot.yaml"),
            ("PATH", "/usr/bin:/bin"),
        ]);
        command.envs(self.variables.iter().map(|(name, value)| (*name, value.as_str())));
    }

    /// From now on commands are told this as well.
    pub(super) fn is_told(&mut self, variables: &[(&'static str, &str)]) {
        self.variables.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(super) fn process_id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Where webhooks go now; the same place for every process of the folder.
    pub(super) fn address(&self) -> Arc<RwLock<String>> {
        Arc::clone(&self.address)
    }

    /// True when these words were logged.
    pub(super) fn logged(&self, words: &str) -> bool {
        self.log.read().unwrap().contains(words)
    }

    /// Everything that was logged.
    pub(super) fn log(&self) -> String {
        self.log.read().unwrap().clone()
    }

    /// What was logged, line by line.
    pub(super) fn lines(&self) -> Vec<serde_json::Value> {
        self.log.read().unwrap().lines().map(|line| serde_json::from_str(line).expect("an object for each line")).collect()
    }

    /// Bytes that the kernel holds for the service: the receive queues of the sockets at its port (Linux, proc(5)).
    pub(super) fn unread(&self) -> u64 {
        let address: SocketAddr = self.address.read().unwrap().parse().unwrap();
        let end = format!(":{:04X}", address.port());
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let of_socket = |line: &str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let queue = fields.get(1)?.ends_with(&end).then(|| fields.get(4)?.split(':').nth(1)).flatten()?;
            u64::from_str_radix(queue, 16).ok()
        };
        table.lines().skip(1).filter_map(of_socket).sum()
    }

    /// Sends a signal by its name.
    pub(super) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.process_id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{name} failed");
    }

    /// Waits for the end of the process.
    pub(super) async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap()
    }

    /// What the store holds.
    pub(super) fn store(&self) -> Store {
        self.place.store(&self.data_dir())
    }

    /// Waits until nobody works, nothing waits and nothing is queued.
    pub(super) async fn drain(&self) {
        let store = self.store();
        let queue = match self.place {
            Place::Folder => Some(Queue::inspect(&self.data_dir()).unwrap()),
            Place::Emulators(_) => None,
        };
        until("an empty queue and idle conversations", async || {
            // The queue first: what was taken from it since then is in the store.
            let queued = match &queue {
                Some(queue) => queue.unacked(Lane::Reply).await.unwrap() + queue.unacked(Lane::Record).await.unwrap(),
                None => Place::not_consumed(&store).await,
            };
            let counts = store.counts().await.unwrap();
            queued == 0 && ["leases", "parked", "mailboxes"].iter().all(|name| counts[name] == 0)
        })
        .await;
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // Already gone where a test ended it.
            let _ended = child.kill();
            let _reaped = child.wait();
        }
    }
}
