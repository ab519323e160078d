//! The names of collections and fields; `docs/reference/store.md` says what is in them.

pub(super) const DELIVERIES: &str = "whatsapp_webhook_events";
pub(super) const CHUNKS: &str = "whatsapp_webhook_event_chunks";
pub(super) const CONVERSATIONS: &str = "conversations";
pub(super) const MESSAGES: &str = "messages";
pub(super) const CONTACTS: &str = "contacts";
pub(super) const ALIASES: &str = "aliases";
pub(super) const NUMBERS: &str = "numbers";
pub(super) const PAUSES: &str = "pauses";
pub(super) const DEAD_LETTERS: &str = "dead_letters";
pub(super) const ACCOUNT_EVENTS: &str = "account_events";

/// Those whose documents have `expire_at`.
pub const EXPIRING: [&str; 8] = [DELIVERIES, CHUNKS, CONVERSATIONS, MESSAGES, CONTACTS, ALIASES, DEAD_LETTERS, ACCOUNT_EVENTS];

/// The record, as JSON.
pub(super) const DOC: &str = "doc";
/// When the document may go.
pub const EXPIRE_AT: &str = "expire_at";
/// Drawn for the commit that wrote the document: whoever got no answer recognises their own.
pub(super) const OP: &str = "op";

/// The composite indexes of the queries: collection, fields in order.
pub const INDEXES: [(&str, &str); 5] = [
    (DEAD_LETTERS, "state, at desc"),
    (DELIVERIES, "shard, received_at"),
    (DELIVERIES, "shard, received_at desc"),
    (DELIVERIES, "shard, state, received_at"),
    (DELIVERIES, "shard, state, received_at desc"),
];
