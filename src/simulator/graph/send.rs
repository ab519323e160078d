//! A message arrives on the phone, or is refused with the reason that the real one would give.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value};

use super::check::{self, Address, Asked, Outgoing};
use super::error::{Refusal, details_of};
use super::{Answer, Call};
use crate::domain::OutboundId;
use crate::simulator::chat::{Direction, Failure, Message, Progress};
use crate::simulator::faults::{FaultBody, HttpFault, SendFault};
use crate::simulator::meta_ids::wamid;
use crate::simulator::story::Request;
use crate::simulator::world::{Person, Place, World};
use crate::simulator::{Number, statuses};

/// Longer than any client waits (ours: 8 s).
const HANG: Duration = Duration::from_secs(30);

/// Meta takes "is typing" away after this long.
const TYPING: Duration = Duration::from_secs(25);

#[derive(Serialize)]
struct Accepted<'a> {
    messaging_product: &'static str,
    contacts: [Contact<'a>; 1],
    messages: [Id<'a>; 1],
}

#[derive(Serialize)]
struct Contact<'a> {
    input: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    wa_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Id<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct Success {
    success: bool,
}

/// Marks as read up to a message of a person, and shows typing.
pub(super) fn mark_read(call: &Call<'_>, number: &Number, message_id: &str, typing: bool) -> Answer {
    let place = {
        let mut world = call.hub.world();
        let Some(place) = inbound_place(&world, number, message_id) else {
            let why = "Param message_id is not a message that this number received.";
            return Answer::from(&Refusal::parameter(why));
        };
        if let Some(chat) = world.chat(&place) {
            chat.mark_read(message_id);
            if typing {
                chat.typing_until = Some(Instant::now() + TYPING);
            }
        }
        place
    };
    call.hub.chat_changed(&place);
    if typing {
        tell_when_typing_ends(call, place);
    }
    Answer::Json(200, serde_json::to_value(Success { success: true }).unwrap_or_default())
}

/// Nothing else would tell the page.
fn tell_when_typing_ends(call: &Call<'_>, place: Place) {
    let hub = std::sync::Arc::clone(call.hub);
    call.hub.spawn(async move {
        tokio::time::sleep(TYPING + Duration::from_millis(10)).await;
        hub.chat_changed(&place);
    });
}

/// Sends a message whose shape is right.
pub(super) async fn send(call: &Call<'_>, number: &Number, outgoing: &Outgoing) -> Answer {
    let (place, fault) = {
        let mut world = call.hub.world();
        let Some(place) = place_of(&world, number, &outgoing.to) else {
            return Answer::from(&Refusal::new(131_026, details_of(131_026)));
        };
        let fault = world.faults.send(&place.person, &place.nick);
        (place, fault)
    };
    match fault {
        None => accept(call, &place, outgoing),
        Some(SendFault::Error(fault)) => refuse(call, &place, outgoing, &Refusal::wanted(fault.error, fault.http)),
        Some(SendFault::Http(fault)) => meaningless(call, &place, outgoing, &fault),
        Some(SendFault::RefuseConnection) => {
            attempt(call, &place, outgoing, "the simulator broke the connection", &Answer::Broken);
            Answer::Broken
        }
        Some(SendFault::AcceptThenReset) => {
            let answer = accept(call, &place, outgoing);
            if !matches!(answer, Answer::Json(200, _)) {
                return answer;
            }
            tell_again(call, &place, &Answer::Broken);
            Answer::Broken
        }
        Some(SendFault::SlowMs(milliseconds)) => {
            let answer = accept(call, &place, outgoing);
            let late = Late::begin(call, &place);
            wait(call, Duration::from_millis(milliseconds)).await;
            tell_again(call, &place, &answer);
            drop(late);
            answer
        }
        Some(SendFault::Hang) => {
            attempt(call, &place, outgoing, "the simulator did not answer", &Answer::Broken);
            wait(call, call.hub.delay(HANG)).await;
            Answer::Broken
        }
    }
}

/// An answer on its way: the chat is not at rest before, so that whoever waits sees how long it took. Ends also when the client gives up.
struct Late<'a> {
    call: &'a Call<'a>,
    place: &'a Place,
}

impl<'a> Late<'a> {
    fn begin(call: &'a Call<'a>, place: &'a Place) -> Self {
        if let Some(chat) = call.hub.world().chat(place) {
            chat.motion.planned(1);
        }
        Self { call, place }
    }
}

impl Drop for Late<'_> {
    fn drop(&mut self) {
        if let Some(chat) = self.call.hub.world().chat(self.place) {
            chat.motion.done();
        }
        self.call.hub.chat_changed(self.place);
    }
}

