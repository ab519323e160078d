//! The store and the queue, as the configuration says.

use std::time::Duration;

use anyhow::Context;

use crate::clock::Clock;
use crate::config::{Arrival, Config, MediaBackend, QueueBackend, StoreBackend};
use crate::domain::{Limits, chain};
use crate::embedded::{ConsumerLock, Engine, FILE};
use crate::firestore::{self, Firestore};
use crate::media::Media;
use crate::queue::{self, PubSubPlace, Queue};
use crate::store::Store;

/// One call of Firestore: less than the 4 s after which a webhook is refused.
const FIRESTORE_DEADLINE: Duration = Duration::from_secs(3);
/// Deliveries that a consumer which pulls has in hand in each lane. Most of them only wait.
const PULLED_AT_ONCE: u32 = 1024;
/// How often a timer without a scheduler asks Firestore: each question is billed.
const ASK_FIRESTORE_EVERY: Duration = Duration::from_secs(10);
/// The pause between two tries to reach what is not there yet.
const AGAIN: Duration = Duration::from_secs(1);

/// The right to consume from the data folder: before anything in it is opened or removed. `None` where nothing is in it.
pub(super) fn lock(config: &Config) -> anyhow::Result<Option<ConsumerLock>> {
    if config.keeps_here() { Ok(Some(ConsumerLock::take(&config.data_dir)?)) } else { Ok(None) }
}

/// What every part keeps its records in.
#[derive(Debug, Clone)]
pub(super) struct Backends {
    pub(super) store: Store,
    pub(super) queue: Queue,
    pub(super) limits: Limits,
}

impl Backends {
    /// Opens what is on this machine. What is not is connected by whoever calls first.
    pub(super) fn open(config: &Config, clock: &Clock) -> anyhow::Result<Self> {
        let engine = if config.keeps_here() {
            let file = config.data_dir.join(FILE);
            Some(Engine::open(&file, &[Store::SCHEMA, Queue::SCHEMA]).context("the embedded store did not open")?)
        } else {
            None
        };
        Self::with(config, engine.as_ref(), clock)
    }

    /// Opens the embedded file beside a process that works on it, for writing too where `writing`.
    pub(super) fn beside(config: &Config, writing: bool) -> anyhow::Result<Self> {
        let file = config.data_dir.join(FILE);
        let engine = match (config.keeps_here(), writing) {
            (false, _) => None,
            (true, false) => Some(Engine::inspect(&file)?),
            (true, true) => Some(Engine::join(&file)?),
        };
        Self::with(config, engine.as_ref(), &Clock::default())
    }

    fn with(config: &Config, engine: Option<&Engine>, clock: &Clock) -> anyhow::Result<Self> {
        let limits = limits(config);
        let retention = Duration::from_hours(24 * u64::from(config.retention_days));
        let embedded = || engine.cloned().context("nothing embedded was opened");
        let store = match &config.store {
            StoreBackend::Embedded => Store::embedded(embedded()?, limits.clone(), retention),
            StoreBackend::Firestore { project, database, emulator } => {
                let place = firestore::Place { project: project.clone(), database: database.clone(), emulator: emulator.clone() };
                Store::firestore(Firestore::new(place, FIRESTORE_DEADLINE), limits.clone(), retention)
            }
        };
        let queue = match &config.queue {
            QueueBackend::Embedded => Queue::embedded(embedded()?, &limits, clock.clone()),
            QueueBackend::PubSub { project, topic, subscription, emulator, arrival } => {
                let place = PubSubPlace {
                    project: project.clone(),
                    topic: topic.clone(),
                    subscription: subscription.clone(),
                    emulator: emulator.clone(),
                    push_to: pushed_to(config, emulator.as_deref(), arrival),
                };
                let arrival = match arrival {
                    Arrival::Pulled => queue::Arrival::Pulled { at_once: PULLED_AT_ONCE },
                    Arrival::Pushed(_) => queue::Arrival::Pushed,
                };
                Queue::pubsub(place, arrival, &limits)
            }
        };
        Ok(Self { store, queue, limits })
    }

    /// Connects in the background: until then `/ready` and webhooks are answered 503.
    pub(super) fn connect(&self) {
        let Self { store, queue, .. } = self.clone();
        actix_web::rt::spawn(async move {
            while let Err(error) = queue.ping().await {
                tracing::warn!(error = chain(&error), "the queue cannot be used yet: trying again");
                tokio::time::sleep(AGAIN).await;
            }
        });
        actix_web::rt::spawn(async move {
            while let Err(error) = store.ping().await {
                tracing::warn!(error = chain(&error), "the store cannot be used yet: trying again");
                tokio::time::sleep(AGAIN).await;
            }
        });
    }
}

/// The store, to look into; beside a process that works on it. Does not connect yet.
///
/// # Errors
/// The embedded file is not there or cannot be opened.
pub fn look_into(config: &Config) -> anyhow::Result<Store> {
    Ok(Backends::beside(config, false)?.store)
}

/// Where media are kept. Does not connect yet.
///
/// # Errors
/// The folder cannot be made, or the credentials of the bucket cannot be read.
pub fn media(config: &Config) -> anyhow::Result<Media> {
    Ok(match &config.media {
        MediaBackend::Folder(folder) => Media::folder(folder)?,
        MediaBackend::Bucket { name, emulator } => Media::bucket(name, emulator.as_deref())?,
    })
}

/// Store and queue, to mend; beside a process that works on them. Does not connect yet.
///
/// # Errors
/// The embedded file is not there or cannot be opened for writing.
pub fn mend(config: &Config) -> anyhow::Result<(Store, Queue)> {
    let Backends { store, queue, .. } = Backends::beside(config, true)?;
    Ok((store, queue))
}

/// Our own port, where the emulator can reach it because it is on this machine.
fn pushed_to(config: &Config, emulator: Option<&str>, arrival: &Arrival) -> Option<u16> {
    let here = emulator.is_some_and(|host| ["127.0.0.1:", "localhost:"].iter().any(|name| host.starts_with(name)));
    match arrival {
        Arrival::Pushed(_) if here => Some(config.listen.port),
        Arrival::Pushed(_) | Arrival::Pulled => None,
    }
}

fn limits(config: &Config) -> Limits {
    let mut limits = Limits::default();
    match config.store {
        StoreBackend::Embedded => {}
        StoreBackend::Firestore { .. } => limits.wake_every = ASK_FIRESTORE_EVERY,
    }
    #[cfg(feature = "failure-points")]
    {
        config.failure_point.into_iter().for_each(crate::failure_points::arm);
        limits = limits.divided(config.time_divisor);
    }
    limits
}
