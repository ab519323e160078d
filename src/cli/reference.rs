//! The generated pages of docs/reference.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};

use super::arguments::{Cli, ReferencePage};

/// The Markdown of a page.
#[must_use]
pub fn page(page: ReferencePage) -> String {
    match page {
        ReferencePage::Configuration => crate::config::page(),
        ReferencePage::Cli => commands(),
    }
}

fn commands() -> String {
    let mut page = String::from(
        "# Commands\n\n\
         <!-- Generated: cargo run -- reference cli > docs/reference/cli.md -->\n\n\
         Exit codes: 0 done, 1 failed, 2 usage or configuration. What was asked for goes to standard output, everything else to\n\
         standard error.\n",
    );
    for command in Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
        section(&mut page, "wabridge", command);
    }
    page
}

fn section(page: &mut String, parent: &str, command: &Command) {
    let name = format!("{parent} {}", command.get_name());
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(page, "\n## `{name}`\n\n{about}.");
    let arguments: Vec<&Arg> = command.get_arguments().filter(|argument| !argument.is_hide_set()).collect();
    if !arguments.is_empty() {
        page.push_str("\n| argument | meaning |\n| --- | --- |\n");
    }
    for argument in arguments {
        let _ = writeln!(page, "| `{}` | {} |", spelling(argument), meaning(argument));
    }
    for inner in command.get_subcommands() {
        section(page, &name, inner);
    }
}

fn spelling(argument: &Arg) -> String {
    let takes = argument.get_action().takes_values();
    let value = argument
        .get_value_names()
        .and_then(|names| names.first())
        .map_or_else(|| argument.get_id().as_str().to_uppercase(), ToString::to_string);
    match argument.get_long() {
        Some(long) if takes => format!("--{long} <{value}>"),
        Some(long) => format!("--{long}"),
        None => format!("<{value}>"),
    }
}

fn meaning(argument: &Arg) -> String {
    let mut text = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let values: Vec<_> = argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if argument.get_action().takes_values() && !values.is_empty() {
        let _ = write!(text, ": {}", values.join(", "));
    }
    let defaults: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if argument.get_action().takes_values() && !defaults.is_empty() {
        let _ = write!(text, " [default: {}]", defaults.join(", "));
    }
    text
}
