//! Opens the file and hands jobs to its two threads: one that writes, one that only reads.

use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{mpsc, oneshot};

use super::identity::Identity;
use super::writer::{self, Job, Statements, Work};

/// Jobs that may wait for a thread; more are refused, so that memory stays bounded while the disk is slow.
const WAITING: usize = 8192;

/// How long a statement waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);
/// A busy service leaves only short gaps, and a command of an operator has time.
const PATIENCE_OF_A_GUEST: Duration = Duration::from_secs(30);

/// Why a job was not done. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Too many jobs wait for the disk.
    #[error("the disk cannot keep up: nothing was stored, try again in a second")]
    Overloaded,
    /// The engine's thread has ended.
    #[error("the data file is closed: the process is shutting down")]
    Closed,
    /// SQLite said no.
    #[error("the data file refused: nothing was stored{}", hint(.0))]
    Sqlite(#[from] rusqlite::Error),
    /// The whole group was rolled back because of another job in it.
    #[error("the commit failed: nothing was stored ({0})")]
    Commit(String),
    /// A stored document does not have the shape that this version writes. The words of the cause are left out: they quote the document.
    #[error("a stored document cannot be read ({kind:?}, byte {place}): was the data folder written by another version?")]
    Document {
        /// What is wrong with it.
        kind: serde_json::error::Category,
        /// Where, from 1.
        place: usize,
    },
    /// The folder or file cannot be used.
    #[error("cannot use the data file {path}: {reason}")]
    Open {
        /// The file.
        path: String,
        /// Why, and what to do.
        reason: String,
    },
}

impl From<serde_json::Error> for EngineError {
    fn from(error: serde_json::Error) -> Self {
        Self::Document { kind: error.classify(), place: error.column() }
    }
}

/// A handle on the file; clones share it. The threads end when the last handle is gone.
#[derive(Clone, Debug)]
pub struct Engine {
    writer: mpsc::Sender<Box<dyn Job>>,
    reader: mpsc::Sender<Box<dyn Job>>,
}

impl Engine {
    /// Opens or makes the file and applies `schema` (idempotent statements).
    ///
    /// # Errors
    /// `Open` when the folder cannot be made or the file is no database.
    pub fn open(path: &Path, schema: &[&str]) -> Result<Self, EngineError> {
        Self::writing(path, schema, PATIENCE, writer::fold_log)
    }

    /// Opens an existing file for writing, beside a process that works on it: waits longer for its turn, and leaves the log alone.
    ///
    /// # Errors
    /// As [`Self::inspect`].
    pub fn join(path: &Path) -> Result<Self, EngineError> {
        existing(path)?;
        Self::writing(path, &[], PATIENCE_OF_A_GUEST, |_| ())
    }

    /// `at_the_end`: done by the writer when the last handle is gone.
    fn writing(path: &Path, schema: &[&str], patience: Duration, at_the_end: fn(&Connection)) -> Result<Self, EngineError> {
        let failed = |reason: String| EngineError::Open { path: path.display().to_string(), reason };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| failed(format!("{error}{}", owner_hint(&error))))?;
        }
        let connection = Connection::open(path).map_err(|error| failed(error.to_string()))?;
        prepare(&connection, schema, patience).map_err(|error| failed(error.to_string()))?;
        let identity = Identity::of(path).map_err(|error| failed(error.to_string()))?;
        let read_only = read_only(path).map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            writer: start("store-writer", move |jobs| {
                writer::commit_groups(&connection, &identity, jobs);
                at_the_end(&connection);
            }),
            reader: start("store-reader", move |jobs| writer::read_each(&read_only, jobs)),
        })
    }

    /// Opens an existing file for reading alone, beside a process that works on it: SQLite itself refuses every write.
    ///
    /// # Errors
    /// `Open` when there is no such file.
    pub fn inspect(path: &Path) -> Result<Self, EngineError> {
        existing(path)?;
        let read_only =
            read_only(path).map_err(|error| EngineError::Open { path: path.display().to_string(), reason: error.to_string() })?;
        let reader = start("store-reader", move |jobs| writer::read_each(&read_only, jobs));
        Ok(Self { writer: reader.clone(), reader })
    }

    /// Runs `work` in a transaction of the writer and answers after the commit is on the disk.
    ///
    /// # Errors
    /// Whatever `work` returned, or why it could not be committed; nothing of it is stored then.
    pub fn write<T, F>(&self, work: F) -> impl Future<Output = Result<T, EngineError>> + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, EngineError> + Send + 'static,
    {
        submit(&self.writer, work, Statements::Several)
    }

    /// As [`Self::write`], for work that executes one statement at most. SQLite takes back a statement that fails, so that this
    /// needs no savepoint, which costs as much as a row.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_one<T, F>(&self, work: F) -> impl Future<Output = Result<T, EngineError>> + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, EngineError> + Send + 'static,
    {
        submit(&self.writer, work, Statements::One)
    }

    /// Runs `work` on the committed state.
    ///
    /// # Errors
    /// Whatever `work` returned.
    pub fn read<T, F>(&self, work: F) -> impl Future<Output = Result<T, EngineError>> + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, EngineError> + Send + 'static,
    {
        submit(&self.reader, work, Statements::Several)
    }
}

