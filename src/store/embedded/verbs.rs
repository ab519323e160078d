//! The verbs of a turn: load the scene, let `protocol` decide, save what differs, all in one transaction.

use jiff::Timestamp;
use rusqlite::Connection;

use super::Embedded;
use super::documents::{
    conversation, dead_letter, inbound, outbound, save, save_conversation, save_dead_letter, save_outbound, scene,
};
use super::pauses::{pause, save_pause};
use crate::domain::{ConversationId, InboundId, OutboundId, StatusUpdate};
use crate::embedded::EngineError;
use crate::store::facade::fresh_turn;
use crate::store::protocol::{
    self, Attempt, Begin, BeginAnswer, Claim, Draft, Evidence, Finished, Gate, Held, Mailbox, Outcome, Parked, Policy, Question,
    Resolved, Scene, Sealed, SendAnswer, Settled,
};
use crate::store::record::{Conversation, OutState, OutboundRecord};
use crate::store::{StoreError, record::TurnState};

impl Embedded {
    /// Runs a verb on the scene of a conversation; `absent` is the answer where there is no conversation.
    async fn on_scene<T, F>(&self, id: ConversationId, now: Timestamp, absent: T, verb: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &mut Scene) -> Result<T, EngineError> + Send + 'static,
    {
        let expiry_ms = self.expiry_ms(now);
        let (answer, letter) = self
            .write(move |connection| {
                let Some(mut scene) = scene(connection, &id)? else {
                    return Ok((absent, None));
                };
                let before = scene.clone();
                let answer = verb(connection, &mut scene)?;
                save(connection, Some(&before), &scene, expiry_ms)?;
                Ok((answer, scene.dead_letter))
            })
            .await?;
        protocol::report(letter.as_ref());
        Ok(answer)
    }

    /// As [`Self::on_scene`], for a verb that may begin an attempt: it sees whether the number may send.
    async fn on_sending_scene<T, F>(&self, id: ConversationId, now: Timestamp, absent: T, verb: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &mut Scene) -> Result<T, EngineError> + Send + 'static,
    {
        let token = self.token();
        self.on_scene(id, now, absent, move |connection, scene| {
            let number = scene.conversation.number.clone();
            scene.gate = Gate { pause: pause(connection, &number)?, token };
            let before = scene.gate.pause.clone();
            let answer = verb(connection, scene)?;
            if scene.gate.pause != before {
                save_pause(connection, &number, scene.gate.pause.as_ref())?;
            }
            Ok(answer)
        })
        .await
    }

    pub(in crate::store) async fn begin(
        &self,
        id: ConversationId,
        claim: Claim,
        now: Timestamp,
    ) -> Result<BeginAnswer, StoreError> {
        let limits = self.limits.clone();
        let expiry_ms = self.expiry_ms(now);
        let work = move |connection: &Connection| {
            let known = match &claim.begin {
                Begin::Message { message, .. } => inbound(connection, &message.id)?,
                Begin::Wake => None,
            };
            let is_known = known.is_some() || matches!(claim.begin, Begin::Wake);
            // A known message stays where it is, also when its contact has been merged into another since.
            let Some(mut scene) = scene(connection, &known.map_or(id, |record| record.conversation))? else {
                let absent = if is_known { BeginAnswer::Recorded(None) } else { BeginAnswer::Absent };
                return Ok((absent, None));
            };
            let before = scene.clone();
            let answer = protocol::begin(&mut scene, &claim, is_known, &fresh_turn(), now, &limits);
            save(connection, Some(&before), &scene, expiry_ms)?;
            Ok((answer, scene.dead_letter))
        };
        let (answer, letter) = self.write(work).await?;
        protocol::report(letter.as_ref());
        Ok(answer)
    }

    pub(in crate::store) async fn renew(&self, held: Held, now: Timestamp) -> Result<bool, StoreError> {
        let limits = self.limits.clone();
        self.on_scene(held.conversation.clone(), now, false, move |_, scene| Ok(protocol::renew(scene, &held, now, &limits)))
            .await
    }

