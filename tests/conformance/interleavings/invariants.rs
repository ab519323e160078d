//! What must hold in every state, and how a run without faults must end.

use wabridge::domain::{InboundId, OutboundId, TurnId};
use wabridge::store::{Attempt, OutState};

use super::Answer;
use super::world::World;

impl World<'_> {
    /// G: as long as a message waits, somebody will come for it.
    pub(super) async fn check(&self) -> Result<(), String> {
        let stored = self.stored().await;
        if stored.mailbox.is_empty() {
            return Ok(());
        }
        let guarded = self.guardian_is_unacked() || self.appender_is_unacked(&stored.mailbox);
        if stored.wake_at.is_none() && !guarded {
            return Err("G: a message waits, and no event or timer will come for it".into());
        }
        if stored.wake_at.is_none() && stored.pending_since.is_none() && !self.appender_is_unacked(&stored.mailbox) {
            return Err("G': a message waits, and should the queue forget its guardian, no sweep would find it".into());
        }
        Ok(())
    }

    /// No message in two sealed turns.
    pub(super) fn sealed_once(&mut self, turn: &TurnId, members: &[InboundId]) -> Result<(), String> {
        for member in members {
            if let Some(other) = self.sealed.insert(member.clone(), turn.clone()) {
                return Err(format!("{member} was sealed in {other} and in {turn}"));
            }
        }
        Ok(())
    }

    /// A POST has its attempt on record, and everything before it was taken by Meta.
    pub(super) async fn on_record(&self, attempt: &Attempt) -> Result<(), String> {
        for said in &self.said {
            let answers = self.store.answers(said.id.clone()).await.unwrap();
            let Some(place) = answers.iter().position(|out| out.id == attempt.outbound) else { continue };
            let out = &answers[place];
            if out.attempts < attempt.n || !out.tries.contains_key(&attempt.n) || out.body != attempt.body {
                return Err(format!("attempt {} of {} is posted without its record", attempt.n, out.id));
            }
            let early = answers[..place].iter().find(|earlier| !self.graph.taken.contains_key(&earlier.id));
            return early.map_or(Ok(()), |earlier| Err(format!("{} is posted before {}", out.id, earlier.id)));
        }
        Err(format!("{} is posted without a record", attempt.outbound))
    }

    /// Without further faults everything comes to its end: every message answered, or noted as why not.
    pub(super) async fn ends_well(&mut self) -> Result<(), String> {
        for round in 0..200 {
            for worker in [0, 1] {
                while self.works(worker) {
                    self.go(worker, Answer::Accepts, 1 + round % 2).await?;
                    self.check().await?;
                }
            }
            self.deliver(0, round).await;
            self.check().await?;
            if self.is_quiet().await {
                return self.is_good().await;
            }
            if self.nobody_works() {
                self.pass(if round % 3 == 0 { 31 } else { 1 }).await;
                self.timer().await;
            }
        }
        Err(format!("L: it never ends: {:?}", self.stored().await))
    }

    async fn is_good(&mut self) -> Result<(), String> {
        for said in &self.said {
            let record = self.store.inbound(said.id.clone()).await.unwrap().ok_or("a message was never stored")?;
            let answers = self.store.answers(said.id.clone()).await.unwrap();
            if record.note.is_none() && !self.sealed.contains_key(&said.id) {
                return Err(format!("{} is neither answered nor noted", said.id));
            }
            self.seen.answered += u32::from(answers.iter().any(|out| out.state == OutState::Accepted));
            if let Some(out) = answers.iter().find(|out| !out.state.is_final()) {
                return Err(format!("{} is not final: {:?}", out.id, out.state));
            }
            if answers.iter().any(|out| out.state == OutState::Unresolved) && record.note.is_none() {
                return Err(format!("{} has an unresolved answer and no note", said.id));
            }
            if let Some(out) = answers.iter().find(|out| out.state == OutState::Unresolved && self.reached(&out.id)) {
                return Err(format!("{} reached the person, and its status did not show it", out.id));
            }
            if let Some(out) = answers.iter().find(|out| out.double_send) {
                return Err(format!("{} counts as sent twice", out.id));
            }
        }
        Ok(())
    }

    fn reached(&self, id: &OutboundId) -> bool {
        self.graph.taken.contains_key(id) && !self.graph.failed.contains(id)
    }
}
