//! Every variable that this version reads: the one list behind the errors and the reference page.

/// One variable.
#[derive(Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name; the same with `_FILE` names a file that holds the value.
    pub name: &'static str,
    /// What holds when it is not set; empty where nothing does.
    pub default: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// Where the value is found, or how it is written.
    pub remedy: &'static str,
    /// Whether its value must never be shown.
    pub secret: bool,
}

const fn plain(name: &'static str, default: &'static str, meaning: &'static str, remedy: &'static str) -> Variable {
    Variable { name, default, meaning, remedy, secret: false }
}

const fn secret(name: &'static str, default: &'static str, meaning: &'static str, remedy: &'static str) -> Variable {
    Variable { name, default, meaning, remedy, secret: true }
}

/// Signs webhooks.
pub(super) const APP_SECRET: Variable = secret(
    "WHATSAPP_APP_SECRET",
    "required by `serve` and `receive`",
    "The secret with which Meta signs webhooks. Several, separated by commas, while it is being reset.",
    "Meta App Dashboard → App settings → Basic → App secret.",
);
/// The handshake's word.
pub(super) const VERIFY_TOKEN: Variable = secret(
    "WHATSAPP_VERIFY_TOKEN",
    "required by `serve` and `receive`",
    "A word of your own choice that Meta repeats when it verifies the callback URL.",
    "Make one up (openssl rand -hex 16) and enter the same in Meta App Dashboard → WhatsApp → Configuration → Verify token.",
);
/// Whose deliveries are ours.
pub(super) const WABA_ID: Variable = plain(
    "WHATSAPP_WABA_ID",
    "not set: observe mode",
    "The WhatsApp Business Accounts whose webhooks are ours, separated by commas.",
    "Meta App Dashboard → WhatsApp → API Setup → WhatsApp Business Account ID: digits.",
);
/// Which numbers are ours.
pub(super) const PHONE_NUMBER_ID: Variable = plain(
    "WHATSAPP_PHONE_NUMBER_ID",
    "not set: observe mode",
    "The ids of the business phone numbers that are ours, separated by commas.",
    "Meta App Dashboard → WhatsApp → API Setup → Phone number ID: digits, not the phone number itself.",
);
/// Sends.
pub(super) const ACCESS_TOKEN: Variable = secret(
    "WHATSAPP_ACCESS_TOKEN",
    "not set: nothing is sent",
    "The token with which messages are sent. `consume` on Cloud Run does not start without it.",
    "Meta Business Settings → System users → Generate token, with whatsapp_business_messaging and whatsapp_business_management.",
);
/// The Graph API's version.
pub(super) const API_VERSION: Variable = plain(
    "WHATSAPP_API_VERSION",
    "v25.0",
    "The version of the Graph API. A warning is logged when its end is less than 120 days away.",
    "Write it as Meta does, for example WHATSAPP_API_VERSION=v25.0.",
);
/// The Graph API's address.
pub(super) const API_BASE_URL: Variable = plain(
    "WHATSAPP_API_BASE_URL",
    "https://graph.facebook.com",
    "Where the Graph API is: Meta's, a proxy or a test's. The access token goes to this host.",
    "Write scheme, host and port only, for example http://127.0.0.1:9000.",
);
/// Others' deliveries.
pub(super) const FOREIGN_EVENTS: Variable = plain(
    "WHATSAPP_FOREIGN_EVENTS",
    "reject",
    "What a signed delivery of other accounts or numbers gets: `reject` (403, Meta delivers again for seven days) or `quarantine` (200, kept, not answered).",
    "Write reject or quarantine.",
);
/// The port.
pub(super) const PORT: Variable = plain(
    "PORT",
    "8080",
    "The port to listen on; 0 lets the system choose.",
    "Write a number from 0 to 65535, for example PORT=8080.",
);
/// The interface.
pub(super) const HOST: Variable = plain(
    "HOST",
    "0.0.0.0 (`dev`: 127.0.0.1)",
    "The address to listen on. `dev` listens on this machine only, because its page has no login.",
    "Write an IP address such as 127.0.0.1, or leave it out.",
);
/// The store.
pub(super) const STORE: Variable = plain(
    "WABRIDGE_STORE",
    "embedded",
    "Where records are kept: `embedded` (one SQLite file in the data folder) or `firestore`.",
    "Write embedded or firestore.",
);
/// The queue.
pub(super) const QUEUE: Variable = plain(
    "WABRIDGE_QUEUE",
    "embedded",
    "Where events wait: `embedded` (the same file) or `pubsub`.",
    "Write embedded or pubsub.",
);
/// Whose cloud.
pub(super) const GOOGLE_CLOUD_PROJECT: Variable = plain(
    "GOOGLE_CLOUD_PROJECT",
    "required with `firestore` and `pubsub`",
    "The Google Cloud project of Firestore and Pub/Sub.",
    "Its id, not its name or number: gcloud config get project.",
);
/// The database.
pub(super) const FIRESTORE_DATABASE: Variable = plain(
    "FIRESTORE_DATABASE",
    "(default)",
    "The database of Firestore, in Native mode.",
    "gcloud firestore databases list: what stands after databases/.",
);
/// A Firestore without Google.
pub(super) const FIRESTORE_EMULATOR_HOST: Variable = plain(
    "FIRESTORE_EMULATOR_HOST",
    "not set: Google itself",
    "Where an emulator of Firestore listens. Refused on Cloud Run.",
    "Write host and port, for example 127.0.0.1:8085.",
);
/// The topic.
pub(super) const PUBSUB_TOPIC: Variable = plain(
    "PUBSUB_TOPIC",
    "whatsapp-events",
    "The topic of Pub/Sub to which every event is published.",
    "gcloud pubsub topics list: what stands after topics/.",
);
/// The subscriptions.
pub(super) const PUBSUB_SUBSCRIPTION: Variable = plain(
    "PUBSUB_SUBSCRIPTION",
    "whatsapp-consumer",
    "What the two subscriptions of the consumer are called, without `-reply` and `-record` at the end.",
    "gcloud pubsub subscriptions list: what stands after subscriptions/ and before -reply.",
);
/// A Pub/Sub without Google.
pub(super) const PUBSUB_EMULATOR_HOST: Variable = plain(
    "PUBSUB_EMULATOR_HOST",
    "not set: Google itself",
    "Where an emulator of Pub/Sub listens; topic and subscriptions that are not there are made in it. Refused on Cloud Run.",
    "Write host and port, for example 127.0.0.1:8085.",
);
/// For whom pushes are.
pub(super) const PUSH_AUDIENCE: Variable = plain(
    "WABRIDGE_PUSH_AUDIENCE",
    "required with `pubsub` by `consume`, unless it pulls",
    "The audience of the tokens with which Pub/Sub and Cloud Scheduler post to the consumer.",
    "As in the subscription: gcloud pubsub subscriptions describe, pushConfig.oidcToken.audience.",
);
/// Whose pushes.
pub(super) const PUSH_SERVICE_ACCOUNT: Variable = plain(
    "WABRIDGE_PUSH_SERVICE_ACCOUNT",
    "required with `pubsub` by `consume`, unless it pulls",
    "The service account with which Pub/Sub and Cloud Scheduler post to the consumer.",
    "As in the subscription: gcloud pubsub subscriptions describe, pushConfig.oidcToken.serviceAccountEmail.",
);
/// The bucket.
pub(super) const MEDIA_BUCKET: Variable = plain(
    "WABRIDGE_MEDIA_BUCKET",
    "not set: the folder `media` in the data folder",
    "The bucket of Cloud Storage in which downloaded media are kept.",
    "Name a bucket, without gs:// before it: gcloud storage buckets list.",
);
/// A Cloud Storage without Google.
pub(super) const STORAGE_EMULATOR_HOST: Variable = plain(
    "STORAGE_EMULATOR_HOST",
    "not set: Google itself",
    "Where an emulator of Cloud Storage listens. Refused on Cloud Run.",
    "Write host and port, for example 127.0.0.1:8085.",
);
/// The folder.
pub(super) const DATA_DIR: Variable = plain(
    "WABRIDGE_DATA_DIR",
    "data (`dev`: data/dev)",
    "The folder of the embedded store and queue; made when it is missing. `dev` keeps made-up people and takes none that a service has used, and a service none of dev's.",
    "Name a folder that can be written.",
);
/// The bot.
pub(super) const BOT: Variable = plain(
    "WABRIDGE_BOT",
    "bot.yaml if there is one",
    "The bot file, or `none` to record and publish only. Without one `dev` uses a built-in bot.",
    "Name a file that is there (have one written: wabridge init), write none, or leave it out.",
);
/// Expiry.
pub(super) const RETENTION_DAYS: Variable = plain(
    "WABRIDGE_RETENTION_DAYS",
    "30",
    "After how many days records expire. At least 15: Meta may deliver again for 7 days, and a duplicate must still be recognised.",
    "Write a whole number from 15 to 3650.",
);
/// How fast.
pub(super) const SEND_RATE: Variable = plain(
    "WABRIDGE_SEND_RATE",
    "80",
    "How many messages per second each business number sends at most, evenly spaced. Meta allows 80, up to 1,000 after an upgrade, and 20 to a number that is also used in the phone app (coexistence).",
    "Write a whole number from 1 to 1000.",
);
/// How many at once.
pub(super) const SEND_CONCURRENCY: Variable = plain(
    "WABRIDGE_SEND_CONCURRENCY",
    "32",
    "How many messages of each business number are on their way to Meta at once. 32 carry 80 per second while Meta takes 0.4 s for each.",
    "Write a whole number from 1 to 512.",
);
/// The form of logs.
pub(super) const LOG_FORMAT: Variable = plain(
    "LOG_FORMAT",
    "json (`dev`: text)",
    "The form of a log line: `json` for Google Cloud, on standard output, or `text` on standard error.",
    "Write json or text.",
);
/// Which logs.
pub(super) const RUST_LOG: Variable = plain(
    "RUST_LOG",
    "info (`dev`: warn)",
    "Which log lines: a level, or levels by module.",
    "Write for example RUST_LOG=info or RUST_LOG=warn,wabridge=debug.",
);
/// The end.
pub(super) const SHUTDOWN_GRACE: Variable = plain(
    "SHUTDOWN_GRACE",
    "8s",
    "How long work in hand may take after a TERM signal. Docker and Cloud Run kill after 10 s.",
    "Write a number and a unit (ms, s, m), at most 600s, for example SHUTDOWN_GRACE=8s.",
);

