//! `/health` touches nothing; `/ready` asks the store, at most every 5 s.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::store::Store;

/// How long an answer of the store is good for: readiness is asked by strangers too.
const CACHED: Duration = Duration::from_secs(5);
/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The checks of one process; clones share their cache.
#[derive(Debug, Clone)]
pub struct Health {
    store: Store,
    mode: Mode,
    last: Arc<Mutex<Option<(Instant, bool)>>>,
}

/// What the process does when it is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Keeps signed deliveries, answers nothing.
    Observe,
    /// Receives and answers.
    Answer {
        /// False without an access token: nothing is sent.
        sending: bool,
    },
}

#[derive(Serialize)]
struct Answer {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sending: Option<&'static str>,
}

impl Health {
    /// The checks of a process with this store.
    #[must_use]
    pub fn new(store: Store, mode: Mode) -> Self {
        Self { store, mode, last: Arc::default() }
    }

    /// Adds `/health` and `/ready`.
    pub fn routes(&self, config: &mut web::ServiceConfig) {
        config
            .app_data(web::Data::new(self.clone()))
            .route("/health", web::get().to(async || HttpResponse::Ok().json(Answer { status: "ok", mode: None, sending: None })))
            .route("/ready", web::get().to(ready));
    }

    async fn store_answers(&self) -> bool {
        let cached = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, well)) = cached
            && at.elapsed() < CACHED
        {
            return well;
        }
        let well = matches!(tokio::time::timeout(PATIENCE, self.store.ping()).await, Ok(Ok(())));
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), well));
        well
    }
}

async fn ready(health: web::Data<Health>) -> HttpResponse {
    if !health.store_answers().await {
        return HttpResponse::ServiceUnavailable().json(Answer { status: "store does not answer", mode: None, sending: None });
    }
    let (mode, sending) = match health.mode {
        Mode::Observe => (Some("observe"), None),
        Mode::Answer { sending: true } => (None, None),
        Mode::Answer { sending: false } => (None, Some("off")),
    };
    HttpResponse::Ok().json(Answer { status: "ready", mode, sending })
}
