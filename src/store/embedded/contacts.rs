//! People under ids of ours: found by phone number or user id, merged when both prove to be one person.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::Embedded;
use super::documents::{conversation, one, save_conversation};
use crate::domain::{ContactId, ConversationId, Person, PhoneNumberId};
use crate::embedded::EngineError;
use crate::store::StoreError;
use crate::store::people::{self, aliases, may_be, merged};
use crate::store::record::{Contact, Conversation};

impl Embedded {
    pub(in crate::store) async fn identify(
        &self,
        person: Person,
        number: PhoneNumberId,
        now: Timestamp,
    ) -> Result<ConversationId, StoreError> {
        let asked = (person.clone(), number.clone());
        let expiry_ms = self.expiry_ms(now);
        let young_ms = expiry_ms - people::RENEWED_EVERY_MS;
        let known = self.read(move |connection| known(connection, &asked.0, &asked.1, young_ms)).await?;
        if let Some(id) = known {
            return Ok(id);
        }
        self.write(move |connection| {
            let contact = learn(connection, &person, now, expiry_ms)?;
            let id = ConversationId::of(&number, &contact);
            let found = conversation(connection, &id)?.unwrap_or_else(|| Conversation::new(id.clone(), number, contact));
            save_conversation(connection, &found, expiry_ms)?;
            Ok(id)
        })
        .await
    }

    pub(in crate::store) async fn contact_of(&self, person: Person) -> Result<Option<Contact>, StoreError> {
        self.read(move |connection| {
            // The user id first: a phone number may have found a new owner.
            for alias in aliases(&person).iter().rev() {
                if let Some(id) = contact_of(connection, alias)? {
                    return contact(connection, &id);
                }
            }
            Ok(None)
        })
        .await
    }
}

/// The conversation, if nothing about the person is news and nothing of it expires soon.
fn known(
    connection: &Connection,
    person: &Person,
    number: &PhoneNumberId,
    young_ms: i64,
) -> Result<Option<ConversationId>, EngineError> {
    let mut found = Vec::new();
    for alias in aliases(person) {
        found.push(contact_of(connection, &alias)?);
    }
    let Some(Some(contact)) = found.first().cloned() else {
        return Ok(None);
    };
    let one_contact = found.iter().all(|other| other.as_ref() == Some(&contact));
    let before = self::person(connection, &contact)?;
    let no_news = one_contact && merged(&before, person) == before;
    let id = ConversationId::of(number, &contact);
    let young = "SELECT EXISTS (SELECT 1 FROM contacts WHERE id = ?1 AND expire_ms >= ?3)
                    AND EXISTS (SELECT 1 FROM conversations WHERE id = ?2 AND expire_ms >= ?3)";
    let is_young = |id: &ConversationId| -> rusqlite::Result<bool> {
        connection.prepare_cached(young)?.query_row(params![contact.as_str(), id.as_str(), young_ms], |row| row.get(0))
    };
    Ok(if no_news && is_young(&id)? { Some(id) } else { None })
}

/// The contact of the person with everything that is known now, and all aliases pointing to it.
fn learn(connection: &Connection, person: &Person, now: Timestamp, expiry_ms: i64) -> Result<ContactId, EngineError> {
    let mut found = Vec::new();
    for alias in aliases(person) {
        if let Some(id) = contact_of(connection, &alias)?
            && let Some(contact) = contact(connection, &id)?
            && may_be(&contact.person, person)
        {
            found.push(contact);
        }
    }
    let kept = people::one_of(&mut found, person, now);
    for contact in &found {
        let repoint = "UPDATE aliases SET contact = ?1 WHERE contact = ?2";
        connection.prepare_cached(repoint)?.execute([kept.id.as_str(), contact.id.as_str()])?;
    }
    save(connection, &kept, person, expiry_ms)?;
    Ok(kept.id)
}

fn save(connection: &Connection, kept: &Contact, person: &Person, expiry_ms: i64) -> Result<(), EngineError> {
    let save =
        "INSERT INTO contacts (id, doc, expire_ms) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET doc = ?2, expire_ms = ?3";
    connection.prepare_cached(save)?.execute(params![kept.id.as_str(), serde_json::to_string(kept)?, expiry_ms])?;
    for alias in aliases(person) {
        let point = "INSERT INTO aliases (alias, contact) VALUES (?1, ?2) ON CONFLICT (alias) DO UPDATE SET contact = ?2";
        connection.prepare_cached(point)?.execute([alias.as_str(), kept.id.as_str()])?;
    }
    Ok(())
}

fn contact_of(connection: &Connection, alias: &str) -> Result<Option<ContactId>, EngineError> {
    let query = "SELECT contact FROM aliases WHERE alias = ?1";
    let id: Option<String> = connection.prepare_cached(query)?.query_row([alias], |row| row.get(0)).optional()?;
    Ok(id.map(ContactId::new))
}

fn contact(connection: &Connection, id: &ContactId) -> Result<Option<Contact>, EngineError> {
    one(connection, "SELECT doc FROM contacts WHERE id = ?1", id.as_str())
}

/// What is known of a contact; nothing when it is gone.
pub(super) fn person(connection: &Connection, id: &ContactId) -> Result<Person, EngineError> {
    Ok(contact(connection, id)?.map(|contact| contact.person).unwrap_or_default())
}
