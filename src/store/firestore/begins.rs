//! Begins of one conversation go together: those that come while a commit is on its way are the next commit. A person who writes much
//! at once would else make our own tasks wait for each other.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::Cloud;
use super::documents::{conversation_key, inbound_key};
use super::tries::Tries;
use super::verbs::told;
use super::work::Work;
use crate::domain::{ConversationId, InboundId};
use crate::firestore::FirestoreError;
use crate::store::StoreError;
use crate::store::facade::fresh_turn;
use crate::store::protocol::{self, Begin, BeginAnswer, Claim, Scene};
use crate::store::record::{DeadLetter, InboundRecord};

/// So many in one commit: a message each, and Firestore takes 500 writes.
const TOGETHER: usize = 50;

/// Who waits, by conversation. Where there is an entry, a task works on it.
#[derive(Debug, Clone, Default)]
pub(super) struct Begins(Arc<Mutex<HashMap<ConversationId, Vec<Waiting>>>>);

#[derive(Debug)]
struct Waiting {
    claim: Claim,
    now: Timestamp,
    answer: oneshot::Sender<Result<Answer, FirestoreError>>,
}

/// With the dead letter that it made.
type Answer = (BeginAnswer, Option<DeadLetter>);

impl Begins {
    /// True for the first one, who has to see to it that somebody works.
    fn join(&self, id: &ConversationId, waiting: Waiting) -> bool {
        let mut all = self.lock();
        let is_first = !all.contains_key(id);
        all.entry(id.clone()).or_default().push(waiting);
        is_first
    }

    /// Those who go together now, in the order in which they came. Empty: nobody waits, and the work is over.
    fn next(&self, id: &ConversationId, most: usize) -> Vec<Waiting> {
        let mut all = self.lock();
        let waiting = all.get_mut(id).map_or_else(Vec::new, |waiting| waiting.drain(..waiting.len().min(most)).collect());
        if waiting.is_empty() {
            all.remove(id);
        }
        waiting
    }

    /// Those for whom there was no room come first the next time.
    fn put_back(&self, id: &ConversationId, rest: Vec<Waiting>) {
        self.lock().entry(id.clone()).or_default().splice(0..0, rest);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConversationId, Vec<Waiting>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cloud {
    pub(in crate::store) async fn begin(
        &self,
        id: ConversationId,
        claim: Claim,
        now: Timestamp,
    ) -> Result<BeginAnswer, StoreError> {
        let (answer, answered) = oneshot::channel();
        if self.begins.join(&id, Waiting { claim, now, answer }) {
            // A task of its own: whoever came first may be cancelled, the others not.
            tokio::spawn(self.clone().work_on(id));
        }
        Ok(told(answered.await.unwrap_or(Err(FirestoreError::Unclear))?))
    }

    async fn work_on(self, id: ConversationId) {
        // One at a time after Firestore refused several: one that it will never take must not hold up the others.
        let mut most = TOGETHER;
        loop {
            let mut waiting = self.begins.next(&id, most);
            if waiting.is_empty() {
                return;
            }
            let claims: Vec<_> = waiting.iter().map(|waiting| (waiting.claim.clone(), waiting.now)).collect();
            let (cloud, at) = (self.clone(), id.clone());
            let begun = tokio::spawn(async move { cloud.begin_together(&at, &claims).await }).await;
            match begun.unwrap_or(Err(FirestoreError::Unclear)) {
                Ok(answers) => {
                    let rest = waiting.split_off(answers.len());
                    self.begins.put_back(&id, rest);
                    // Whoever was cancelled meanwhile: the event comes again and is recognised.
                    waiting.into_iter().zip(answers).for_each(|(waiting, answer)| drop(waiting.answer.send(Ok(answer))));
                }
                Err(FirestoreError::Refused(_) | FirestoreError::Shape(_)) if waiting.len() > 1 => {
                    most = 1;
                    self.begins.put_back(&id, waiting);
                }
                Err(error) => waiting.into_iter().for_each(|waiting| drop(waiting.answer.send(Err(error.clone())))),
            }
        }
    }

    /// The answers to the first of the claims, at least to one.
    async fn begin_together(&self, id: &ConversationId, claims: &[(Claim, Timestamp)]) -> Result<Vec<Answer>, FirestoreError> {
        let mut tries = Tries::new(&self.db);
        loop {
            if let Some(answers) = tries.landed().await? {
                return Ok(answers);
            }
            let mut work = Work::new(&self.db);
            let answers = self.decide(&mut work, id, claims).await?;
            if let Some(answers) = tries.commit(work, answers).await? {
                return Ok(answers);
            }
        }
    }

    async fn decide(
        &self,
        work: &mut Work<'_>,
        id: &ConversationId,
        claims: &[(Claim, Timestamp)],
    ) -> Result<Vec<Answer>, FirestoreError> {
        let messages = claims.iter().filter_map(|(claim, _)| message(claim));
        work.load(messages.map(inbound_key).chain([conversation_key(id)])).await?;
        let mut answers = Vec::new();
        let mut joined = HashSet::new();
        let mut all: Option<Scene> = None;
        for (claim, now) in claims {
            let known = match message(claim) {
                Some(id) => work.record::<InboundRecord>(&inbound_key(id)).await?,
                None => None,
            };
            let is_known = known.is_some() || message(claim).is_none_or(|id| joined.contains(id));
            // A known message stays where it is, also when its contact has been merged into another since.
            let home = known.map_or_else(|| id.clone(), |record| record.conversation);
            let before = match all.take() {
                Some(scene) if scene.conversation.id == home => scene,
                Some(_) => break,
                None => match work.scene(&home).await? {
                    Some(scene) => scene,
                    None if is_known => return Ok(vec![(BeginAnswer::Recorded(None), None)]),
                    None => return Ok(vec![(BeginAnswer::Absent, None)]),
                },
            };
            let mut scene = before.clone();
            scene.inbound = None;
            let answer = protocol::begin(&mut scene, claim, is_known, &fresh_turn(), *now, &self.limits);
            // What ends a turn notes it on messages that are stored already: it goes alone.
            let ends = scene.dead_letter.is_some() || !scene.notes.is_empty();
            if ends && !answers.is_empty() {
                break;
            }
            work.save(&before, &scene, self.expiry(*now)).await?;
            answers.push((answer, scene.dead_letter.clone()));
            joined.extend(message(claim).cloned());
            if ends {
                break;
            }
            all = Some(scene);
        }
        // Whoever got the lease has the messages of all of them before it.
        if let Some(scene) = &all {
            for (answer, _) in &mut answers {
                if let BeginAnswer::Begun(begun) = answer {
                    begun.waiting = scene.conversation.mailbox.len();
                }
            }
        }
        Ok(answers)
    }
}

fn message(claim: &Claim) -> Option<&InboundId> {
    match &claim.begin {
        Begin::Message { message, .. } => Some(&message.id),
        Begin::Wake => None,
    }
}
