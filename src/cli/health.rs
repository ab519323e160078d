//! `wabridge health`: asks the process in the same container whether it is alive, so that the image needs no curl.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Context as _;

use super::Failure;
use crate::config::{EnvFile, Environment, Flags, Listen, Role, load};

/// Docker's own default is 30 s; alive means answering at once.
const TIMEOUT: Duration = Duration::from_secs(3);

pub(super) fn run() -> Result<(), Failure> {
    let listen = listen()?;
    let address = SocketAddr::new(reachable(listen.host), listen.port);
    let status = ask(address).with_context(|| format!("no answer from http://{address}/health"))?;
    if status.starts_with("HTTP/1.1 200") {
        return Ok(());
    }
    Err(anyhow::anyhow!("http://{address}/health answered: {status}").into())
}

fn listen() -> Result<Listen, Failure> {
    let environment = Environment::of_process(&EnvFile::IfThere);
    let now = crate::clock::Clock::default().now();
    let config =
        load(Role::Operator, &Flags::default(), &environment, now).map_err(|problems| Failure::Usage(problems.to_string()))?;
    Ok(config.listen)
}

/// A process that listens on every address is asked on the nearest one.
fn reachable(host: IpAddr) -> IpAddr {
    if host.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { host }
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(format!("GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer)?;
    let first = String::from_utf8_lossy(&answer);
    Ok(first.lines().next().unwrap_or("nothing").to_owned())
}
