//! Dead letters: looked at, and redriven.

use jiff::Timestamp;
use rusqlite::params;

use super::Embedded;
use super::documents::{dead_letter, inbound, save, save_dead_letter, scene, sent_by};
use crate::domain::TurnId;
use crate::embedded::EngineError;
use crate::store::StoreError;
use crate::store::protocol::{self, Redrive, RedriveRefused, Redriven};
use crate::store::record::DeadLetter;

impl Embedded {
    pub(in crate::store) async fn dead_letters(&self, open: bool, most: u32) -> Result<Vec<DeadLetter>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT doc FROM dead_letters
                 WHERE NOT ?1 OR (json_extract(doc, '$.closed_at') IS NULL AND json_extract(doc, '$.redriven_at') IS NULL)
                 ORDER BY json_extract(doc, '$.at') DESC LIMIT ?2",
            )?;
            let texts: Vec<String> = statement.query_map(params![open, most], |row| row.get(0))?.collect::<Result<_, _>>()?;
            texts.iter().map(|text| serde_json::from_str(text).map_err(EngineError::from)).collect()
        })
        .await
    }

    pub(in crate::store) async fn redrive(
        &self,
        turn: TurnId,
        asked: Redrive,
        now: Timestamp,
    ) -> Result<Result<Redriven, RedriveRefused>, StoreError> {
        let (limits, expiry_ms) = (self.limits.clone(), self.expiry_ms(now));
        self.write(move |connection| {
            let Some(mut letter) = dead_letter(connection, &turn)? else {
                return Ok(Err(RedriveRefused::Absent));
            };
            let Some(mut scene) = scene(connection, &letter.conversation)? else {
                return Ok(Err(RedriveRefused::TooOld));
            };
            let sent = sent_by(connection, &turn)?;
            let mut members = Vec::new();
            for id in &letter.members {
                members.extend(inbound(connection, id)?);
            }
            let before = scene.clone();
            let answer = protocol::redrive(&mut scene, &mut letter, &sent, &members, asked, now, &limits);
            if answer.is_ok() {
                save(connection, Some(&before), &scene, expiry_ms)?;
                save_dead_letter(connection, &letter, expiry_ms)?;
            }
            Ok(answer)
        })
        .await
    }
}
