//! Processes of the program that work on one project of the emulators.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use tokio::runtime::{Builder, Runtime};

use crate::common::process::Server;
use crate::common::{http, program};
use crate::far_end::{ECHO, FarEnd};
use crate::people::Said;
use crate::project::Project;

/// A cold JVM on two cores.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// Starts a command and waits until store and queue answer it.
pub(crate) fn start(command: &[&str], folder: &Path, far_end: &FarEnd, project: &Project) -> Result<Server> {
    let bot = folder.join("bot.yaml");
    let conversation = "conversation: { debounce: 0s, typing: false, mark_read: never }";
    std::fs::write(&bot, format!("version: 1\n{conversation}\nroutes:\n  - reply: \"{ECHO}{{{{ message.text }}}}\"\n"))?;
    let mut process = Command::new(program::PROGRAM);
    process.args(command).envs(project.variables());
    let port = program::tell(&mut process, folder, &bot, &far_end.url())?;
    let server = Server::of(&mut process, port)?;
    let (runtime, began) = (runtime()?, Instant::now());
    let request = b"GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    while runtime.block_on(async { http::exchange(&mut http::connect(server.port).await?, request).await }).is_err() {
        ensure!(began.elapsed() < READY_WITHIN, "{command:?} is not ready");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(server)
}

/// Delivers each at its time from now; when each got its 200.
pub(crate) fn deliver_at(port: u16, said: &[(Duration, Said)]) -> Result<Vec<Instant>> {
    runtime()?.block_on(async {
        let began = tokio::time::Instant::now();
        let one = async |at: Duration, said: &Said| {
            tokio::time::sleep_until(began + at).await;
            http::exchange(&mut http::connect(port).await?, &said.request).await?;
            anyhow::Ok(Instant::now())
        };
        try_join_all(said.iter().map(|(at, said)| one(*at, said))).await
    })
}

pub(crate) fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}
