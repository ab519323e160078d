//! A bot: the file, parsed and checked, ready to decide.

use std::collections::BTreeMap;

use super::access::Access;
use super::check;
use super::condition::Condition;
use super::conversation::Conversation;
use super::grammar::{Place, Reply};
use super::hours::Calendar;
use super::parse::{MOST_BYTES, parse};
use super::report::{Report, placeless};
use super::status::Problem;
use super::text::Texts;

/// The bot file that `wabridge init` writes, and that `dev` uses where there is none. The repository's `bot.yaml` begins as the same, and is for
/// people to change without building anything.
pub const SAMPLE: &str = include_str!("built_in.yaml");

/// A bot, parsed and checked.
#[derive(Debug)]
pub struct Bot {
    pub(super) name: Option<String>,
    pub(super) language: String,
    /// phone_number_id → nick.
    pub(super) numbers: BTreeMap<String, String>,
    pub(super) conversation: Conversation,
    pub(super) access: Access,
    pub(super) calendar: Calendar,
    pub(super) replies: BTreeMap<String, Reply>,
    pub(super) routes: Vec<Route>,
    pub(super) texts: Texts,
    /// The names of all groups of all regexes.
    pub(super) groups: Vec<String>,
    pub(super) warnings: Vec<Problem>,
}

/// A route, ready to match.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) name: String,
    pub(super) place: Place,
    /// `None` always holds.
    pub(super) condition: Option<Condition>,
    pub(super) reply: Reply,
}

impl Bot {
    /// Reads and checks a bot file.
    ///
    /// # Errors
    /// The first mistake of form; or, where the form is right, every mistake of meaning, in the order of the file.
    pub fn parse(source: &str) -> Result<Self, Vec<Problem>> {
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        if source.len() > MOST_BYTES {
            return Err(vec![placeless("the bot file is larger than 1 MiB", "is it the right file?")]);
        }
        let file = parse(source).map_err(|problem| vec![problem])?;
        let mut report = Report::new(source);
        let mut bot = check::build(file, &mut report);
        if !report.problems.is_empty() {
            return Err(report.into_problems());
        }
        bot.warnings = check::warnings(&bot, Report::new(source));
        Ok(bot)
    }

    /// The bot of this repository: greets, shows a menu, buttons and a list.
    ///
    /// # Panics
    /// Never: a test reads the same text.
    pub fn built_in() -> Self {
        match Self::parse(SAMPLE) {
            Ok(bot) => bot,
            Err(problems) => unreachable!("the built-in bot is wrong: {problems:?}"),
        }
    }

    /// The bot's name, as the file gives it.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What is doubtful but works.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The business numbers that the file names: Meta's id → nick.
    #[must_use]
    pub fn numbers(&self) -> &BTreeMap<String, String> {
        &self.numbers
    }

    /// How many routes it has.
    pub fn routes(&self) -> usize {
        self.routes.len()
    }

    /// How turns are opened, shown and answered.
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }
}
