//! Listens to the app: why the bot decided as it did, and what became of its file.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

use super::hub::Hub;
use crate::domain::Trace;

/// Writes every decision into the chat that it is about.
pub(super) async fn listen(hub: Arc<Hub>, mut traces: mpsc::UnboundedReceiver<Trace>) {
    while let Some(trace) = traces.recv().await {
        let place = hub.world().decided(&trace, Instant::now());
        if let Some(place) = place {
            hub.chat_changed(&place);
        }
    }
}

/// Tells the page when the bot file was read again.
pub(super) async fn watch_bot(hub: Arc<Hub>) {
    let mut bot = hub.bot.clone();
    while bot.changed().await.is_ok() {
        hub.state_changed();
    }
}
