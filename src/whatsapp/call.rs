//! A question to the Graph API beside sending: asked once, answered or refused.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::graph::{Graph, read, refusal};
use super::{Class, class};

/// A look takes Meta a second; whoever drips an answer ends here.
const LOOKED_WITHIN: Duration = Duration::from_secs(20);

/// The Graph API did not do it.
#[derive(Debug, thiserror::Error)]
pub enum CallFailure {
    /// Meta said no.
    #[error("Meta refused (code {code}): {remedy}")]
    Refused {
        /// Meta's error code.
        code: i64,
        /// What that means.
        class: Class,
        /// What to do.
        remedy: &'static str,
    },
    /// An answer without a body of Graph.
    #[error("Meta answered {0} and no reason: try again")]
    Status(u16),
    /// An answer that is none of Graph's.
    #[error("the answer is not one of Meta's: is WHATSAPP_API_BASE_URL right?")]
    Unreadable(#[source] serde_json::Error),
    /// No answer.
    #[error("the Graph API does not answer: is the network there, and WHATSAPP_API_BASE_URL right?")]
    Unreachable(#[source] Option<reqwest::Error>),
}

impl Graph {
    /// Sends a request with the access token; an answer that is no success is a failure. A body may take as long as it comes.
    pub(super) async fn call(
        &self,
        request: impl FnOnce(&reqwest::Client) -> reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, CallFailure> {
        self.call_as(&self.access_token().secret(), request).await
    }

    /// As [`Self::call`], with another token.
    async fn call_as(
        &self,
        token: &SecretString,
        request: impl FnOnce(&reqwest::Client) -> reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, CallFailure> {
        let client = self.patient().ok_or(CallFailure::Unreachable(None))?;
        let answer = request(client).bearer_auth(token.expose_secret()).send().await.map_err(unreachable)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let body = read(answer).await.unwrap_or_default();
        Err(match refusal(&body) {
            Some(failure) => {
                CallFailure::Refused { code: failure.code, class: class(failure.code), remedy: remedy(failure.code) }
            }
            None => CallFailure::Status(status.as_u16()),
        })
    }

    /// Reads an object or a list of Graph; `path` stands behind the version. Pages after the first are not asked for.
    pub(super) async fn look<T: DeserializeOwned>(&self, path: &str, parameters: &[(&str, &str)]) -> Result<T, CallFailure> {
        self.look_as(&self.access_token().secret(), path, parameters).await
    }

    /// As [`Self::look`], with another token.
    pub(super) async fn look_as<T: DeserializeOwned>(
        &self,
        token: &SecretString,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<T, CallFailure> {
        let (base, version) = self.place();
        let url = reqwest::Url::parse_with_params(&format!("{base}/{version}/{path}"), parameters);
        let url = url.map_err(|_| CallFailure::Unreachable(None))?;
        let asked = async {
            let answer = self.call_as(token, |client| client.get(url)).await?;
            Ok(read(answer).await.unwrap_or_default())
        };
        let body = tokio::time::timeout(LOOKED_WITHIN, asked).await.map_err(|_| CallFailure::Unreachable(None))??;
        serde_json::from_slice(&body).map_err(CallFailure::Unreadable)
    }
}

/// Where nothing is sent, the code of a wrong parameter means that there is no such thing, or that the token does not see it.
fn remedy(code: i64) -> &'static str {
    let class = class(code);
    let is_wrong_parameter = matches!(class, Class::Content | Class::Other);
    if is_wrong_parameter { "there is no such thing (any more), or the token does not see it" } else { class.remedy() }
}

/// Its words may hold the address, which may hold a token of Meta's.
pub(super) fn unreachable(error: reqwest::Error) -> CallFailure {
    CallFailure::Unreachable(Some(error.without_url()))
}
