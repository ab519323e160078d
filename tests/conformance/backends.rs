//! The list of backends, and how each is started. A promise is an `async fn(Backend)`; [`promises!`] makes one test of it per
//! entry of the list.

use std::future::Future;
use std::time::Duration;

use tempfile::TempDir;
use wabridge::clock::Clock;
use wabridge::domain::Limits;
use wabridge::embedded::{Engine, FILE};
use wabridge::queue::Queue;
use wabridge::store::Store;

/// The list: one line for each backend, named like the function below that starts it.
macro_rules! promises {
    ($($promise:ident),+ $(,)?) => {
        kept_by!(embedded: $($promise),+);
    };
}

macro_rules! kept_by {
    ($backend:ident: $($promise:ident),+) => {
        mod $backend {
            $(#[tokio::test]
            async fn $promise() {
                let started = crate::backends::$backend().await;
                crate::backends::keep(stringify!($backend), started, super::$promise).await;
            })+
        }
    };
}

/// Records older than this may go.
pub(crate) const RETENTION: Duration = Duration::from_hours(30 * 24);

/// One backend, empty and with nobody else at work on it.
pub(crate) struct Backend {
    pub(crate) store: Store,
    pub(crate) queue: Queue,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    place: Place,
}

/// Where the data is, so that it can be opened a second time.
enum Place {
    Folder(TempDir),
}

/// Runs one promise; a backend that cannot be started is skipped aloud.
#[expect(clippy::print_stdout, reason = "a test binary reports what it skipped")]
pub(crate) async fn keep<F: Future<Output = ()>>(
    name: &str,
    started: Result<Backend, String>,
    promise: impl FnOnce(Backend) -> F,
) {
    match started {
        Ok(backend) => promise(backend).await,
        Err(why) => println!("SKIPPED conformance {name}: {why}"),
    }
}

/// The embedded store and queue in one file of a new folder: always there, so it fails instead of being skipped.
pub(crate) async fn embedded() -> Result<Backend, String> {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    Ok(open(folder, Clock::default()))
}

fn open(folder: TempDir, clock: Clock) -> Backend {
    let engine = Engine::open(&folder.path().join(FILE), &[Store::SCHEMA, Queue::SCHEMA]).expect("a new data file");
    let limits = Limits::default();
    Backend {
        store: Store::embedded(engine.clone(), limits.clone(), RETENTION),
        queue: Queue::embedded(engine, &limits, clock.clone()),
        clock,
        limits,
        place: Place::Folder(folder),
    }
}

impl Backend {
    /// Lets time pass for the queue. A server of its own clock would have to be waited for.
    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// The same data after the process has ended and started again.
    pub(crate) fn reopened(self) -> Self {
        let Self { store, queue, clock, place: Place::Folder(folder), .. } = self;
        drop((store, queue));
        open(folder, clock)
    }
}