/// The newest message of the chat that this request sent learns how the request ended after all.
fn tell_again(call: &Call<'_>, place: &Place, answer: &Answer) {
    {
        let mut world = call.hub.world();
        let Some(chat) = world.chat(place) else { return };
        let sent = chat.messages.iter_mut().rev().filter_map(|message| message.story.request.as_mut());
        if let Some(request) = sent.into_iter().find(|request| request.body == call.body) {
            (request.status, request.answer) = answer.noted();
            request.milliseconds = call.milliseconds();
        }
    }
    call.hub.chat_changed(place);
}

/// Ends early when the simulator stops, so that it never holds up the server.
async fn wait(call: &Call<'_>, time: Duration) {
    let _ = call.hub.stop.run_until_cancelled(tokio::time::sleep(time)).await;
}

/// Refused for its shape: shown in the chat where the address can be read.
pub(super) fn refused(call: &Call<'_>, number: &Number, refusal: &Refusal) -> Answer {
    let answer = Answer::from(refusal);
    let place = check::address(&call.body).and_then(|to| place_of(&call.hub.world(), number, &to));
    if let Some(place) = place {
        show_refused(call, &place, refusal, &answer);
    }
    answer
}

/// Refused before anybody looked at the body: token, number, version.
pub(super) fn refused_before_reading(call: &Call<'_>, refusal: &Refusal) -> Answer {
    let answer = Answer::from(refusal);
    let id = crate::domain::PhoneNumberId::new(call.path.split('/').nth(2).unwrap_or_default());
    let place = call.hub.number_of(&id).and_then(|number| {
        let to = check::address(&call.body)?;
        place_of(&call.hub.world(), number, &to)
    });
    if let Some(place) = place {
        show_refused(call, &place, refusal, &answer);
    }
    answer
}

fn show_refused(call: &Call<'_>, place: &Place, refusal: &Refusal, answer: &Answer) {
    let failure = Failure { code: refusal.code, title: refusal.title(), again: refusal.may_come_again() };
    if let Ok(Asked::Send(outgoing)) = check::check(&call.body) {
        return add_refused(call, place, drafted(call, &outgoing), failure, answer);
    }
    // What cannot be read is shown as it came.
    let word = call.body.get("type").and_then(Value::as_str).unwrap_or("text");
    let body = call.body.get(word).and_then(Value::as_object).cloned().unwrap_or_default();
    let callback = call.body.get("biz_opaque_callback_data").and_then(Value::as_str).map(str::to_owned);
    let message = draft(call, word, body, None, callback);
    add_refused(call, place, message, failure, answer);
}

fn refuse(call: &Call<'_>, place: &Place, outgoing: &Outgoing, refusal: &Refusal) -> Answer {
    let answer = Answer::from(refusal);
    let failure = Failure { code: refusal.code, title: refusal.title(), again: refusal.may_come_again() };
    add_refused(call, place, drafted(call, outgoing), failure, &answer);
    answer
}

fn meaningless(call: &Call<'_>, place: &Place, outgoing: &Outgoing, fault: &HttpFault) -> Answer {
    let answer = match fault.body {
        FaultBody::Html => Answer::Other(
            fault.http,
            "text/html; charset=utf-8",
            "<html><body><h1>Sorry, something went wrong.</h1></body></html>",
        ),
        FaultBody::Empty => Answer::Other(fault.http, "text/plain", ""),
        FaultBody::Graph => Answer::from(&Refusal::wanted(2, Some(fault.http))),
    };
    attempt(call, place, outgoing, "the simulator answered with an error of its server", &answer);
    answer
}

/// Notes a try that Meta did not take and whose outcome the app cannot know.
fn attempt(call: &Call<'_>, place: &Place, outgoing: &Outgoing, why: &str, answer: &Answer) {
    let failure = Failure { code: 0, title: why.to_owned(), again: false };
    add_refused(call, place, drafted(call, outgoing), failure, answer);
}

fn add_refused(call: &Call<'_>, place: &Place, mut message: Message, failure: Failure, answer: &Answer) {
    {
        let may_come_again = failure.again;
        let mut world = call.hub.world();
        message.status = Progress::Refused;
        message.error = Some(failure);
        finish_story(call, &world, &mut message, answer);
        let ended = message.outbound.as_ref().map(|id| world.this_and_later(id)).unwrap_or_default();
        if let Some(chat) = world.chat(place) {
            chat.add(message);
            if !may_come_again {
                for id in &ended {
                    chat.motion.ended(id);
                }
            }
        }
    }
    call.hub.chat_changed(place);
}

