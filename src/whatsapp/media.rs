//! A medium that is still with Meta: where it is for the next five minutes, and its bytes
//! (developers.facebook.com/docs/whatsapp/cloud-api/reference/media, November 2026).

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use reqwest::Url;
use serde::Deserialize;

use super::call::{CallFailure, unreachable};
use super::graph::{Graph, read};
use crate::domain::{MediaRef, PhoneNumberId};

/// Meta's own, to which the access token goes besides the configured Graph API.
const HOSTS: [&str; 2] = ["graph.facebook.com", "lookaside.fbsbx.com"];

/// Where a medium is, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaAddress {
    url: Url,
    /// How many bytes it has, if Meta says so.
    pub bytes: Option<u64>,
    /// Its SHA-256, if Meta says so.
    pub sha256: Option<[u8; 32]>,
}

/// The medium was not given.
#[derive(Debug, thiserror::Error)]
pub enum MediaFailure {
    /// The id is none.
    #[error("the id of the medium is none of Meta's: nothing was asked")]
    Id,
    /// Meta does not give it.
    #[error("the medium cannot be fetched: Meta keeps it for 7 days")]
    Call(#[from] CallFailure),
    /// An answer that says nothing.
    #[error("Meta's answer does not say where the medium is: try again")]
    Unclear,
    /// The token would go to a stranger.
    #[error(
        "Meta names a host for the medium to which the access token does not go: update Wabridge if it is a new one of Meta's"
    )]
    Host,
}

#[derive(Deserialize)]
struct Address {
    url: String,
    #[serde(default)]
    sha256: String,
    file_size: Option<u64>,
}

impl Graph {
    /// A fresh address of a medium: each is good for five minutes. `number`: the one it was sent to.
    ///
    /// # Errors
    /// Meta does not give it.
    pub async fn find_media(&self, medium: &MediaRef, number: &PhoneNumberId) -> Result<MediaAddress, MediaFailure> {
        let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !is_id(&medium.id) || !is_id(number.as_str()) {
            return Err(MediaFailure::Id);
        }
        let (base, version) = self.place();
        let url = format!("{base}/{version}/{}?phone_number_id={number}", medium.id);
        let answer = self.call(|client| client.get(url)).await?;
        let body = read(answer).await.ok_or(MediaFailure::Unclear)?;
        let address: Address = serde_json::from_slice(&body).map_err(|_| MediaFailure::Unclear)?;
        let url = Url::parse(&address.url).map_err(|_| MediaFailure::Host)?;
        if !is_ours(&url, base) {
            return Err(MediaFailure::Host);
        }
        let sha256 = digest(&address.sha256).or_else(|| digest(&medium.sha256));
        Ok(MediaAddress { url, bytes: address.file_size, sha256 })
    }

    /// The bytes of a medium, as they come. No redirect is followed.
    ///
    /// # Errors
    /// Meta does not give it.
    pub async fn fetch_media(
        &self,
        address: &MediaAddress,
    ) -> Result<impl Stream<Item = Result<Bytes, MediaFailure>> + use<>, MediaFailure> {
        let url = address.url.clone();
        let answer = self.call(|client| client.get(url)).await?;
        Ok(answer.bytes_stream().map_err(|error| unreachable(error).into()))
    }
}

/// Meta's hosts over TLS, or where the Graph API is configured to be.
fn is_ours(url: &Url, base: &str) -> bool {
    let metas = url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(|host| HOSTS.contains(&host));
    metas || Url::parse(base).is_ok_and(|base| base.origin() == url.origin())
}

/// A SHA-256 as Meta writes it: hexadecimal from Graph, base64 in webhooks.
fn digest(text: &str) -> Option<[u8; 32]> {
    use base64::Engine as _;
    let bytes = hex::decode(text).ok().or_else(|| base64::engine::general_purpose::STANDARD.decode(text).ok())?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_to_meta_and_the_configured_host_and_to_nobody_else() {
        let goes = |url: &str| is_ours(&Url::parse(url).unwrap(), "http://127.0.0.1:8080");
        for url in ["https://lookaside.fbsbx.com/a?b=c", "https://graph.facebook.com/x", "http://127.0.0.1:8080/media/1"] {
            assert!(goes(url), "{url}");
        }
        for url in [
            "http://lookaside.fbsbx.com/a",
            "https://lookaside.fbsbx.com.example/a",
            "https://lookaside.fbsbx.com@example.com/",
            "https://lookaside.fbsbx.com:444/",
            "http://127.0.0.1:8081/",
            "http://169.254.169.254/computeMetadata/v1/",
            "file:///etc/passwd",
            "data:,x",
        ] {
            assert!(!goes(url), "{url}");
        }
    }

    #[test]
    fn a_digest_is_read_in_either_writing() {
        assert_eq!(digest(&"00".repeat(32)), Some([0; 32]));
        assert_eq!(digest("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), Some([0; 32]));
        assert_eq!((digest(""), digest("AAAA"), digest("no digest")), (None, None, None));
    }
}
