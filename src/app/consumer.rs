//! Both lanes' workers, the bot and its reload, under the lock of the data folder where that holds anything.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::backends::Backends;
use super::pushes;
use crate::bot::{BotSource, Bots};
use crate::clock::Clock;
use crate::config::{BotChoice, Config};
use crate::domain::{PhoneNumberId, Trace};
use crate::embedded::ConsumerLock;
use crate::reply::{Pace, Pacer};
use crate::whatsapp::{AccessToken, Graph, GraphSettings};
use crate::{record, reply};

/// How often the bot file is looked at. In production it lies on a mounted bucket, whose reads cost.
const RELOAD_EVERY: Duration = Duration::from_secs(15);
/// As above, on a laptop: an edit shows at once.
const RELOAD_EVERY_IN_DEV: Duration = Duration::from_millis(500);

/// Most of its work is waiting: for a debounce, the disk, the Graph API.
const THREADS: usize = 2;

/// The running consumer.
#[derive(Debug)]
pub(super) struct Consumer {
    stopping: CancellationToken,
    tasks: TaskTracker,
    _threads: Threads,
    _lock: Option<ConsumerLock>,
}

/// Who wants to know what in `dev`.
pub(super) struct Audience {
    pub(super) bots: Arc<Bots>,
    pub(super) traces: UnboundedSender<Trace>,
    pub(super) displays: BTreeMap<PhoneNumberId, String>,
}

impl Consumer {
    /// Takes back what an earlier process held, and starts to work. The lock was taken before the store was opened.
    pub(super) async fn start(
        lock: Option<ConsumerLock>,
        config: &Config,
        backends: &Backends,
        clock: &Clock,
        graph: Option<Graph>,
        audience: Option<Audience>,
    ) -> anyhow::Result<Self> {
        let leases = backends.store.expire_leases(clock.now()).await.context("the store could not be taken over")?;
        let events = backends.queue.take_back().await.context("the queue could not be taken over")?;
        if leases + events > 0 {
            tracing::info!(leases, events, "took over what an earlier process left behind");
        }
        let every = if audience.is_some() { RELOAD_EVERY_IN_DEV } else { RELOAD_EVERY };
        let (bots, traces, displays) = match audience {
            Some(Audience { bots, traces, displays }) => (bots, Some(traces), displays),
            None => (bots(config, clock)?, None, BTreeMap::new()),
        };
        let (stopping, tasks) = (CancellationToken::new(), TaskTracker::new());
        let threads = Threads::start()?;
        let on = threads.handle();
        let watched = Arc::clone(&bots);
        let until = stopping.clone();
        tasks.spawn_on(async move { until.run_until_cancelled(watched.watch(every)).await }, &on);
        let Backends { store, queue, limits, .. } = backends;
        let recorder = record::Parts::new(store.clone(), queue.clone(), clock.clone(), limits.clone());
        tasks.spawn_on(record::Worker::new(Arc::new(recorder), stopping.clone()).run(), &on);
        let store = store.clone().sending_with(graph.as_ref().map(|graph| graph.access_token().hash()));
        let pace = Pace { rate: config.sending.rate, concurrency: config.sending.concurrency };
        let pacer = Pacer::new(pace, limits.clone(), clock.clone());
        let (queue, clock, limits) = (queue.clone(), clock.clone(), limits.clone());
        let parts = reply::Parts { store, queue, graph, bots, pacer, clock, limits, displays, traces };
        tasks.spawn_on(reply::Worker::new(Arc::new(parts), pushes::wakes(config), stopping.clone()).run(), &on);
        tasks.close();
        Ok(Self { stopping, tasks, _threads: threads, _lock: lock })
    }

    /// Takes no new work, settles what was posted, lets go of the rest; at most `grace`.
    pub(super) async fn stop(self, grace: Duration) {
        self.stopping.cancel();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!("some work did not end in time: the next process takes it over");
        }
    }
}

/// Threads of its own: a long decision must hold up neither the receiver nor a signal to stop.
#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Threads {
    fn start() -> anyhow::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let started = builder.worker_threads(THREADS).thread_name("consumer").enable_all().build();
        Ok(Self(Some(started.context("no threads could be started")?)))
    }

    fn handle(&self) -> tokio::runtime::Handle {
        self.0.as_ref().map_or_else(tokio::runtime::Handle::current, |runtime| runtime.handle().clone())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Waiting for them here would block, and tokio forbids that.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The bot that the configuration names.
///
/// # Errors
/// Everything that is wrong with the file.
pub(super) fn bots(config: &Config, clock: &Clock) -> anyhow::Result<Arc<Bots>> {
    let source = match &config.bot {
        BotChoice::File(path) => BotSource::File(path.clone()),
        BotChoice::BuiltIn => BotSource::BuiltIn,
        BotChoice::None => BotSource::None,
    };
    let bots = Bots::load(source, clock.clone()).map_err(|problems| {
        let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the bot file is wrong:\n{}", texts.join("\n"))
    })?;
    Ok(Arc::new(bots))
}

/// The Graph API, which has `total` for each request; `None` without an access token.
pub(super) fn graph(config: &Config, total: Duration) -> Option<Graph> {
    let access_token = AccessToken::new(config.access_token.clone()?);
    let (base_url, version) = (config.graph.base_url.clone(), config.graph.version.clone());
    Some(Graph::new(GraphSettings { base_url, version, access_token, total }))
}