/// Meta takes it if the window is open and the quoted message is there.
fn accept(call: &Call<'_>, place: &Place, outgoing: &Outgoing) -> Answer {
    if let Err(refusal) = acceptable(call, place, outgoing) {
        return refuse(call, place, outgoing, &refusal);
    }
    let (answer, id) = {
        let mut world = call.hub.world();
        let Some(person) = world.person(&place.person) else { return Answer::Broken };
        let id = wamid(person.key()).as_str().to_owned();
        let answer = Answer::Json(200, accepted(person, &outgoing.to, &id));
        let mut message = drafted(call, outgoing);
        message.wamid.clone_from(&id);
        message.status = Progress::Accepted;
        message.billed = true;
        finish_story(call, &world, &mut message, &answer);
        let outbound = message.outbound.clone();
        if let Some(chat) = world.chat(place) {
            chat.add(message);
            chat.billed += 1;
            chat.typing_until = None;
            if let Some(id) = &outbound {
                chat.motion.ended(id);
            }
        }
        (answer, id)
    };
    statuses::follow(call.hub, place.clone(), id);
    call.hub.chat_changed(place);
    answer
}

fn acceptable(call: &Call<'_>, place: &Place, outgoing: &Outgoing) -> Result<(), Refusal> {
    let now = call.hub.clock.now();
    let mut world = call.hub.world();
    let chat = world.chat(place);
    if chat.as_ref().and_then(|chat| chat.window_closes()).is_none_or(|closes| closes <= now) {
        return Err(Refusal::new(131_047, details_of(131_047)));
    }
    let known = |quoted: &String| chat.as_ref().is_some_and(|chat| chat.get(quoted).is_some());
    if outgoing.quotes.as_ref().is_some_and(|quoted| !known(quoted)) {
        return Err(Refusal::value("Param context.message_id is not a message of this chat."));
    }
    Ok(())
}

fn accepted(person: &Person, to: &Address, id: &str) -> Value {
    let (input, wa_id, user_id) = match to {
        Address::Phone(digits) => (digits.as_str(), person.wa_id(), None),
        Address::User(user) => (user.as_str(), None, person.user_id.as_deref()),
    };
    let contacts = [Contact { input, wa_id, user_id }];
    serde_json::to_value(Accepted { messaging_product: "whatsapp", contacts, messages: [Id { id }] }).unwrap_or_default()
}

fn drafted(call: &Call<'_>, outgoing: &Outgoing) -> Message {
    let content = &outgoing.content;
    draft(call, content.kind, content.body.clone(), outgoing.quotes.clone(), outgoing.callback.clone())
}

fn draft(call: &Call<'_>, kind: &str, body: Map<String, Value>, quotes: Option<String>, callback: Option<String>) -> Message {
    // A try that was never accepted has no id at Meta; the page still needs one to select it by.
    let stand_in = format!("not-accepted.{}", call.n);
    let mut message = Message::new(Direction::Out, stand_in, kind, body, call.hub.clock.now());
    message.quotes = quotes;
    message.outbound = callback.as_deref().and_then(outbound_of);
    message.callback = callback;
    message
}

/// The app's id in `wb1.<outbound id>.<attempt>`.
fn outbound_of(callback: &str) -> Option<OutboundId> {
    let (id, _attempt) = callback.strip_prefix("wb1.")?.rsplit_once('.')?;
    Some(OutboundId::new(id))
}

fn finish_story(call: &Call<'_>, world: &World, message: &mut Message, answer: &Answer) {
    let (status, written) = answer.noted();
    message.story.request = Some(Request {
        method: call.method.clone(),
        path: call.path.clone(),
        status,
        milliseconds: call.milliseconds(),
        body: call.body.clone(),
        answer: written,
    });
    if let Some(id) = &message.outbound {
        world.explain(id, &mut message.story);
    }
}

fn place_of(world: &World, number: &Number, to: &Address) -> Option<Place> {
    let is_meant = |person: &&Person| match to {
        Address::Phone(digits) => person.wa_id() == Some(digits),
        Address::User(user) => person.user_id.as_deref() == Some(user),
    };
    let person = world.people.iter().find(is_meant)?;
    Some(Place { person: person.id.clone(), nick: number.nick.clone() })
}

fn inbound_place(world: &World, number: &Number, message_id: &str) -> Option<Place> {
    let has = |person: &&Person| {
        let message = person.chats.get(&number.nick).and_then(|chat| chat.get(message_id));
        message.is_some_and(|message| message.direction == Direction::In)
    };
    let person = world.people.iter().find(has)?;
    Some(Place { person: person.id.clone(), nick: number.nick.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_id_is_found_in_the_callback_data_and_in_no_other_text() {
        assert_eq!(outbound_of("wb1.m_ab12.1"), Some(OutboundId::new("m_ab12")));
        assert_eq!(outbound_of("order-4711"), None);
        assert_eq!(outbound_of("wb1.m_ab12"), None);
    }
}
