//! Records in and out of their documents, and the [`Scene`] of a verb.

use jiff::Timestamp;

use super::collections::{CONVERSATIONS, DEAD_LETTERS, DOC, EXPIRE_AT, MESSAGES};
use super::work::Work;
use crate::domain::{ConversationId, InboundId, OutboundId, TurnId};
use crate::firestore::{Fields, FirestoreError, Key};
use crate::store::protocol::Scene;
use crate::store::record::{Conversation, DeadLetter, InboundRecord, OutboundRecord, TurnState};

pub(super) fn conversation_key(id: &ConversationId) -> Key {
    Key::new(CONVERSATIONS, id.as_str())
}

pub(super) fn inbound_key(id: &InboundId) -> Key {
    Key::new(MESSAGES, id.as_str())
}

pub(super) fn outbound_key(id: &OutboundId) -> Key {
    Key::new(MESSAGES, id.as_str())
}

pub(super) fn letter_key(turn: &TurnId) -> Key {
    Key::new(DEAD_LETTERS, turn.as_str())
}

impl Work<'_> {
    /// The conversation and the positions of its sealed turn; `None` when there is no such conversation.
    pub(super) async fn scene(&mut self, id: &ConversationId) -> Result<Option<Scene>, FirestoreError> {
        let Some(conversation) = self.record::<Conversation>(&conversation_key(id)).await? else {
            return Ok(None);
        };
        let mut positions = Vec::new();
        if let Some(turn) = conversation.turn.as_ref().filter(|turn| turn.state == TurnState::Sealed) {
            let keys: Vec<Key> = (0..turn.size).map(|place| outbound_key(&OutboundId::of(&turn.id, place))).collect();
            self.load(keys.iter().cloned()).await?;
            for key in &keys {
                positions.extend(self.record::<OutboundRecord>(key).await?);
            }
        }
        Ok(Some(Scene::new(conversation, positions)))
    }

    /// Writes what a verb changed.
    pub(super) async fn save(&mut self, before: &Scene, after: &Scene, expiry: Timestamp) -> Result<(), FirestoreError> {
        if before.conversation != after.conversation {
            self.put_conversation(&after.conversation, expiry)?;
        }
        // A status of it that is committed meanwhile must not be missed: it is written even where it was waited for before.
        let waiting_for = |scene: &Scene| scene.conversation.waiting_for.clone();
        let newly = waiting_for(after).filter(|id| waiting_for(before).as_ref() != Some(id));
        let is_waited_for = |id: &OutboundId| newly.as_ref() == Some(id);
        for (place, outbound) in after.positions.iter().enumerate() {
            match before.positions.get(place) {
                Some(before) if before == outbound && !is_waited_for(&outbound.id) => {}
                Some(_) => self.put_outbound(outbound, expiry).await?,
                None => self.create(outbound_key(&outbound.id), outbound_fields(outbound, expiry)?),
            }
        }
        if let Some(inbound) = &after.inbound {
            self.put_inbound(inbound, expiry)?;
        }
        for (id, note) in &after.notes {
            if let Some(record) = self.record::<InboundRecord>(&inbound_key(id)).await? {
                let kept = self.expiry_of(&inbound_key(id)).await?.unwrap_or(expiry);
                self.put_inbound(&InboundRecord { note: *note, ..record }, kept)?;
            }
        }
        if let Some(letter) = &after.dead_letter {
            self.put_letter(letter, expiry)?;
        }
        Ok(())
    }

    pub(super) fn put_conversation(&mut self, conversation: &Conversation, expiry: Timestamp) -> Result<(), FirestoreError> {
        let Conversation { mailbox, turn, lease, wake_at, pending_since, .. } = conversation;
        // What is still to be done never expires.
        let idle = mailbox.is_empty() && turn.is_none() && lease.is_none() && wake_at.is_none() && pending_since.is_none();
        let fields = document(CONVERSATIONS, conversation)?
            .text("contact", conversation.contact.as_str())
            .time("wake_at", *wake_at)
            .time("pending_since", *pending_since)
            .number("leased", i64::from(lease.is_some()))
            .number("waiting", i64::try_from(mailbox.len()).unwrap_or(i64::MAX))
            .time(EXPIRE_AT, idle.then_some(expiry));
        self.put(conversation_key(&conversation.id), fields);
        Ok(())
    }

    pub(super) async fn put_outbound(&mut self, outbound: &OutboundRecord, expiry: Timestamp) -> Result<(), FirestoreError> {
        let key = outbound_key(&outbound.id);
        // It lives as long as it was to live when it was made.
        let expiry = self.expiry_of(&key).await?.unwrap_or(expiry);
        self.put(key, outbound_fields(outbound, expiry)?);
        Ok(())
    }

    pub(super) fn put_inbound(&mut self, inbound: &InboundRecord, expiry: Timestamp) -> Result<(), FirestoreError> {
        let fields = document(MESSAGES, inbound)?.text("direction", "in").time(EXPIRE_AT, expiry);
        self.put(inbound_key(&inbound.message.id), fields);
        Ok(())
    }

    pub(super) fn put_letter(&mut self, letter: &DeadLetter, expiry: Timestamp) -> Result<(), FirestoreError> {
        let open = letter.closed_at.is_none() && letter.redriven_at.is_none();
        let fields = document(DEAD_LETTERS, letter)?
            .text("state", if open { "open" } else { "done" })
            .time("at", letter.at)
            .time(EXPIRE_AT, expiry);
        self.put(letter_key(&letter.turn), fields);
        Ok(())
    }

    async fn expiry_of(&mut self, key: &Key) -> Result<Option<Timestamp>, FirestoreError> {
        Ok(self.find(key).await?.and_then(|fields| fields.read_time(EXPIRE_AT)))
    }
}

fn outbound_fields(outbound: &OutboundRecord, expiry: Timestamp) -> Result<Fields, FirestoreError> {
    let wamid = outbound.tries.values().rev().find_map(|tried| tried.wamid.as_ref());
    let fields = document(MESSAGES, outbound)?
        .text("direction", "out")
        .texts("members", outbound.members.iter().map(InboundId::as_str))
        .time(EXPIRE_AT, expiry);
    Ok(wamid.into_iter().fold(fields, |fields, wamid| fields.text("wamid", wamid.as_str())))
}

/// The fields of a document with its record alone.
pub(super) fn document<T: serde::Serialize>(collection: &'static str, record: &T) -> Result<Fields, FirestoreError> {
    Fields::new().json(DOC, record).map_err(|_| FirestoreError::Shape(collection))
}
