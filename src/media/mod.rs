//! What people sent beside words: kept whole or not at all, in a folder or in a bucket of Cloud Storage.

mod error;
mod keep;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig, StaticCredentialProvider};

use crate::domain::{ConversationId, InboundId};

pub use error::MediaError;
pub use keep::{Announced, Kept};

/// How often a request to a bucket is tried again, and for how long.
const RETRIES: usize = 3;
const RETRIED_FOR: Duration = Duration::from_secs(30);
/// How long one request may take: the largest medium, over a slow line.
const ONE_REQUEST: Duration = Duration::from_mins(5);

/// Where media are. Clones share it.
#[derive(Debug, Clone)]
pub struct Media(Arc<dyn ObjectStore>);

/// Which medium: that of a message, beside the others of its conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaKey(Location);

/// A medium that is kept, and its bytes.
pub struct Found {
    /// How many bytes there are.
    pub bytes: u64,
    /// The bytes, as they are read.
    pub content: BoxStream<'static, Result<Bytes, MediaError>>,
}

impl MediaKey {
    /// The medium of a message.
    #[must_use]
    pub fn of(conversation: &ConversationId, message: &InboundId) -> Self {
        Self(Location::from_iter([conversation.as_str(), message.as_str()]))
    }
}

impl std::fmt::Display for MediaKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Media {
    /// In a folder, which is made where it is not there.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn folder(folder: &Path) -> Result<Self, MediaError> {
        std::fs::create_dir_all(folder).map_err(|error| MediaError::Folder(folder.display().to_string(), error))?;
        let files = LocalFileSystem::new_with_prefix(folder).map_err(MediaError::Place)?;
        Ok(Self(Arc::new(files.with_automatic_cleanup(true))))
    }

    /// In a bucket of Cloud Storage, with the credentials of the environment; `emulator`: `host:port` of one that knows no credentials. Does
    /// not connect yet.
    ///
    /// # Errors
    /// The credentials cannot be read.
    pub fn bucket(name: &str, emulator: Option<&str>) -> Result<Self, MediaError> {
        crate::tls::install();
        let retries = RetryConfig { max_retries: RETRIES, retry_timeout: RETRIED_FOR, ..RetryConfig::default() };
        let options = ClientOptions::new().with_timeout(ONE_REQUEST).with_allow_http(emulator.is_some());
        let mut bucket = GoogleCloudStorageBuilder::new().with_bucket_name(name).with_retry(retries).with_client_options(options);
        if let Some(host) = emulator {
            let nobody = StaticCredentialProvider::new(GcpCredential { bearer: String::new() });
            bucket = bucket.with_base_url(&format!("http://{host}")).with_credentials(Arc::new(nobody));
        }
        Ok(Self(Arc::new(bucket.build().map_err(MediaError::Place)?)))
    }

    /// The medium, if it is there.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn find(&self, key: &MediaKey) -> Result<Option<Found>, MediaError> {
        match self.0.get(&key.0).await {
            Ok(found) => {
                Ok(Some(Found { bytes: found.meta.size, content: found.into_stream().map_err(MediaError::Unread).boxed() }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(MediaError::Unread(error)),
        }
    }
}
