//! The loop of a consumer: takes deliveries of a lane and handles each in a task of its own, until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Delivery, Lane, Queue};
use crate::domain::chain;
use crate::trace_context::within;

/// Events taken from the queue in one go.
const BATCH: usize = 128;
/// The pause after the queue failed.
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// Works until `stopping`, at most `at_once` deliveries at a time; what it took by then is handled to its end before it returns.
pub async fn consume<F, H>(queue: &Queue, lane: Lane, at_once: usize, stopping: &CancellationToken, handle: H)
where
    F: Future<Output = ()> + Send + 'static,
    H: Fn(Delivery) -> F,
{
    let (tasks, places) = (TaskTracker::new(), Arc::new(Semaphore::new(at_once)));
    while let Some(Ok(place)) = stopping.run_until_cancelled(Arc::clone(&places).acquire_owned()).await {
        let most = BATCH.min(places.available_permits() + 1);
        match stopping.run_until_cancelled(queue.receive(lane, u32::try_from(most).unwrap_or(1))).await {
            Some(Ok(deliveries)) => {
                let mut place = Some(place);
                for delivery in deliveries {
                    let place = place.take().or_else(|| Arc::clone(&places).try_acquire_owned().ok());
                    let work = within(delivery.event.trace, handle(delivery));
                    tasks.spawn(async move {
                        work.await;
                        drop(place);
                    });
                }
            }
            Some(Err(error)) => {
                tracing::warn!(error = chain(&error), lane = lane.name(), "the queue failed: trying again");
                stopping.run_until_cancelled(tokio::time::sleep(AFTER_ERROR)).await;
            }
            None => break,
        }
    }
    queue.refuse_posts(lane).await;
    tasks.close();
    tasks.wait().await;
    queue.stop(lane).await;
}
