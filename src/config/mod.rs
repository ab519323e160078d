//! The environment, read once, into values or all problems at once.

mod backends;
mod environment;
mod load;
mod names;
mod problem;
mod reader;
mod reference;
mod secrets;
#[cfg(test)]
mod tests;
mod value;
mod vars;
mod versions;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::domain::WabaId;

pub use crate::domain::{Foreign, Ids};

pub use backends::{Arrival, Callers, MediaBackend, QueueBackend, StoreBackend};
pub use environment::{EnvFile, Environment};
pub use load::load;
pub use problem::{Problem, Problems};
pub use reference::page;
pub use secrets::{SecretFiles, Secrets};
pub use vars::{ALL, Variable};

/// Everything that a process was told. Secrets do not print.
#[derive(Debug)]
pub struct Config {
    /// Where it listens.
    pub listen: Listen,
    /// The folder of what is kept on this machine: the embedded store and queue, the chats of `dev`.
    pub data_dir: PathBuf,
    /// Where records are kept.
    pub store: StoreBackend,
    /// Where events wait.
    pub queue: QueueBackend,
    /// How webhooks are checked; `None` where none are received, and in `dev`, whose simulated WhatsApp has secrets of its own.
    pub receiver: Option<Receiver>,
    /// Which accounts and numbers are ours, for a command that hands the service something to answer.
    pub ours: Option<Ids>,
    /// The accounts alone, for a command that calls the Graph API; else empty.
    pub accounts: BTreeSet<WabaId>,
    /// What the Graph API knows us by; `None`: nothing is sent.
    pub access_token: Option<SecretString>,
    /// Where media are kept.
    pub media: MediaBackend,
    /// Where secrets are that may be rotated.
    pub secret_files: Option<SecretFiles>,
    /// Which Graph API.
    pub graph: GraphSettings,
    /// How fast each number sends.
    pub sending: Sending,
    /// What answers.
    pub bot: BotChoice,
    /// After how many days records expire.
    pub retention_days: u16,
    /// How to log.
    pub log: LogSettings,
    /// How long work in hand may take after a TERM signal.
    pub shutdown_grace: Duration,
    /// Divides every limit of the delivery protocol, in builds for its tests alone.
    #[cfg(feature = "failure-points")]
    pub time_divisor: u32,
    /// Where the process ends by itself, in builds for those tests alone.
    #[cfg(feature = "failure-points")]
    pub failure_point: Option<crate::failure_points::Plan>,
    /// What `doctor` alone is told.
    pub examined: Option<Examined>,
    /// What is doubtful but works; each a sentence for a person.
    pub warnings: Vec<String>,
}

impl Config {
    /// Where records are kept, for a person.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.store {
            StoreBackend::Embedded => self.data_dir.display().to_string(),
            StoreBackend::Firestore { project, database, emulator } => {
                let of = emulator.as_ref().map_or_else(String::new, |host| format!(" of the emulator at {host}"));
                format!("Firestore{of} (project {project}, database {database})")
            }
        }
    }

    /// Whether anything is kept in the data folder.
    #[must_use]
    pub fn keeps_here(&self) -> bool {
        self.store == StoreBackend::Embedded || self.queue == QueueBackend::Embedded
    }
}

/// What `doctor` is told beside: what a service takes into memory, and what it would miss.
#[derive(Debug)]
pub struct Examined {
    /// Of receiver and consumer.
    pub secrets: Secrets,
    /// What is not set that a service needs; on Cloud Run that is a problem.
    pub missing: Vec<Problem>,
}

/// Where the process listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// The address of the interface.
    pub host: IpAddr,
    /// The port; 0 lets the system choose.
    pub port: u16,
}

/// How webhooks are checked.
#[derive(Debug)]
pub struct Receiver {
    /// The secrets of the Meta app, any of which may have signed; never empty.
    pub app_secrets: Vec<SecretString>,
    /// The word of the handshake.
    pub verify_token: SecretString,
    /// Which accounts and numbers are ours.
    pub ids: Ids,
}

/// Which Graph API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphSettings {
    /// Scheme, host and port, no slash at the end.
    pub base_url: String,
    /// `v25.0`.
    pub version: String,
}

/// How fast each number sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending {
    /// Messages per second, at least 1.
    pub rate: u32,
    /// Messages on their way at once, at least 1.
    pub concurrency: u32,
}

/// What answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BotChoice {
    /// This file, which exists.
    File(PathBuf),
    /// The sample inside the binary (`dev` without a bot.yaml).
    BuiltIn,
    /// Nothing: record and publish only.
    None,
}

/// How to log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// The form of a line.
    pub format: LogFormat,
    /// Which lines: `info`, `warn,wabridge=debug`. Valid.
    pub filter: String,
    /// The Google Cloud project whose traces the lines name.
    pub project: Option<String>,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object as Google Cloud reads it, on standard output.
    Json,
    /// For a person, on standard error.
    Text,
}

/// Which command reads: what is required differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `dev`: nothing is required, WhatsApp is simulated.
    Dev,
    /// `serve`: receiver and consumer in one process.
    Serve,
    /// `receive`: the receiver alone.
    Receive,
    /// `consume`: the consumer alone.
    Consume,
    /// A command of an operator that reads the store and ends.
    Operator,
    /// A command of an operator that calls the Graph API: it needs the access token.
    Call,
    /// `doctor`: reads what every part is told, and goes on without what is not set.
    Doctor,
    /// A command of an operator that hands the service something to answer: it knows the bot and the ids, and needs no secret.
    Mend,
}

/// What was said on the command line; each wins over its variable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--port`.
    pub port: Option<u16>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--bot`: a file or `none`.
    pub bot: Option<String>,
    /// Events are pushed by Pub/Sub, not pulled from it: `--push` of `serve` and `dev`, `consume` without `--pull`.
    pub push: bool,
}
