//! Where a service under test keeps its records and events: on this machine, or in Google's emulators, which push or are pulled.

use std::future::Future;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

use google_cloud_auth::credentials::anonymous;
use google_cloud_pubsub::client::{SubscriptionAdmin, TopicAdmin};
use google_cloud_pubsub::model::PushConfig;
use wabridge::domain::Limits;
use wabridge::firestore::{Firestore, Place as FirestorePlace};
use wabridge::store::Store;

use crate::emulators;

/// One test for each place and scenario; what the scenario starts is started there.
macro_rules! everywhere {
    ($($scenario:ident),+ $(,)?) => {
        everywhere!(of folder: $($scenario),+);
        everywhere!(of pulled: $($scenario),+);
        everywhere!(of pushed: $($scenario),+);
    };
    (of $place:ident: $($scenario:ident),+) => {
        mod $place {
            $(#[tokio::test]
            async fn $scenario() {
                crate::place::at(stringify!($place), stringify!($scenario), super::$scenario()).await;
            })+
        }
    };
}

tokio::task_local! {
    static HERE: Place;
}

/// No question of a test takes as long.
const DEADLINE: Duration = Duration::from_secs(10);
const TOPIC: &str = "whatsapp-events";
const SUBSCRIPTION: &str = "whatsapp-consumer";

#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// A folder of its own: the default.
    Folder,
    /// A project of its own in the emulators.
    Emulators(Project),
}

#[derive(Debug, Clone)]
pub(crate) struct Project {
    name: String,
    firestore: String,
    pubsub: String,
    push: bool,
}

/// Runs a scenario at a place; one that is not there is skipped aloud.
pub(crate) async fn at(place: &str, scenario: &str, run: impl Future<Output = ()>) {
    let place = match place {
        "folder" => Ok(Place::Folder),
        place => Project::new(place == "pushed").map(Place::Emulators),
    };
    match place {
        Ok(place) => HERE.scope(place, run).await,
        Err(why) => writeln!(std::io::stderr(), "SKIPPED {scenario}: {why}").expect("standard error is open"),
    }
}

/// The place of this test.
pub(crate) fn here() -> Place {
    HERE.try_with(Clone::clone).unwrap_or(Place::Folder)
}

impl Place {
    /// What the service is told about it.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let Self::Emulators(project) = self else { return Vec::new() };
        vec![
            ("WABRIDGE_STORE", "firestore".into()),
            ("WABRIDGE_QUEUE", "pubsub".into()),
            ("GOOGLE_CLOUD_PROJECT", project.name.clone()),
            ("FIRESTORE_EMULATOR_HOST", project.firestore.clone()),
            ("PUBSUB_EMULATOR_HOST", project.pubsub.clone()),
        ]
    }

    /// What `dev` and `serve` are told beside.
    pub(crate) fn arguments(&self) -> &'static [&'static str] {
        match self {
            Self::Emulators(Project { push: true, .. }) => &["--push"],
            Self::Emulators(_) | Self::Folder => &[],
        }
    }

    /// The port on which it must listen; 0 where the system may choose.
    pub(crate) fn port(&self) -> u16 {
        match self {
            Self::Emulators(Project { push: true, .. }) => {
                let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
                free.expect("a free port").port()
            }
            Self::Emulators(_) | Self::Folder => 0,
        }
    }

    /// What Terraform makes: where events are pushed, the subscriptions that push them to this port.
    pub(crate) async fn prepare(&self, port: u16) {
        if let Self::Emulators(project @ Project { push: true, .. }) = self {
            project.subscribe(port).await;
        }
    }

    /// What the service keeps.
    pub(crate) fn store(&self, data_dir: &Path) -> Store {
        match self {
            Self::Folder => Store::inspect(data_dir).expect("the store"),
            Self::Emulators(Project { name, firestore, .. }) => {
                let place =
                    FirestorePlace { project: name.clone(), database: "(default)".into(), emulator: Some(firestore.clone()) };
                Store::firestore(Firestore::new(place, DEADLINE), Limits::default(), Duration::from_hours(1))
            }
        }
    }
}

impl Project {
    fn new(push: bool) -> Result<Self, String> {
        Ok(Self { name: emulators::project(), firestore: emulators::firestore()?, pubsub: emulators::pubsub()?, push })
    }

    async fn subscribe(&self, port: u16) {
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
