//! The store and the queue, as the configuration says.

use std::time::Duration;

use anyhow::Context;

use crate::clock::Clock;
use crate::config::{Backend, Config};
use crate::domain::Limits;
use crate::embedded::{ConsumerLock, Engine, FILE};
use crate::queue::Queue;
use crate::store::Store;

/// The right to consume from the data folder: before anything in it is opened or removed.
pub(super) fn lock(config: &Config) -> anyhow::Result<ConsumerLock> {
    let Backend::Embedded { data_dir } = &config.backend;
    Ok(ConsumerLock::take(data_dir)?)
}

/// What every part keeps its records in.
#[derive(Debug)]
pub(super) struct Backends {
    pub(super) store: Store,
    pub(super) queue: Queue,
    pub(super) limits: Limits,
}

impl Backends {
    pub(super) fn open(config: &Config, clock: &Clock) -> anyhow::Result<Self> {
        let Backend::Embedded { data_dir } = &config.backend;
        let limits = limits(config);
        let engine =
            Engine::open(&data_dir.join(FILE), &[Store::SCHEMA, Queue::SCHEMA]).context("the embedded store did not open")?;
        let retention = Duration::from_secs(u64::from(config.retention_days) * 24 * 3600);
        Ok(Self {
            store: Store::embedded(engine.clone(), limits.clone(), retention),
            queue: Queue::embedded(engine, &limits, clock.clone()),
            limits,
        })
    }
}

#[cfg(feature = "failure-points")]
fn limits(config: &Config) -> Limits {
    config.failure_point.into_iter().for_each(crate::failure_points::arm);
    Limits::default().divided(config.time_divisor)
}

#[cfg(not(feature = "failure-points"))]
fn limits(_config: &Config) -> Limits {
    Limits::default()
}
