//! `wabridge completions`.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::arguments::Cli;
use super::{Failure, print};

pub(super) fn run(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "wabridge", &mut script);
    print::out(&String::from_utf8_lossy(&script)).map_err(Failure::from)
}
