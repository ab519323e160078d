//! A WhatsApp that answers: the Graph API over HTTP, signed webhooks, and the phone page. For `dev` and tests, never for strangers.
//!
//! | file | contract |
//! | --- | --- |
//! | `world`, `chat`, `motion`, `story` | what is remembered: people, chats, what is under way, why |
//! | `graph/` | the simulated Graph API: an oracle of Meta's documented shapes and limits |
//! | `wire`, `sample`, `meta_ids` | webhooks in Meta's spelling |
//! | `deliver`, `statuses` | webhooks on their way: signed, redelivered, spoilt by faults |
//! | `faults` | what goes wrong on purpose |
//! | `control/` | `/simulator/…`, for the page and for tests |
//! | `page`, `guard` | the page's files; who may talk to us |
//! | `traces` | why the bot said what it said |
//! | `snapshot` | yesterday's chats |

mod chat;
mod control;
mod deliver;
mod faults;
mod graph;
mod guard;
mod hub;
mod meta_ids;
mod motion;
mod page;
mod sample;
mod snapshot;
mod statuses;
mod story;
mod traces;
mod wire;
mod world;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::web;
use secrecy::SecretString;
use tokio::sync::{mpsc, watch};

use crate::bot::BotStatus;
use crate::clock::Clock;
use crate::domain::{PhoneNumberId, Trace, WabaId};
use hub::Hub;
pub use sample::{SAMPLE_KINDS, sample_delivery};
pub use wire::sign;

/// What the simulator needs to know of the app that it talks to.
#[derive(Debug)]
pub struct Settings {
    /// Where webhooks go: our own receiver, `http://` only.
    pub webhook_url: String,
    /// Signs the webhooks.
    pub app_secret: SecretString,
    /// What the Graph API takes as `Authorization: Bearer …`.
    pub access_token: SecretString,
    /// The account of every webhook.
    pub waba_id: WabaId,
    /// The business numbers; at least one.
    pub numbers: Vec<Number>,
    /// Where the chats are kept; `None`: nowhere.
    pub state_file: Option<PathBuf>,
    /// Moved by `POST /simulator/clock`.
    pub clock: Clock,
    /// Shown on the page.
    pub bot: watch::Receiver<BotStatus>,
    /// Why the bot decided as it did.
    pub traces: mpsc::UnboundedReceiver<Trace>,
    /// Shown on the page.
    pub data_dir: String,
    /// Divides every delay of the simulated world: 1, or more in tests.
    pub status_divisor: u32,
}

/// A business number.
#[derive(Debug, Clone)]
pub struct Number {
    /// Meta's id of it.
    pub phone_number_id: PhoneNumberId,
    /// Its name in `bot.yaml` and in the calls under `/simulator`.
    pub nick: String,
    /// As people read it: `+1 555 078 3881`.
    pub display: String,
}

impl Number {
    /// As Meta writes it in webhooks.
    fn digits(&self) -> String {
        self.display.chars().filter(char::is_ascii_digit).collect()
    }
}

/// A running simulator. Clones are the same one.
#[derive(Clone)]
pub struct Simulator {
    hub: Arc<Hub>,
    state_file: Option<PathBuf>,
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Simulator(…)")
    }
}

impl Simulator {
    /// Reads the chats of last time and starts. Must be called on a tokio runtime, which then runs its tasks. Fails when the state file is
    /// there and cannot be read, or when there is no number.
    pub fn start(settings: Settings) -> io::Result<Self> {
        if settings.numbers.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the simulator needs at least one business number"));
        }
        let mut settings = settings;
        let (_, nothing) = mpsc::unbounded_channel();
        let received = std::mem::replace(&mut settings.traces, nothing);
        let state_file = settings.state_file.take();
        let hub = Arc::new(Hub::new(settings, snapshot::load(state_file.as_deref())?)?);
        hub.spawn_for_good(traces::listen(Arc::clone(&hub), received));
        hub.spawn_for_good(traces::watch_bot(Arc::clone(&hub)));
        if let Some(file) = state_file.clone() {
            hub.spawn_for_good(snapshot::keep(Arc::clone(&hub), file));
        }
        Ok(Self { hub, state_file })
    }

    /// Adds the page, `/simulator/…` and the Graph API to a server.
    pub fn routes(&self, config: &mut web::ServiceConfig) {
        config.app_data(web::Data::new(self.clone()));
        control::routes(config);
        page::routes(config);
        graph::routes(config);
    }

    /// Ends its tasks, open event streams and hanging answers, and writes the chats a last time. Call it before the server stops.
    pub async fn stop(&self) {
        self.hub.end().await;
        if let Some(file) = &self.state_file
            && let Err(error) = snapshot::save(&self.hub, file).await
        {
            tracing::warn!(error = %error, "the simulator's chats could not be written: the last ones will be gone after a restart");
        }
    }
}
