//! Topic and subscriptions: whether they are there; on an emulator, which has no Terraform, they are made.

use std::time::Duration;

use google_cloud_auth::credentials::anonymous;
use google_cloud_gax::error::rpc::Code;
use google_cloud_pubsub::client::{SubscriptionAdmin, TopicAdmin};
use google_cloud_pubsub::model::PushConfig;

use super::{Place, PubSub};
use crate::queue::{Lane, QueueError};

/// Pub/Sub takes none that is shorter.
const SHORTEST_ACK_DEADLINE: Duration = Duration::from_secs(10);

/// A question that changes nothing.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

impl PubSub {
    /// Whether Pub/Sub answers and has the topic, which is made on an emulator. A publisher may not look at it, and is told so by an answer too.
    pub(in crate::queue) async fn ping(&self) -> Result<(), QueueError> {
        let asking = async {
            self.connect().await?;
            let mut kept = self.0.topics.lock().await;
            let topics = match &*kept {
                Some(topics) => topics.clone(),
                None => kept.insert(self.0.place.topics().await?).clone(),
            };
            drop(kept);
            match topics.get_topic().set_topic(self.0.place.topic_path()).send().await {
                Ok(_) => Ok(()),
                Err(error) if is(&error, Code::PermissionDenied) => Ok(()),
                Err(error) => Err(QueueError::Unpublished(error.to_string())),
            }
        };
        let answer = tokio::time::timeout(ANSWERS_WITHIN, asking).await;
        let answer = answer.unwrap_or_else(|_| Err(QueueError::Unpublished("Pub/Sub did not answer in time".to_owned())));
        if answer.is_err() {
            self.failed();
        }
        answer
    }

    /// Makes what is not there yet, on an emulator. Nothing is made at Google.
    pub(super) async fn set_up(&self) -> Result<(), QueueError> {
        let place = &self.0.place;
        let Some(host) = &place.emulator else { return Ok(()) };
        let topics = place.topics().await?;
        there(topics.create_topic().set_name(place.topic_path()).send().await)?;
        let builder = SubscriptionAdmin::builder().with_endpoint(format!("http://{host}"));
        let subscriptions = builder.with_credentials(anonymous::Builder::new().build()).build().await.map_err(unmade)?;
        let ack_deadline = self.0.ack_deadline.max(SHORTEST_ACK_DEADLINE);
        let seconds = i32::try_from(ack_deadline.as_secs()).unwrap_or(i32::MAX);
        for lane in [Lane::Reply, Lane::Record] {
            let create = subscriptions.create_subscription().set_name(place.subscription_of(lane)).set_topic(place.topic_path());
            let create = create.set_ack_deadline_seconds(seconds);
            let create = match place.push_to {
                Some(port) => {
                    let endpoint = format!("http://127.0.0.1:{port}/pubsub/push/{}", lane.name());
                    create.set_push_config(PushConfig::new().set_push_endpoint(endpoint))
                }
                None => create,
            };
            there(create.send().await)?;
        }
        Ok(())
    }
}

impl Place {
    async fn topics(&self) -> Result<TopicAdmin, QueueError> {
        crate::tls::install();
        let mut builder = TopicAdmin::builder();
        if let Some(host) = &self.emulator {
            builder = builder.with_endpoint(format!("http://{host}")).with_credentials(anonymous::Builder::new().build());
        }
        builder.build().await.map_err(unmade)
    }
}

/// Whatever was made before is there.
fn there<T>(made: Result<T, google_cloud_pubsub::Error>) -> Result<(), QueueError> {
    match made {
        Ok(_) => Ok(()),
        Err(error) if is(&error, Code::AlreadyExists) => Ok(()),
        Err(error) => Err(unmade(error)),
    }
}

fn is(error: &google_cloud_pubsub::Error, code: Code) -> bool {
    error.status().is_some_and(|status| status.code == code)
}

fn unmade(error: impl std::fmt::Display) -> QueueError {
    QueueError::Unmade(error.to_string())
}
