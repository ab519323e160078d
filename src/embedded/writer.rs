//! The two threads: one commits jobs in groups, one reads.

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::EngineError;
use super::identity::Identity;

/// Jobs in one transaction at most: one fsync for all of them (measured: 10–30 × over one commit per job).
pub(super) const GROUP: usize = 512;

/// How many statements a job executes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statements {
    /// One at most: SQLite takes it back when it fails.
    One,
    /// Any number: a savepoint takes them back.
    Several,
}

/// A piece of work with somebody who waits for its answer.
pub(super) trait Job: Send {
    /// How many statements it executes.
    fn statements(&self) -> Statements;
    /// Does it; false when it failed and must leave no trace.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Tells who waits: the result, or why the commit failed.
    fn answer(self: Box<Self>, committed: Result<(), String>);
}

/// A job made of a closure.
pub(super) struct Work<T, F> {
    task: Option<F>,
    statements: Statements,
    result: Option<Result<T, EngineError>>,
    answer: oneshot::Sender<Result<T, EngineError>>,
}

impl<T, F> Work<T, F> {
    pub(super) fn new(work: F, statements: Statements, answer: oneshot::Sender<Result<T, EngineError>>) -> Self {
        Self { task: Some(work), statements, result: None, answer }
    }
}

impl<T, F> Job for Work<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, EngineError> + Send,
{
    fn statements(&self) -> Statements {
        self.statements
    }

    fn run(&mut self, connection: &Connection) -> bool {
        self.result = self.task.take().map(|task| task(connection));
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, committed: Result<(), String>) {
        let result = match (self.result, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(_)) | None, Err(reason)) => Err(EngineError::Commit(reason)),
            (None, Ok(())) => Err(EngineError::Closed),
        };
        // Nobody may wait any more: the job is done all the same.
        let _gone = self.answer.send(result);
    }
}

/// The writer's thread: all waiting jobs, one transaction, one fsync, then the answers.
pub(super) fn commit_groups(connection: &Connection, file: &Identity, jobs: &mut mpsc::Receiver<Box<dyn Job>>) {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.blocking_recv_many(&mut group, GROUP) > 0 {
        let committed = commit(connection, &mut group).map_err(|error| error.to_string()).and_then(|()| kept(file));
        if committed.is_err() && !connection.is_autocommit() {
            let _already_gone = connection.execute_batch("ROLLBACK");
        }
        for job in group.drain(..) {
            job.answer(committed.clone());
        }
    }
}

/// Folds the log into the file, so that it can be copied alone.
pub(super) fn fold_log(connection: &Connection) {
    let _best_effort = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
}

/// After the commit, so that nothing is answered as stored that went to a file without a name.
fn kept(file: &Identity) -> Result<(), String> {
    let gone = "the data file was removed or replaced while the process ran: start the process again";
    if file.still_there() { Ok(()) } else { Err(gone.to_owned()) }
}

fn commit(connection: &Connection, group: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    for job in group {
        let savepoint = job.statements() == Statements::Several;
        if savepoint {
            connection.prepare_cached("SAVEPOINT job")?.execute([])?;
        }
        let done = job.run(connection);
        // A full disk rolls the whole group back at once; then no job of it may be answered as stored.
        if !done && connection.is_autocommit() {
            return Err(rusqlite::Error::InvalidQuery);
        }
        if savepoint {
            if !done {
                connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
            }
            connection.prepare_cached("RELEASE job")?.execute([])?;
        }
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

/// The reader's thread: each job sees the last commit.
pub(super) fn read_each(connection: &Connection, jobs: &mut mpsc::Receiver<Box<dyn Job>>) {
    while let Some(mut job) = jobs.blocking_recv() {
        job.run(connection);
        job.answer(Ok(()));
    }
}
