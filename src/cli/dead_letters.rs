//! `wabridge dead-letters`: list, show, redrive.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use super::arguments::DeadLettersCommand;
use super::{Failure, bot_file, folder, print};
use crate::app;
use crate::clock::Clock;
use crate::config::{BotChoice, Config, Role};
use crate::operations::dead_letters::{self, Listed, RedriveRefused};

pub(super) fn run(command: DeadLettersCommand) -> Result<(), Failure> {
    match command {
        DeadLettersCommand::List { all, most, json, data_dir } => list(all, most, json, data_dir),
        DeadLettersCommand::Show { id, json, data_dir } => show(&id, json, data_dir),
        DeadLettersCommand::Redrive { id, resend, json, data_dir } => redrive(&id, resend, json, data_dir),
    }
}

fn list(all: bool, most: u32, json: bool, data_dir: Option<PathBuf>) -> Result<(), Failure> {
    let config = folder::of(data_dir)?;
    let letters =
        actix_web::rt::System::new().block_on(async { dead_letters::list(&app::look_into(&config)?, all, most).await })?;
    if json {
        return print::out(&serde_json::to_string(&letters).context("the list has no JSON")?).map_err(Failure::from);
    }
    if letters.is_empty() {
        let which = if all { "" } else { "open " };
        print::note(&format!("no {which}dead letters in {}", config.place()));
        return Ok(());
    }
    let mut text = String::new();
    for Listed { id, time, state, class, messages, attempts, reason } in &letters {
        let _ =
            writeln!(text, "{time:<20.0} {state:<9} {class:<16} {messages:>3} messages {attempts:>3} attempts  {id}  {reason}");
    }
    print::out(&text).map_err(Failure::from)
}

fn show(id: &str, json: bool, data_dir: Option<PathBuf>) -> Result<(), Failure> {
    let config = folder::of(data_dir)?;
    let found = actix_web::rt::System::new().block_on(async { dead_letters::show(&app::look_into(&config)?, id).await })?;
    let found = found.context(RedriveRefused::Absent)?;
    let text = if json { serde_json::to_string(&found) } else { serde_json::to_string_pretty(&found) };
    print::out(&text.context("it has no JSON")?).map_err(Failure::from)
}

fn redrive(id: &str, resend: bool, json: bool, data_dir: Option<PathBuf>) -> Result<(), Failure> {
    let config = folder::configured(Role::Mend, data_dir)?;
    let answer_within = answer_within(&config)?;
    let config = folder::there(config)?;
    let now = Clock::default().now();
    let redriven = async { dead_letters::redrive(&app::mend(&config)?.0, id, resend, answer_within, now).await };
    match actix_web::rt::System::new().block_on(redriven)? {
        Ok(redriven) if json => print::out(&serde_json::to_string(&redriven).context("it has no JSON")?).map_err(Failure::from),
        Ok(redriven) => {
            let old =
                if redriven.too_old > 0 { format!(" Too old to be answered: {}.", redriven.too_old) } else { String::new() };
            print::out(&format!(
                "waiting for an answer again: {} (the running service takes them up within seconds, else the next one that starts).{old}",
                redriven.messages
            ))
            .map_err(Failure::from)
        }
        Err(refused) => Err(anyhow::Error::new(refused).context("nothing was changed").into()),
    }
}

/// As the bot file says; without one, its default.
fn answer_within(config: &Config) -> Result<Duration, Failure> {
    match &config.bot {
        BotChoice::File(path) => match bot_file::read(path)? {
            Ok(bot) => Ok(bot.conversation().answer_within),
            Err(problems) => Err(Failure::Usage(bot_file::mistakes(path, &problems))),
        },
        BotChoice::BuiltIn | BotChoice::None => Ok(crate::bot::Conversation::default().answer_within),
    }
}
