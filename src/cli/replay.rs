//! `wabridge replay`: kept deliveries go through the service once more.

use anyhow::Context as _;
use jiff::Timestamp;

use super::arguments::ReplayArguments;
use super::{Failure, dry_run, folder, print};
use crate::app;
use crate::config::{Ids, Role};
use crate::operations::replay::{self, Which};

pub(super) fn run(arguments: ReplayArguments) -> Result<(), Failure> {
    let which = which(&arguments)?;
    if let Some(file) = &arguments.bot {
        return dry_run::run(which, file, arguments.json, arguments.data_dir);
    }
    let config = folder::configured(Role::Mend, arguments.data_dir)?;
    let mut config = folder::there(config)?;
    let ids = config.ours.take().filter(|ids| *ids != Ids::Observe).ok_or_else(|| {
        Failure::Usage("nothing is yours yet: set WHATSAPP_WABA_ID and WHATSAPP_PHONE_NUMBER_ID as the service has them".into())
    })?;
    let replayed = actix_web::rt::System::new().block_on(async {
        let (store, queue) = app::mend(&config)?;
        replay::replay(store, queue, which, &ids).await
    })?;
    if arguments.json {
        return print::out(&serde_json::to_string(&replayed).context("it has no JSON")?).map_err(Failure::from);
    }
    print::out(&format!(
        "{} deliveries read again: {} newly accepted, {} not yours; {} events published. What was answered is not answered again.",
        replayed.deliveries, replayed.newly_accepted, replayed.not_ours, replayed.events
    ))
    .map_err(Failure::from)
}

fn which(arguments: &ReplayArguments) -> Result<Which, Failure> {
    if let Some(id) = &arguments.id {
        return Ok(Which::One(id.clone()));
    }
    if !arguments.all && arguments.from.is_none() && arguments.to.is_none() && arguments.state.is_none() {
        let words = "replay what? Choose by --state quarantined, --from 2026-03-01T00:00:00Z, --to or --id, or say --all";
        return Err(Failure::Usage(words.into()));
    }
    Ok(Which::Between {
        from: arguments.from.unwrap_or(Timestamp::MIN),
        to: arguments.to.unwrap_or(Timestamp::MAX),
        state: arguments.state.clone(),
    })
}
