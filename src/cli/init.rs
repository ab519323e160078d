//! `wabridge init`: the files to begin with. Overwrites nothing.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::Context as _;

use super::arguments::InitArguments;
use super::{Failure, print};
use crate::bot::SAMPLE;

const ENVIRONMENT: &str = include_str!("../../.env.example");

pub(super) fn run(arguments: &InitArguments) -> Result<(), Failure> {
    let mut refused = Vec::new();
    for (name, text) in [("bot.yaml", SAMPLE), (".env.example", ENVIRONMENT)] {
        if arguments.force {
            set_aside(name)?;
        }
        match write_new(name, text) {
            Ok(()) => print::out(&format!("wrote {name}"))?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => refused.push(name),
            Err(error) => return Err(anyhow::Error::from(error).context(format!("{name} cannot be written")).into()),
        }
    }
    if refused.is_empty() {
        return print::out("next: wabridge check, then wabridge dev").map_err(Failure::from);
    }
    let files = refused.join(" and ");
    Err(Failure::Usage(format!(
        "{files}: there already, not touched. wabridge init --force writes anew and keeps the old text as FILE.old"
    )))
}

fn write_new(name: &str, text: &str) -> std::io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(name)?.write_all(text.as_bytes())
}

fn set_aside(name: &str) -> Result<(), Failure> {
    let old = format!("{name}.old");
    if !Path::new(name).exists() {
        return Ok(());
    }
    if Path::new(&old).exists() {
        return Err(Failure::Usage(format!("{old} is there already: move it away first, so that nothing is lost")));
    }
    std::fs::rename(name, &old).with_context(|| format!("{name} cannot be moved to {old}")).map_err(Failure::from)
}
