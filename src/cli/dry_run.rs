//! `wabridge replay --dry-run`: where another bot would answer differently.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::drawn::drawn;
use super::{Failure, bot_file, folder, print};
use crate::app;
use crate::bot::Bot;
use crate::config::{BotChoice, Ids, Role};
use crate::domain::InboundId;
use crate::operations::replay::{self, Answer, Compared, Tally, Which};

pub(super) fn run(which: Which, file: &Path, json: bool, data_dir: Option<PathBuf>) -> Result<(), Failure> {
    let mut config = folder::configured(Role::Mend, data_dir)?;
    let after = read(file)?;
    let before = match &config.bot {
        BotChoice::File(file) => Some(read(file)?),
        BotChoice::BuiltIn | BotChoice::None => {
            print::note(
                "there is no bot of today to compare with: set WABRIDGE_BOT as the service has it, or run this where its bot.yaml is",
            );
            None
        }
    };
    // Where no ids are configured every message is shown: the phone page of dev works so.
    let ids = config.ours.take().filter(|ids| *ids != Ids::Observe);
    let config = folder::there(config)?;
    let tell = |compared: &Compared| {
        if json {
            print::out(&serde_json::to_string(compared).context("it has no JSON")?)?;
        } else if !compared.same {
            print::out(&difference(compared))?;
        }
        Ok(())
    };
    let bots = (before.as_ref(), &after);
    let tally = actix_web::rt::System::new()
        .block_on(async { replay::dry_run(&app::look_into(&config)?, which, ids.as_ref(), bots, tell).await })?;
    if json { Ok(()) } else { print::out(&sum(tally)).map_err(Failure::from) }
}

fn read(file: &Path) -> Result<Bot, Failure> {
    bot_file::read(file)?.map_err(|problems| Failure::Usage(bot_file::mistakes(file, &problems)))
}

fn difference(compared: &Compared) -> String {
    let ids: Vec<&str> = compared.messages.iter().map(InboundId::as_str).collect();
    let mut text = format!("{}  {}\n", compared.time, ids.join(" "));
    for heard in &compared.heard {
        marked(&mut text, "> ", heard);
    }
    let quotes = compared.before.quotes != compared.after.quotes;
    said(&mut text, "- ", &compared.before, quotes);
    said(&mut text, "+ ", &compared.after, quotes);
    text.push('\n');
    text
}

/// `quotes`: say whether it quotes what it answers.
fn said(text: &mut String, mark: &str, answer: &Answer, quotes: bool) {
    for content in &answer.says {
        marked(text, mark, &drawn(content));
    }
    if let Some(silence) = &answer.silence {
        marked(text, mark, &format!("(nothing: {silence})"));
    } else if quotes && answer.quotes {
        marked(text, mark, "(it quotes the message)");
    }
}

fn marked(text: &mut String, mark: &str, words: &str) {
    for line in words.lines() {
        let _infallible = writeln!(text, "{mark}{line}");
    }
}

fn sum(tally: Tally) -> String {
    let Tally { messages, same, different } = tally;
    let answers = same + different;
    format!("messages: {messages}, answers: {answers}, the same: {same}, different: {different}. Nothing was written or sent.")
}
