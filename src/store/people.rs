//! Who is who: the same decisions in every backend.

use jiff::Timestamp;

use super::record::Contact;
use crate::domain::{ContactId, Person};

/// Contact and conversation of somebody who writes are written so often at least, so that they expire by their age alone, and never
/// while they are being used.
pub(super) const RENEWED_EVERY_MS: i64 = 24 * 3600 * 1000;

/// The one contact that all of these prove to be, with everything that is known now: the oldest of them, or a new one. Sorts them, the
/// oldest first.
pub(super) fn one_of(found: &mut [Contact], person: &Person, now: Timestamp) -> Contact {
    found.sort_by(|one, other| (one.since, &one.id).cmp(&(other.since, &other.id)));
    let mut kept = match found.first() {
        Some(oldest) => oldest.clone(),
        None => Contact { id: fresh_contact(), person: Person::default(), since: now },
    };
    for contact in found.iter() {
        kept.person = merged(&contact.person, &kept.person);
    }
    kept.person = merged(&kept.person, person);
    kept
}

/// False when both have a user id and it differs: a phone number found a new owner, who must not see the old one's chat.
pub(super) fn may_be(known: &Person, seen: &Person) -> bool {
    known.user_id.is_none() || seen.user_id.is_none() || known.user_id == seen.user_id
}

/// `old` with everything that `new` says.
pub(super) fn merged(old: &Person, new: &Person) -> Person {
    Person {
        wa_id: new.wa_id.clone().or_else(|| old.wa_id.clone()),
        user_id: new.user_id.clone().or_else(|| old.user_id.clone()),
        username: new.username.clone().or_else(|| old.username.clone()),
        name: new.name.clone().or_else(|| old.name.clone()),
    }
}

/// What a person is found by. Personal: a store that shows its keys hashes them.
pub(super) fn aliases(person: &Person) -> Vec<String> {
    let phone = person.wa_id.iter().map(|id| format!("wa:{}", id.as_str()));
    phone.chain(person.user_id.iter().map(|id| format!("user:{}", id.as_str()))).collect()
}

/// A contact id that was never used, and says nothing about the person.
fn fresh_contact() -> ContactId {
    ContactId::new(format!("c_{}", uuid::Uuid::new_v4().simple()))
}
