//! The composition root: the only place that names every part and puts them together.

mod backends;
mod consumer;
mod dev;
mod doctor;
mod pushes;
mod receiver;
mod rotation;
mod server;
mod whose;

use std::collections::BTreeSet;

use anyhow::Context as _;

use crate::clock::Clock;
use crate::config::Config;
use crate::domain::Limits;
use crate::embedded::LockError;
use crate::operations::doctor::{Area, Findings};
use crate::whatsapp::Graph;
use backends::Backends;
use consumer::Consumer;
use rotation::Rotation;
use server::Site;
use whose::WrongFolder;

pub use backends::{look_into, media, mend};
pub use dev::DevOptions;
pub use whose::keeps_records;

/// True when a command could not start because the data folder is another's: a matter of configuration, not of luck.
#[must_use]
pub fn folder_is_taken(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(LockError::Held { .. })) || error.is::<WrongFolder>()
}

/// The Graph API, for a command of an operator.
///
/// # Errors
/// There is no access token.
pub fn graph(config: &Config) -> anyhow::Result<Graph> {
    consumer::graph(config, Limits::default().post).context("there is no access token")
}

/// Examines these areas of what was configured. `url`: where its webhook is.
pub async fn doctor(config: &Config, url: Option<reqwest::Url>, areas: &BTreeSet<Area>, findings: &mut Findings) {
    doctor::run(config, url, areas, findings).await;
}

/// Everything in one process, with a simulated WhatsApp. Calls `ready` as soon as it listens; ends on INT or TERM.
///
/// # Errors
/// What keeps it from starting, in words that say what to do.
pub async fn dev(config: Config, options: DevOptions, ready: impl FnOnce()) -> anyhow::Result<()> {
    dev::run(config, options, ready).await
}

/// Receiver and consumer in one process. Calls `ready` as soon as it listens; ends on INT or TERM.
///
/// # Errors
/// What keeps it from starting, in words that say what to do.
pub async fn serve(mut config: Config, ready: impl FnOnce()) -> anyhow::Result<()> {
    whose::no_folder_of_dev(&config)?;
    let clock = Clock::default();
    let lock = backends::lock(&config)?;
    let backends = Backends::open(&config, &clock)?;
    let receiver = receiver::receiver(&config, &backends, &clock);
    let graph = consumer::graph(&config, backends.limits.post);
    Rotation::start(&mut config, receiver.as_ref(), graph.as_ref());
    let site = Site::new(&config, &backends, receiver).with_pushes(pushes::pushes(&config, &backends, &clock)?);
    let consumer = Consumer::start(lock, &config, &backends, &clock, graph, None).await?;
    site.run_with(Some(consumer), ready).await
}

/// The receiver alone. Calls `ready` as soon as it listens; ends on INT or TERM.
///
/// # Errors
/// What keeps it from starting, in words that say what to do.
pub async fn receive(mut config: Config, ready: impl FnOnce()) -> anyhow::Result<()> {
    whose::no_folder_of_dev(&config)?;
    let clock = Clock::default();
    let backends = Backends::open(&config, &clock)?;
    let receiver = receiver::receiver(&config, &backends, &clock);
    Rotation::start(&mut config, receiver.as_ref(), None);
    Site::new(&config, &backends, receiver).run_with(None, ready).await
}

/// The consumer alone, with health checks. Calls `ready` as soon as it listens; ends on INT or TERM.
///
/// # Errors
/// What keeps it from starting, in words that say what to do.
pub async fn consume(mut config: Config, ready: impl FnOnce()) -> anyhow::Result<()> {
    whose::no_folder_of_dev(&config)?;
    let clock = Clock::default();
    let lock = backends::lock(&config)?;
    let backends = Backends::open(&config, &clock)?;
    let graph = consumer::graph(&config, backends.limits.post);
    Rotation::start(&mut config, None, graph.as_ref());
    let site = Site::new(&config, &backends, None).with_pushes(pushes::pushes(&config, &backends, &clock)?);
    let consumer = Consumer::start(lock, &config, &backends, &clock, graph, None).await?;
    site.run_with(Some(consumer), ready).await
}
