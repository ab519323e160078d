//! The medium of a message: fetched from Meta when somebody asks for it, and kept.

use anyhow::Context as _;
use serde::Serialize;

use crate::domain::{Inbound, InboundId};
use crate::media::{Announced, Found, Media, MediaKey};
use crate::store::{InboundRecord, Store};
use crate::whatsapp::Graph;

/// Meta's limit for a document, the largest of all (developers.facebook.com, media, November 2026).
const MOST: u64 = 100 * 1024 * 1024;

/// A medium that was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Downloaded {
    /// The message.
    pub message: InboundId,
    /// `image`, `audio`, `document` …
    pub kind: String,
    /// What it is, by Meta.
    pub mime: String,
    /// How many bytes.
    pub bytes: u64,
    /// Their SHA-256, 64 hexadecimal digits.
    pub sha256: String,
    /// Where it is kept, in the folder or bucket of the media.
    pub path: String,
}

/// Fetches the medium of a message from Meta and keeps it.
///
/// # Errors
/// There is no such medium, Meta does not give it, or it cannot be kept; nothing is half there.
pub async fn download(store: &Store, graph: &Graph, media: &Media, id: &InboundId) -> anyhow::Result<Downloaded> {
    let InboundRecord { conversation, message, .. } = record(store, id).await?;
    let Some(medium) = message.media.clone() else { return Err(no_medium(id, &message)) };
    let Inbound { number, kind, .. } = message;
    let address = graph.find_media(&medium, &number).await?;
    let content = graph.fetch_media(&address).await?;
    let key = MediaKey::of(&conversation, id);
    let announced = Announced { most: MOST, bytes: address.bytes, sha256: address.sha256 };
    let kept = media.keep(&key, &announced, content).await?;
    let (kind, path) = (kind.name().to_owned(), key.to_string());
    Ok(Downloaded { message: id.clone(), kind, mime: medium.mime, bytes: kept.bytes, sha256: kept.sha256, path })
}

/// The medium of a message, if it was fetched before.
///
/// # Errors
/// There is no such message, or store or media cannot be read.
pub async fn find(store: &Store, media: &Media, id: &InboundId) -> anyhow::Result<Option<Found>> {
    let record = record(store, id).await?;
    if record.message.media.is_none() {
        return Err(no_medium(id, &record.message));
    }
    Ok(media.find(&MediaKey::of(&record.conversation, id)).await?)
}

fn no_medium(id: &InboundId, message: &Inbound) -> anyhow::Error {
    anyhow::anyhow!("{id} has no medium: it is of type {}", message.kind.name())
}

async fn record(store: &Store, id: &InboundId) -> anyhow::Result<InboundRecord> {
    let found = store.inbound(id.clone()).await?;
    found.with_context(|| format!("there is no message {id}: wabridge events show prints those of a delivery"))
}
