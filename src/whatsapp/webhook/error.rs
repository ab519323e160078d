//! Why an event's data is no message or status: says what happens to it, and never what is in it.

/// The data of an event could not be read. Trying again cannot help: record the event and go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The data is not what [`super::EventData`] writes.
    #[error("the event's data is not an object with delivery, waba_id and item: it is recorded and not answered")]
    NotEventData,
    /// The item has no id.
    #[error("the item has no id: it is recorded and not answered")]
    NoId,
    /// No business number is named.
    #[error("the change names no phone_number_id: it is recorded and not answered")]
    NoNumber,
    /// Nobody is named as sender.
    #[error("the message has neither from nor from_user_id: it is recorded and not answered")]
    NoPerson,
    /// The time is missing or no number.
    #[error("the item has no timestamp in seconds: it is recorded and not answered")]
    NoTimestamp,
    /// The status is none that this version knows.
    #[error("the status is none of sent, delivered, read, played, failed: it is recorded")]
    UnknownStatus,
}
