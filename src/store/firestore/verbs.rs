//! How a verb of a conversation runs: load the scene, let `protocol` decide, commit what differs, read again where others were faster.

use jiff::Timestamp;

use super::Cloud;
use super::pauses::pause_key;
use super::tries::Tries;
use super::work::Work;
use crate::domain::ConversationId;
use crate::store::StoreError;
use crate::store::protocol::{Gate, Scene};
use crate::store::record::DeadLetter;

/// What a verb reads besides its scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// Nothing.
    Scene,
    /// Whether the number may send.
    Gate,
    /// That, and when a status of the number was seen last.
    GateAndStatus,
}

impl Cloud {
    /// Runs a verb on the scene of a conversation; `absent` is the answer where there is no conversation.
    pub(super) async fn on_scene<T: Clone>(
        &self,
        id: &ConversationId,
        now: Timestamp,
        absent: T,
        mut verb: impl FnMut(&mut Scene) -> T,
    ) -> Result<T, StoreError> {
        self.on_scene_and(Reads::Scene, id, now, absent, |scene, _| verb(scene)).await
    }

    /// As [`Self::on_scene`], for a verb that may begin an attempt.
    pub(super) async fn on_scene_and<T: Clone>(
        &self,
        reads: Reads,
        id: &ConversationId,
        now: Timestamp,
        absent: T,
        mut verb: impl FnMut(&mut Scene, Option<Timestamp>) -> T,
    ) -> Result<T, StoreError> {
        let mut tries = Tries::new(&self.db);
        loop {
            if let Some(answer) = tries.landed().await? {
                return Ok(told(answer));
            }
            let mut work = Work::new(&self.db);
            let Some(mut scene) = work.scene(id).await? else { return Ok(absent) };
            let number = scene.conversation.number.clone();
            if reads != Reads::Scene {
                scene.gate = Gate { pause: work.record(&pause_key(&number)).await?, token: self.token() };
            }
            let status_seen = if reads == Reads::GateAndStatus { work.status_seen(&number).await? } else { None };
            let before = scene.clone();
            let answer = verb(&mut scene, status_seen);
            work.save(&before, &scene, self.expiry(now)).await?;
            if scene.gate.pause != before.gate.pause {
                work.put_pause(&number, scene.gate.pause.as_ref())?;
            }
            if let Some(answer) = tries.commit(work, (answer, scene.dead_letter)).await? {
                return Ok(told(answer));
            }
        }
    }
}

/// Tells people of a turn that was given up, now that it is committed.
pub(super) fn told<T>((answer, letter): (T, Option<DeadLetter>)) -> T {
    crate::store::protocol::report(letter.as_ref());
    answer
}
