//! What keeps a service from working, and what to do about it: asked of the configuration's own words, of the bot file, of the store, of
//! Meta, of the webhook and of Google. Changes nothing but for one test delivery.
//!
//! | area | file | asks |
//! | --- | --- | --- |
//! | `configuration` | (the caller) | the variables |
//! | `bot` | `bot` | the bot file |
//! | `meta` | `token`, `account` | Meta about app, token, accounts and numbers |
//! | `google` | `google` | Google about what Terraform made |
//! | `records` | `records` | store and queue |
//! | `webhook` | `webhook`, `delivery` | the service, as Meta sees it |

mod account;
mod bot;
mod delivery;
mod finding;
pub mod google;
mod records;
mod token;
mod webhook;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::domain::{PhoneNumberId, WabaId};
use crate::google::Google;
use crate::queue::Queue;
use crate::store::Store;
use crate::whatsapp::{CallFailure, Class, Graph, TokenFacts};

pub use finding::{Finding, Findings, Level};

/// What can be asked separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// The variables.
    Configuration,
    /// The bot file.
    Bot,
    /// App, token, accounts, numbers.
    Meta,
    /// What Terraform made.
    Google,
    /// Store and queue.
    Records,
    /// The service as Meta sees it.
    Webhook,
}

/// What a service was told, as far as it can be examined.
#[derive(Debug)]
pub struct Service {
    /// The bot file; `None`: none.
    pub bot: Option<PathBuf>,
    /// Where records are.
    pub records: Records,
    /// The Graph API with the access token; `None`: there is none.
    pub graph: Option<Graph>,
    /// What is known of Meta's side.
    pub meta: Meta,
    /// What is at Google; `None`: nothing.
    pub project: Option<Project>,
}

/// What is known of Meta's side.
#[derive(Debug)]
pub struct Meta {
    /// Those that may have signed.
    pub app_secrets: Vec<SecretString>,
    /// The word of the handshake.
    pub verify_token: Option<SecretString>,
    /// Our accounts.
    pub accounts: BTreeSet<WabaId>,
    /// Our numbers.
    pub numbers: BTreeSet<PhoneNumberId>,
    /// Messages per second for each number.
    pub rate: u32,
    /// Where the webhook is; `None`: nobody said.
    pub webhook: Option<Url>,
}

/// What Meta told of the app.
struct App {
    token: TokenFacts,
    /// The secret that is the app's today.
    secret: Option<SecretString>,
    callback: Option<String>,
}

/// Where records are.
#[derive(Debug)]
pub enum Records {
    /// Nothing is kept there yet.
    NotYet(String),
    /// It cannot be opened.
    Unusable(String),
    /// There.
    There {
        /// The store.
        store: Box<Store>,
        /// The queue.
        queue: Box<Queue>,
        /// Both, for a person.
        place: String,
    },
}

/// What is at Google.
#[derive(Debug)]
pub struct Project {
    /// The project.
    pub id: String,
    /// The database of Firestore.
    pub database: Option<String>,
    /// What is in Pub/Sub.
    pub pubsub: Option<PubSub>,
    /// The bucket of media.
    pub bucket: Option<String>,
    /// After how many days records expire.
    pub retention_days: u16,
}

/// What is in Pub/Sub.
#[derive(Debug)]
pub struct PubSub {
    /// The topic.
    pub topic: String,
    /// What the subscriptions are called, without `-reply` and `-record`.
    pub subscription: String,
    /// Audience and service account of pushes, where they are known.
    pub callers: Option<(String, String)>,
}

/// Longer than everything that one area asks takes when it is well; then the next one is asked.
const AN_AREA: Duration = Duration::from_mins(2);

/// Examines these areas; those of the configuration the caller has found already.
pub async fn examine(service: &Service, areas: &BTreeSet<Area>, clock: &Clock, findings: &mut Findings) {
    let meta = &service.meta;
    let mut app = None;
    let mut can_read = true;
    for area in areas {
        let asked = async {
            match area {
                Area::Configuration => {}
                Area::Bot => bot::examine(service.bot.as_deref(), meta, findings),
                Area::Meta => app = at_meta(service, clock, findings).await,
                Area::Google => can_read = at_google(service.project.as_ref(), findings).await,
                Area::Records if !can_read => findings.skipped("records", "without credentials of Google nothing can be read"),
                Area::Records => can_read = records::examine(&service.records, findings).await,
                Area::Webhook => {
                    let secret = app.as_ref().and_then(|app: &App| app.secret.as_ref());
                    webhook::examine(meta, secret, can_read.then_some(&service.records), clock.now(), findings).await;
                }
            }
        };
        if timeout(AN_AREA, asked).await.is_err() {
            let what = format!("not everything was answered within {} s", AN_AREA.as_secs());
            findings.fail(area.name(), what, "Something answers very slowly: the last line above says what had been asked.");
        }
    }
}

impl Area {
    /// All, in the order in which they are asked.
    pub const ALL: [Self; 6] = [Self::Configuration, Self::Bot, Self::Meta, Self::Google, Self::Records, Self::Webhook];

    /// The area of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|area| area.name() == name)
    }

    /// As `--only` and the names of the checks have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Bot => "bot",
            Self::Records => "records",
            Self::Meta => "meta",
            Self::Google => "google",
            Self::Webhook => "webhook",
        }
    }
}

async fn at_meta(service: &Service, clock: &Clock, findings: &mut Findings) -> Option<App> {
    let Some(graph) = &service.graph else {
        findings.skipped("meta", "WHATSAPP_ACCESS_TOKEN is not set here");
        return None;
    };
    let app = token::examine(&service.meta, graph, clock, findings).await?;
    account::examine(&service.meta, graph, &app, findings).await;
    Some(app)
}

/// False where there are no credentials.
async fn at_google(project: Option<&Project>, findings: &mut Findings) -> bool {
    let Some(project) = project else {
        findings.skipped("google", "nothing is kept there");
        return true;
    };
    match Google::new(&project.id) {
        Ok(google) => google::examine(project, &google, findings).await,
        Err(failure) => {
            findings.fail("google.credentials", failure.to_string(), google::LOG_IN);
            false
        }
    }
}

/// What Meta could not tell for a moment is no finding; what it refused is.
fn could_not_ask(check: &str, failure: &CallFailure, findings: &mut Findings) {
    let is_for_a_moment = match failure {
        CallFailure::Refused { class, .. } => matches!(class, Class::Transient | Class::Maintenance | Class::ThrottledNumber),
        CallFailure::Status(status) => *status >= 500 || *status == 429,
        CallFailure::Unreadable(_) | CallFailure::Unreachable(_) => false,
    };
    if is_for_a_moment {
        findings.skipped(check, "Meta cannot answer just now: ask again later");
    } else {
        findings.fail(check, failure.to_string(), "Put right what stands above, if anything does; then ask again.");
    }
}

/// Whether both addresses are the same one, however they are written.
fn is_same(ours: &Url, theirs: &str) -> bool {
    let bare = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    Url::parse(theirs).is_ok_and(|theirs| bare(&theirs) == bare(ours))
}
