//! A Graph API that accepts every message at once and remembers when it came.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What every answer begins with: the bot says it before the words of the person, a line each.
pub(crate) const ECHO: &str = "echo: ";
/// Longer than any figure takes for one batch of people.
const PATIENCE: Duration = Duration::from_mins(2);

/// The running far end: a thread with a runtime of its own.
pub(crate) struct FarEnd {
    heard: Arc<Heard>,
    port: u16,
}

#[derive(Default)]
struct Heard {
    words: Mutex<HashMap<String, Instant>>,
    more: Condvar,
}

impl FarEnd {
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let (heard, port) = (Arc::<Heard>::default(), listener.local_addr()?.port());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::clone(&heard);
        std::thread::spawn(move || runtime.block_on(accept(listener, shared)));
        Ok(Self { heard, port })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until each of these words was answered, and forgets them; when each answer came.
    pub(crate) fn until_heard(&self, words: &[String]) -> Result<Vec<Instant>> {
        let mut heard = self.heard.words.lock().expect("the far end works");
        let began = Instant::now();
        while !words.iter().all(|word| heard.contains_key(word)) {
            if began.elapsed() > PATIENCE {
                let missing = words.iter().filter(|word| !heard.contains_key(*word)).count();
                bail!("{missing} of {} messages were not answered within {PATIENCE:?}", words.len());
            }
            heard = self.heard.more.wait_timeout(heard, Duration::from_secs(1)).expect("the far end works").0;
        }
        words.iter().map(|word| heard.remove(word).context("heard once")).collect()
    }
}

async fn accept(listener: TcpListener, heard: Arc<Heard>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    while let Ok((stream, _)) = listener.accept().await {
        let heard = Arc::clone(&heard);
        // The program hangs up when it ends.
        tokio::spawn(async move { drop(serve(stream, &heard).await) });
    }
}

async fn serve(mut stream: TcpStream, heard: &Heard) -> Result<()> {
    stream.set_nodelay(true)?;
    let (mut bytes, mut part) = (Vec::new(), vec![0; 16 * 1024]);
    loop {
        let Some(length) = whole_length(&bytes) else {
            match stream.read(&mut part).await? {
                0 => return Ok(()),
                more => bytes.extend_from_slice(&part[..more]),
            }
            continue;
        };
        let answer = note(&bytes[..length], heard);
        bytes.drain(..length);
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{answer}", answer.len()).as_bytes()).await?;
    }
}

/// The length of head and body, once both are there.
fn whole_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?.to_ascii_lowercase();
    let length: usize = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())?;
    (bytes.len() >= head + length).then_some(head + length)
}

/// Remembers the words of an answer; what Meta would answer.
fn note(request: &[u8], heard: &Heard) -> String {
    let now = Instant::now();
    let body = request.windows(4).position(|end| end == b"\r\n\r\n").map_or(&[][..], |head| &request[head + 4..]);
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = body["text"]["body"].as_str().unwrap_or_default();
    let mut words = heard.words.lock().expect("the load works");
    words.extend(text.strip_prefix(ECHO).unwrap_or_default().lines().map(|word| (word.to_owned(), now)));
    heard.more.notify_all();
    let to = body["to"].as_str().unwrap_or_default();
    format!(
        r#"{{"messaging_product":"whatsapp","contacts":[{{"input":"{to}","wa_id":"{to}"}}],"messages":[{{"id":"wamid.{}"}}]}}"#,
        uuid::Uuid::new_v4().simple()
    )
}
