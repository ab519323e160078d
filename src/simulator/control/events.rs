//! `GET /simulator/events`: server-sent events, so that the page never polls.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, Responder};
use futures_util::stream;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use crate::simulator::Simulator;
use crate::simulator::hub::{Change, Hub};

/// A sign of life, so that a dead connection is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) async fn events(simulator: web::Data<Simulator>) -> impl Responder {
    let hub = Arc::clone(&simulator.hub);
    let changes = hub.changes();
    // The first event makes the page fetch the state: whatever happened before is in it.
    let events = stream::unfold((hub, changes, Some(Change::State {})), |(hub, mut changes, first)| async move {
        let text = match first {
            Some(change) => written(&change),
            None => next(&hub, &mut changes).await?,
        };
        Some((Ok::<_, std::io::Error>(Bytes::from(text)), (hub, changes, None)))
    });
    HttpResponse::Ok().content_type("text/event-stream").insert_header(("cache-control", "no-store")).streaming(events)
}

/// `None` ends the stream: the simulator stops.
async fn next(hub: &Hub, changes: &mut Receiver<Change>) -> Option<String> {
    let change = hub.stop.run_until_cancelled(timeout(KEEP_ALIVE, changes.recv())).await?;
    match change {
        Err(_) => Some(": still here\n\n".into()),
        Ok(Ok(change)) => Some(written(&change)),
        // A listener that fell behind fetches everything.
        Ok(Err(RecvError::Lagged(_))) => Some(written(&Change::State {})),
        Ok(Err(RecvError::Closed)) => None,
    }
}

fn written(change: &Change) -> String {
    let name = match change {
        Change::Changed { .. } => "changed",
        Change::State {} => "state",
    };
    format!("event: {name}\ndata: {}\n\n", serde_json::to_string(change).unwrap_or_default())
}
