//! Google's own emulators, started once for a test binary and ended with it. Each test has a project of its own in them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// A cold JVM on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) const FIRESTORE: &str = "cloud-firestore-emulator/cloud_firestore_emulator";
pub(crate) const PUBSUB: &str = "pubsub-emulator/bin/cloud-pubsub-emulator";

/// `host:port` of a Firestore emulator: the one of `FIRESTORE_EMULATOR_HOST`, or one that is started; else why there is none.
pub(crate) fn firestore() -> Result<String, String> {
    static HOST: OnceLock<Result<String, String>> = OnceLock::new();
    HOST.get_or_init(|| emulator("FIRESTORE_EMULATOR_HOST", FIRESTORE, &["start"])).clone()
}

/// `host:port` of a Pub/Sub emulator: the one of `PUBSUB_EMULATOR_HOST`, or one that is started; else why there is none.
pub(crate) fn pubsub() -> Result<String, String> {
    static HOST: OnceLock<Result<String, String>> = OnceLock::new();
    HOST.get_or_init(|| emulator("PUBSUB_EMULATOR_HOST", PUBSUB, &[])).clone()
}

/// A project that nobody else uses.
pub(crate) fn project() -> String {
    format!("test-{}", uuid::Uuid::new_v4().simple())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the emulators' usual variables are for tests, not for the program's configuration"
)]
fn emulator(variable: &str, program: &str, arguments: &[&str]) -> Result<String, String> {
    static RUNNING: Mutex<Vec<Emulator>> = Mutex::new(Vec::new());
    if let Ok(host) = std::env::var(variable) {
        return Ok(host);
    }
    let emulator = Emulator::start(program, arguments).map_err(|why| format!("{why}, or set {variable}"))?;
    let host = emulator.host.clone();
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner).push(emulator);
    Ok(host)
}

/// The folder of the SDK that `gcloud` belongs to.
#[expect(clippy::disallowed_methods, reason = "tests look for a program where a shell would")]
pub(crate) fn sdk() -> Option<PathBuf> {
    let named = std::env::var_os("CLOUDSDK_ROOT_DIR").map(PathBuf::from);
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&paths).filter_map(|folder| folder.join("gcloud").canonicalize().ok());
    let beside = on_path.filter_map(|gcloud| Some(gcloud.parent()?.parent()?.to_path_buf()));
    let usual = [PathBuf::from("/usr/lib/google-cloud-sdk"), PathBuf::from("/opt/google-cloud-sdk")];
    named.into_iter().chain(beside).chain(usual).find(|folder| folder.join("platform").is_dir())
}

/// One that runs; it ends with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Emulator {
    /// `host:port`.
    pub(crate) host: String,
    pub(crate) command: (PathBuf, Vec<String>),
    pub(crate) shell: Child,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The shell ends its group with itself.
        drop(self.shell.stdin.take());
        let _reaped = self.shell.wait();
    }
}

impl Emulator {
    pub(crate) fn start(program: &str, arguments: &[&str]) -> Result<Self, String> {
        let program = sdk()
            .map(|sdk| sdk.join("platform").join(program))
            .filter(|program| program.is_file())
            .ok_or_else(|| format!("there is no {program} in a Google Cloud SDK: gcloud components install"))?;
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
        let host = free.map_err(|error| error.to_string())?.to_string();
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let command = (program, arguments);
        let shell = spawn(&command, &host)?;
        let started = Self { host, command, shell };
        started.until_it_answers()?;
        Ok(started)
    }

    pub(crate) fn until_it_answers(&self) -> Result<(), String> {
        let began = Instant::now();
        while !answers(&self.host) {
            if began.elapsed() > PATIENCE {
                return Err(format!("{} did not answer within {PATIENCE:?}: is there a Java?", self.command.0.display()));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

/// Under a shell that ends it as soon as our end of its standard input is closed: however this process ends.
pub(crate) fn spawn((program, arguments): &(PathBuf, Vec<String>), host: &str) -> Result<Child, String> {
    let (address, port) = host.rsplit_once(':').unwrap_or((host, ""));
    // All of them in a group of their own, which the shell ends with itself.
    let script = r#""$@" >/dev/null 2>&1 & read -r _; kill -KILL 0"#;
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(program).args(arguments);
    shell.args([format!("--host={address}"), format!("--port={port}")]);
    let shell = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn();
    shell.map_err(|error| format!("{} does not start: {error}", program.display()))
}

fn answers(host: &str) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes())?;
        // The first line alone: an emulator keeps the connection open, whatever it is asked.
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