    pub(in crate::store) async fn mailbox(&self, held: Held) -> Result<Option<Mailbox>, StoreError> {
        self.read(move |connection| {
            let Some(conversation) = held_conversation(connection, &held)? else {
                return Ok(None);
            };
            let mut messages = Vec::new();
            for id in conversation.in_order() {
                messages.extend(inbound(connection, &id)?.map(|record| record.message));
            }
            let person = super::contacts::person(connection, &conversation.contact)?;
            let Conversation { number, turns, last_inbound_at, .. } = conversation;
            Ok(Some(Mailbox { messages, person, number, turns, last_inbound_at }))
        })
        .await
    }

    pub(in crate::store) async fn positions(&self, held: Held) -> Result<Option<Vec<OutboundRecord>>, StoreError> {
        self.read(move |connection| {
            let Some(found) = held_conversation(connection, &held)? else {
                return Ok(None);
            };
            let sealed = found.turn.is_some_and(|turn| turn.state == TurnState::Sealed);
            Ok(scene(connection, &held.conversation)?.filter(|_| sealed).map(|scene| scene.positions))
        })
        .await
    }

    pub(in crate::store) async fn seal(
        &self,
        held: Held,
        members: Vec<InboundId>,
        drafts: Vec<Draft>,
        now: Timestamp,
    ) -> Result<Sealed, StoreError> {
        let limits = self.limits.clone();
        self.on_sending_scene(held.conversation.clone(), now, Sealed::Lost, move |_, scene| {
            Ok(protocol::seal(scene, &held, &members, drafts, fresh_turn(), now, &limits))
        })
        .await
    }

