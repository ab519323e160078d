//! The world on disk: yesterday's chats are there today. Written a moment after a change, whole, and moved into place.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::hub::Hub;
use super::world::World;

/// Changes within this time are written together.
const DEBOUNCE: Duration = Duration::from_millis(500);

/// The world of last time, or a new one. Fails with words when the file is there and cannot be read.
pub(super) fn load(file: Option<&Path>) -> io::Result<World> {
    let Some(file) = file else { return Ok(World::new()) };
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(World::new()),
        Err(error) => return Err(unreadable(file, &error)),
    };
    serde_json::from_slice(&text).map_err(|error| unreadable(file, &error))
}

fn unreadable(file: &Path, error: &dyn std::fmt::Display) -> io::Error {
    let file = file.display();
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the simulator's chats in {file} cannot be read ({error}): delete the file, or start with --fresh"),
    )
}

/// Writes whenever something changed, until the simulator stops.
pub(super) async fn keep(hub: Arc<Hub>, file: PathBuf) {
    loop {
        hub.dirty.notified().await;
        tokio::time::sleep(hub.delay(DEBOUNCE)).await;
        if let Err(error) = save(&hub, &file).await {
            tracing::warn!(error = %error, "the simulator's chats could not be written: they will be gone after a restart");
        }
    }
}

/// Writes now.
pub(super) async fn save(hub: &Hub, file: &Path) -> io::Result<()> {
    let text = serde_json::to_vec(&*hub.world())?;
    let (file, partial) = (file.to_owned(), file.with_extension("partial"));
    let write = move || {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&partial, text)?;
        std::fs::rename(&partial, &file)
    };
    tokio::task::spawn_blocking(write).await.map_err(io::Error::other)?
}
