//! Which store and which queue, chosen by name and never by trying.

use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::reader::Reader;
use super::vars::Variable;
use super::{Flags, Role, value, vars};

const DEFAULT_DATABASE: &str = "(default)";
const DEFAULT_FOLDER: &str = "data";
const DEFAULT_FOLDER_OF_DEV: &str = "data/dev";
const DEFAULT_TOPIC: &str = "whatsapp-events";
const DEFAULT_SUBSCRIPTION: &str = "whatsapp-consumer";

/// Where records are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreBackend {
    /// One SQLite file in the data folder.
    Embedded,
    /// A database of Firestore.
    Firestore {
        /// The Google Cloud project.
        project: String,
        /// The database in it.
        database: String,
        /// `host:port` of an emulator; `None` for Google itself.
        emulator: Option<String>,
    },
}

/// Where media are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaBackend {
    /// A folder inside the data folder.
    Folder(PathBuf),
    /// A bucket of Cloud Storage.
    Bucket {
        /// Its name.
        name: String,
        /// `host:port` of an emulator; `None` for Google itself.
        emulator: Option<String>,
    },
}

/// Where events wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueBackend {
    /// The same file.
    Embedded,
    /// A topic of Pub/Sub.
    PubSub {
        /// The Google Cloud project.
        project: String,
        /// The topic.
        topic: String,
        /// What the subscriptions are called, before `-reply` and `-record`.
        subscription: String,
        /// `host:port` of an emulator; `None` for Google itself.
        emulator: Option<String>,
        /// How events come to a consumer.
        arrival: Arrival,
    },
}

/// How events come from Pub/Sub to a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// The consumer asks for them.
    Pulled,
    /// Pub/Sub posts them, and Cloud Scheduler posts wakes. `None`: an emulator, which signs nothing.
    Pushed(Option<Callers>),
}

/// Whose posts are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callers {
    /// For whom their tokens are.
    pub audience: String,
    /// The e-mail address of the service account whose tokens they are.
    pub service_account: String,
}

/// What a command that works on store and queue was told about both.
pub(super) struct Backends {
    pub(super) data_dir: PathBuf,
    pub(super) store: StoreBackend,
    pub(super) queue: QueueBackend,
    pub(super) media: MediaBackend,
    /// Also where nothing is kept at Google.
    pub(super) project: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Embedded,
    Google,
}

pub(super) fn load(role: Role, flags: &Flags, environment: &Environment, reader: &mut Reader) -> Backends {
    let store = kind(role, (&vars::STORE, "firestore"), environment, reader);
    let queue = kind(role, (&vars::QUEUE, "pubsub"), environment, reader);
    let named = project([store, queue].contains(&Kind::Google), reader);
    let project = named.clone().unwrap_or_default();
    let store = match store {
        Kind::Embedded => StoreBackend::Embedded,
        Kind::Google => StoreBackend::Firestore {
            project: project.clone(),
            database: reader.parsed(&vars::FIRESTORE_DATABASE, value::database).unwrap_or_else(|| DEFAULT_DATABASE.into()),
            emulator: emulator(&vars::FIRESTORE_EMULATOR_HOST, environment, reader),
        },
    };
    let queue = match queue {
        Kind::Embedded => QueueBackend::Embedded,
        Kind::Google => pubsub(role, project, flags.push, environment, reader),
    };
    if flags.push && queue == QueueBackend::Embedded && role != Role::Consume {
        let what = "was given, but the queue is embedded: nobody pushes its events";
        reader.wrong("--push", what, "Leave it out, or set WABRIDGE_QUEUE=pubsub.");
    }
    if role == Role::Dev {
        stays_on_this_machine(&store, &queue, environment, reader);
    }
    let data_dir = data_dir(role, flags, &store, reader);
    let media = media(role, &data_dir, environment, reader);
    Backends { data_dir, store, queue, media, project: named }
}

/// The people of `dev` are made up, and what it takes from a queue nobody else gets: never from the queue of a real service.
fn stays_on_this_machine(store: &StoreBackend, queue: &QueueBackend, environment: &Environment, reader: &mut Reader) {
    let store =
        matches!(store, StoreBackend::Firestore { emulator: None, .. }).then_some((&vars::STORE, &vars::FIRESTORE_EMULATOR_HOST));
    let queue =
        matches!(queue, QueueBackend::PubSub { emulator: None, .. }).then_some((&vars::QUEUE, &vars::PUBSUB_EMULATOR_HOST));
    // One that is named wrongly is a problem of its own.
    let named = |emulator: &Variable| environment.get(emulator.name).is_some();
    for (variable, emulator) in store.into_iter().chain(queue).filter(|(_, emulator)| !named(emulator)) {
        let what = "is set to what is at Google: dev would mix made-up people into it";
        reader.wrong(variable.name, what, format!("Leave it out, or name an emulator with {}.", emulator.name));
    }
}

fn kind(role: Role, (variable, google): (&Variable, &str), environment: &Environment, reader: &mut Reader) -> Kind {
    let said = reader.problem_count();
    let kind = reader.word(variable, &[("embedded", Kind::Embedded), (google, Kind::Google)]).unwrap_or(Kind::Embedded);
    let looks_only = matches!(role, Role::Operator | Role::Call | Role::Mend);
    if let (Kind::Embedded, Some(cloud_run), false) = (kind, environment.cloud_run(), looks_only)
        && reader.problem_count() == said
    {
        let what = format!("is embedded, and {cloud_run} says that this is Cloud Run, whose disk vanishes with each instance");
        reader.wrong(variable.name, what, format!("Set {}={google}.", variable.name));
    }
    kind
}

