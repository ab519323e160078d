//! Webhooks to the app over real HTTP: signed, redelivered until 200, or spoilt by a fault.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::chat::Progress;
use super::faults::WebhookFault;
use super::hub::Hub;
use super::story::Webhook;
use super::wire::{self, Update};
use super::world::Place;
use crate::domain::{EventId, MessageType, PhoneNumberId, WabaId};
use crate::queue::{Event, EventKind};

/// The waits between attempts. Meta goes on for seven days; after a minute somebody at a phone page has seen enough.
const BACK_OFF_MS: [u64; 8] = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000];

/// `redeliver_until_200`: so often, at this distance.
const INSISTENT: (usize, Duration) = (150, Duration::from_millis(200));

/// A held webhook goes after this long even if no other one comes.
const HELD: Duration = Duration::from_secs(2);

/// Messages that may stay unanswered without a decision count as settled this long after the app took them.
const SILENT_AFTER: Duration = Duration::from_secs(3);

/// Any other message counts as recorded only when it is undecided for so long and nothing before it is open: the longest debounce
/// and the shortest wait before a queue delivers again.
const RECORDED_AFTER: Duration = Duration::from_secs(15);

/// Wabridge's default for `answer_within`: older messages are recorded and not answered.
const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_hours(12);

const TOO_OLD: &str = "older than answer_within: recorded, not answered";

/// A longer body of a batch is kept with its first message only: a thousand copies of it would fill memory and disk.
const BODY_KEPT: usize = 16 * 1024;

/// One or more updates that travel in one body.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    pub(super) updates: Vec<Update>,
    pub(super) marks: Vec<Mark>,
}

/// Where the fate of an update is written down.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    /// A message of a person.
    Message { place: Place, wamid: String },
    /// The status at this index of a message of ours.
    Status { place: Place, wamid: String, index: usize },
}

/// What waits for company.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Fault `batch`: until there are so many updates.
    pub(super) collecting: Option<(usize, Parcel)>,
    /// Fault `reorder`.
    pub(super) reordered: Vec<Parcel>,
    /// `deliver.batch` with `hold`.
    pub(super) named: BTreeMap<String, Parcel>,
}

/// What came back for one attempt.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Attempt {
    /// `None`: no answer.
    pub(super) status: Option<u16>,
    /// The code in the app's error body.
    pub(super) code: Option<String>,
    pub(super) milliseconds: u64,
}

/// A body ready to go, as often as it takes.
#[derive(Debug, Clone)]
struct Letter {
    body: Bytes,
    signature: Option<String>,
    marks: Vec<Mark>,
}

impl Parcel {
    pub(super) fn join(&mut self, other: Self) {
        self.updates.extend(other.updates);
        self.marks.extend(other.marks);
    }
}

/// Delivers a message of a person as its fault or `times` say. Returns the attempts that were made before this returns; redelivery
/// goes on behind.
pub(super) async fn message(hub: &Arc<Hub>, parcel: Parcel, times: u32, fault: Option<WebhookFault>) -> Vec<Attempt> {
    let attempts = match fault {
        Some(WebhookFault::Drop) => {
            never_arrives(hub, &parcel.marks);
            Vec::new()
        }
        Some(WebhookFault::Reorder) => {
            hold_for_the_next(hub, parcel);
            return Vec::new();
        }
        Some(WebhookFault::Batch(size)) => collect(hub, parcel, usize::try_from(size).unwrap_or(1)).await,
        Some(WebhookFault::Unsigned | WebhookFault::WrongSecret | WebhookFault::ForeignWaba | WebhookFault::ForeignNumber) => {
            spoilt(hub, parcel, fault).await
        }
        Some(WebhookFault::Twice) => genuine(hub, parcel, times + 1, false).await,
        Some(WebhookFault::RedeliverUntil200) => genuine(hub, parcel, times, true).await,
        None => genuine(hub, parcel, times, false).await,
    };
    let overtaken = std::mem::take(&mut hub.lock_waiting().reordered);
    for parcel in overtaken {
        genuine(hub, parcel, 1, false).await;
    }
    attempts
}

/// Delivers one status; returns when it arrived or the app refused it for the first time.
pub(super) async fn status(hub: &Arc<Hub>, parcel: Parcel) {
    genuine(hub, parcel, 1, false).await;
}

