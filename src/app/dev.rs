//! `dev`: everything in one process, and a WhatsApp that answers, on the loopback interface with secrets of this start.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;
use secrecy::SecretString;
use tokio::sync::mpsc;

use super::backends::Backends;
use super::consumer::{self, Audience, Consumer};
use super::server::Site;
use super::{pushes, receiver, whose};
use crate::bot::Bots;
use crate::clock::Clock;
use crate::config::{Config, Foreign, Ids, Receiver};
use crate::domain::{PhoneNumberId, WEBHOOK_PATH, WabaId};
use crate::embedded::{ConsumerLock, FILE};
use crate::simulator::{Number, Settings, Simulator};

/// The account and number of Meta's own examples.
const WABA: &str = "102290129340398";
const NUMBER: &str = "106540352242922";

/// The simulator's chats, in the data folder.
pub(super) const CHATS: &str = "simulator.json";

/// What `dev` was asked beside its configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DevOptions {
    /// Begin with an empty store.
    pub fresh: bool,
}

pub(super) async fn run(mut config: Config, options: DevOptions, ready: impl FnOnce()) -> anyhow::Result<()> {
    let data_dir = config.data_dir.clone();
    // Before anything is removed: another process may be at work in this folder, where the chats are in any case.
    let lock = Some(ConsumerLock::take(&data_dir)?);
    whose::mark_for_dev(&config)?;
    if options.fresh {
        empty(&data_dir)?;
    }
    let clock = Clock::default();
    let bots = consumer::bots(&config, &clock)?;
    let numbers = numbers(&bots);
    let app_secret = drawn();
    config.receiver = Some(Receiver { app_secrets: vec![app_secret.clone()], verify_token: drawn(), ids: ids(&numbers) });
    let access_token = drawn();
    config.access_token = Some(access_token.clone());
    config.graph.base_url = format!("http://127.0.0.1:{}", config.listen.port);
    let displays: BTreeMap<_, _> =
        numbers.iter().map(|number| (number.phone_number_id.clone(), number.display.clone())).collect();
    let (traces, received) = mpsc::unbounded_channel();
    let simulator = Simulator::start(Settings {
        webhook_url: format!("{}{WEBHOOK_PATH}", config.graph.base_url),
        app_secret,
        access_token,
        waba_id: WabaId::new(WABA),
        numbers,
        state_file: Some(data_dir.join(CHATS)),
        clock: clock.clone(),
        bot: bots.status(),
        traces: received,
        data_dir: data_dir.display().to_string(),
        status_divisor: 1,
    })
    .context("the simulated WhatsApp did not start")?;
    let backends = Backends::open(&config, &clock)?;
    let receiver = receiver::receiver(&config, &backends, &clock);
    let pushes = pushes::pushes(&config, &backends, &clock)?;
    let site = Site::new(&config, &backends, receiver).with_pushes(pushes).with_simulator(simulator);
    let audience = Audience { bots, traces, displays };
    let consumer =
        Consumer::start(lock, &config, &backends, &clock, consumer::graph(&config, backends.limits.post), Some(audience)).await?;
    site.run_with(Some(consumer), ready).await
}

/// The numbers that the bot file names, or one of Meta's examples.
fn numbers(bots: &Bots) -> Vec<Number> {
    let named = bots.current().map(|bot| bot.numbers().clone()).unwrap_or_default();
    let named = if named.is_empty() { BTreeMap::from([(NUMBER.to_owned(), "shop".to_owned())]) } else { named };
    let number = |(place, (id, nick)): (u32, (String, String))| Number {
        phone_number_id: PhoneNumberId::new(id),
        nick,
        display: format!("+1 555 078 {:04}", (3881 + place) % 10_000),
    };
    (0..).zip(named).map(number).collect()
}

fn ids(numbers: &[Number]) -> Ids {
    let numbers = numbers.iter().map(|number| number.phone_number_id.clone()).collect();
    Ids::Allowed { wabas: BTreeSet::from([WabaId::new(WABA)]), numbers, foreign: Foreign::Reject }
}

fn drawn() -> SecretString {
    SecretString::from(uuid::Uuid::new_v4().simple().to_string())
}

/// Removes what an earlier `dev` kept, and nothing else in the folder.
fn empty(data_dir: &Path) -> anyhow::Result<()> {
    let file = ["", "-wal", "-shm"].map(|end| format!("{FILE}{end}"));
    for name in file.iter().map(String::as_str).chain([CHATS]) {
        match std::fs::remove_file(data_dir.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{name} in {} could not be removed", data_dir.display()));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