    pub(in crate::store) async fn record_sending(
        &self,
        held: Held,
        position: usize,
        now: Timestamp,
    ) -> Result<SendAnswer, StoreError> {
        let limits = self.limits.clone();
        self.on_sending_scene(held.conversation.clone(), now, SendAnswer::Lost, move |_, scene| {
            Ok(protocol::record_sending(scene, &held, position, now, &limits))
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
        let expiry_ms = self.expiry_ms(now);
        self.write(move |connection| {
            let Some(mut record) = outbound(connection, &attempt.outbound)? else {
                return Ok(Settled { state: OutState::Unresolved, double_send: false, finished: None });
            };
            let unresolved = record.state == OutState::Unresolved;
            let (state, double_send) = protocol::settle(&mut record, attempt.n, outcome, now);
            save_outbound(connection, &record, expiry_ms)?;
            if unresolved && state == OutState::Accepted {
                close_dead_letter(connection, &record, now, expiry_ms)?;
            }
            let finished = held.map(|held| finish(connection, &held, expiry_ms)).transpose()?.flatten();
            Ok(Settled { state, double_send, finished })
        })
        .await
    }

    pub(in crate::store) async fn resolve(
        &self,
        held: Held,
        position: usize,
        policy: Policy,
        now: Timestamp,
    ) -> Result<Resolved, StoreError> {
        let limits = self.limits.clone();
        self.on_sending_scene(held.conversation.clone(), now, Resolved::Lost, move |connection, scene| {
            let status_seen = super::timer::status_seen(connection, &scene.conversation.number)?;
            let question = Question { held: &held, position, policy, status_seen, fresh: fresh_turn(), now };
            Ok(protocol::resolve(scene, question, &limits))
        })
        .await
    }

    pub(in crate::store) async fn park(
        &self,
        held: Held,
        at: Timestamp,
        waiting_for: Option<OutboundId>,
    ) -> Result<Parked, StoreError> {
        self.on_scene(held.conversation.clone(), at, Parked::Lost, move |_, scene| {
            Ok(protocol::park(scene, &held, at, waiting_for.as_ref()))
        })
        .await
    }

    pub(in crate::store) async fn finish(&self, held: Held, now: Timestamp) -> Result<Finished, StoreError> {
        let expiry_ms = self.expiry_ms(now);
        self.write(move |connection| Ok(finish(connection, &held, expiry_ms)?.unwrap_or(Finished::Lost))).await
    }

    pub(in crate::store) async fn release(&self, held: Held, after_error: bool, now: Timestamp) -> Result<bool, StoreError> {
        let limits = self.limits.clone();
        self.on_scene(held.conversation.clone(), now, false, move |_, scene| {
            Ok(protocol::release(scene, &held, after_error, fresh_turn(), now, &limits))
        })
        .await
    }

    pub(in crate::store) async fn evidence(
        &self,
        status: StatusUpdate,
        place: Option<(OutboundId, u32)>,
        now: Timestamp,
    ) -> Result<Evidence, StoreError> {
        let expiry_ms = self.expiry_ms(now);
        self.write(move |connection| {
            let Some((mut record, n)) = find(connection, &status, place)? else {
                return Ok(Evidence::Foreign);
            };
            let mut waiting = if record.waiting { conversation(connection, &record.conversation)? } else { None };
            let mut letter = if record.state == OutState::Unresolved { dead_letter(connection, &record.turn)? } else { None };
            let answer = protocol::evidence(&mut record, waiting.as_mut(), letter.as_mut(), n, &status, now);
            if let Evidence::Stored { wake, .. } = &answer {
                save_outbound(connection, &record, expiry_ms)?;
                if let Some(conversation) = waiting.filter(|_| wake.is_some()) {
                    save_conversation(connection, &conversation, expiry_ms)?;
                }
                if let Some(letter) = letter {
                    save_dead_letter(connection, &letter, expiry_ms)?;
                }
            }
            Ok(answer)
        })
        .await
    }

    pub(in crate::store) async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        self.read(move |connection| conversation(connection, &id)).await
    }
}

/// Ends the turn when it is over; `None` when a position still has to be sent.
fn finish(connection: &Connection, held: &Held, expiry_ms: i64) -> Result<Option<Finished>, EngineError> {
    let Some(mut scene) = scene(connection, &held.conversation)? else {
        return Ok(None);
    };
    let before = scene.clone();
    let finished = protocol::finish(&mut scene, held, fresh_turn());
    if finished == Finished::Lost {
        return Ok(None);
    }
    save(connection, Some(&before), &scene, expiry_ms)?;
    Ok(Some(finished))
}

fn held_conversation(connection: &Connection, held: &Held) -> Result<Option<Conversation>, EngineError> {
    let found = conversation(connection, &held.conversation)?;
    Ok(found.filter(|found| {
        found.lease.as_ref().is_some_and(|lease| lease.owner == held.owner)
            && found.turn.as_ref().is_some_and(|turn| turn.id == held.turn)
    }))
}

fn find(
    connection: &Connection,
    status: &StatusUpdate,
    place: Option<(OutboundId, u32)>,
) -> Result<Option<(OutboundRecord, u32)>, EngineError> {
    if let Some((id, n)) = place
        && let Some(record) = outbound(connection, &id)?
    {
        return Ok(Some((record, n)));
    }
    let by_wamid = "SELECT doc FROM outbound WHERE wamid = ?1";
    let found: Option<OutboundRecord> = super::documents::one(connection, by_wamid, status.wamid.as_str())?;
    Ok(found.and_then(|record| {
        let n = record.tries.iter().find(|(_, tried)| tried.wamid.as_ref() == Some(&status.wamid)).map(|(n, _)| *n)?;
        Some((record, n))
    }))
}

fn close_dead_letter(
    connection: &Connection,
    record: &OutboundRecord,
    now: Timestamp,
    expiry_ms: i64,
) -> Result<(), EngineError> {
    match dead_letter(connection, &record.turn)? {
        Some(mut letter) => {
            letter.closed_at.get_or_insert(now);
            save_dead_letter(connection, &letter, expiry_ms)
        }
        None => Ok(()),
    }
}
