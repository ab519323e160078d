//! The receiver as the rest of the program sees it: made once, cloned into every worker.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::web;
use secrecy::SecretString;

use super::body::Bodies;
use super::counters::{Counters, Ledger};
use super::endpoint;
use super::handshake::VerifyToken;
use super::signature::Signatures;
use super::stage::{Stage, Target};
use crate::clock::Clock;
use crate::domain::{Current, Ids, WEBHOOK_PATH};
use crate::queue::Queue;
use crate::store::Store;

/// What the receiver must know.
#[derive(Debug)]
pub struct Settings {
    /// The app's secret; several while it is being changed. An empty one is left out.
    pub app_secrets: Vec<SecretString>,
    /// What Meta must send to verify the address.
    pub verify_token: SecretString,
    /// Whose deliveries are taken.
    pub ids: Ids,
    /// Bounds on strangers and on waiting.
    pub limits: Bounds,
}

/// Bounds on strangers and on waiting.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Bytes of one body: Meta sends up to 3 MB.
    pub body: usize,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// Bytes of all bodies in memory, from arrival until they are durable: so many for the first 64 KiB of each, and as many for
    /// what is longer.
    pub bytes_in_flight: usize,
    /// How many bodies may be arriving at once.
    pub unverified: usize,
    /// How long store and queue may take.
    pub store_time: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            body: 4 * 1024 * 1024,
            body_time: Duration::from_secs(10),
            bytes_in_flight: 64 * 1024 * 1024,
            unverified: 4096,
            store_time: Duration::from_secs(4),
        }
    }
}

/// Takes Meta's webhooks. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Receiver(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) signatures: Current<Signatures>,
    pub(super) verify_token: Current<VerifyToken>,
    pub(super) ids: Ids,
    pub(super) bounds: Bounds,
    pub(super) bodies: Bodies,
    pub(super) stage: Arc<Stage>,
    pub(super) ledger: Ledger,
    pub(super) clock: Clock,
    pub(super) closed: AtomicBool,
}

impl Receiver {
    /// A receiver that stages into this store and this queue.
    pub fn new(settings: Settings, store: Store, queue: Queue, clock: Clock) -> Self {
        Self::to(Target::Backends { store, queue }, settings, clock)
    }

    /// Only for the benchmark: answers 200 and keeps nothing, so that what comes before store and queue is measured alone.
    #[cfg(feature = "failure-points")]
    pub fn that_keeps_nothing(settings: Settings, clock: Clock) -> Self {
        Self::to(Target::Nowhere, settings, clock)
    }

    fn to(target: Target, settings: Settings, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            signatures: Current::new(Signatures::new(&settings.app_secrets)),
            verify_token: Current::new(VerifyToken::new(&settings.verify_token)),
            ids: settings.ids,
            stage: Arc::new(Stage { target, within: settings.limits.store_time }),
            bounds: settings.limits,
            bodies: Bodies::default(),
            ledger: Ledger::default(),
            clock,
            closed: AtomicBool::new(false),
        }))
    }

    /// Adds [`WEBHOOK_PATH`]. Everything else is for [`super::not_found`], the app's default service.
    pub fn routes(&self, config: &mut web::ServiceConfig) {
        config.service(
            web::resource(WEBHOOK_PATH)
                .app_data(web::Data::new(self.clone()))
                .route(web::get().to(endpoint::verify))
                .route(web::post().to(endpoint::receive))
                .default_service(web::to(endpoint::other_method)),
        );
    }

    /// From now on these secrets; what was begun with the others is finished with them.
    pub fn replace_secrets(&self, app_secrets: &[SecretString], verify_token: &SecretString) {
        self.0.signatures.replace(Signatures::new(app_secrets));
        self.0.verify_token.replace(VerifyToken::new(verify_token));
    }

    /// From now on new deliveries get 503: Meta delivers them again, to whoever runs then. Those that began are finished.
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::Relaxed);
    }

    /// What was answered since the start.
    pub fn counters(&self) -> Counters {
        self.0.ledger.counters()
    }
}
