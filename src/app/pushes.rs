//! What Google calls, where the configuration says that it does.

use super::backends::Backends;
use crate::clock::Clock;
use crate::config::{Arrival, Config, QueueBackend};
use crate::push::{Callers, Pushes};
use crate::reply::{Waker, Wakes};

/// Who publishes wakes to this consumer.
pub(super) fn wakes(config: &Config) -> Wakes {
    match &config.queue {
        QueueBackend::PubSub { arrival: Arrival::Pushed(Some(_)), .. } => Wakes::ByScheduler,
        // An emulator has no Cloud Scheduler beside it.
        QueueBackend::PubSub { arrival: Arrival::Pushed(None) | Arrival::Pulled, .. } | QueueBackend::Embedded => Wakes::ByTimer,
    }
}

/// `None` where events are not pushed.
pub(super) fn pushes(config: &Config, backends: &Backends, clock: &Clock) -> anyhow::Result<Option<Pushes>> {
    let QueueBackend::PubSub { arrival: Arrival::Pushed(callers), .. } = &config.queue else { return Ok(None) };
    let callers = match callers {
        Some(callers) => Some(Callers::of_google(&callers.audience, &callers.service_account)?),
        None => None,
    };
    let Backends { store, queue, limits } = backends;
    let waker = Waker::new(store.clone(), queue.clone(), limits.clone(), clock.clone());
    Ok(Some(Pushes::new(callers, queue.clone(), waker)))
}
