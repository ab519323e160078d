//! The queue in Pub/Sub: one topic, and a subscription for each lane. What is not acked comes again, by the subscription's retry policy.

mod message;
mod setup;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use google_cloud_auth::credentials::anonymous;
use google_cloud_gax::retry_policy::RetryPolicyExt as _;
use google_cloud_pubsub::client::{Publisher, Subscriber};
use google_cloud_pubsub::retry_policy::RetryableErrors;
use google_cloud_pubsub::subscriber::handler::Handler;
use google_cloud_pubsub::subscriber::{MessageStream, ShutdownBehavior};
use tokio::sync::{Mutex, OnceCell};

use super::facade::Hold;
use super::{Delivery, Event, Lane, QueueError};

/// One flush takes so many: a delivery of 3 MB has 1,000 events.
const FLUSH: u32 = 1000;
/// Nobody who waits for a 200 waits for company first.
const NO_DELAY: Duration = Duration::from_millis(1);
/// The receiver answers 503 after this; then Meta delivers again.
const PUBLISHED_WITHIN: Duration = Duration::from_secs(4);
const PUBLISH_TRIES: u32 = 4;
/// A message that a process holds is renewed this often; one that it held when it died comes again after as long.
const LEASE: Duration = Duration::from_secs(10);
/// How long pending acks may take when a process stops.
const STOPPED_WITHIN: Duration = Duration::from_secs(2);

/// Which topic and subscriptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The Google Cloud project.
    pub project: String,
    /// The topic.
    pub topic: String,
    /// What the subscriptions are called, before `-reply` and `-record`.
    pub subscription: String,
    /// `host:port` of an emulator; `None` for Google itself.
    pub emulator: Option<String>,
}

/// The backend. Clones share the connections, which are made by whoever calls first.
#[derive(Debug, Clone)]
pub(super) struct PubSub(Arc<Inner>);

struct Inner {
    place: Place,
    publisher: OnceCell<Publisher>,
    streams: [Mutex<Option<MessageStream>>; 2],
    /// Deliveries that a lane has in hand at once.
    at_once: u32,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PubSub").field("place", &self.place).finish_non_exhaustive()
    }
}

impl PubSub {
    pub(super) fn new(place: Place, at_once: u32) -> Self {
        let streams = [Mutex::new(None), Mutex::new(None)];
        Self(Arc::new(Inner { place, publisher: OnceCell::new(), streams, at_once }))
    }

    pub(super) async fn publish(&self, events: Vec<Event>) -> Result<(), QueueError> {
        let publishing = async {
            let publisher = self.0.publisher.get_or_try_init(|| self.0.place.publisher()).await?;
            let messages = events.into_iter().map(|event| publisher.publish(message::of(event)));
            try_join_all(messages).await.map_err(|error| QueueError::Unpublished(error.to_string()))?;
            Ok(())
        };
        match tokio::time::timeout(PUBLISHED_WITHIN, publishing).await {
            Ok(published) => published,
            Err(_) => Err(QueueError::Unpublished("Pub/Sub did not answer in time".to_owned())),
        }
    }

    /// Waits for the next message of the lane.
    pub(super) async fn receive(&self, lane: Lane) -> Result<Vec<Delivery>, QueueError> {
        let mut slot = self.0.streams[lane as usize].lock().await;
        loop {
            let stream = match &mut *slot {
                Some(stream) => stream,
                None => slot.insert(self.0.place.subscribe(lane, self.0.at_once).await?),
            };
            let Some(next) = stream.next().await else {
                *slot = None;
                return Err(QueueError::Unreceived("the stream ended".to_owned()));
            };
            let (message, handler) = match next {
                Ok(next) => next,
                Err(error) => {
                    *slot = None;
                    return Err(QueueError::Unreceived(error.to_string()));
                }
            };
            if let Some(delivery) = delivery(&message, handler, lane) {
                return Ok(vec![delivery]);
            }
        }
    }

    /// Takes nothing more of the lane; acks that are on their way arrive.
    pub(super) async fn stop(&self, lane: Lane) {
        if let Some(mut stream) = self.0.streams[lane as usize].lock().await.take() {
            let token = stream.shutdown_token();
            // What was fetched ahead is let go, and goes to others.
            let stopped = async { tokio::join!(token.shutdown(), async { while stream.next().await.is_some() {} }) };
            if tokio::time::timeout(STOPPED_WITHIN, stopped).await.is_err() {
                tracing::warn!(lane = lane.name(), "some acks were not confirmed in time: their events come again");
            }
        }
    }
}

/// What is not for this lane is acked: an emulator does not filter. So is what nobody can read, which only others can have published.
fn delivery(message: &google_cloud_pubsub::model::Message, handler: Handler, lane: Lane) -> Option<Delivery> {
    let attempt = handler.delivery_attempt().and_then(|attempt| u32::try_from(attempt).ok()).unwrap_or(1);
    match message::read(&message.attributes, &message.data) {
        Ok(event) if event.lane == lane => Some(Delivery { event, attempt, hold: Hold::Pulled(handler) }),
        Ok(_) => {
            handler.ack();
            None
        }
        Err(why) => {
            tracing::warn!(why, "a message in the topic is none of ours: it is left out");
            handler.ack();
            None
        }
    }
}

impl Place {
    async fn publisher(&self) -> Result<Publisher, QueueError> {
        crate::tls::install();
        let retries = RetryableErrors.with_time_limit(PUBLISHED_WITHIN).with_attempt_limit(PUBLISH_TRIES);
        let mut builder = Publisher::builder(format!("projects/{}/topics/{}", self.project, self.topic))
            .set_message_count_threshold(FLUSH)
            .set_delay_threshold(NO_DELAY)
            .with_retry_policy(retries);
        if let Some(host) = &self.emulator {
            builder = builder.with_endpoint(format!("http://{host}")).with_credentials(anonymous::Builder::new().build());
        }
        builder.build().await.map_err(|error| QueueError::Unpublished(error.to_string()))
    }

    async fn subscribe(&self, lane: Lane, at_once: u32) -> Result<MessageStream, QueueError> {
        crate::tls::install();
        let mut builder = Subscriber::builder();
        if let Some(host) = &self.emulator {
            builder = builder.with_endpoint(format!("http://{host}")).with_credentials(anonymous::Builder::new().build());
        }
        let subscriber = builder.build().await.map_err(|error| QueueError::Unreceived(error.to_string()))?;
        let stream = subscriber.subscribe(self.subscription_of(lane)).set_max_outstanding_messages(i64::from(at_once));
        Ok(stream.set_max_lease_extension(LEASE).set_shutdown_behavior(ShutdownBehavior::NackImmediately).build())
    }

    fn subscription_of(&self, lane: Lane) -> String {
        format!("projects/{}/subscriptions/{}-{}", self.project, self.subscription, lane.name())
    }
}
