//! Paused numbers: one document each, gone when the pause is over.

use jiff::Timestamp;

use super::Cloud;
use super::collections::PAUSES;
use super::documents::document;
use super::tries::Tries;
use super::work::Work;
use crate::domain::PhoneNumberId;
use crate::firestore::{FirestoreError, Key};
use crate::store::StoreError;
use crate::store::protocol::Gate;
use crate::store::record::{Pause, PauseWhy};

pub(super) fn pause_key(number: &PhoneNumberId) -> Key {
    Key::new(PAUSES, number.as_str())
}

impl Work<'_> {
    pub(super) fn put_pause(&mut self, number: &PhoneNumberId, pause: Option<&Pause>) -> Result<(), FirestoreError> {
        match pause {
            Some(pause) => self.put(pause_key(number), document(PAUSES, pause)?),
            None => self.delete(pause_key(number)),
        }
        Ok(())
    }
}

impl Cloud {
    pub(in crate::store) async fn pause(&self, number: PhoneNumberId, why: PauseWhy, now: Timestamp) -> Result<bool, StoreError> {
        let mut tries = Tries::new(&self.db);
        loop {
            if let Some(news) = tries.landed().await? {
                return Ok(news);
            }
            let mut work = Work::new(&self.db);
            let mut gate = Gate { pause: work.record(&pause_key(&number)).await?, token: self.token() };
            let news = gate.close(why, now, &self.limits);
            work.put_pause(&number, gate.pause.as_ref())?;
            if let Some(news) = tries.commit(work, news).await? {
                return Ok(news);
            }
        }
    }

    pub(in crate::store) async fn lift(&self, number: PhoneNumberId) -> Result<(), StoreError> {
        let mut tries = Tries::new(&self.db);
        loop {
            let mut work = Work::new(&self.db);
            if work.find(&pause_key(&number)).await?.is_none() {
                return Ok(());
            }
            work.delete(pause_key(&number));
            if tries.commit(work, ()).await?.is_some() {
                return Ok(());
            }
        }
    }

    pub(in crate::store) async fn paused(&self, number: PhoneNumberId) -> Result<Option<Pause>, StoreError> {
        Ok(Work::new(&self.db).record(&pause_key(&number)).await?)
    }
}
