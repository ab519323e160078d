//! The program with a bot that answers at once, and what is done to it.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use tokio::runtime::{Builder, Runtime};
use wabridge::queue::{Lane, Queue};

use crate::common::process::Server;
use crate::common::{http, program};
use crate::far_end::{ECHO, FarEnd};
use crate::people::Said;

/// Open connections while everything is sent as fast as it is taken.
const CONNECTIONS: usize = 64;
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(2);

/// Starts a command in this folder and waits until it answers.
pub(crate) fn start(command: &str, folder: &Path, far_end: &FarEnd) -> Result<Server> {
    let bot = folder.join("bot.yaml");
    // Nothing waits and nothing else is posted: what is measured is the way from a delivery to its answer.
    let conversation = "conversation: { debounce: 0s, typing: false, mark_read: never }";
    std::fs::write(&bot, format!("version: 1\n{conversation}\nroutes:\n  - reply: \"{ECHO}{{{{ message.text }}}}\"\n"))?;
    let server = program::start(command, folder, &bot, &far_end.url())?;
    program::wait_for_health(server.port)?;
    Ok(server)
}

/// A folder for data, on the disk of the build.
pub(crate) fn folder() -> Result<tempfile::TempDir> {
    Ok(tempfile::tempdir_in(place())?)
}

/// Where folders for data are.
pub(crate) fn place() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

/// Delivers everything as fast as it is taken.
pub(crate) fn deliver(port: u16, said: &[Said]) -> Result<()> {
    runtime()?.block_on(async {
        let next = Cell::new(0);
        let one_by_one = async || {
            let mut stream = http::connect(port).await?;
            while let Some(said) = said.get(next.replace(next.get() + 1)) {
                http::exchange(&mut stream, &said.request).await?;
            }
            anyhow::Ok(())
        };
        try_join_all((0..CONNECTIONS).map(|_| one_by_one())).await.map(|_| ())
    })
}

/// Delivers each at its time from now, whatever became of the others; when each got its 200.
pub(crate) fn deliver_at(port: u16, said: &[(Duration, Said)]) -> Result<Vec<Instant>> {
    runtime()?.block_on(async {
        let (began, idle) = (tokio::time::Instant::now(), RefCell::new(Vec::new()));
        let one = async |at: Duration, said: &Said| {
            tokio::time::sleep_until(began + at).await;
            let kept = idle.borrow_mut().pop();
            let mut stream = match kept {
                Some(stream) => stream,
                None => http::connect(port).await?,
            };
            http::exchange(&mut stream, &said.request).await?;
            let taken = Instant::now();
            idle.borrow_mut().push(stream);
            anyhow::Ok(taken)
        };
        try_join_all(said.iter().map(|(at, said)| one(*at, said))).await
    })
}

/// Waits until nothing is queued: the last answer is settled and its event acknowledged.
pub(crate) fn until_at_rest(folder: &Path) -> Result<()> {
    let (queue, began) = (Queue::inspect(folder)?, Instant::now());
    while runtime()?.block_on(queue.unacked(Lane::Reply))? > 0 {
        ensure!(began.elapsed() < PATIENCE, "the queue did not come to rest within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}
