//! Takes a medium in as it comes, in pieces: it is there when all of it came and is what was announced, and not before.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use object_store::{ObjectStoreExt, WriteMultipart};
use sha2::{Digest, Sha256};

use super::{Media, MediaError, MediaKey};

/// A bucket takes no smaller pieces, except the last.
const PIECE: usize = 5 * 1024 * 1024;
/// Pieces on their way at once: with the one that is being filled, all that is in memory.
const ON_THEIR_WAY: usize = 2;

/// What must come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Announced {
    /// At most so many bytes.
    pub most: u64,
    /// Exactly so many bytes.
    pub bytes: Option<u64>,
    /// With this SHA-256.
    pub sha256: Option<[u8; 32]>,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// How many bytes.
    pub bytes: u64,
    /// Their SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

impl Media {
    /// Keeps a medium; one that was there is replaced at the end.
    ///
    /// # Errors
    /// It was not kept; what was there is as it was.
    pub async fn keep<E>(
        &self,
        key: &MediaKey,
        announced: &Announced,
        content: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Kept, MediaError>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let upload = self.0.put_multipart(&key.0).await.map_err(MediaError::Unkept)?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, PIECE);
        match fill(&mut writer, announced, content).await {
            Ok(kept) => {
                writer.finish().await.map_err(MediaError::Unkept)?;
                Ok(kept)
            }
            Err(error) => {
                // What is left of it is in nobody's way, and nobody can read it.
                let _best_effort = writer.abort().await;
                Err(error)
            }
        }
    }
}

async fn fill<E>(
    writer: &mut WriteMultipart,
    announced: &Announced,
    content: impl Stream<Item = Result<Bytes, E>>,
) -> Result<Kept, MediaError>
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut bytes, mut digest) = (0, Sha256::new());
    let mut content = std::pin::pin!(content);
    while let Some(part) = content.next().await {
        let part = part.map_err(|error| MediaError::Broken(error.into()))?;
        bytes += part.len() as u64;
        if bytes > announced.most {
            return Err(MediaError::TooLarge(announced.most));
        }
        digest.update(&part);
        writer.wait_for_capacity(ON_THEIR_WAY).await.map_err(MediaError::Unkept)?;
        writer.put(part);
    }
    if announced.bytes.is_some_and(|announced| announced != bytes) {
        return Err(MediaError::Different("its length"));
    }
    let sha256: [u8; 32] = digest.finalize().into();
    if announced.sha256.is_some_and(|announced| announced != sha256) {
        return Err(MediaError::Different("its SHA-256"));
    }
    Ok(Kept { bytes, sha256: hex::encode(sha256) })
}
