//! Real processes of the binary: started, killed with SIGKILL, started again on the same data folder.

use std::fs::{File, OpenOptions};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::verdict::Findings;
use crate::webhooks::{SECRET, client};
use crate::{NUMBER, WABA, now_ms};

/// What people wrote comes back, so that the far end can tell whom an answer is for. The debounce lets some messages share a turn.
pub(crate) const BOT: &str = r#"version: 1
name: echo
conversation:
  debounce: 100ms
routes:
  - name: echo
    reply: "echo: {{ message.text }}"
"#;
/// As [`BOT`], in two messages.
pub(crate) const BOT_OF_TWO: &str = r#"version: 1
name: echo
conversation:
  debounce: 100ms
routes:
  - name: echo
    reply: ["echo: {{ message.text }}", "more: {{ message.text }}"]
"#;
/// As [`BOT`]; after an unknown outcome a person decides.
pub(crate) const BOT_THAT_GIVES_UP: &str = r#"version: 1
name: echo
conversation:
  debounce: 100ms
  on_unknown: give_up
routes:
  - name: echo
    reply: "echo: {{ message.text }}"
"#;
/// A start on a machine that is busy with other things.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// One process after another.
#[derive(Debug)]
pub(crate) struct Service {
    folder: PathBuf,
    port: u16,
    graph: String,
    time_divisor: u32,
    child: Option<Child>,
    kills: Vec<i64>,
    pauses: Vec<(i64, i64)>,
    variables: Vec<(&'static str, String)>,
    arguments: &'static [&'static str],
}

impl Service {
    /// Not started yet. `graph` is the far end's address.
    pub(crate) fn new(folder: &Path, bot: &str, port: u16, graph: &str, time_divisor: u32) -> Self {
        std::fs::write(folder.join("bot.yaml"), bot).expect("the bot file is written");
        let (folder, graph) = (folder.to_owned(), graph.to_owned());
        let (kills, pauses, variables) = (Vec::new(), Vec::new(), Vec::new());
        Self { folder, port, graph, time_divisor, child: None, kills, pauses, variables, arguments: &[] }
    }

    /// The same, told more.
    pub(crate) fn with(mut self, variables: Vec<(&'static str, String)>, arguments: &'static [&'static str]) -> Self {
        self.variables = variables;
        self.arguments = arguments;
        self
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Starts a process and returns when it takes webhooks. `plan`: where it is to die (see `src/failure_points.rs`).
    pub(crate) async fn start(&mut self, plan: Option<&str>) {
        let mut command = self.command();
        if let Some(plan) = plan {
            command.env("FAILURE_POINT", plan);
        }
        self.child = Some(command.spawn().expect("the binary starts"));
        let (client, since) = (client(), Instant::now());
        let url = format!("http://127.0.0.1:{}/ready", self.port);
        while !client.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(ended.is_none(), "serve ended by itself ({ended:?}), see {}", self.log().display());
            assert!(since.elapsed() < READY_WITHIN, "serve is not ready, see {}", self.log().display());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// SIGKILL, and gone when this returns.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the process was there");
            child.wait().expect("the process ended");
            self.kills.push(now_ms());
        }
    }

    /// True when the process ended by itself, or does within this time.
    pub(crate) async fn ended_within(&mut self, patience: Duration) -> bool {
        let since = Instant::now();
        while since.elapsed() < patience {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().expect("it is ours"));
            if ended.is_some() {
                self.child = None;
                self.kills.push(now_ms());
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    /// True when the process froze itself, or does within this time (Linux: its state is `T`).
    pub(crate) async fn frozen_within(&self, patience: Duration) -> bool {
        let since = Instant::now();
        while since.elapsed() < patience {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
            if state.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T')) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{name} failed");
    }

    /// Stops it for that long; then it goes on.
    pub(crate) async fn pause(&mut self, length: Duration) {
        let from = now_ms();
        self.signal("STOP");
        tokio::time::sleep(length).await;
        self.signal("CONT");
        self.pauses.push((from, now_ms()));
    }

    fn id(&self) -> u32 {
        self.child.as_ref().expect("a process").id()
    }

    /// When it was killed, time of day in milliseconds.
    pub(crate) fn kills(&self) -> &[i64] {
        &self.kills
    }

    /// When it was paused, from and to, time of day in milliseconds.
    pub(crate) fn pauses(&self) -> &[(i64, i64)] {
        &self.pauses
    }

    /// Looks for panics in the log.
    pub(crate) fn panics(&self, findings: &mut Findings) {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        for line in text.lines().filter(|line| line.contains("panicked at")) {
            findings.add("the service never panics", line);
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.join("serve.log")
    }

    fn command(&self) -> Command {
        let log = || -> File { OpenOptions::new().create(true).append(true).open(self.log()).expect("the log file") };
        let mut command = Command::new(env!("CARGO_BIN_EXE_wabridge"));
        command.arg("serve").arg("--port").arg(self.port.to_string()).arg("--data-dir").arg(self.folder.join("data"));
        command.current_dir(&self.folder).env_clear().stdin(Stdio::null()).stdout(log()).stderr(log());
        command.envs([
            ("HOST", "127.0.0.1"),
            ("WHATSAPP_APP_SECRET", SECRET),
            ("WHATSAPP_VERIFY_TOKEN", "verify-token-of-the-kill-test"),
            ("WHATSAPP_WABA_ID", WABA),
            ("WHATSAPP_PHONE_NUMBER_ID", NUMBER),
            ("WHATSAPP_ACCESS_TOKEN", "access-token-of-the-kill-test"),
            ("WHATSAPP_API_VERSION", "v25.0"),
            ("WHATSAPP_API_BASE_URL", self.graph.as_str()),
            ("WABRIDGE_BOT", "bot.yaml"),
            // What waited for a restart is sent at once.
            ("WABRIDGE_SEND_RATE", "1000"),
            ("FAILURE_POINTS_TIME_DIVISOR", self.time_divisor.to_string().as_str()),
        ]);
        command.args(self.arguments).envs(self.variables.iter().map(|(name, value)| (*name, value.as_str())));
        command
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _already_gone = child.kill();
            let _reaped = child.wait();
        }
    }
}

/// A port that was free a moment ago. It stays the same over all starts, as Meta's callback URL does.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
