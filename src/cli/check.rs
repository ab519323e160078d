//! `wabridge check`: the mistakes of a bot file, or what it would answer.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use super::arguments::CheckArguments;
use super::drawn::drawn;
use super::{Failure, bot_file, print};
use crate::bot::{Bot, Decision};

pub(super) fn run(arguments: &CheckArguments) -> Result<(), Failure> {
    let file = arguments.file.as_path();
    let bot = match bot_file::read(file)? {
        Ok(bot) => bot,
        Err(problems) if arguments.json => {
            print::out(
                &json!({"file": file, "ok": false, "problems": problems, "more_may_follow": bot_file::is_of_form(&problems)})
                    .to_string(),
            )?;
            return Err(anyhow::anyhow!("{} has {} mistake(s)", file.display(), problems.len()).into());
        }
        Err(problems) => return Err(anyhow::anyhow!(bot_file::mistakes(file, &problems)).into()),
    };
    let decision = arguments.say.as_deref().map(|text| bot.say(&[text], arguments.first));
    let text = match (&decision, arguments.json) {
        (decision, true) => as_json(file, &bot, decision.as_ref()),
        (None, false) => verdict(file, &bot),
        (Some(decision), false) => answer(decision),
    };
    print::out(&text).map_err(Failure::from)
}

fn as_json(file: &Path, bot: &Bot, decision: Option<&Decision>) -> String {
    let mut value = json!({"file": file, "ok": true, "routes": bot.routes(), "warnings": bot.warnings(), "problems": []});
    if let Some(decision) = decision {
        value["answer"] = json!({
            "route": decision.route, "tried": decision.tried, "messages": decision.contents,
            "silence": decision.silence, "failure": decision.failure, "warnings": decision.warnings,
        });
    }
    value.to_string()
}

fn verdict(file: &Path, bot: &Bot) -> String {
    let mut text = format!("{}: good, {}", file.display(), count(bot.routes(), "route"));
    if !bot.warnings().is_empty() {
        let _ = write!(text, ", {}", count(bot.warnings().len(), "warning"));
    }
    for warning in bot.warnings() {
        let _ = write!(text, "\n\n{warning}");
    }
    text
}

fn answer(decision: &Decision) -> String {
    let mut text = String::new();
    for tried in &decision.tried {
        let mark = if tried.matched { "→" } else { " " };
        let _ = writeln!(text, "{mark} {}: {}", tried.route, tried.because);
    }
    text.push('\n');
    for content in &decision.contents {
        let _ = writeln!(text, "{}\n", drawn(content));
    }
    if let Some(silence) = &decision.silence {
        let _ = writeln!(text, "silence: {silence}\n");
    }
    for warning in decision.failure.iter().chain(&decision.warnings) {
        let _ = writeln!(text, "warning: {warning}");
    }
    let _ = write!(text, "{}", count(decision.contents.len(), "billed message"));
    text
}

fn count(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