/// Hands the work over at once: the future that is left is only the wait for the answer, which is small to move about.
fn submit<T, F>(
    thread: &mpsc::Sender<Box<dyn Job>>,
    work: F,
    statements: Statements,
) -> impl Future<Output = Result<T, EngineError>> + use<T, F>
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> Result<T, EngineError> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let submitted = thread.try_send(Box::new(Work::new(work, statements, answer))).map_err(|refused| match refused {
        mpsc::error::TrySendError::Full(_) => EngineError::Overloaded,
        mpsc::error::TrySendError::Closed(_) => EngineError::Closed,
    });
    async move {
        submitted?;
        answered.await.unwrap_or(Err(EngineError::Closed))
    }
}

fn start(name: &str, run: impl FnOnce(&mut mpsc::Receiver<Box<dyn Job>>) + Send + 'static) -> mpsc::Sender<Box<dyn Job>> {
    let (sender, mut receiver) = mpsc::channel(WAITING);
    let started = thread::Builder::new().name(name.to_owned()).spawn(move || run(&mut receiver));
    if let Err(error) = started {
        // The channel is closed then, and every job says so.
        tracing::error!(error = %error, "the data file's thread could not start");
    }
    sender
}

fn existing(path: &Path) -> Result<(), EngineError> {
    if path.exists() {
        return Ok(());
    }
    let reason = "there is no such file: set WABRIDGE_DATA_DIR to the folder that the service uses".into();
    Err(EngineError::Open { path: path.display().to_string(), reason })
}

fn read_only(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

fn prepare(connection: &Connection, schema: &[&str], patience: Duration) -> rusqlite::Result<()> {
    connection.busy_timeout(patience)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: an acknowledged commit survives a power loss, which NORMAL does not promise in WAL mode (sqlite.org/pragma.html).
    connection.pragma_update(None, "synchronous", "FULL")?;
    // 4 MiB of pages: enough for the hot ones, and the process stays small.
    connection.pragma_update(None, "cache_size", -4096)?;
    connection.set_prepared_statement_cache_capacity(128);
    if schema.is_empty() {
        return Ok(());
    }
    // One transaction: alone, each statement would wait for the disk once.
    connection.execute_batch(&format!("BEGIN IMMEDIATE; {}; COMMIT;", schema.join(";\n")))
}

fn owner_hint(error: &std::io::Error) -> &'static str {
    if error.kind() == std::io::ErrorKind::PermissionDenied {
        " (in the container the process is user 65532: chown the mounted folder to it, or use a named volume)"
    } else {
        ""
    }
}

fn hint(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => " (the disk is full: free some room, then it goes on by itself)",
        Some(rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::CannotOpen) => " (the folder is not writable)",
        Some(_) | None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY);";

    fn insert(words: &'static [&'static str]) -> impl FnOnce(&Connection) -> Result<(), EngineError> + Send {
        move |connection| {
            words.iter().try_for_each(|word| connection.execute("INSERT INTO words VALUES (?1)", [word]).map(|_| ()))?;
            Ok(())
        }
    }

    async fn words(engine: &Engine) -> String {
        let query = "SELECT group_concat(word, ' ') FROM (SELECT word FROM words ORDER BY word)";
        engine.read(|connection| Ok(connection.query_row(query, [], |row| row.get(0))?)).await.unwrap()
    }

    #[tokio::test]
    async fn a_job_that_fails_leaves_no_trace_and_its_neighbours_in_the_group_stay() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(&folder.path().join("words.db"), &[SCHEMA]).unwrap();
        let (first, twin, several, last) = tokio::join!(
            engine.write_one(insert(&["a"])),
            engine.write_one(insert(&["a"])),
            engine.write(insert(&["b", "a"])),
            engine.write_one(insert(&["c"])),
        );
        assert!(first.is_ok() && last.is_ok());
        assert!(matches!((twin, several), (Err(EngineError::Sqlite(_)), Err(EngineError::Sqlite(_)))));
        assert_eq!(words(&engine).await, "a c");
    }

    #[test]
    fn an_error_of_a_stored_document_repeats_nothing_of_it() {
        let error = serde_json::from_str::<u32>("\"Ann Lee\"").unwrap_err();
        assert!(error.to_string().contains("Ann Lee"), "serde does: {error}");
        let error = EngineError::from(error);
        assert!(!format!("{error} {error:?}").contains("Ann"), "{error:?}");
        assert!(error.to_string().contains("Data, byte 9"), "{error}");
    }

    #[tokio::test]
    async fn whoever_inspects_reads_and_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words.db");
        let engine = Engine::open(&path, &[SCHEMA]).unwrap();
        engine.write_one(insert(&["a"])).await.unwrap();
        let inspecting = Engine::inspect(&path).unwrap();
        assert!(matches!(inspecting.write_one(insert(&["b"])).await, Err(EngineError::Sqlite(_))));
        assert_eq!(words(&inspecting).await, "a");
    }

    #[tokio::test]
    async fn what_was_answered_is_there_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words.db");
        let engine = Engine::open(&path, &[SCHEMA]).unwrap();
        engine.write_one(insert(&["a"])).await.unwrap();
        drop(engine);
        assert_eq!(words(&Engine::open(&path, &[SCHEMA]).unwrap()).await, "a");
    }
}