async fn genuine(hub: &Arc<Hub>, parcel: Parcel, times: u32, insistent: bool) -> Vec<Attempt> {
    let body = wire::body(&hub.waba_id, &parcel.updates);
    let signature = Some(wire::sign(&hub.app_secret, &body));
    let letter = Letter { body: body.into(), signature, marks: parcel.marks };
    let mut attempts = Vec::new();
    for _ in 0..times {
        attempts.push(post(hub, &letter).await);
    }
    if attempts.iter().any(|attempt| attempt.status == Some(200)) {
        return attempts;
    }
    let again = Arc::clone(hub);
    hub.spawn(async move { redeliver(&again, letter, insistent).await });
    attempts
}

/// A body that no genuine Meta would send: it goes once, and whatever it carries never arrives.
async fn spoilt(hub: &Arc<Hub>, mut parcel: Parcel, fault: Option<WebhookFault>) -> Vec<Attempt> {
    let foreign = WabaId::new("999999999999999");
    let waba = if fault == Some(WebhookFault::ForeignWaba) { &foreign } else { &hub.waba_id };
    if fault == Some(WebhookFault::ForeignNumber) {
        for update in &mut parcel.updates {
            update.number = PhoneNumberId::new("999999999999999");
        }
    }
    let body = wire::body(waba, &parcel.updates);
    let signature = match fault {
        Some(WebhookFault::Unsigned) => None,
        Some(WebhookFault::WrongSecret) => Some(wire::sign(&SecretString::from("not the secret of this app"), &body)),
        _ => Some(wire::sign(&hub.app_secret, &body)),
    };
    let letter = Letter { body: body.into(), signature, marks: parcel.marks };
    let attempts = vec![post(hub, &letter).await];
    never_arrives(hub, &letter.marks);
    attempts
}

async fn redeliver(hub: &Arc<Hub>, letter: Letter, insistent: bool) {
    let waits = if insistent { vec![INSISTENT.1; INSISTENT.0] } else { BACK_OFF_MS.map(Duration::from_millis).to_vec() };
    for wait in waits {
        tokio::time::sleep(hub.delay(wait)).await;
        if post(hub, &letter).await.status == Some(200) {
            return;
        }
    }
    never_arrives(hub, &letter.marks);
}

fn hold_for_the_next(hub: &Arc<Hub>, parcel: Parcel) {
    hub.lock_waiting().reordered.push(parcel);
    let later = Arc::clone(hub);
    hub.spawn(async move {
        tokio::time::sleep(later.delay(HELD)).await;
        let held = std::mem::take(&mut later.lock_waiting().reordered);
        for parcel in held {
            genuine(&later, parcel, 1, false).await;
        }
    });
}

/// Joins what is collected; the one that makes it full takes all along.
pub(super) async fn collect(hub: &Arc<Hub>, parcel: Parcel, size: usize) -> Vec<Attempt> {
    let full = {
        let mut waiting = hub.lock_waiting();
        let (size, mut joined) = waiting.collecting.take().unwrap_or((size, Parcel { updates: Vec::new(), marks: Vec::new() }));
        joined.join(parcel);
        if joined.updates.len() >= size {
            Some(joined)
        } else {
            waiting.collecting = Some((size, joined));
            None
        }
    };
    if let Some(parcel) = full {
        return genuine(hub, parcel, 1, false).await;
    }
    let later = Arc::clone(hub);
    hub.spawn(async move {
        tokio::time::sleep(later.delay(HELD)).await;
        let collected = later.lock_waiting().collecting.take();
        if let Some((_, parcel)) = collected {
            genuine(&later, parcel, 1, false).await;
        }
    });
    Vec::new()
}

/// Whether a batch is being collected: then every message joins it.
pub(super) fn is_collecting(hub: &Hub) -> Option<WebhookFault> {
    let waiting = hub.lock_waiting();
    waiting.collecting.as_ref().map(|(size, _)| WebhookFault::Batch(u32::try_from(*size).unwrap_or(1)))
}

#[derive(Deserialize)]
struct AppError {
    error: AppErrorBody,
}

#[derive(Deserialize)]
struct AppErrorBody {
    code: String,
}

async fn post(hub: &Arc<Hub>, letter: &Letter) -> Attempt {
    let started = Instant::now();
    let mut request = hub.client.post(&hub.webhook_url).header("content-type", "application/json").body(letter.body.clone());
    if let Some(signature) = &letter.signature {
        request = request.header("x-hub-signature-256", signature);
    }
    let (status, code) = match request.send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            let body = response.bytes().await.unwrap_or_default();
            (Some(status), serde_json::from_slice::<AppError>(&body).ok().map(|answer| answer.error.code))
        }
        Err(_) => (None, None),
    };
    let attempt = Attempt { status, code, milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX) };
    note(hub, letter, &attempt);
    attempt
}

