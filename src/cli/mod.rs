//! The command line: one file per command; prints, never computes.

mod address;
mod arguments;
mod bot_file;
mod check;
mod completions;
mod dead_letters;
mod doctor;
mod drawn;
mod dry_run;
mod events;
mod folder;
mod health;
mod init;
mod media;
mod print;
mod reference;
mod replay;
mod run;
mod simulate;
mod start;
mod subscribe;

use std::process::ExitCode;

use clap::Parser;

use crate::clock::Clock;
use crate::config::{self, Config, EnvFile, Environment, Flags, Role};
use crate::telemetry;
use arguments::{Cli, Command};

pub use arguments::ReferencePage;
pub use reference::page as reference_page;

/// Why a command did not do what it was asked.
enum Failure {
    /// Exit code 1: it tried, and this happened.
    Failed(anyhow::Error),
    /// Exit code 2: it was asked for something that cannot be, and this is what to change.
    Usage(String),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Runs the command of this process; the exit code is 0 done, 1 failed, 2 usage or configuration.
#[must_use]
pub fn run() -> ExitCode {
    match dispatch(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Failed(error)) if print::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(Failure::Failed(error)) => {
            print::note(&format!("failed: {error:#}"));
            ExitCode::from(1)
        }
        Err(Failure::Usage(words)) => {
            print::note(&words);
            ExitCode::from(2)
        }
    }
}

fn dispatch(command: Command) -> Result<(), Failure> {
    match command {
        Command::Dev(arguments) => run::dev(arguments),
        Command::Serve(arguments) => run::serve(arguments),
        Command::Receive(arguments) => run::receive(arguments),
        Command::Consume(arguments) => run::consume(arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Events { command } => events::run(command),
        Command::Media { command } => media::run(command),
        Command::Subscribe { json } => subscribe::run(json),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Replay(arguments) => replay::run(arguments),
        Command::DeadLetters { command } => dead_letters::run(command),
        Command::Check(arguments) => check::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Completions { shell } => completions::run(shell),
        Command::Health => health::run(),
        Command::Reference { page } => print::out(&reference::page(page)).map_err(Failure::from),
    }
}

/// Reads the configuration, starts the logs and says what is doubtful there.
fn configure(role: Role, flags: &Flags, file: &EnvFile) -> Result<Config, Failure> {
    let environment = Environment::of_process(file);
    let config = config::load(role, flags, &environment, Clock::default().now())
        .map_err(|problems| Failure::Usage(problems.to_string()))?;
    telemetry::start(&config.log);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    Ok(config)
}
