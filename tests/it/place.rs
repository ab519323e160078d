//! Where a service under test keeps its records and events: on this machine, or in Google's emulators, which push or are pulled.

use std::future::Future;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

use wabridge::domain::Limits;
use wabridge::operations::events;
use wabridge::queue::{Arrival, PubSubPlace, Queue};
use wabridge::store::Store;

use crate::emulators;
use crate::project::{Project, SUBSCRIPTION, TOPIC};

/// One test for each place and scenario; what the scenario starts is started there.
macro_rules! everywhere {
    ($($scenario:ident),+ $(,)?) => {
        everywhere!(of folder: $($scenario),+);
        everywhere!(of pulled: $($scenario),+);
        everywhere!(of pushed: $($scenario),+);
    };
    (of $place:ident: $($scenario:ident),+) => {
        mod $place {
            $(#[actix_web::test]
            async fn $scenario() {
                crate::place::at(stringify!($place), stringify!($scenario), super::$scenario()).await;
            })+
        }
    };
}

/// The same where it makes no difference how events arrive.
macro_rules! kept_anywhere {
    ($($scenario:ident),+ $(,)?) => {
        everywhere!(of folder: $($scenario),+);
        everywhere!(of pulled: $($scenario),+);
    };
}

tokio::task_local! {
    static HERE: Place;
}

#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// A folder of its own: the default.
    Folder,
    /// A project of its own in the emulators.
    Emulators(Project),
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
        match self {
            Self::Folder => Vec::new(),
            Self::Emulators(project) => project.variables(),
        }
    }

    /// What `dev` and `serve` are told beside.
    pub(crate) fn arguments(&self) -> &'static [&'static str] {
        match self {
            Self::Folder => &[],
            Self::Emulators(project) => project.arguments(),
        }
    }

    /// The port on which it must listen; 0 where the system may choose.
    pub(crate) async fn port(&self) -> u16 {
        let Self::Emulators(project @ Project { push: true, .. }) = self else { return 0 };
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
        let port = free.expect("a free port").port();
        project.prepare(port).await;
        port
    }

    /// How many messages came in and were not taken up yet, where the queue does not say what is in it.
    pub(crate) async fn not_consumed(store: &Store) -> u32 {
        let mut count = 0;
        for delivery in store.deliveries(None, 100).await.expect("deliveries") {
            let found = events::show(store, delivery.id.as_str()).await.expect("a delivery").expect("one");
            let states = found["events"].as_array().expect("events").iter().map(|event| &event["message"]["state"]);
            count += u32::try_from(states.filter(|state| *state == "not consumed yet").count()).expect("few");
        }
        count
    }

    /// Store and queue of one receiver in this process; `None`: those of the folder.
    pub(crate) fn backends(&self) -> Option<(Store, Queue)> {
        let Self::Emulators(project) = self else { return None };
        let project = Project { name: emulators::project(), ..project.clone() };
        let (name, emulator) = (project.name.clone(), Some(project.pubsub.clone()));
        let place =
            PubSubPlace { project: name, topic: TOPIC.into(), subscription: SUBSCRIPTION.into(), emulator, push_to: None };
        let store = Store::firestore(project.database(), Limits::default(), Duration::from_hours(30 * 24));
        Some((store, Queue::pubsub(place, Arrival::Pulled { at_once: 10_000 }, &Limits::default())))
    }

    /// What the service keeps.
    pub(crate) fn store(&self, data_dir: &Path) -> Store {
        match self {
            Self::Folder => Store::inspect(data_dir).expect("the store"),
            Self::Emulators(project) => Store::firestore(project.database(), Limits::default(), Duration::from_hours(1)),
        }
    }
}
