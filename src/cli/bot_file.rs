//! A bot file as a person named it: read, or every mistake in it.

use std::path::Path;

use super::Failure;
use crate::bot::{Bot, Problem, read_file};

/// A file that was read: a bot, or what is wrong with it.
pub(super) type Read = Result<Bot, Vec<Problem>>;

/// Reads a bot file; a file that is not there is a mistake of usage.
pub(super) fn read(file: &Path) -> Result<Read, Failure> {
    let text = read_file(file).map_err(|problem| Failure::Usage(problem.to_string()))?;
    Ok(Bot::parse(&text))
}

/// The list of mistakes that a person reads.
pub(super) fn mistakes(file: &Path, problems: &[Problem]) -> String {
    let noun = if problems.len() == 1 { "mistake" } else { "mistakes" };
    let mut text = format!("{}: {} {noun}", file.display(), problems.len());
    for problem in problems {
        text.push_str("\n\n");
        text.push_str(&problem.to_string());
    }
    if is_of_form(problems) {
        text.push_str("\n\nA mistake of form hides all others: more may show once this one is mended.");
    }
    text
}

/// Whether reading stopped at this mistake, so that there may be more.
pub(super) fn is_of_form(problems: &[Problem]) -> bool {
    problems.iter().any(Problem::is_of_form)
}
