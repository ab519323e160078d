//! The data folder that a command looks into.

use std::path::PathBuf;

use super::{Failure, configure};
use crate::config::{Backend, Config, EnvFile, Flags, Role};

/// The folder that was named, or the configured one; one that is not there is a mistake of usage.
pub(super) fn of(data_dir: Option<PathBuf>) -> Result<PathBuf, Failure> {
    existing(configured(Role::Operator, data_dir)?.backend)
}

/// The configuration of a command, with the folder that was named.
pub(super) fn configured(role: Role, data_dir: Option<PathBuf>) -> Result<Config, Failure> {
    configure(role, &Flags { data_dir, ..Flags::default() }, &EnvFile::IfThere)
}

/// The configured folder; one that is not there is a mistake of usage.
pub(super) fn existing(backend: Backend) -> Result<PathBuf, Failure> {
    let Backend::Embedded { data_dir } = backend;
    if data_dir.is_dir() {
        return Ok(data_dir);
    }
    let words =
        format!("there is no folder {}: name the one of the service with --data-dir or WABRIDGE_DATA_DIR", data_dir.display());
    Err(Failure::Usage(words))
}
