//! The bot that answers now. The file is read again when its content changes; a version that is wrong never replaces one that is right.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::checked::{Bot, SAMPLE};
use super::parse::MOST_BYTES;
use super::report::placeless;
use super::status::{BotStatus, Problem};
use crate::clock::Clock;

/// Where the bot comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BotSource {
    /// A file, watched.
    File(PathBuf),
    /// The bot of this repository.
    BuiltIn,
    /// No bot: messages are recorded and published only.
    None,
}

/// The bot that answers now, and what is known of it.
#[derive(Debug)]
pub struct Bots {
    source: BotSource,
    clock: Clock,
    current: RwLock<Option<Arc<Bot>>>,
    status: watch::Sender<BotStatus>,
    /// What was read last, right or wrong: the same is not parsed again.
    seen: Mutex<Seen>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Text([u8; 32]),
    Unreadable(String),
}

impl Bots {
    /// Reads the bot for the first time.
    ///
    /// # Errors
    /// What is wrong with the file: there is no older version that could answer.
    pub fn load(source: BotSource, clock: Clock) -> Result<Self, Vec<Problem>> {
        let (bot, seen) = match &source {
            BotSource::File(path) => {
                let text = read(path).map_err(|why| vec![unreadable(path, &why)])?;
                (Some(Bot::parse(&text)?), Seen::Text(hash(&text)))
            }
            BotSource::BuiltIn => (Some(Bot::built_in()), Seen::Text(hash(SAMPLE))),
            BotSource::None => (None, Seen::Text(hash(""))),
        };
        let status = status(&source, bot.as_ref(), &seen, &clock);
        let current = RwLock::new(bot.map(Arc::new));
        Ok(Self { source, clock, current, status: watch::Sender::new(status), seen: Mutex::new(seen) })
    }

    /// The bot that answers now; `None` without a bot.
    pub fn current(&self) -> Option<Arc<Bot>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is known of the bot; the receiver hears of every change.
    pub fn status(&self) -> watch::Receiver<BotStatus> {
        self.status.subscribe()
    }

    /// Looks at the file every so often, until it is dropped.
    pub async fn watch(&self, every: Duration) {
        let BotSource::File(path) = &self.source else { return std::future::pending().await };
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let path = path.clone();
            // A file system may hang; the tasks beside this one must not.
            if let Ok(found) = tokio::task::spawn_blocking(move || read(&path)).await {
                self.take(found);
            }
        }
    }

    /// Looks at the file now.
    pub fn reload(&self) {
        if let BotSource::File(path) = &self.source {
            self.take(read(path));
        }
    }

    fn take(&self, found: Result<String, String>) {
        let BotSource::File(path) = &self.source else { return };
        let now = match &found {
            Ok(text) => Seen::Text(hash(text)),
            Err(why) => Seen::Unreadable(why.clone()),
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return;
        }
        let parsed = found.map_err(|why| vec![unreadable(path, &why)]).and_then(|text| Bot::parse(&text));
        match parsed {
            Ok(bot) => {
                tracing::info!(routes = bot.routes(), "the bot file has changed: the new one answers");
                self.status.send_replace(status(&self.source, Some(&bot), &now, &self.clock));
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(bot));
            }
            Err(problems) => {
                tracing::error!(
                    mistakes = problems.len(),
                    "the bot file has changed and has mistakes: the bot of before answers; wabridge check names them"
                );
                self.status.send_modify(|status| status.problems = problems);
            }
        }
        *seen = now;
    }
}

fn status(source: &BotSource, bot: Option<&Bot>, seen: &Seen, clock: &Clock) -> BotStatus {
    let version = match seen {
        Seen::Text(hash) if bot.is_some() => hex::encode(&hash[..6]),
        Seen::Text(_) | Seen::Unreadable(_) => String::new(),
    };
    let file = match source {
        BotSource::File(path) => Some(path.display().to_string()),
        BotSource::BuiltIn | BotSource::None => None,
    };
    BotStatus {
        file,
        routes: bot.map_or(0, Bot::routes),
        read_at: clock.now(),
        version,
        warnings: bot.map(|bot| bot.warnings().to_vec()).unwrap_or_default(),
        problems: Vec::new(),
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The text of a bot file.
///
/// # Errors
/// Why it cannot be read, and what to do.
pub fn read_file(path: &Path) -> Result<String, Problem> {
    read(path).map_err(|why| unreadable(path, &why))
}

/// The text of the file, or why there is none.
fn read(path: &Path) -> Result<String, String> {
    let about = std::fs::metadata(path).map_err(|error| words(&error))?;
    if about.is_dir() {
        return Err("it is a folder".to_owned());
    }
    // A pipe or a device could keep us waiting, or never end.
    if !about.is_file() {
        return Err("it is no regular file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| words(&error))?;
    file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| words(&error))?;
    if bytes.len() > MOST_BYTES {
        return Err("it is larger than 1 MiB".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
}

fn words(error: &std::io::Error) -> String {
    if error.kind() == ErrorKind::NotFound {
        "there is no such file".to_owned()
    } else if error.kind() == ErrorKind::PermissionDenied {
        "this user may not read it".to_owned()
    } else {
        error.to_string()
    }
}

fn unreadable(path: &Path, why: &str) -> Problem {
    let remedy = if why.starts_with("there is no") {
        "`wabridge init` writes a small bot to start from"
    } else if why.contains("UTF-8") {
        "save it as UTF-8"
    } else {
        "look at the path and its rights"
    };
    placeless(format!("{} cannot be read: {why}", path.display()), remedy)
}
