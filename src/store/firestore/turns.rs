//! The verbs of a turn.

use jiff::Timestamp;

use super::Cloud;
use super::documents::{conversation_key, inbound_key, letter_key, outbound_key};
use super::tries::Tries;
use super::verbs::Reads;
use super::work::Work;
use crate::domain::{InboundId, OutboundId, StatusUpdate};
use crate::firestore::FirestoreError;
use crate::store::StoreError;
use crate::store::facade::fresh_turn;
use crate::store::protocol::{
    self, Attempt, Draft, Evidence, Finished, Held, Mailbox, Outcome, Parked, Policy, Question, Resolved, Sealed, SendAnswer,
    Settled,
};
use crate::store::record::{Contact, Conversation, DeadLetter, InboundRecord, OutState, OutboundRecord, TurnState};

impl Cloud {
    pub(in crate::store) async fn renew(&self, held: Held, now: Timestamp) -> Result<bool, StoreError> {
        self.on_scene(&held.conversation, now, false, |scene| protocol::renew(scene, &held, now, &self.limits)).await
    }

    pub(in crate::store) async fn mailbox(&self, held: Held) -> Result<Option<Mailbox>, StoreError> {
        let mut work = Work::new(&self.db);
        let Some(conversation) = held_conversation(&mut work, &held).await? else { return Ok(None) };
        let order = conversation.in_order();
        let contact = super::contacts::contact_key(&conversation.contact);
        work.load(order.iter().map(inbound_key).chain([contact.clone()])).await?;
        let mut messages = Vec::new();
        for id in &order {
            messages.extend(work.record::<InboundRecord>(&inbound_key(id)).await?.map(|record| record.message));
        }
        let person = work.record::<Contact>(&contact).await?.map(|contact| contact.person).unwrap_or_default();
        let Conversation { number, turns, last_inbound_at, .. } = conversation;
        Ok(Some(Mailbox { messages, person, number, turns, last_inbound_at }))
    }

    pub(in crate::store) async fn positions(&self, held: Held) -> Result<Option<Vec<OutboundRecord>>, StoreError> {
        let mut work = Work::new(&self.db);
        let Some(found) = held_conversation(&mut work, &held).await? else { return Ok(None) };
        let sealed = found.turn.is_some_and(|turn| turn.state == TurnState::Sealed);
        Ok(work.scene(&held.conversation).await?.filter(|_| sealed).map(|scene| scene.positions))
    }

    pub(in crate::store) async fn seal(
        &self,
        held: Held,
        members: Vec<InboundId>,
        drafts: Vec<Draft>,
        now: Timestamp,
    ) -> Result<Sealed, StoreError> {
        self.on_scene_and(Reads::Gate, &held.conversation, now, Sealed::Lost, |scene, _| {
            protocol::seal(scene, &held, &members, drafts.clone(), fresh_turn(), now, &self.limits)
        })
        .await
    }

    pub(in crate::store) async fn record_sending(
        &self,
        held: Held,
        position: usize,
        now: Timestamp,
    ) -> Result<SendAnswer, StoreError> {
        self.on_scene_and(Reads::Gate, &held.conversation, now, SendAnswer::Lost, |scene, _| {
            protocol::record_sending(scene, &held, position, now, &self.limits)
        })
        .await
    }

    pub(in crate::store) async fn settle(
        &self,
        attempt: Attempt,
        outcome: Outcome,
        held: Option<Held>,
        now: Timestamp,
    ) -> Result<Settled, StoreError> {
        let mut tries = Tries::new(&self.db);
        loop {
            if let Some(answer) = tries.landed().await? {
                return Ok(answer);
            }
            let mut work = Work::new(&self.db);
            let Some(mut record) = work.record::<OutboundRecord>(&outbound_key(&attempt.outbound)).await? else {
                return Ok(Settled { state: OutState::Unresolved, double_send: false, finished: None });
            };
            let unresolved = record.state == OutState::Unresolved;
            let (state, double_send) = protocol::settle(&mut record, attempt.n, outcome.clone(), now);
            work.put_outbound(&record, self.expiry(now)).await?;
            if unresolved && state == OutState::Accepted {
                self.close_letter(&mut work, &record, now).await?;
            }
            let finished = match &held {
                Some(held) => self.finish_with(&mut work, held, Some(&record), now).await?,
                None => None,
            };
            if let Some(answer) = tries.commit(work, Settled { state, double_send, finished }).await? {
                return Ok(answer);
            }
        }
    }