/// All of them, in the order of the reference page.
pub const ALL: &[&Variable] = &[
    &APP_SECRET,
    &VERIFY_TOKEN,
    &WABA_ID,
    &PHONE_NUMBER_ID,
    &ACCESS_TOKEN,
    &BOT,
    &PORT,
    &HOST,
    &DATA_DIR,
    &RETENTION_DAYS,
    &SEND_RATE,
    &SEND_CONCURRENCY,
    &FOREIGN_EVENTS,
    &API_VERSION,
    &API_BASE_URL,
    &STORE,
    &QUEUE,
    &GOOGLE_CLOUD_PROJECT,
    &FIRESTORE_DATABASE,
    &FIRESTORE_EMULATOR_HOST,
    &PUBSUB_TOPIC,
    &PUBSUB_SUBSCRIPTION,
    &PUBSUB_EMULATOR_HOST,
    &MEDIA_BUCKET,
    &STORAGE_EMULATOR_HOST,
    &PUSH_AUDIENCE,
    &PUSH_SERVICE_ACCOUNT,
    &LOG_FORMAT,
    &RUST_LOG,
    &SHUTDOWN_GRACE,
];

/// Whether a name is a variable of ours or its `_FILE` form.
pub(super) fn is_ours(name: &str) -> bool {
    let base = name.strip_suffix("_FILE").unwrap_or(name);
    ALL.iter().any(|variable| variable.name == name || variable.name == base)
}
