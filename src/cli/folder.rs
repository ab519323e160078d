//! The store that a command looks into.

use std::path::PathBuf;

use super::{Failure, configure};
use crate::app;
use crate::config::{Config, EnvFile, Flags, MediaBackend, Role};

/// The configuration of a command that only looks.
pub(super) fn of(data_dir: Option<PathBuf>) -> Result<Config, Failure> {
    there(configured(Role::Operator, data_dir)?)
}

/// The configuration of a command, with the folder that was named.
pub(super) fn configured(role: Role, data_dir: Option<PathBuf>) -> Result<Config, Failure> {
    configure(role, &Flags { data_dir, ..Flags::default() }, &EnvFile::IfThere)
}

/// A folder that is not there is a mistake of usage.
pub(super) fn there(config: Config) -> Result<Config, Failure> {
    let of_dev = config.data_dir.join("dev");
    if config.keeps_here() && !app::keeps_records(&config.data_dir) && app::keeps_records(&of_dev) {
        let (folder, of_dev) = (config.data_dir.display(), of_dev.display());
        return Err(Failure::Usage(format!("nothing is kept in {folder}; what dev keeps is in {of_dev}: --data-dir {of_dev}")));
    }
    if !config.keeps_here() || config.data_dir.is_dir() {
        return Ok(config);
    }
    let folder = config.data_dir.display();
    let words = format!("there is no folder {folder}: name the one of the service with --data-dir or WABRIDGE_DATA_DIR");
    Err(Failure::Usage(words))
}

/// Where media are kept, for a person.
pub(super) fn media(config: &Config) -> String {
    match &config.media {
        MediaBackend::Folder(folder) => folder.display().to_string(),
        MediaBackend::Bucket { name, emulator } => {
            let of = emulator.as_ref().map_or_else(String::new, |host| format!(" of the emulator at {host}"));
            format!("the bucket {name}{of}")
        }
    }
}
