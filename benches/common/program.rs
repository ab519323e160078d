//! The program itself, as its own process on the servers' core.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::deliveries::{NUMBERS, SECRET, WABA};
use super::http;
use super::process::{self, Server};

/// Its file.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_wabridge");

/// Starts a command of the program with all that makes it a whole one; returns at once. `graph`: where the Graph API is.
pub(crate) fn start(command: &str, folder: &Path, bot: &Path, graph: &str) -> Result<Server> {
    let mut process = process::on_server_core(PROGRAM.as_ref());
    let port = tell(process.arg(command), folder, bot, graph)?;
    Server::of(&mut process, port)
}

/// Tells it all that makes it a whole one; returns where it will listen.
pub(crate) fn tell(process: &mut Command, folder: &Path, bot: &Path, graph: &str) -> Result<u16> {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    process
        .current_dir(folder)
        .env("WHATSAPP_APP_SECRET", SECRET)
        .env("WHATSAPP_VERIFY_TOKEN", "token")
        .env("WHATSAPP_WABA_ID", WABA)
        .env("WHATSAPP_PHONE_NUMBER_ID", NUMBERS.join(","))
        .env("WHATSAPP_ACCESS_TOKEN", "access-token")
        .env("WHATSAPP_API_BASE_URL", graph)
        .env("WABRIDGE_BOT", bot)
        // The pace of a number is Meta's limit, not ours.
        .env("WABRIDGE_SEND_RATE", "1000")
        .env("WABRIDGE_SEND_CONCURRENCY", "512")
        .env("WABRIDGE_DATA_DIR", folder)
        .env("PORT", port.to_string());
    Ok(port)
}

/// Waits for the first 200 of `/health`.
pub(crate) fn wait_for_health(port: u16) -> Result<()> {
    let request = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    let started = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let once = async || http::exchange(&mut http::connect(port).await?, request).await;
    while let Err(error) = runtime.block_on(once()) {
        if started.elapsed() > Duration::from_secs(10) {
            return Err(error).context("the program did not answer within 10 s");
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(())
}

/// The file system that a folder is on.
pub(crate) fn file_system(place: &Path) -> Result<String> {
    let output = std::process::Command::new("df").arg("--output=fstype").arg(place).output()?;
    match String::from_utf8(output.stdout)?.lines().last() {
        Some(name) => Ok(name.to_owned()),
        None => bail!("df said nothing of {}", place.display()),
    }
}
