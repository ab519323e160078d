//! The Graph API. One POST, one answer: what Meta said, or that nobody knows.

use std::sync::OnceLock;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde::Deserialize;

use super::access_token::AccessToken;
use super::message;
use crate::domain::{Failure, PhoneNumberId, Wamid};
use crate::http;

/// Graph's answers have a few hundred bytes.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Where the Graph API is, and with which token.
#[derive(Debug, Clone)]
pub struct GraphSettings {
    /// `https://graph.facebook.com`, or a simulator.
    pub base_url: String,
    /// `v25.0`.
    pub version: String,
    /// Goes to `base_url` only.
    pub access_token: AccessToken,
    /// How long one request may take, connection and answer included.
    pub total: Duration,
}

/// The client. Made once; its connections are shared.
#[derive(Debug)]
pub struct Graph {
    settings: GraphSettings,
    client: OnceLock<Option<reqwest::Client>>,
    patient: OnceLock<Option<reqwest::Client>>,
}

/// What became of one POST of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// Meta took it.
    Accepted(Wamid),
    /// Meta said no, with a 4xx status and a Graph body: it was not sent.
    Refused(Failure),
    /// It did not leave this machine.
    NotSent,
    /// Nobody knows. `answered`: a server of Graph said that it failed (5xx and a Graph body).
    Unknown {
        /// See above.
        answered: bool,
    },
}

impl Graph {
    /// A client that connects at its first request.
    #[must_use]
    pub fn new(settings: GraphSettings) -> Self {
        Self { settings, client: OnceLock::new(), patient: OnceLock::new() }
    }

    /// What it is known by; whoever replaces it replaces it here.
    #[must_use]
    pub fn access_token(&self) -> &AccessToken {
        &self.settings.access_token
    }

    /// Sends one message. `body` is the whole request.
    pub async fn send(&self, number: &PhoneNumberId, body: String) -> Posted {
        let Some(request) = self.post(number, body) else {
            return Posted::NotSent;
        };
        let answer = match request.send().await {
            Ok(answer) => answer,
            // Only what failed before a connection stood is certain.
            Err(error) if error.is_connect() || error.is_builder() => return Posted::NotSent,
            Err(_) => return Posted::Unknown { answered: false },
        };
        let status = answer.status();
        match read(answer).await {
            Some(body) => judge(status, &body),
            None => Posted::Unknown { answered: false },
        }
    }

    /// Tells WhatsApp that the message was read, and with `typing` that an answer is being written. Best effort.
    pub async fn mark_read(&self, number: &PhoneNumberId, wamid: &Wamid, typing: bool) {
        if let Some(request) = self.post(number, message::read_receipt(wamid, typing)) {
            let _best_effort = request.send().await;
        }
    }

    fn post(&self, number: &PhoneNumberId, body: String) -> Option<reqwest::RequestBuilder> {
        let client = self.client.get_or_init(|| made(http::client(self.settings.total)));
        let (base, version) = self.place();
        let url = format!("{base}/{version}/{number}/messages");
        let request = client.as_ref()?.post(url).bearer_auth(self.settings.access_token.secret().expose_secret());
        Some(request.header("content-type", "application/json").body(body))
    }

    /// Base address, without a slash at the end, and version.
    pub(super) fn place(&self) -> (&str, &str) {
        (self.settings.base_url.trim_end_matches('/'), &self.settings.version)
    }

    /// For everything but sending: a body may be longer than an answer of Graph.
    pub(super) fn patient(&self) -> Option<&reqwest::Client> {
        self.patient.get_or_init(|| made(http::patient(self.settings.total))).as_ref()
    }
}

fn made(client: Result<reqwest::Client, reqwest::Error>) -> Option<reqwest::Client> {
    client.inspect_err(|error| tracing::error!(error = %error, "no HTTP client: nothing can be sent")).ok()
}

/// The answer's body; `None` when it breaks off or is longer than any answer of Graph.
pub(super) async fn read(mut answer: reqwest::Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

#[derive(Deserialize)]
struct Success {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    id: Wamid,
}

#[derive(Deserialize)]
struct Refusal {
    error: GraphError,
}

#[derive(Deserialize)]
struct GraphError {
    code: i64,
    #[serde(rename = "type", default)]
    kind: String,
}

fn judge(status: reqwest::StatusCode, body: &[u8]) -> Posted {
    if status.is_success() {
        let sent = serde_json::from_slice::<Success>(body).ok().and_then(|success| success.messages.into_iter().next());
        let wamid = sent.filter(|message| !message.id.as_str().is_empty());
        return wamid.map_or(Posted::Unknown { answered: false }, |message| Posted::Accepted(message.id));
    }
    match refusal(body) {
        Some(failure) if status.is_client_error() => Posted::Refused(failure),
        error => Posted::Unknown { answered: error.is_some() && status.is_server_error() },
    }
}

/// The error in an answer of Graph. Meta's message can hold a phone number: only code and type are kept.
pub(super) fn refusal(body: &[u8]) -> Option<Failure> {
    let error = serde_json::from_slice::<Refusal>(body).ok()?.error;
    Some(Failure { code: error.code, title: error.kind })
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;

    #[test]
    fn only_a_4xx_with_a_graph_body_is_a_certain_no() {
        let body = br#"{"error":{"message":"(#131030) not in allowed list","type":"OAuthException","code":131030}}"#;
        let failure = Failure { code: 131_030, title: "OAuthException".into() };
        assert_eq!(judge(StatusCode::BAD_REQUEST, body), Posted::Refused(failure));
        assert_eq!(judge(StatusCode::INTERNAL_SERVER_ERROR, body), Posted::Unknown { answered: true });
        assert_eq!(judge(StatusCode::BAD_GATEWAY, b"<html>"), Posted::Unknown { answered: false });
        assert_eq!(judge(StatusCode::FORBIDDEN, b"<html>"), Posted::Unknown { answered: false });
    }

    async fn sent_to(address: std::net::SocketAddr) -> Posted {
        let access_token = AccessToken::new("token".into());
        let (base_url, version) = (format!("http://{address}"), "v25.0".to_owned());
        let graph = Graph::new(GraphSettings { base_url, version, access_token, total: Duration::from_secs(5) });
        graph.send(&PhoneNumberId::new("106540352242922"), "{}".into()).await
    }

    #[tokio::test]
    async fn a_connection_that_is_refused_is_certain_and_one_that_breaks_is_not() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let breaks = tokio::spawn(async move { drop(listener.accept().await) });
        assert_eq!(sent_to(address).await, Posted::Unknown { answered: false });
        breaks.await.unwrap();
        assert_eq!(sent_to(address).await, Posted::NotSent);
    }

    #[test]
    fn a_200_without_a_message_id_is_unknown() {
        assert_eq!(judge(StatusCode::OK, b"{}"), Posted::Unknown { answered: false });
        assert_eq!(judge(StatusCode::OK, br#"{"messages":[{"id":"wamid.1"}]}"#), Posted::Accepted(Wamid::new("wamid.1")));
    }
}
