//! The queue in Pub/Sub: one topic, and a subscription for each lane. What is not acked comes again, by the subscription's retry policy.

mod admin;
mod inbox;
mod message;
mod stream;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::try_join_all;
use google_cloud_auth::credentials::anonymous;
use google_cloud_gax::retry_policy::RetryPolicyExt as _;
use google_cloud_pubsub::client::{Publisher, Subscriber, TopicAdmin};
use google_cloud_pubsub::retry_policy::RetryableErrors;
use google_cloud_pubsub::subscriber::{MessageStream, ShutdownBehavior};
use tokio::sync::Mutex;

use super::{Delivery, Event, Lane, QueueError};
use inbox::Inbox;
use stream::Stream;

pub use inbox::{Post, Settled};
pub(super) use stream::Pulled;

/// One flush takes so many: a delivery of 3 MB has 1,000 events.
const FLUSH: u32 = 1000;
/// Nobody who waits for a 200 waits for company first.
const NO_DELAY: Duration = Duration::from_millis(1);
/// The receiver answers 503 after this; then Meta delivers again.
const PUBLISHED_WITHIN: Duration = Duration::from_secs(4);
const PUBLISH_TRIES: u32 = 4;
/// A message that a process holds is renewed this often; one that it held when it died comes again after as long.
const LEASE: Duration = Duration::from_secs(10);

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
    /// Where an emulator on this machine pushes to; `None` where nothing is pushed, or the emulator is elsewhere.
    pub push_to: Option<u16>,
}

/// How events come to this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// They are asked for.
    Pulled {
        /// How many a lane has in hand at once.
        at_once: u32,
    },
    /// Pub/Sub posts them, as many as it likes.
    Pushed,
}

/// The backend. Clones share the connections, which are made by whoever calls first.
#[derive(Debug, Clone)]
pub(super) struct PubSub(Arc<Inner>);

struct Inner {
    place: Place,
    /// Of subscriptions that are made in an emulator.
    ack_deadline: Duration,
    /// Made by whoever publishes first, and anew after it did not answer.
    publisher: Mutex<Option<Publisher>>,
    topics: Mutex<Option<TopicAdmin>>,
    failures: AtomicU64,
    source: Source,
}

/// One of each for each lane.
enum Source {
    Streams { at_once: u32, streams: Box<[Mutex<Option<Stream>>; 2]> },
    Inboxes([Inbox; 2]),
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PubSub").field("place", &self.place).finish_non_exhaustive()
    }
}

impl PubSub {
    pub(super) fn new(place: Place, arrival: Arrival, ack_deadline: Duration) -> Self {
        let source = match arrival {
            Arrival::Pulled { at_once } => Source::Streams { at_once, streams: Box::default() },
            Arrival::Pushed => Source::Inboxes([Inbox::new(place.emulator.is_none()), Inbox::new(place.emulator.is_none())]),
        };
        let (publisher, topics) = (Mutex::new(None), Mutex::new(None));
        Self(Arc::new(Inner { place, ack_deadline, publisher, topics, failures: AtomicU64::new(0), source }))
    }

    pub(super) async fn publish(&self, events: Vec<Event>) -> Result<(), QueueError> {
        let publishing = async {
            let publisher = self.connect().await?;
            let messages = events.into_iter().map(|event| publisher.publish(message::of(event)));
            try_join_all(messages).await.map_err(|error| QueueError::Unpublished(error.to_string()))?;
            Ok(())
        };
        let published = tokio::time::timeout(PUBLISHED_WITHIN, publishing).await;
        let published = published.unwrap_or_else(|_| Err(QueueError::Unpublished("Pub/Sub did not answer in time".to_owned())));
        if published.is_err() {
            self.failed();
        }
        published
    }

    /// Whatever is between us may have forgotten the connections, and an emulator that was started again has forgotten the topic: all is
    /// made anew by whoever calls next. Who holds a lock is doing so.
    fn failed(&self) {
        self.0.failures.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut publisher) = self.0.publisher.try_lock() {
            *publisher = None;
        }
        if let Ok(mut topics) = self.0.topics.try_lock() {
            *topics = None;
        }
    }

    /// How often Pub/Sub could not be reached.
    fn failures(&self) -> u64 {
        self.0.failures.load(Ordering::Relaxed)
    }

    /// Makes ready to publish. On an emulator the subscriptions are made first: what is published before goes nowhere.
    pub(super) async fn connect(&self) -> Result<Publisher, QueueError> {
        let mut publisher = self.0.publisher.lock().await;
        if let Some(publisher) = &*publisher {
            return Ok(publisher.clone());
        }
        self.set_up().await?;
        Ok(publisher.insert(self.0.place.publisher().await?).clone())
    }

    /// Waits for the next messages of the lane.
    pub(super) async fn receive(&self, lane: Lane, most: u32) -> Result<Vec<Delivery>, QueueError> {
        match &self.0.source {
            Source::Inboxes(inboxes) => inboxes[lane as usize].receive(most).await,
            Source::Streams { at_once, streams } => {
                let mut slot = streams[lane as usize].lock().await;
                let stream = match &mut *slot {
                    Some(stream) => stream,
                    none => {
                        // An emulator that was started again has forgotten the subscription.
                        self.set_up().await?;
                        let failures = self.failures();
                        let filtered = self.0.place.emulator.is_none();
                        let messages = self.0.place.subscribe(lane, *at_once).await?;
                        none.insert(Stream::new(lane, filtered, messages, failures))
                    }
                };
                let next = stream.next(self).await;
                if !matches!(next, Ok(Some(_))) {
                    *slot = None;
                }
                Ok(next?.into_iter().collect())
            }
        }
    }

    /// An event that was posted to this process. It comes again where nobody takes posts here.
    pub(super) async fn post(&self, lane: Lane, post: Post) -> Settled {
        match &self.0.source {
            Source::Inboxes(inboxes) => inboxes[lane as usize].post(lane, post).await,
            Source::Streams { .. } => Settled::Nacked,
        }
    }

    /// Whoever posts is answered that it comes again.
    pub(super) async fn refuse_posts(&self, lane: Lane) {
        match &self.0.source {
            Source::Inboxes(inboxes) => inboxes[lane as usize].close().await,
            Source::Streams { .. } => {}
        }
    }

    /// Takes nothing more of the lane; acks that are on their way arrive.
    pub(super) async fn stop(&self, lane: Lane) {
        match &self.0.source {
            Source::Inboxes(_) => self.refuse_posts(lane).await,
            Source::Streams { streams, .. } => {
                if let Some(stream) = streams[lane as usize].lock().await.take() {
                    stream.end().await;
                }
            }
        }
    }
}

impl Place {
    async fn publisher(&self) -> Result<Publisher, QueueError> {
        crate::tls::install();
        let retries = RetryableErrors.with_time_limit(PUBLISHED_WITHIN).with_attempt_limit(PUBLISH_TRIES);
        let mut builder = Publisher::builder(self.topic_path())
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

    fn topic_path(&self) -> String {
        format!("projects/{}/topics/{}", self.project, self.topic)
    }

    fn subscription_of(&self, lane: Lane) -> String {
        format!("projects/{}/subscriptions/{}-{}", self.project, self.subscription, lane.name())
    }
}
