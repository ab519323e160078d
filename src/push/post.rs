//! What Pub/Sub posts, in its wrapped form (cloud.google.com/pubsub/docs/payload-unwrapping, November 2026).

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::refusal::Refusal;
use crate::queue::Post;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wrapped {
    message: Message,
    /// Only where the subscription has a dead-letter topic; an emulator never sends it.
    delivery_attempt: Option<u32>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    attributes: HashMap<String, String>,
    #[serde(default)]
    data: String,
}

pub(super) fn read(body: &[u8]) -> Result<Post, Refusal> {
    let Wrapped { message, delivery_attempt } = serde_json::from_slice(body).map_err(|_| Refusal::Malformed)?;
    let data = STANDARD.decode(message.data).map_err(|_| Refusal::Malformed)?;
    Ok(Post { attributes: message.attributes, data, attempt: delivery_attempt })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_read_with_and_without_what_may_be_absent() {
        let whole = br#"{"message":{"attributes":{"lane":"reply"},"data":"e30=","messageId":"7","message_id":"7",
            "publishTime":"2026-11-28T08:00:00Z"},"subscription":"projects/p/subscriptions/s","deliveryAttempt":3}"#;
        let post = read(whole).unwrap();
        assert_eq!((post.attributes["lane"].as_str(), post.data.as_slice(), post.attempt), ("reply", b"{}".as_slice(), Some(3)));
        let bare = read(br#"{"message":{}}"#).unwrap();
        assert!(bare.attributes.is_empty() && bare.data.is_empty() && bare.attempt.is_none());
    }

    #[test]
    fn what_is_no_post_of_pubsub_is_malformed() {
        for body in [&b""[..], b"null", b"[]", b"{}", br#"{"message":7}"#, br#"{"message":{"data":"%"}}"#, b"\xff"] {
            assert_eq!(read(body).unwrap_err(), Refusal::Malformed, "{}", String::from_utf8_lossy(body));
        }
    }
}
