//! Dead letters: looked at, and redriven.

use jiff::Timestamp;

use super::Cloud;
use super::collections::{DEAD_LETTERS, DOC};
use super::documents::{inbound_key, letter_key, outbound_key};
use super::tries::Tries;
use super::work::Work;
use crate::domain::{OutboundId, TurnId};
use crate::firestore::{FirestoreError, Key, Order, Query};
use crate::store::StoreError;
use crate::store::protocol::{self, Redrive, RedriveRefused, Redriven};
use crate::store::record::{DeadLetter, InboundRecord, OutboundRecord};

/// No turn sends more messages (`max_messages` of the bot file is 10 at most).
const LONGEST_TURN: u32 = 16;

impl Cloud {
    pub(in crate::store) async fn dead_letters(&self, open: bool, most: u32) -> Result<Vec<DeadLetter>, StoreError> {
        let all = Query::of(DEAD_LETTERS).by("at", Order::Falling).most(most);
        let found = self.db.query(if open { all.is("state", "open") } else { all }).await?;
        let letters = found.iter().map(|found| found.fields.read_json(DOC, DEAD_LETTERS));
        Ok(letters.filter_map(Result::transpose).collect::<Result<_, _>>()?)
    }

    pub(in crate::store) async fn redrive(
        &self,
        turn: TurnId,
        asked: Redrive,
        now: Timestamp,
    ) -> Result<Result<Redriven, RedriveRefused>, StoreError> {
        let mut tries = Tries::new(&self.db);
        loop {
            if let Some(answer) = tries.landed().await? {
                return Ok(answer);
            }
            let mut work = Work::new(&self.db);
            let Some(mut letter) = work.record::<DeadLetter>(&letter_key(&turn)).await? else {
                return Ok(Err(RedriveRefused::Absent));
            };
            let Some(mut scene) = work.scene(&letter.conversation).await? else {
                return Ok(Err(RedriveRefused::TooOld));
            };
            let sent = work.sent_by(&turn).await?;
            let mut members = Vec::new();
            for id in &letter.members {
                members.extend(work.record::<InboundRecord>(&inbound_key(id)).await?);
            }
            let before = scene.clone();
            let answer = protocol::redrive(&mut scene, &mut letter, &sent, &members, asked, now, &self.limits);
            if answer.is_ok() {
                work.save(&before, &scene, self.expiry(now)).await?;
                work.put_letter(&letter, self.expiry(now))?;
            }
            if let Some(answer) = tries.commit(work, answer).await? {
                return Ok(answer);
            }
        }
    }
}

impl Work<'_> {
    /// What a turn sends, by position: the ids follow from the turn.
    pub(super) async fn sent_by(&mut self, turn: &TurnId) -> Result<Vec<OutboundRecord>, FirestoreError> {
        let keys: Vec<Key> = (0..LONGEST_TURN).map(|place| outbound_key(&OutboundId::of(turn, place))).collect();
        self.load(keys.iter().cloned()).await?;
        let mut sent = Vec::new();
        for key in &keys {
            sent.extend(self.record::<OutboundRecord>(key).await?);
        }
        Ok(sent)
    }
}
