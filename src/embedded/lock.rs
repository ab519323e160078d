//! One consuming process per data folder, held by a lock on a file: it is gone with the process, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Held as long as the value lives.
#[derive(Debug)]
pub struct ConsumerLock {
    _file: File,
}

/// Why this process may not consume.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error(
        "process {holder} already answers from the data folder {folder}: stop it, or set WABRIDGE_DATA_DIR to another folder"
    )]
    Held {
        /// Its process id, as it wrote it down.
        holder: String,
        /// The folder.
        folder: String,
    },
    /// The lock file cannot be used.
    #[error("cannot lock {path} (is the data folder writable?)")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl ConsumerLock {
    /// Takes the lock of the folder, which is made if it is not there.
    ///
    /// # Errors
    /// `Held` when another process consumes, `Unusable` when the file cannot be made.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join("consumer.lock");
        let unusable = |source| LockError::Unusable { path: path.clone(), source };
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _unreadable_is_empty = file.read_to_string(&mut holder);
                return Err(LockError::Held { holder: holder.trim().to_owned(), folder: folder.display().to_string() });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        file.set_len(0).map_err(unusable)?;
        writeln!(file, "{}", std::process::id()).map_err(unusable)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = ConsumerLock::take(folder.path()).unwrap();
        let second = ConsumerLock::take(folder.path()).unwrap_err().to_string();
        assert!(second.contains(&format!("process {}", std::process::id())), "{second}");
        drop(first);
        ConsumerLock::take(folder.path()).unwrap();
    }
}
