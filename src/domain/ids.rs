//! Identifiers. Ours may be logged; those that lead to a person (`Wamid`, `WaId`, `UserId`) print as `…` in `Debug` and have no `Display`.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text of the id.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

macro_rules! printable {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

macro_rules! personal {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

id!(/// A WhatsApp Business Account at Meta.
    WabaId);
id!(/// A business phone number at Meta (its id, not the number).
    PhoneNumberId);
id!(/// A message at Meta. It decodes to a phone number: personal.
    Wamid);
id!(/// A person's phone number as Meta writes it: digits, no plus. Personal.
    WaId);
id!(/// A person's business-scoped user id (BSUID): `CC.` and up to 128 characters. Personal.
    UserId);
id!(/// A raw delivery: SHA-256 of its body, hex.
    DeliveryId);
id!(/// An event: hash of its natural key.
    EventId);
id!(/// A contact: drawn once, never derived from a number.
    ContactId);
id!(/// A conversation: one number and one contact.
    ConversationId);
id!(/// An inbound message in the store.
    InboundId);
id!(/// An outbound message in the store.
    OutboundId);
id!(/// A turn: drawn when it opens, never reused.
    TurnId);

printable!(WabaId, PhoneNumberId, DeliveryId, EventId, ContactId, ConversationId, InboundId, OutboundId, TurnId);
personal!(Wamid, WaId, UserId);

impl InboundId {
    /// The id of an inbound message: the same for every delivery of it.
    #[must_use]
    pub fn of(number: &PhoneNumberId, wamid: &Wamid) -> Self {
        Self(format!("m_{}", digest(&["in", number.as_str(), wamid.as_str()])))
    }
}

impl OutboundId {
    /// The id of the message at a position (from 0) of a turn: the same after every restart.
    #[must_use]
    pub fn of(turn: &TurnId, position: u32) -> Self {
        Self(format!("m_{}", digest(&["out", turn.as_str(), &position.to_string()])))
    }
}

impl EventId {
    /// The wake of a conversation for one `wake_at`: twins have the same id.
    #[must_use]
    pub fn of_wake(conversation: &ConversationId, at: jiff::Timestamp) -> Self {
        Self(format!("e_{}", digest(&["wake", conversation.as_str(), &at.as_millisecond().to_string()])))
    }
}

impl ConversationId {
    /// The conversation of a number with a contact.
    #[must_use]
    pub fn of(number: &PhoneNumberId, contact: &ContactId) -> Self {
        Self(format!("v_{}", digest(&["conversation", number.as_str(), contact.as_str()])))
    }
}

/// 128 bits of SHA-256 over the parts, each with its length before it, as 32 hex digits.
#[must_use]
pub fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let full = hash.finalize();
    hex::encode(&full[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_run_into_each_other() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    }

    #[test]
    fn ids_that_lead_to_a_person_do_not_print() {
        let shown = format!("{:?} {:?} {:?}", Wamid::new("secret"), WaId::new("secret"), UserId::new("secret"));
        assert!(!shown.contains("secret"), "{shown}");
    }
}
