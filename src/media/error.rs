//! What can go wrong with a medium, and what to do.

/// Nothing was kept, or nothing can be read.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The folder.
    #[error("the folder {0} for media cannot be made: may this user write there?")]
    Folder(String, #[source] std::io::Error),
    /// Folder or bucket.
    #[error("the place for media cannot be used: are folder, bucket and credentials right?")]
    Place(#[source] object_store::Error),
    /// Reading or removing.
    #[error("the medium cannot be reached where it is kept")]
    Unread(#[source] object_store::Error),
    /// Writing.
    #[error("the medium could not be kept: is there room, and may this account write there?")]
    Unkept(#[source] object_store::Error),
    /// The other side broke off.
    #[error("the download broke off and nothing was kept: try again")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Longer than it may be.
    #[error("the medium has more than {0} bytes: nothing was kept")]
    TooLarge(u64),
    /// Other bytes than were announced.
    #[error("what came is not what Meta announced ({0}), and nothing was kept: try again")]
    Different(&'static str),
}
