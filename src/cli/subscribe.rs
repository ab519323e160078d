//! `wabridge subscribe`: without it no message of the account ever comes.

use anyhow::Context as _;
use serde_json::json;

use super::{Failure, folder, print};
use crate::app;
use crate::config::Role;

pub(super) fn run(json: bool) -> Result<(), Failure> {
    let config = folder::configured(Role::Call, None)?;
    let wabas = &config.accounts;
    if wabas.is_empty() {
        return Err(Failure::Usage("WHATSAPP_WABA_ID is not set: it names the account to subscribe to".into()));
    }
    let graph = app::graph(&config)?;
    actix_web::rt::System::new().block_on(async {
        for account in wabas {
            graph.subscribe(account).await.with_context(|| format!("the app is not subscribed to the account {account}"))?;
        }
        anyhow::Ok(())
    })?;
    if json {
        return print::out(&json!({ "subscribed": wabas }).to_string()).map_err(Failure::from);
    }
    let accounts: Vec<_> = wabas.iter().map(ToString::to_string).collect();
    print::out(&format!("the app is subscribed to {}: write to the number and see", accounts.join(", "))).map_err(Failure::from)
}
