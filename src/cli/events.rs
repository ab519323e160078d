//! `wabridge events`: list, show.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;

use super::arguments::EventsCommand;
use super::{Failure, folder, print};
use crate::app;
use crate::operations::events::{self, Listed, Wanted};

pub(super) fn run(command: EventsCommand) -> Result<(), Failure> {
    match command {
        EventsCommand::List { state, most, json, data_dir } => list(&Wanted { state, most }, json, data_dir),
        EventsCommand::Show { id, json, data_dir } => show(&id, json, data_dir),
    }
}

fn list(wanted: &Wanted, json: bool, data_dir: Option<PathBuf>) -> Result<(), Failure> {
    let config = folder::of(data_dir)?;
    let events = actix_web::rt::System::new().block_on(async { events::list(&app::look_into(&config)?, wanted).await })?;
    if json {
        return print::out(&serde_json::to_string(&events).context("the list has no JSON")?).map_err(Failure::from);
    }
    if events.is_empty() {
        print::note(&format!("no deliveries in {}", config.place()));
        return Ok(());
    }
    let mut text = String::new();
    for event in &events {
        let Listed { id, state, time, events, bytes, reason } = event;
        let _ = writeln!(text, "{time:<20.0} {state:<12} {events:>5} events {bytes:>8} bytes  {id}  {reason}");
    }
    print::out(&text).map_err(Failure::from)
}

fn show(id: &str, json: bool, data_dir: Option<PathBuf>) -> Result<(), Failure> {
    let config = folder::of(data_dir)?;
    let found = actix_web::rt::System::new().block_on(async { events::show(&app::look_into(&config)?, id).await })?;
    let found = found
        .with_context(|| format!("there is nothing with the id {id} in {}: wabridge events list prints the ids of deliveries, whose events are shown with them; in the log event.subject names the delivery of an event", config.place()))?;
    let text = if json { serde_json::to_string(&found) } else { serde_json::to_string_pretty(&found) };
    print::out(&text.context("it has no JSON")?).map_err(Failure::from)
}
