//! Paused numbers: one row each, gone when the pause is over.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::Embedded;
use super::documents::one;
use crate::domain::PhoneNumberId;
use crate::embedded::EngineError;
use crate::store::StoreError;
use crate::store::protocol::Gate;
use crate::store::record::{Pause, PauseWhy};

impl Embedded {
    pub(in crate::store) async fn pause(&self, number: PhoneNumberId, why: PauseWhy, now: Timestamp) -> Result<bool, StoreError> {
        let (limits, token) = (self.limits.clone(), self.token());
        self.write(move |connection| {
            let mut gate = Gate { pause: pause(connection, &number)?, token };
            let news = gate.close(why, now, &limits);
            save_pause(connection, &number, gate.pause.as_ref())?;
            Ok(news)
        })
        .await
    }

    pub(in crate::store) async fn lift(&self, number: PhoneNumberId) -> Result<(), StoreError> {
        self.write(move |connection| save_pause(connection, &number, None)).await
    }

    pub(in crate::store) async fn paused(&self, number: PhoneNumberId) -> Result<Option<Pause>, StoreError> {
        self.read(move |connection| pause(connection, &number)).await
    }
}

pub(super) fn pause(connection: &Connection, number: &PhoneNumberId) -> Result<Option<Pause>, EngineError> {
    one(connection, "SELECT doc FROM pauses WHERE id = ?1", number.as_str())
}

pub(super) fn save_pause(connection: &Connection, number: &PhoneNumberId, pause: Option<&Pause>) -> Result<(), EngineError> {
    let Some(pause) = pause else {
        connection.prepare_cached("DELETE FROM pauses WHERE id = ?1")?.execute([number.as_str()])?;
        return Ok(());
    };
    let save = "INSERT INTO pauses (id, doc) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET doc = ?2";
    connection.prepare_cached(save)?.execute(params![number.as_str(), serde_json::to_string(pause)?])?;
    Ok(())
}
