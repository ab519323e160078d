//! The bot file.

use std::path::Path;

use super::{Findings, Meta};
use crate::bot::{Bot, read_file};
use crate::domain::PhoneNumberId;

/// Reads the bot file as a service would. `None`: none was chosen.
pub(super) fn examine(file: Option<&Path>, meta: &Meta, findings: &mut Findings) {
    let check = "bot.file";
    let Some(file) = file else {
        let what = "there is none: what people write is recorded, and nothing is answered";
        return findings.warn(check, what, "wabridge init writes one; name it with WABRIDGE_BOT.");
    };
    let shown = file.display();
    let bot = match read_file(file) {
        Err(problem) => return findings.fail(check, problem.to_string(), "Name a bot file that can be read with WABRIDGE_BOT."),
        Ok(text) => Bot::parse(&text),
    };
    let bot = match bot {
        Ok(bot) => bot,
        Err(problems) => {
            let what = format!("{shown} has {}: a service does not start with it", counted(problems.len(), "mistake"));
            return findings.fail(check, what, format!("wabridge check {shown}"));
        }
    };
    if bot.warnings().is_empty() {
        findings.ok(check, format!("{shown}, {}", counted(bot.routes(), "route")));
    } else {
        let what = format!("{shown} is good, with {}", counted(bot.warnings().len(), "warning"));
        findings.warn(check, what, format!("wabridge check {shown}"));
    }
    for (id, nick) in bot.numbers() {
        if !meta.numbers.is_empty() && !meta.numbers.contains(&PhoneNumberId::new(id)) {
            let what =
                format!("the bot's number {nick} is {id}, which is not in WHATSAPP_PHONE_NUMBER_ID: its routes answer nobody");
            findings.warn("bot.numbers", what, "Correct the id in the bot file, or add it to WHATSAPP_PHONE_NUMBER_ID.");
        }
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