fn note(hub: &Arc<Hub>, letter: &Letter, attempt: &Attempt) {
    let arrived = attempt.status == Some(200);
    for (index, mark) in letter.marks.iter().enumerate() {
        match mark {
            Mark::Message { place, wamid } => {
                let body = if index == 0 || letter.body.len() <= BODY_KEPT { &letter.body } else { &Bytes::new() };
                if let Some(rest) = note_message(hub, place, wamid, &webhook(letter, body, attempt)) {
                    tell_later(hub, place.clone(), rest);
                }
                hub.chat_changed(place);
            }
            Mark::Status { place, wamid, index } => {
                if arrived && let Some(chat) = hub.world().chat(place) {
                    let seen = chat.find(wamid).and_then(|message| message.statuses.get_mut(*index));
                    if let Some(seen) = seen {
                        seen.delivered_to_app += 1;
                    }
                    chat.motion.done();
                }
                hub.chat_changed(place);
            }
        }
    }
}

fn webhook(letter: &Letter, body: &Bytes, attempt: &Attempt) -> Webhook {
    Webhook {
        delivery: hex::encode(Sha256::digest(&letter.body)),
        status: attempt.status,
        code: attempt.code.clone(),
        milliseconds: attempt.milliseconds,
        signature: letter.signature.clone(),
        body: String::from_utf8_lossy(body).into_owned(),
    }
}

/// Writes the attempt into the story. Returns after how long the chat may come to rest without a decision.
fn note_message(hub: &Hub, place: &Place, wamid: &str, webhook: &Webhook) -> Option<Duration> {
    let nobody_answers = { hub.bot.borrow().routes == 0 };
    let now = hub.clock.now();
    let mut world = hub.world();
    let chat = world.chat(place)?;
    let message = chat.find(wamid)?;
    message.story.webhook = Some(webhook.clone());
    if webhook.status != Some(200) {
        return None;
    }
    if message.status != Progress::Read {
        message.status = Progress::Delivered;
    }
    let is_first = message.story.event.is_none();
    message.story.event = Some(event_of(wamid).as_str().to_owned());
    let id = message.inbound.clone()?;
    if !asks_for_an_answer(&message.kind) || nobody_answers {
        let patience = hub.delay(SILENT_AFTER);
        chat.motion.may_stay_silent(&id, Instant::now() + patience);
        return Some(patience);
    }
    if is_first && message.story.decision.turn.is_none() && now.duration_since(message.at) > ANSWERED_WITHIN {
        message.story.decision.silence = Some(TOO_OLD.to_owned());
        chat.motion.decided(&id);
        return None;
    }
    let patience = hub.delay(RECORDED_AFTER);
    chat.motion.acknowledged(&id, Instant::now(), patience);
    Some(patience)
}

/// Rest comes without an event: nothing else would tell the page.
fn tell_later(hub: &Arc<Hub>, place: Place, after: Duration) {
    let later = Arc::clone(hub);
    hub.spawn(async move {
        tokio::time::sleep(after + Duration::from_millis(10)).await;
        later.chat_changed(&place);
    });
}

/// The id of the event that the app makes of a message: the hash of its natural key.
fn event_of(wamid: &str) -> EventId {
    Event::new(EventKind::Message, &[wamid], Timestamp::UNIX_EPOCH, "", String::new()).id
}

/// Kinds that open no turn unless a route names them.
fn asks_for_an_answer(kind: &str) -> bool {
    match kind {
        "reaction" => MessageType::Reaction.asks_for_an_answer(),
        "raw" => false,
        _ => true,
    }
}

/// Nothing is under way any more for these.
fn never_arrives(hub: &Hub, marks: &[Mark]) {
    for mark in marks {
        match mark {
            Mark::Message { place, wamid } => {
                if let Some(chat) = hub.world().chat(place) {
                    let inbound = chat.find(wamid).and_then(|message| {
                        message.status = Progress::Sent;
                        message.inbound.clone()
                    });
                    if let Some(id) = inbound {
                        chat.motion.decided(&id);
                    }
                }
                hub.chat_changed(place);
            }
            Mark::Status { place, .. } => {
                if let Some(chat) = hub.world().chat(place) {
                    chat.motion.done();
                }
                hub.chat_changed(place);
            }
        }
    }
}
