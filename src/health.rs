//! `/health` touches nothing; `/ready` asks the store and the queue, at most every 5 s.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::queue::Queue;
use crate::store::Store;

/// How long an answer is good for: readiness is asked by strangers too.
const CACHED: Duration = Duration::from_secs(5);
/// How long both may take to answer: longer than one call of each.
const PATIENCE: Duration = Duration::from_secs(4);

/// The checks of one process; clones share their cache.
#[derive(Debug, Clone)]
pub struct Health {
    store: Store,
    queue: Queue,
    mode: Mode,
    last: Arc<Mutex<Option<Checked>>>,
}

/// When it was, and what was wrong.
type Checked = (Instant, Result<(), &'static str>);

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
    /// The checks of a process with this store and queue.
    #[must_use]
    pub fn new(store: Store, queue: Queue, mode: Mode) -> Self {
        Self { store, queue, mode, last: Arc::default() }
    }

    /// Adds `/health` and `/ready`.
    pub fn routes(&self, config: &mut web::ServiceConfig) {
        config
            .app_data(web::Data::new(self.clone()))
            .route("/health", web::get().to(async || HttpResponse::Ok().json(Answer { status: "ok", mode: None, sending: None })))
            .route("/ready", web::get().to(ready));
    }

    async fn checked(&self) -> Result<(), &'static str> {
        let cached = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, well)) = cached
            && at.elapsed() < CACHED
        {
            return well;
        }
        let well = self.ask().await;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), well));
        well
    }

    async fn ask(&self) -> Result<(), &'static str> {
        let both = async { tokio::join!(self.store.ping(), self.queue.ping()) };
        match tokio::time::timeout(PATIENCE, both).await {
            Ok((Ok(()), Ok(()))) => Ok(()),
            Ok((Ok(()), Err(_))) => Err("queue does not answer"),
            Ok((Err(_), _)) => Err("store does not answer"),
            Err(_) => Err("store or queue does not answer"),
        }
    }
}

async fn ready(health: web::Data<Health>) -> HttpResponse {
    if let Err(status) = health.checked().await {
        return HttpResponse::ServiceUnavailable().json(Answer { status, mode: None, sending: None });
    }
    let (mode, sending) = match health.mode {
        Mode::Observe => (Some("observe"), None),
        Mode::Answer { sending: true } => (None, None),
        Mode::Answer { sending: false } => (None, Some("off")),
    };
    HttpResponse::Ok().json(Answer { status: "ready", mode, sending })
}
