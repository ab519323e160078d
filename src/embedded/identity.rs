//! Whether a path still leads to the file that was opened: an open file outlives its name, and what is written to it then is lost.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A file as it was opened.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Identity {
    /// The file at this path.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let found = std::fs::metadata(path)?;
        Ok(Self { path: path.to_owned(), device: found.dev(), inode: found.ino() })
    }

    /// False when it was removed, or another file has its name.
    pub(super) fn still_there(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|found| found.dev() == self.device && found.ino() == self.inode)
    }
}
