//! What keeps a service from working, and what to do about it: asked of the configuration's own words, of the bot file, of the store, of
//! Meta, of the webhook and of Google. Changes nothing but for one test delivery.
//!
//! | area | file | asks |
//! | --- | --- | --- |
//! | `configuration` | (the caller) | the variables |
//! | `bot` | `bot` | the bot file |
//! | `records` | `records` | store and queue |
//! | `meta` | `token`, `account` | Meta about app, token, accounts and numbers |
//! | `google` | `google` | Google about what Terraform made |
//! | `webhook` | `webhook` | the service, as Meta sees it |

mod account;
mod bot;
mod finding;
pub mod google;
mod records;
mod token;
mod webhook;

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::domain::{PhoneNumberId, WabaId};
use crate::google::Google;
use crate::queue::Queue;
use crate::store::Store;
use crate::whatsapp::{CallFailure, Graph};

pub use finding::{Finding, Findings, Level};

/// What can be asked separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// The variables.
    Configuration,
    /// The bot file.
    Bot,
    /// Store and queue.
    Records,
    /// App, token, accounts, numbers.
    Meta,
    /// What Terraform made.
    Google,
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
    pub webhook: Option<String>,
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

/// Examines these areas; those of the configuration the caller has found already.
pub async fn examine(service: &Service, areas: &BTreeSet<Area>, now: Timestamp, findings: &mut Findings) {
    let meta = &service.meta;
    let mut store = None;
    for area in areas {
        match area {
            Area::Configuration => {}
            Area::Bot => bot::examine(service.bot.as_deref(), meta, findings),
            Area::Records => store = records::examine(&service.records, findings).await.then_some(&service.records),
            Area::Meta => at_meta(service, now, findings).await,
            Area::Google => at_google(service.project.as_ref(), findings).await,
            // Where nobody asked about the store it is asked all the same.
            Area::Webhook if areas.contains(&Area::Records) => webhook::examine(meta, store, now, findings).await,
            Area::Webhook => webhook::examine(meta, Some(&service.records), now, findings).await,
        }
    }
}

async fn at_meta(service: &Service, now: Timestamp, findings: &mut Findings) {
    let Some(graph) = &service.graph else {
        return findings.skipped("meta", "WHATSAPP_ACCESS_TOKEN is not set here");
    };
    if let Some(token) = token::examine(&service.meta, graph, now, findings).await {
        account::examine(&service.meta, graph, &token, findings).await;
    }
}

async fn at_google(project: Option<&Project>, findings: &mut Findings) {
    let Some(project) = project else {
        return findings.skipped("google", "nothing is kept there");
    };
    match Google::new() {
        Ok(google) => google::examine(project, &google, findings).await,
        Err(failure) => {
            findings.fail(
                "google.credentials",
                failure.to_string(),
                "gcloud auth application-default login, on your own machine.",
            );
        }
    }
}

fn could_not_ask(check: &str, failure: &CallFailure, findings: &mut Findings) {
    findings.fail(check, failure.to_string(), "Put the checks above right first, then ask again.");
}
