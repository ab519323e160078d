//! The receiver, as the configuration says.

use super::backends::Backends;
use crate::clock::Clock;
use crate::config::Config;
use crate::ingest::{Bounds, Receiver, Settings};

/// `None` where no webhooks are received.
pub(super) fn receiver(config: &Config, backends: &Backends, clock: &Clock) -> Option<Receiver> {
    let receiver = config.receiver.as_ref()?;
    let settings = Settings {
        app_secrets: receiver.app_secrets.clone(),
        verify_token: receiver.verify_token.clone(),
        ids: receiver.ids.clone(),
        limits: Bounds::default(),
    };
    Some(Receiver::new(settings, backends.store.clone(), backends.queue.clone(), clock.clone()))
}
