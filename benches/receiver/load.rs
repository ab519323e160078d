//! Sends prepared requests over connections that are kept open, as fast as they are answered.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::future::try_join_all;
use tokio::net::TcpStream;

use crate::common::http;

/// Open connections, each with one request at a time.
pub(crate) const CONNECTIONS: usize = 64;

/// Sends every request once and returns how long that took.
pub(crate) fn send(port: u16, requests: &[Vec<u8>], connections: usize) -> Result<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let streams = try_join_all((0..connections).map(|_| http::connect(port))).await?;
        let next = Cell::new(0);
        let started = Instant::now();
        try_join_all(streams.into_iter().map(|stream| one_by_one(stream, requests, &next))).await?;
        Ok(started.elapsed())
    })
}

async fn one_by_one(mut stream: TcpStream, requests: &[Vec<u8>], next: &Cell<usize>) -> Result<()> {
    while let Some(request) = requests.get(next.replace(next.get() + 1)) {
        http::exchange(&mut stream, request).await?;
    }
    Ok(())
}