    pub(in crate::store) async fn resolve(
        &self,
        held: Held,
        position: usize,
        policy: Policy,
        now: Timestamp,
    ) -> Result<Resolved, StoreError> {
        self.on_scene_and(Reads::GateAndStatus, &held.conversation, now, Resolved::Lost, |scene, status_seen| {
            let question = Question { held: &held, position, policy, status_seen, fresh: fresh_turn(), now };
            protocol::resolve(scene, question, &self.limits)
        })
        .await
    }

    pub(in crate::store) async fn park(
        &self,
        held: Held,
        at: Timestamp,
        waiting_for: Option<OutboundId>,
    ) -> Result<Parked, StoreError> {
        self.on_scene(&held.conversation, at, Parked::Lost, |scene| protocol::park(scene, &held, at, waiting_for.as_ref())).await
    }

    pub(in crate::store) async fn finish(&self, held: Held, now: Timestamp) -> Result<Finished, StoreError> {
        let mut tries = Tries::new(&self.db);
        loop {
            if let Some(answer) = tries.landed().await? {
                return Ok(answer);
            }
            let mut work = Work::new(&self.db);
            let finished = self.finish_with(&mut work, &held, None, now).await?.unwrap_or(Finished::Lost);
            if let Some(answer) = tries.commit(work, finished).await? {
                return Ok(answer);
            }
        }
    }

    pub(in crate::store) async fn release(&self, held: Held, after_error: bool, now: Timestamp) -> Result<bool, StoreError> {
        self.on_scene(&held.conversation, now, false, |scene| {
            protocol::release(scene, &held, after_error, fresh_turn(), now, &self.limits)
        })
        .await
    }

    pub(in crate::store) async fn evidence(
        &self,
        status: StatusUpdate,
        place: Option<(OutboundId, u32)>,
        now: Timestamp,
    ) -> Result<Evidence, StoreError> {
        let mut tries = Tries::new(&self.db);
        loop {
            if let Some(answer) = tries.landed().await? {
                return Ok(answer);
            }
            let mut work = Work::new(&self.db);
            let Some((mut record, n)) = self.find_sent(&mut work, &status, place.as_ref()).await? else {
                return Ok(Evidence::Foreign);
            };
            let mut waiting: Option<Conversation> =
                if record.waiting { work.record(&conversation_key(&record.conversation)).await? } else { None };
            let mut letter: Option<DeadLetter> =
                if record.state == OutState::Unresolved { work.record(&letter_key(&record.turn)).await? } else { None };
            let answer = protocol::evidence(&mut record, waiting.as_mut(), letter.as_mut(), n, &status, now);
            if let Evidence::Stored { wake, .. } = &answer {
                work.put_outbound(&record, self.expiry(now)).await?;
                if let Some(conversation) = waiting.filter(|_| wake.is_some()) {
                    work.put_conversation(&conversation, self.expiry(now))?;
                }
                if let Some(letter) = letter {
                    work.put_letter(&letter, self.expiry(now))?;
                }
            }
            if let Some(answer) = tries.commit(work, answer).await? {
                return Ok(answer);
            }
        }
    }

    /// Ends the turn when it is over; `None` when a position still has to be sent. `settled`: a position as it will be.
    async fn finish_with(
        &self,
        work: &mut Work<'_>,
        held: &Held,
        settled: Option<&OutboundRecord>,
        now: Timestamp,
    ) -> Result<Option<Finished>, FirestoreError> {
        let Some(mut scene) = work.scene(&held.conversation).await? else { return Ok(None) };
        if let Some(settled) = settled
            && let Some(position) = scene.positions.iter_mut().find(|position| position.id == settled.id)
        {
            *position = settled.clone();
        }
        let before = scene.clone();
        let finished = protocol::finish(&mut scene, held, fresh_turn());
        if finished == Finished::Lost {
            return Ok(None);
        }
        work.save(&before, &scene, self.expiry(now)).await?;
        Ok(Some(finished))
    }

    async fn close_letter(&self, work: &mut Work<'_>, record: &OutboundRecord, now: Timestamp) -> Result<(), FirestoreError> {
        if let Some(mut letter) = work.record::<DeadLetter>(&letter_key(&record.turn)).await? {
            letter.closed_at.get_or_insert(now);
            work.put_letter(&letter, self.expiry(now))?;
        }
        Ok(())
    }
}

async fn held_conversation(work: &mut Work<'_>, held: &Held) -> Result<Option<Conversation>, FirestoreError> {
    let found = work.record::<Conversation>(&conversation_key(&held.conversation)).await?;
    Ok(found.filter(|found| {
        found.lease.as_ref().is_some_and(|lease| lease.owner == held.owner)
            && found.turn.as_ref().is_some_and(|turn| turn.id == held.turn)
    }))
}
