//! One request after another over a connection that is kept open.

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A new connection to a server of this machine.
pub(crate) async fn connect(port: u16) -> Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Sends one request and reads its answer to the end. An answer other than 200 is an error: it would be cheap to serve.
pub(crate) async fn exchange(stream: &mut TcpStream, request: &[u8]) -> Result<()> {
    stream.write_all(request).await?;
    let mut answer = [0; 2048];
    let mut length = 0;
    loop {
        let more = stream.read(&mut answer[length..]).await?;
        ensure!(more > 0, "the server hung up");
        length += more;
        if let Some(whole) = whole_length(&answer[..length])?
            && length >= whole
        {
            return Ok(());
        }
    }
}

/// Length of head and body; `None` while the head is not whole.
fn whole_length(answer: &[u8]) -> Result<Option<usize>> {
    let Some(head) = answer.windows(4).position(|end| end == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&answer[..head])?;
    if !text.starts_with("HTTP/1.1 200") {
        bail!("not a 200: {}", String::from_utf8_lossy(answer));
    }
    let length = text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
    Ok(Some(head + 4 + length.context("an answer without Content-Length")?))
}
