//! Reads a body within its size, its time, and what all requests together may hold in memory.
//!
//! Nobody has proven anything yet while a body arrives, so a stranger must not be able to take memory that he does not pay for with
//! bytes of his own: the budget is taken as bytes arrive, not when they are announced.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::web::{Bytes, BytesMut, Payload};
use futures_util::StreamExt;

use super::error::Refusal;
use super::receiver::Bounds;

/// Room for a body of unknown length to begin with: most webhooks have 500 to 1,500 bytes.
const USUAL_LENGTH: usize = 2048;

/// The beginning of each body has a budget of its own: a few strangers with large bodies must not shut Meta's usual ones out.
const BEGINNING: usize = 64 * 1024;

/// All bodies that are in memory now.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    bytes: Arc<Budget>,
    unverified: AtomicUsize,
}

/// A body of which nothing is known but its size.
#[derive(Debug)]
pub(super) struct Body {
    /// As received.
    pub(super) bytes: Bytes,
    /// Its share of the budget: held until the delivery is staged.
    pub(super) share: Share,
}

impl Bodies {
    /// Reads one body.
    pub(super) async fn read(&self, payload: Payload, length: Option<usize>, bounds: &Bounds) -> Result<Body, Refusal> {
        let _place = Place::take(&self.unverified, bounds.unverified)?;
        let read = self.collect(payload, length, bounds);
        let within = bounds.body_time;
        tokio::time::timeout(within, read).await.unwrap_or(Err(Refusal::BodyTimeout { within }))
    }

    async fn collect(&self, mut payload: Payload, length: Option<usize>, bounds: &Bounds) -> Result<Body, Refusal> {
        let mut share = Share { taken: 0, all: Arc::clone(&self.bytes) };
        let mut bytes = BytesMut::with_capacity(length.unwrap_or(USUAL_LENGTH));
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Refusal::IncompleteBody)?;
            if bytes.len() + chunk.len() > bounds.body {
                return Err(Refusal::PayloadTooLarge { limit: bounds.body });
            }
            share.grow(chunk.len(), bounds.bytes_in_flight)?;
            bytes.extend_from_slice(&chunk);
        }
        Ok(Body { bytes: bytes.freeze(), share })
    }
}

/// A place among the bodies that are being read.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(taken: &'a AtomicUsize, most: usize) -> Result<Self, Refusal> {
        if taken.fetch_add(1, Ordering::Relaxed) < most {
            return Ok(Self(taken));
        }
        taken.fetch_sub(1, Ordering::Relaxed);
        Err(Refusal::Overloaded)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The bytes that all bodies hold: their beginnings, and what is longer.
#[derive(Debug, Default)]
struct Budget {
    beginnings: AtomicUsize,
    rest: AtomicUsize,
}

/// One body's share of the bytes that all bodies may hold; given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    taken: usize,
    all: Arc<Budget>,
}

impl Share {
    /// Takes more; each of the two budgets may hold `most`.
    fn grow(&mut self, by: usize, most: usize) -> Result<(), Refusal> {
        let before = parts(self.taken);
        self.taken += by;
        let after = parts(self.taken);
        let beginnings = add(&self.all.beginnings, after.0 - before.0);
        let rest = add(&self.all.rest, after.1 - before.1);
        let full = (after.0 > before.0 && beginnings > most) || (after.1 > before.1 && rest > most);
        if full { Err(Refusal::Overloaded) } else { Ok(()) }
    }
}

/// How much of a length is beginning, and how much is the rest.
fn parts(length: usize) -> (usize, usize) {
    (length.min(BEGINNING), length.saturating_sub(BEGINNING))
}

fn add(budget: &AtomicUsize, by: usize) -> usize {
    budget.fetch_add(by, Ordering::Relaxed) + by
}

impl Drop for Share {
    fn drop(&mut self) {
        let (beginning, rest) = parts(self.taken);
        self.all.beginnings.fetch_sub(beginning, Ordering::Relaxed);
        self.all.rest.fetch_sub(rest, Ordering::Relaxed);
    }
}
