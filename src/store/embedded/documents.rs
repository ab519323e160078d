//! Documents in and out of their rows, and the [`Scene`] of a verb.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::{ConversationId, InboundId, OutboundId, TurnId};
use crate::embedded::EngineError;
use crate::store::protocol::Scene;
use crate::store::record::{Conversation, DeadLetter, InboundRecord, Note, OutboundRecord, TurnState};

pub(super) fn one<T: DeserializeOwned>(connection: &Connection, query: &str, key: &str) -> Result<Option<T>, EngineError> {
    let text: Option<String> = connection.prepare_cached(query)?.query_row([key], |row| row.get(0)).optional()?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

fn json<T: Serialize>(document: &T) -> Result<String, EngineError> {
    Ok(serde_json::to_string(document)?)
}

pub(super) fn conversation(connection: &Connection, id: &ConversationId) -> Result<Option<Conversation>, EngineError> {
    one(connection, "SELECT doc FROM conversations WHERE id = ?1", id.as_str())
}

pub(super) fn inbound(connection: &Connection, id: &InboundId) -> Result<Option<InboundRecord>, EngineError> {
    one(connection, "SELECT doc FROM inbound WHERE id = ?1", id.as_str())
}

pub(super) fn outbound(connection: &Connection, id: &OutboundId) -> Result<Option<OutboundRecord>, EngineError> {
    one(connection, "SELECT doc FROM outbound WHERE id = ?1", id.as_str())
}

pub(super) fn dead_letter(connection: &Connection, turn: &TurnId) -> Result<Option<DeadLetter>, EngineError> {
    one(connection, "SELECT doc FROM dead_letters WHERE id = ?1", turn.as_str())
}

/// What a turn sends, by position.
pub(super) fn sent_by(connection: &Connection, turn: &TurnId) -> Result<Vec<OutboundRecord>, EngineError> {
    let mut statement = connection.prepare_cached("SELECT doc FROM outbound WHERE turn = ?1")?;
    let texts: Vec<String> = statement.query_map([turn.as_str()], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut sent: Vec<OutboundRecord> = texts.iter().map(|text| serde_json::from_str(text)).collect::<Result<_, _>>()?;
    sent.sort_by_key(|record| record.position);
    Ok(sent)
}

/// The conversation and the positions of its sealed turn; `None` when there is no such conversation.
pub(super) fn scene(connection: &Connection, id: &ConversationId) -> Result<Option<Scene>, EngineError> {
    let Some(conversation) = conversation(connection, id)? else {
        return Ok(None);
    };
    let mut positions = Vec::new();
    if let Some(turn) = conversation.turn.as_ref().filter(|turn| turn.state == TurnState::Sealed) {
        for position in 0..turn.size {
            positions.extend(outbound(connection, &OutboundId::of(&turn.id, position))?);
        }
    }
    Ok(Some(Scene::new(conversation, positions)))
}

/// Saves what a verb changed.
pub(super) fn save(connection: &Connection, before: Option<&Scene>, after: &Scene, expiry_ms: i64) -> Result<(), EngineError> {
    if before.is_none_or(|before| before.conversation != after.conversation) {
        save_conversation(connection, &after.conversation, expiry_ms)?;
    }
    for (place, outbound) in after.positions.iter().enumerate() {
        if before.and_then(|before| before.positions.get(place)) != Some(outbound) {
            save_outbound(connection, outbound, expiry_ms)?;
        }
    }
    if let Some(inbound) = &after.inbound {
        connection.prepare_cached("INSERT INTO inbound (id, doc, expire_ms) VALUES (?1, ?2, ?3)")?.execute(params![
            inbound.message.id.as_str(),
            json(inbound)?,
            expiry_ms
        ])?;
    }
    for (id, note) in &after.notes {
        set_note(connection, id, *note)?;
    }
    match &after.dead_letter {
        Some(letter) => save_dead_letter(connection, letter, expiry_ms),
        None => Ok(()),
    }
}

pub(super) fn save_conversation(connection: &Connection, conversation: &Conversation, expiry_ms: i64) -> Result<(), EngineError> {
    let wake_ms = conversation.wake_at.map(jiff::Timestamp::as_millisecond);
    let pending_ms = conversation.pending_since.map(jiff::Timestamp::as_millisecond);
    connection
        .prepare_cached(
            "INSERT INTO conversations (id, doc, wake_ms, pending_ms, leased, expire_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET doc = ?2, wake_ms = ?3, pending_ms = ?4, leased = ?5, expire_ms = ?6",
        )?
        .execute(params![
            conversation.id.as_str(),
            json(conversation)?,
            wake_ms,
            pending_ms,
            conversation.lease.is_some(),
            expiry_ms
        ])?;
    Ok(())
}

pub(super) fn save_outbound(connection: &Connection, outbound: &OutboundRecord, expiry_ms: i64) -> Result<(), EngineError> {
    let wamid = outbound.tries.values().rev().find_map(|tried| tried.wamid.as_ref()).map(|wamid| wamid.as_str().to_owned());
    connection
        .prepare_cached(
            "INSERT INTO outbound (id, turn, wamid, doc, expire_ms) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET wamid = ?3, doc = ?4",
        )?
        .execute(params![outbound.id.as_str(), outbound.turn.as_str(), wamid, json(outbound)?, expiry_ms])?;
    Ok(())
}

pub(super) fn save_dead_letter(connection: &Connection, letter: &DeadLetter, expiry_ms: i64) -> Result<(), EngineError> {
    connection
        .prepare_cached(
            "INSERT INTO dead_letters (id, doc, expire_ms) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET doc = ?2",
        )?
        .execute(params![letter.turn.as_str(), json(letter)?, expiry_ms])?;
    Ok(())
}

fn set_note(connection: &Connection, id: &InboundId, note: Option<Note>) -> Result<(), EngineError> {
    let Some(mut record) = inbound(connection, id)? else {
        return Ok(());
    };
    record.note = note;
    connection.prepare_cached("UPDATE inbound SET doc = ?2 WHERE id = ?1")?.execute(params![id.as_str(), json(&record)?])?;
    Ok(())
}
