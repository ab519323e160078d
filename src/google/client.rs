//! One GET with the credentials of this machine, and why it did not work.

use std::time::Duration;

use google_cloud_auth::credentials::{AccessTokenCredentials, Builder, CacheableResource, CredentialsProvider as _};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http;

/// Reads everything that the account may read.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// The header that names who pays.
const PAYS: &str = "x-goog-user-project";
/// One question, credentials included.
const PATIENCE: Duration = Duration::from_secs(15);

/// Google's REST APIs. Made once.
#[derive(Debug)]
pub struct Google {
    client: reqwest::Client,
    access: Access,
    /// Instead of `https://{api}.googleapis.com`.
    instead: Option<String>,
    /// Who pays for questions asked with a person's own credentials, where those do not say.
    project: String,
}

#[derive(Debug)]
enum Access {
    Default(AccessTokenCredentials),
    Token(SecretString),
}

/// Why it could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LookFailure {
    /// There are no credentials.
    #[error("there are no credentials of Google here")]
    Credentials(#[source] Option<google_cloud_auth::errors::CredentialsError>),
    /// There is no such thing.
    #[error("there is no such thing")]
    NotThere,
    /// The account may not look.
    #[error("this account may not look ({0})")]
    Forbidden(String),
    /// The API is not enabled in the project.
    #[error("the API {0} is not enabled in the project")]
    Disabled(String),
    /// Something else.
    #[error("Google answered {0}")]
    Status(u16),
    /// No answer.
    #[error("Google does not answer")]
    Unreachable(#[source] reqwest::Error),
}

#[derive(Deserialize)]
struct Refused {
    error: Error,
}

#[derive(Deserialize)]
struct Error {
    #[serde(default)]
    status: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    service: String,
    #[serde(default)]
    permission: String,
}

impl Google {
    /// With the credentials that Google's libraries find: of the machine, of `gcloud auth application-default login`, of a file.
    ///
    /// # Errors
    /// There are none, or the system's certificates cannot be read.
    pub fn new(project: &str) -> Result<Self, LookFailure> {
        let client = http::client(PATIENCE).map_err(unreachable)?;
        let credentials = Builder::default().with_scopes([SCOPE]).build_access_token_credentials();
        let credentials = credentials.map_err(|_| LookFailure::Credentials(None))?;
        Ok(Self { client, access: Access::Default(credentials), instead: None, project: project.to_owned() })
    }

    /// With this token, at this address instead of Google's.
    ///
    /// # Errors
    /// The system's certificates cannot be read.
    pub fn at(address: String, token: SecretString) -> Result<Self, LookFailure> {
        Ok(Self {
            client: http::client(PATIENCE).map_err(unreachable)?,
            access: Access::Token(token),
            instead: Some(address),
            project: String::new(),
        })
    }

    /// Reads `path`, which stands behind the host of the API.
    pub(super) async fn look<T: DeserializeOwned>(&self, api: &str, path: &str) -> Result<T, LookFailure> {
        let mut headers = self.headers().await?;
        match self.ask(api, path, headers.clone()).await {
            // A person's credentials name no project, and Google counts the question against one that has nothing to do with it.
            Err(LookFailure::Disabled(_)) if !headers.contains_key(PAYS) && !self.project.is_empty() => {
                headers.extend(HeaderValue::try_from(&self.project).ok().map(|project| (HeaderName::from_static(PAYS), project)));
                self.ask(api, path, headers).await
            }
            answer => answer,
        }
    }

    async fn ask<T: DeserializeOwned>(&self, api: &str, path: &str, headers: HeaderMap) -> Result<T, LookFailure> {
        let base = self.instead.clone().unwrap_or_else(|| format!("https://{api}.googleapis.com"));
        let request = self.client.get(format!("{base}/{path}")).headers(headers);
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status().as_u16();
        let body = answer.bytes().await.map_err(unreachable)?;
        match status {
            200 => serde_json::from_slice(&body).map_err(|_| LookFailure::Status(status)),
            404 => Err(LookFailure::NotThere),
            401 => Err(LookFailure::Credentials(None)),
            _ => Err(refused(status, &body)),
        }
    }

    /// Who asks, and who pays.
    #[expect(clippy::default_trait_access, reason = "the type belongs to a crate that we do not name")]
    async fn headers(&self) -> Result<HeaderMap, LookFailure> {
        let credentials = match &self.access {
            Access::Token(token) => {
                let bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()));
                let bearer = bearer.map_err(|_| LookFailure::Credentials(None))?;
                return Ok(HeaderMap::from_iter([(AUTHORIZATION, bearer)]));
            }
            Access::Default(credentials) => credentials,
        };
        let asked = tokio::time::timeout(PATIENCE, credentials.headers(Default::default())).await;
        match asked.map_err(|_| LookFailure::Credentials(None))? {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            // Only for whoever had them before.
            Ok(CacheableResource::NotModified) => Err(LookFailure::Credentials(None)),
            Err(error) => Err(LookFailure::Credentials(Some(error))),
        }
    }
}

fn unreachable(error: reqwest::Error) -> LookFailure {
    LookFailure::Unreachable(error.without_url())
}

fn refused(status: u16, body: &[u8]) -> LookFailure {
    let Ok(Refused { error }) = serde_json::from_slice(body) else {
        return LookFailure::Status(status);
    };
    if let Some(off) = error.details.iter().find(|detail| detail.reason == "SERVICE_DISABLED") {
        return LookFailure::Disabled(off.metadata.service.clone());
    }
    if error.status == "PERMISSION_DENIED" || status == 403 {
        let permission = error.details.into_iter().map(|detail| detail.metadata.permission).find(|name| !name.is_empty());
        return LookFailure::Forbidden(permission.unwrap_or_else(|| "permission denied".into()));
    }
    LookFailure::Status(status)
}
