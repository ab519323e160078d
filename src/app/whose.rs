//! Whose records a data folder holds: those of a service, or the made-up people of `dev`. Neither takes the other's.

use std::path::Path;

use super::dev::CHATS;
use crate::config::Config;
use crate::embedded::FILE;

/// Tells a person who looks into the folder, and the next process.
const MARK: &str = "made-up.txt";
const WORDS: &str = "The people in this folder are made up: wabridge dev keeps them here. No service uses it.\n";

/// The data folder is somebody else's.
#[derive(Debug, thiserror::Error)]
pub(super) enum WrongFolder {
    /// A service was about to answer made-up people.
    #[error("{0} holds the made-up people of dev: leave --data-dir and WABRIDGE_DATA_DIR out, or name another folder")]
    OfDev(String),
    /// `dev` was about to answer real people in its simulator, or to remove them.
    #[error(
        "{0} holds the records of a service: dev would answer its people in the simulator. Leave --data-dir and WABRIDGE_DATA_DIR out, or name another folder"
    )]
    OfAService(String),
}

/// A service's folder is none of dev's.
pub(super) fn no_folder_of_dev(config: &Config) -> Result<(), WrongFolder> {
    let folder = &config.data_dir;
    if config.keeps_here() && is_of_dev(folder) { Err(WrongFolder::OfDev(folder.display().to_string())) } else { Ok(()) }
}

/// dev's folder is none of a service's; from now on it is dev's.
pub(super) fn mark_for_dev(config: &Config) -> anyhow::Result<()> {
    let folder = &config.data_dir;
    if keeps_records(folder) && !is_of_dev(folder) {
        return Err(WrongFolder::OfAService(folder.display().to_string()).into());
    }
    std::fs::write(folder.join(MARK), WORDS)?;
    Ok(())
}

/// Whether there are records in a folder.
#[must_use]
pub fn keeps_records(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}

/// Chats as well: folders of older versions have no mark.
fn is_of_dev(folder: &Path) -> bool {
    [MARK, CHATS].iter().any(|name| folder.join(name).is_file())
}
