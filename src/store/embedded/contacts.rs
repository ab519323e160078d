//! People under ids of ours: found by phone number or user id, merged when both prove to be one person.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::Embedded;
use super::documents::{conversation, one, save_conversation};
use crate::domain::{ContactId, ConversationId, Person, PhoneNumberId};
use crate::embedded::EngineError;
use crate::store::StoreError;
use crate::store::record::{Contact, Conversation};

/// Contact and conversation of somebody who writes are written so often at least, so that the clean-up may go by their age alone,
/// and never takes what is being used.
const RENEWED_EVERY_MS: i64 = 24 * 3600 * 1000;

impl Embedded {
    pub(in crate::store) async fn identify(
        &self,
        person: Person,
        number: PhoneNumberId,
        now: Timestamp,
    ) -> Result<ConversationId, StoreError> {
        let asked = (person.clone(), number.clone());
        let expiry_ms = self.expiry_ms(now);
        let young_ms = expiry_ms - RENEWED_EVERY_MS;
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
    // Two contacts that prove to be one person become the older one.
    found.sort_by(|one, other| (one.since, &one.id).cmp(&(other.since, &other.id)));
    let mut kept = match found.first() {
        Some(oldest) => oldest.clone(),
        None => Contact { id: fresh_contact(), person: Person::default(), since: now },
    };
    for contact in &found {
        kept.person = merged(&contact.person, &kept.person);
        let repoint = "UPDATE aliases SET contact = ?1 WHERE contact = ?2";
        connection.prepare_cached(repoint)?.execute([kept.id.as_str(), contact.id.as_str()])?;
    }
    kept.person = merged(&kept.person, person);
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

/// False when both have a user id and it differs: a phone number found a new owner, who must not see the old one's chat.
fn may_be(known: &Person, seen: &Person) -> bool {
    known.user_id.is_none() || seen.user_id.is_none() || known.user_id == seen.user_id
}

/// `old` with everything that `new` says.
fn merged(old: &Person, new: &Person) -> Person {
    Person {
        wa_id: new.wa_id.clone().or_else(|| old.wa_id.clone()),
        user_id: new.user_id.clone().or_else(|| old.user_id.clone()),
        username: new.username.clone().or_else(|| old.username.clone()),
        name: new.name.clone().or_else(|| old.name.clone()),
    }
}

fn aliases(person: &Person) -> Vec<String> {
    let phone = person.wa_id.iter().map(|id| format!("wa:{}", id.as_str()));
    phone.chain(person.user_id.iter().map(|id| format!("user:{}", id.as_str()))).collect()
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

/// A contact id that was never used, and says nothing about the person.
fn fresh_contact() -> ContactId {
    ContactId::new(format!("c_{}", uuid::Uuid::new_v4().simple()))
}
