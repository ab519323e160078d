//! A person as Meta names them in one event: any of the names may be missing.

use serde::{Deserialize, Serialize};

use super::{UserId, WaId};

/// Who wrote, or who a status is about. At least one id is there in everything that reaches a conversation.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Phone number, digits only; absent for people who are known by username alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<WaId>,
    /// Business-scoped user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The username, without `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The profile's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Person {
    /// Where an answer goes: the phone number where it is known (`to` wins at Meta if both are given), else the user id.
    #[must_use]
    pub fn recipient(&self) -> Option<Recipient> {
        let phone = self.wa_id.clone().map(Recipient::Phone);
        phone.or_else(|| self.user_id.clone().map(Recipient::User))
    }

    /// True when no id names this person.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.wa_id.is_none() && self.user_id.is_none()
    }
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(…)")
    }
}

/// The address of an outbound message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// Sent as `to`, E.164 with `+`.
    Phone(WaId),
    /// Sent as `recipient`.
    User(UserId),
}
