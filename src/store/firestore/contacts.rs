//! People under ids of ours: found by phone number or user id, merged when both prove to be one person.

use jiff::Timestamp;

use super::Cloud;
use super::collections::{ALIASES, CONTACTS, EXPIRE_AT};
use super::documents::{conversation_key, document};
use super::tries::Tries;
use super::work::Work;
use crate::domain::{ContactId, ConversationId, Person, PhoneNumberId, digest};
use crate::firestore::{Fields, FirestoreError, Key, Query};
use crate::store::StoreError;
use crate::store::people::{self, aliases, may_be, merged};
use crate::store::record::{Contact, Conversation};

pub(super) fn contact_key(id: &ContactId) -> Key {
    Key::new(CONTACTS, id.as_str())
}

/// A key is seen in consoles and logs of Google: it does not say who it is about.
fn alias_key(alias: &str) -> Key {
    Key::new(ALIASES, format!("a_{}", digest(&["alias", alias])))
}

impl Cloud {
    pub(in crate::store) async fn identify(
        &self,
        person: Person,
        number: PhoneNumberId,
        now: Timestamp,
    ) -> Result<ConversationId, StoreError> {
        let mut tries = Tries::new(&self.db);
        loop {
            if let Some(id) = tries.landed().await? {
                return Ok(id);
            }
            let mut work = Work::new(&self.db);
            let found = work.contacts_of(&person).await?;
            if let Some(id) = self.known(&mut work, &found, &person, &number, now).await? {
                return Ok(id);
            }
            let id = self.learn(&mut work, found, &person, number.clone(), now).await?;
            if let Some(id) = tries.commit(work, id).await? {
                return Ok(id);
            }
        }
    }

    pub(in crate::store) async fn contact_of(&self, person: Person) -> Result<Option<Contact>, StoreError> {
        // The user id first: a phone number may have found a new owner.
        Ok(Work::new(&self.db).contacts_of(&person).await?.into_iter().rev().flatten().next())
    }

    /// The conversation, if nothing about the person is news and nothing of it expires soon.
    async fn known(
        &self,
        work: &mut Work<'_>,
        found: &[Option<Contact>],
        person: &Person,
        number: &PhoneNumberId,
        now: Timestamp,
    ) -> Result<Option<ConversationId>, FirestoreError> {
        let Some(Some(contact)) = found.first() else { return Ok(None) };
        let one_contact = found.iter().all(|other| other.as_ref() == Some(contact));
        if !one_contact || merged(&contact.person, person) != contact.person {
            return Ok(None);
        }
        let id = ConversationId::of(number, &contact.id);
        let young_ms = self.expiry(now).as_millisecond() - people::RENEWED_EVERY_MS;
        let is_young = |fields: &Fields| fields.read_time(EXPIRE_AT).is_none_or(|at| at.as_millisecond() >= young_ms);
        let young = work.find(&contact_key(&contact.id)).await?.is_some_and(is_young)
            && work.find(&conversation_key(&id)).await?.is_some_and(is_young);
        Ok(young.then_some(id))
    }

    /// The contact of the person with everything that is known now, all aliases pointing to it, and the conversation.
    async fn learn(
        &self,
        work: &mut Work<'_>,
        found: Vec<Option<Contact>>,
        person: &Person,
        number: PhoneNumberId,
        now: Timestamp,
    ) -> Result<ConversationId, FirestoreError> {
        let expiry = self.expiry(now);
        let mut found: Vec<Contact> = found.into_iter().flatten().filter(|contact| may_be(&contact.person, person)).collect();
        let kept = people::one_of(&mut found, person, now);
        for contact in found.iter().filter(|contact| contact.id != kept.id) {
            for alias in self.db.query(Query::of(ALIASES).is("contact", contact.id.as_str())).await? {
                work.put(Key::new(ALIASES, alias.id), alias_of(&kept.id, expiry));
            }
        }
        for alias in aliases(person) {
            work.put(alias_key(&alias), alias_of(&kept.id, expiry));
        }
        work.put(contact_key(&kept.id), document(CONTACTS, &kept)?.time(EXPIRE_AT, expiry));
        let id = ConversationId::of(&number, &kept.id);
        let known: Option<Conversation> = work.record(&conversation_key(&id)).await?;
        work.put_conversation(&known.unwrap_or_else(|| Conversation::new(id.clone(), number, kept.id)), expiry)?;
        Ok(id)
    }
}

impl Work<'_> {
    /// The contact that each alias of the person leads to.
    async fn contacts_of(&mut self, person: &Person) -> Result<Vec<Option<Contact>>, FirestoreError> {
        let keys: Vec<Key> = aliases(person).iter().map(|alias| alias_key(alias)).collect();
        self.load(keys.iter().cloned()).await?;
        let mut found = Vec::new();
        for key in &keys {
            let id = self.find(key).await?.and_then(|fields| fields.read_text("contact")).map(ContactId::new);
            found.push(match id {
                Some(id) => self.record::<Contact>(&contact_key(&id)).await?,
                None => None,
            });
        }
        Ok(found)
    }
}

fn alias_of(contact: &ContactId, expiry: Timestamp) -> Fields {
    Fields::new().text("contact", contact.as_str()).time(EXPIRE_AT, expiry)
}