fn media(role: Role, data_dir: &Path, environment: &Environment, reader: &mut Reader) -> MediaBackend {
    let emulator = emulator(&vars::STORAGE_EMULATOR_HOST, environment, reader);
    let said = reader.problem_count();
    let bucket = reader.parsed(&vars::MEDIA_BUCKET, value::bucket);
    if let (None, Some(cloud_run), Role::Call) = (&bucket, environment.cloud_run(), role)
        && reader.problem_count() == said
    {
        let what = format!("is not set, and {cloud_run} says that this is Cloud Run, whose disk vanishes with each instance");
        reader.wrong(vars::MEDIA_BUCKET.name, what, vars::MEDIA_BUCKET.remedy);
    }
    bucket.map_or_else(|| MediaBackend::Folder(data_dir.join("media")), |name| MediaBackend::Bucket { name, emulator })
}

fn project(needed: bool, reader: &mut Reader) -> Option<String> {
    let said = reader.problem_count();
    let project = reader.parsed(&vars::GOOGLE_CLOUD_PROJECT, value::resource);
    if needed && project.is_none() && reader.problem_count() == said {
        reader.missing(&vars::GOOGLE_CLOUD_PROJECT);
    }
    project
}

/// Nobody runs an emulator on Cloud Run: there the variable is left over from a test, and everything would be lost.
fn emulator(variable: &Variable, environment: &Environment, reader: &mut Reader) -> Option<String> {
    let host = reader.parsed(variable, value::host_and_port)?;
    if let Some(cloud_run) = environment.cloud_run() {
        let what = format!("is set, and {cloud_run} says that this is Cloud Run: an emulator keeps nothing");
        reader.wrong(variable.name, what, "Take it out.");
    }
    Some(host)
}

fn pubsub(role: Role, project: String, push: bool, environment: &Environment, reader: &mut Reader) -> QueueBackend {
    let emulator = emulator(&vars::PUBSUB_EMULATOR_HOST, environment, reader);
    let arrival = match role {
        Role::Consume | Role::Serve | Role::Dev if push => Arrival::Pushed(callers(emulator.is_some(), reader)),
        // It compares with the subscriptions what it is told.
        Role::Doctor if is_pushed(environment) => Arrival::Pushed(callers(emulator.is_some(), reader)),
        Role::Consume | Role::Serve | Role::Dev | Role::Receive | Role::Operator | Role::Call | Role::Doctor | Role::Mend => {
            Arrival::Pulled
        }
    };
    QueueBackend::PubSub {
        project,
        topic: reader.parsed(&vars::PUBSUB_TOPIC, value::resource).unwrap_or_else(|| DEFAULT_TOPIC.into()),
        subscription: reader.parsed(&vars::PUBSUB_SUBSCRIPTION, value::resource).unwrap_or_else(|| DEFAULT_SUBSCRIPTION.into()),
        emulator,
        arrival,
    }
}

/// Whether anything is said of who pushes.
fn is_pushed(environment: &Environment) -> bool {
    [vars::PUSH_AUDIENCE, vars::PUSH_SERVICE_ACCOUNT].iter().any(|variable| environment.get(variable.name).is_some())
}

/// Both or neither; neither only on an emulator.
fn callers(on_emulator: bool, reader: &mut Reader) -> Option<Callers> {
    let said = reader.problem_count();
    let audience = reader.text(&vars::PUSH_AUDIENCE);
    let service_account = reader.parsed(&vars::PUSH_SERVICE_ACCOUNT, value::email);
    if reader.problem_count() > said {
        return None;
    }
    match (audience, service_account) {
        (Some(audience), Some(service_account)) => Some(Callers { audience: audience.trim().to_owned(), service_account }),
        (None, None) if on_emulator => {
            reader.warnings.push("the emulator of Pub/Sub signs nothing: whoever reaches this port can push events.".into());
            None
        }
        (audience, service_account) => {
            for (variable, absent) in
                [(&vars::PUSH_AUDIENCE, audience.is_none()), (&vars::PUSH_SERVICE_ACCOUNT, service_account.is_none())]
            {
                if absent {
                    reader.missing(variable);
                }
            }
            None
        }
    }
}

fn data_dir(role: Role, flags: &Flags, store: &StoreBackend, reader: &mut Reader) -> PathBuf {
    // Made-up people and real ones never in one folder.
    let default = if role == Role::Dev { DEFAULT_FOLDER_OF_DEV } else { DEFAULT_FOLDER };
    let data_dir = match &flags.data_dir {
        Some(folder) => folder.clone(),
        None => reader.text(&vars::DATA_DIR).map_or_else(|| PathBuf::from(default), PathBuf::from),
    };
    if data_dir.exists() && !data_dir.is_dir() {
        reader.wrong(vars::DATA_DIR.name, format!("is {}, which is no folder", data_dir.display()), vars::DATA_DIR.remedy);
    }
    if flags.data_dir.is_some()
        && matches!(role, Role::Operator | Role::Call | Role::Doctor | Role::Mend)
        && *store != StoreBackend::Embedded
    {
        let what = format!("names {}, but records are kept in Firestore", data_dir.display());
        reader.wrong("--data-dir", what, "Leave it out, or set WABRIDGE_STORE=embedded to look into the folder.");
    }
    data_dir
}
