//! A project of its own in the emulators, as Terraform and the environment would have it.

use std::time::Duration;

use google_cloud_auth::credentials::anonymous;
use google_cloud_pubsub::client::{SubscriptionAdmin, TopicAdmin};
use google_cloud_pubsub::model::PushConfig;
use wabridge::firestore::{Firestore, Place};

use crate::emulators;

/// No question of a test takes as long.
const DEADLINE: Duration = Duration::from_mins(1);
const DATABASE: &str = "(default)";
pub(crate) const TOPIC: &str = "whatsapp-events";
pub(crate) const SUBSCRIPTION: &str = "whatsapp-consumer";

#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) name: String,
    /// Where the emulators are; the service may be told otherwise.
    pub(crate) firestore: String,
    pub(crate) pubsub: String,
    /// Events are pushed, not pulled.
    pub(crate) push: bool,
}

impl Project {
    pub(crate) fn new(push: bool) -> Result<Self, String> {
        Ok(Self { name: emulators::project(), firestore: emulators::firestore()?, pubsub: emulators::pubsub()?, push })
    }

    /// What the service is told about it.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("WABRIDGE_STORE", "firestore".into()),
            ("WABRIDGE_QUEUE", "pubsub".into()),
            ("GOOGLE_CLOUD_PROJECT", self.name.clone()),
            ("FIRESTORE_EMULATOR_HOST", self.firestore.clone()),
            ("PUBSUB_EMULATOR_HOST", self.pubsub.clone()),
        ]
    }

    /// What `dev` and `serve` are told beside.
    pub(crate) fn arguments(&self) -> &'static [&'static str] {
        if self.push { &["--push"] } else { &[] }
    }

    /// What the service keeps.
    pub(crate) fn database(&self) -> Firestore {
        let place = Place { project: self.name.clone(), database: DATABASE.into(), emulator: Some(self.firestore.clone()) };
        Firestore::new(place, DEADLINE)
    }

    /// Where events are pushed: the subscriptions that push them to this port.
    pub(crate) async fn prepare(&self, port: u16) {
        if !self.push {
            return;
        }
        wabridge::tls::install();
        let nobody = || anonymous::Builder::new().build();
        let endpoint = format!("http://{}", self.pubsub);
        let topics = TopicAdmin::builder().with_endpoint(&endpoint).with_credentials(nobody()).build().await.expect("a client");
        let topic = format!("projects/{}/topics/{TOPIC}", self.name);
        topics.create_topic().set_name(&topic).send().await.expect("a topic");
        let builder = SubscriptionAdmin::builder().with_endpoint(endpoint).with_credentials(nobody());
        let subscriptions = builder.build().await.expect("a client");
        for lane in ["reply", "record"] {
            let push = PushConfig::new().set_push_endpoint(format!("http://127.0.0.1:{port}/pubsub/push/{lane}"));
            let name = format!("projects/{}/subscriptions/{SUBSCRIPTION}-{lane}", self.name);
            let create = subscriptions.create_subscription().set_name(name).set_topic(&topic).set_push_config(push);
            create.set_ack_deadline_seconds(180).send().await.expect("a subscription");
        }
    }
}
