//! Topic and subscriptions of an emulator, which has no Terraform.

use std::time::Duration;

use google_cloud_auth::credentials::anonymous;
use google_cloud_pubsub::client::{SubscriptionAdmin, TopicAdmin};

use super::{Place, PubSub};
use crate::queue::{Lane, QueueError};

impl PubSub {
    /// Makes what is not there yet, on an emulator. Nothing is made at Google.
    pub(in crate::queue) async fn set_up(&self, ack_deadline: Duration) -> Result<(), QueueError> {
        let place = &self.0.place;
        let Some(host) = &place.emulator else { return Ok(()) };
        crate::tls::install();
        let (endpoint, nobody) = (format!("http://{host}"), || anonymous::Builder::new().build());
        let topics = TopicAdmin::builder().with_endpoint(&endpoint).with_credentials(nobody()).build().await.map_err(unmade)?;
        let topic = format!("projects/{}/topics/{}", place.project, place.topic);
        there(topics.create_topic().set_name(&topic).send().await)?;
        let builder = SubscriptionAdmin::builder().with_endpoint(&endpoint).with_credentials(nobody());
        let subscriptions = builder.build().await.map_err(unmade)?;
        let seconds = i32::try_from(ack_deadline.as_secs()).unwrap_or(i32::MAX);
        for lane in [Lane::Reply, Lane::Record] {
            let create = subscriptions.create_subscription().set_name(Place::subscription_of(place, lane)).set_topic(&topic);
            there(create.set_ack_deadline_seconds(seconds).send().await)?;
        }
        Ok(())
    }
}

/// Whatever was made before is there.
fn there<T>(made: Result<T, google_cloud_pubsub::Error>) -> Result<(), QueueError> {
    use google_cloud_gax::error::rpc::Code;
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.status().is_some_and(|status| status.code == Code::AlreadyExists) => Ok(()),
        Err(error) => Err(unmade(error)),
    }
}

fn unmade(error: impl std::fmt::Display) -> QueueError {
    QueueError::Unmade(error.to_string())
}
