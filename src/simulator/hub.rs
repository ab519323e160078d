//! What all parts of the simulator share: the world behind a lock, who listens for changes, and the tasks that it started.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use secrecy::SecretString;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Number;
use super::deliver::Waiting;
use super::world::{Place, World};
use crate::bot::BotStatus;
use crate::clock::Clock;
use crate::domain::{PhoneNumberId, WabaId};

/// So many changes may wait for a slow listener; one that lags behind fetches everything again.
const CHANGES_KEPT: usize = 256;

pub(super) struct Hub {
    pub(super) webhook_url: String,
    pub(super) app_secret: SecretString,
    pub(super) access_token: SecretString,
    pub(super) waba_id: WabaId,
    pub(super) numbers: Vec<Number>,
    pub(super) clock: Clock,
    pub(super) bot: watch::Receiver<BotStatus>,
    pub(super) data_dir: String,
    pub(super) client: reqwest::Client,
    pub(super) stop: CancellationToken,
    /// Set whenever the snapshot on disk is older than the world.
    pub(super) dirty: Notify,
    pub(super) waiting: Mutex<Waiting>,
    divisor: u32,
    world: Mutex<World>,
    version: watch::Sender<u64>,
    changes: broadcast::Sender<Change>,
    tasks: TaskTracker,
    runtime: Handle,
    /// Ends what is under way when everything starts again.
    epoch: Mutex<CancellationToken>,
}

/// What the page is told.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(super) enum Change {
    /// A chat changed.
    Changed { person: String, number: String, cursor: u64, typing: bool },
    /// People, bot, clock or faults changed.
    State {},
}

impl Hub {
    pub(super) fn new(settings: super::Settings, world: World) -> std::io::Result<Self> {
        let stop = CancellationToken::new();
        let (version, _) = watch::channel(0);
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        Ok(Self {
            client: client().map_err(std::io::Error::other)?,
            webhook_url: settings.webhook_url,
            app_secret: settings.app_secret,
            access_token: settings.access_token,
            waba_id: settings.waba_id,
            numbers: settings.numbers,
            clock: settings.clock,
            bot: settings.bot,
            data_dir: settings.data_dir,
            epoch: Mutex::new(stop.child_token()),
            stop,
            dirty: Notify::new(),
            waiting: Mutex::new(Waiting::default()),
            divisor: settings.status_divisor.max(1),
            world: Mutex::new(world),
            version,
            changes,
            tasks: TaskTracker::new(),
            runtime: Handle::try_current().map_err(std::io::Error::other)?,
        })
    }

    /// The world, for a moment: never held over an await.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lock_waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A delay of the simulated world, shortened in tests.
    pub(super) fn delay(&self, full: Duration) -> Duration {
        full / self.divisor
    }

    /// Starts a task that ends with the simulator. It runs on the runtime that started the simulator, not on the one of a handler.
    pub(super) fn spawn_for_good<F>(&self, task: F)
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.tasks.spawn_on(self.stop.clone().run_until_cancelled_owned(task), &self.runtime);
    }

    /// Starts a task about the present world: it also ends when everything starts again.
    pub(super) fn spawn<F>(&self, task: F) -> JoinHandle<Option<F::Output>>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let epoch = self.epoch.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.tasks.spawn_on(epoch.run_until_cancelled_owned(task), &self.runtime)
    }

    /// Forgets everything: what is under way ends, and the world is new.
    pub(super) fn start_again(&self) {
        let next = self.stop.child_token();
        std::mem::replace(&mut *self.epoch.lock().unwrap_or_else(PoisonError::into_inner), next).cancel();
        *self.lock_waiting() = Waiting::default();
        {
            let mut world = self.world();
            *world = world.again();
        }
        self.clock.reset();
        self.state_changed();
    }

    /// Ends every task and waits for it.
    pub(super) async fn end(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Tells everybody that a chat changed.
    pub(super) fn chat_changed(&self, place: &Place) {
        let (cursor, typing) = {
            let mut world = self.world();
            let Some(chat) = world.chat(place) else { return };
            (chat.cursor, chat.is_typing(Instant::now()))
        };
        self.tell(Change::Changed { person: place.person.clone(), number: place.nick.clone(), cursor, typing });
    }

    /// Tells everybody that people, bot, clock or faults changed.
    pub(super) fn state_changed(&self) {
        self.tell(Change::State {});
    }

    fn tell(&self, change: Change) {
        self.version.send_modify(|version| *version += 1);
        self.dirty.notify_one();
        // No listener is no error.
        let _ = self.changes.send(change);
    }

    /// Changes with every change: what `wait` waits on.
    pub(super) fn version(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    pub(super) fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    pub(super) fn number_of(&self, id: &PhoneNumberId) -> Option<&Number> {
        self.numbers.iter().find(|number| number.phone_number_id == *id)
    }

    pub(super) fn number_called(&self, nick: &str) -> Option<&Number> {
        self.numbers.iter().find(|number| number.nick == nick)
    }
}

/// A client that can only speak HTTP to our own receiver: it trusts no certificate, follows no redirect and asks no proxy.
fn client() -> Result<reqwest::Client, Box<dyn std::error::Error + Send + Sync>> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(WEBHOOK_TIMEOUT)
        .pool_idle_timeout(IDLE)
        .build()?;
    Ok(client)
}

/// Shorter than the five seconds after which actix closes an idle connection: a webhook must not race against that.
const IDLE: Duration = Duration::from_secs(2);

/// As long as our receiver may take at most: 10 s for the body and 5 s for the store.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(20);
