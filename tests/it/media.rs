//! Media in a folder and in a bucket: whole or not at all.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

pub(crate) mod bucket;

use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use sha2::{Digest, Sha256};
use wabridge::domain::{ConversationId, InboundId};
use wabridge::media::{Announced, Media, MediaError, MediaKey};

use bucket::Bucket;

/// A place for media, and what is in it by the eyes of others: names without what is half there.
struct Place {
    media: Media,
    folder: tempfile::TempDir,
    bucket: Option<Bucket>,
}

impl Place {
    fn folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { media: Media::folder(&folder.path().join("media")).unwrap(), folder, bucket: None }
    }

    fn bucket() -> Self {
        let (folder, bucket) = (tempfile::tempdir().unwrap(), Bucket::start());
        Self { media: Media::bucket(bucket::NAME, Some(&bucket.host())).unwrap(), folder, bucket: Some(bucket) }
    }

    /// All that is there, with what is left of uploads.
    fn names(&self) -> Vec<String> {
        match &self.bucket {
            Some(bucket) => bucket.names(),
            None => files(&self.folder.path().join("media"), ""),
        }
    }
}

fn files(folder: &std::path::Path, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() { found.extend(files(&entry.path(), &format!("{name}/"))) } else { found.push(name) }
    }
    found.sort();
    found
}

fn key(conversation: &str, message: &str) -> MediaKey {
    MediaKey::of(&ConversationId::new(conversation), &InboundId::new(message))
}

/// Bytes in parts of an odd size.
fn parts(content: &[u8]) -> Vec<Result<Bytes, std::io::Error>> {
    content.chunks(70_001).map(|part| Ok(Bytes::copy_from_slice(part))).collect()
}

fn announced(content: &[u8]) -> Announced {
    let bytes = content.len() as u64;
    Announced { most: bytes, bytes: Some(bytes), sha256: Some(Sha256::digest(content).into()) }
}

async fn read(media: &Media, key: &MediaKey) -> Option<Vec<u8>> {
    let found = media.find(key).await.unwrap()?;
    let content: Vec<Bytes> = found.content.try_collect().await.unwrap();
    assert_eq!(found.bytes, content.iter().map(|part| part.len() as u64).sum::<u64>());
    Some(content.concat())
}

fn large() -> Vec<u8> {
    (0..6_000_000_u32).map(|n| n.to_le_bytes()[n as usize % 3]).collect()
}

macro_rules! in_both {
    ($($scenario:ident),+ $(,)?) => {
        mod folder { $(#[actix_web::test] async fn $scenario() { super::$scenario(super::Place::folder()).await; })+ }
        mod bucket_of_cloud_storage { $(#[actix_web::test] async fn $scenario() { super::$scenario(super::Place::bucket()).await; })+ }
    };
}

in_both!(
    a_medium_of_many_pieces_is_read_as_it_was_written,
    what_is_not_as_announced_or_breaks_off_is_not_there_and_what_was_there_stays,
);

async fn a_medium_of_many_pieces_is_read_as_it_was_written(place: Place) {
    let (content, key) = (large(), key("v_1", "m_1"));
    assert_eq!(read(&place.media, &key).await, None);
    let kept = place.media.keep(&key, &announced(&content), stream::iter(parts(&content))).await.unwrap();
    assert_eq!((kept.bytes, kept.sha256), (6_000_000, hex::encode(Sha256::digest(&content))));
    assert!(read(&place.media, &key).await.unwrap() == content, "byte by byte");
    place.media.keep(&key, &announced(b"small"), stream::iter(parts(b"small"))).await.unwrap();
    assert_eq!(read(&place.media, &key).await.unwrap(), b"small", "the newest one counts");
    assert_eq!(place.names(), ["v_1/m_1"]);
}

async fn what_is_not_as_announced_or_breaks_off_is_not_there_and_what_was_there_stays(place: Place) {
    let (content, was_there, absent) = (large(), key("v_1", "m_1"), key("v_1", "m_2"));
    place.media.keep(&was_there, &announced(b"before"), stream::iter(parts(b"before"))).await.unwrap();
    for key in [&was_there, &absent] {
        let mut broken = parts(&content);
        broken.push(Err(std::io::Error::other("gone")));
        let error = place.media.keep(key, &announced(&content), stream::iter(broken)).await.unwrap_err();
        assert!(matches!(error, MediaError::Broken(_)), "{error}");
        let wrong = [
            Announced { most: 5_999_999, ..Announced::default() },
            Announced { bytes: Some(7), ..announced(&content) },
            Announced { sha256: Some([0; 32]), ..announced(&content) },
        ];
        for announced in wrong {
            let error = place.media.keep(key, &announced, stream::iter(parts(&content))).await.unwrap_err();
            assert!(matches!(error, MediaError::TooLarge(_) | MediaError::Different(_)), "{error}");
        }
    }
    assert_eq!(read(&place.media, &was_there).await.unwrap(), b"before");
    assert_eq!(read(&place.media, &absent).await, None);
    assert_eq!(place.names(), ["v_1/m_1"], "nothing is left of the others");
}
