//! The list of backends, and how each is started. A promise is an `async fn(Backend)`; [`promises!`] makes one test of it per
//! entry of the list.

use std::future::Future;
use std::io::Write as _;
use std::time::Duration;

use tempfile::TempDir;

use crate::emulators;
use wabridge::clock::Clock;
use wabridge::domain::Limits;
use wabridge::embedded::{Engine, FILE};
use wabridge::firestore::{Firestore, Place as FirestorePlace};
use wabridge::queue::{Arrival, PubSubPlace, Queue};
use wabridge::store::Store;

/// The list: one line for each backend, named like the function below that starts it.
macro_rules! promises {
    ($($promise:ident),+ $(,)?) => {
        kept_by!(embedded: $($promise),+);
        kept_by!(firestore: $($promise),+);
    };
}

/// As [`promises!`], for what only the store in Firestore promises.
macro_rules! promises_of_firestore {
    ($($promise:ident),+ $(,)?) => {
        mod only_of_firestore { pub(super) use super::*; kept_by!(firestore: $($promise),+); }
    };
}

/// As [`promises!`], for the queue in Pub/Sub.
macro_rules! promises_of_pubsub {
    ($($promise:ident),+ $(,)?) => {
        kept_by!(pubsub: $($promise),+);
    };
}

/// As [`promises!`], for what only the embedded backends promise.
macro_rules! promises_of_embedded {
    ($($promise:ident),+ $(,)?) => {
        mod only { pub(super) use super::*; kept_by!(embedded: $($promise),+); }
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
    /// What Google would bill for, where the store is there.
    pub(crate) firestore: Option<Firestore>,
    place: Place,
}

/// Where the data is, so that it can be opened a second time.
enum Place {
    Folder(TempDir),
    /// The store is there; the queue is in the folder.
    Firestore(FirestorePlace, TempDir),
    /// The queue is there; the store is in the folder.
    PubSub(PubSubPlace, TempDir),
}

/// No call of a test takes as long, and a verb that is stuck ends.
const DEADLINE: Duration = Duration::from_secs(10);

/// Runs one promise; a backend that cannot be started is skipped aloud.
pub(crate) async fn keep<F: Future<Output = ()>>(
    name: &str,
    started: Result<Backend, String>,
    promise: impl FnOnce(Backend) -> F,
) {
    match started {
        Ok(backend) => promise(backend).await,
        // Not by a macro: what those print is shown of failed tests alone.
        Err(why) => writeln!(std::io::stderr(), "SKIPPED conformance {name}: {why}").expect("standard error is open"),
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
        firestore: None,
        place: Place::Folder(folder),
    }
}

/// The store in a project of its own of the emulator.
pub(crate) async fn firestore() -> Result<Backend, String> {
    let place =
        FirestorePlace { project: emulators::project(), database: "(default)".into(), emulator: Some(emulators::firestore()?) };
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    Ok(connect(place, folder, Clock::default()))
}

fn connect(place: FirestorePlace, folder: TempDir, clock: Clock) -> Backend {
    let Backend { queue, limits, place: Place::Folder(folder), clock, .. } = open(folder, clock) else {
        unreachable!("a folder")
    };
    let db = Firestore::new(place.clone(), DEADLINE);
    let store = Store::firestore(db.clone(), limits.clone(), RETENTION);
    Backend { store, queue, clock, limits, firestore: Some(db), place: Place::Firestore(place, folder) }
}

/// The queue in a project of its own of the emulator.
pub(crate) async fn pubsub() -> Result<Backend, String> {
    let (project, emulator) = (emulators::project(), Some(emulators::pubsub()?));
    let place = PubSubPlace {
        project,
        topic: "whatsapp-events".into(),
        subscription: "whatsapp-consumer".into(),
        emulator,
        push_to: None,
    };
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let backend = pull(place, folder, Clock::default());
    backend.queue.ping().await.expect("topic and subscriptions");
    Ok(backend)
}

fn pull(place: PubSubPlace, folder: TempDir, clock: Clock) -> Backend {
    let Backend { store, limits, place: Place::Folder(folder), clock, .. } = open(folder, clock) else {
        unreachable!("a folder")
    };
    let queue = Queue::pubsub(place.clone(), Arrival::Pulled { at_once: 100 }, &limits);
    Backend { store, queue, clock, limits, firestore: None, place: Place::PubSub(place, folder) }
}

impl Backend {
    /// Lets time pass for the queue. A server of its own clock would have to be waited for.
    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// The same data after the process has ended and started again.
    pub(crate) fn reopened(self) -> Self {
        let Self { store, queue, clock, place, .. } = self;
        drop((store, queue));
        match place {
            Place::Folder(folder) => open(folder, clock),
            Place::Firestore(place, folder) => connect(place, folder, clock),
            Place::PubSub(place, folder) => pull(place, folder, clock),
        }
    }
}
