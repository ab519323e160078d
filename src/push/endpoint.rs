//! `POST /pubsub/push/{lane}`: an event, answered when it is settled. `POST /internal/wake`: whoever is due is woken.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use tokio::sync::Mutex;

use super::post;
use super::refusal::Refusal;
use super::token::Callers;
use crate::clock::Seldom;
use crate::domain::chain;
use crate::queue::{Lane, Queue, Settled};
use crate::reply::Waker;

/// Pub/Sub's messages have 10 MB at most, and base64 makes 4 bytes of 3.
const BODY: usize = 14 * 1024 * 1024;
/// Longer than that nobody who holds a token of Google's takes.
const BODY_TIME: Duration = Duration::from_secs(30);
/// A refusal of one code is logged at most this often.
const REFUSALS_EVERY: Duration = Duration::from_secs(10);

/// What a consumer is called for. Clones share it.
#[derive(Debug, Clone)]
pub struct Pushes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// `None` on an emulator, which signs nothing.
    callers: Option<Callers>,
    queue: Queue,
    waker: Mutex<Waker>,
    refusals: StdMutex<BTreeMap<&'static str, Seldom>>,
}

impl Pushes {
    /// For those callers; `None`: an emulator, which signs nothing.
    #[must_use]
    pub fn new(callers: Option<Callers>, queue: Queue, waker: Waker) -> Self {
        Self(Arc::new(Inner { callers, queue, waker: Mutex::new(waker), refusals: StdMutex::default() }))
    }

    /// Adds both paths.
    pub fn routes(&self, config: &mut web::ServiceConfig) {
        config
            .app_data(web::Data::new(self.clone()))
            .route("/pubsub/push/{lane}", web::post().to(push))
            .route("/internal/wake", web::post().to(wake));
    }
}

async fn push(
    pushes: web::Data<Pushes>,
    request: HttpRequest,
    lane: web::Path<String>,
    body: web::Payload,
) -> Result<HttpResponse, Refusal> {
    let inner = &pushes.0;
    let taken = inner.push(&request, &lane, body).await;
    taken.inspect_err(|refusal| inner.refused(*refusal)).map(|()| HttpResponse::NoContent().finish())
}

async fn wake(pushes: web::Data<Pushes>, request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let inner = &pushes.0;
    let woken = inner.wake(&request).await;
    woken.inspect_err(|refusal| inner.refused(*refusal)).map(|woken| HttpResponse::Ok().json(json!({ "woken": woken })))
}

impl Inner {
    async fn push(&self, request: &HttpRequest, lane: &str, body: web::Payload) -> Result<(), Refusal> {
        self.admit(request).await?;
        let lane = Lane::parse(lane).ok_or(Refusal::Lane)?;
        let read = tokio::time::timeout(BODY_TIME, body.to_bytes_limited(BODY)).await;
        let body = read.map_err(|_| Refusal::Body)?.map_err(|_| Refusal::Body)?.map_err(|_| Refusal::Malformed)?;
        match self.queue.post(lane, post::read(&body)?).await {
            Settled::Acked => Ok(()),
            Settled::Nacked => Err(Refusal::NotDone),
        }
    }

    async fn wake(&self, request: &HttpRequest) -> Result<usize, Refusal> {
        self.admit(request).await?;
        self.waker.lock().await.publish_all_due().await.map_err(|error| {
            tracing::warn!(error = chain(&error), "not everybody who is due was woken: the next call does it");
            Refusal::NotDone
        })
    }

    /// Before a byte of the body is read.
    async fn admit(&self, request: &HttpRequest) -> Result<(), Refusal> {
        let Some(callers) = &self.callers else { return Ok(()) };
        let authorization = request.headers().get(AUTHORIZATION).and_then(|header| header.to_str().ok());
        Ok(callers.check(authorization).await?)
    }

    /// What comes again by itself is not worth a line: whoever nacked has logged why.
    fn refused(&self, refusal: Refusal) {
        if refusal == Refusal::NotDone {
            return;
        }
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = refusals.entry(refusal.code()).or_default().one_more(REFUSALS_EVERY) {
            tracing::warn!(push.code = refusal.code(), push.count = count, "{refusal}");
        }
    }
}
