//! What a person writes: the body of `POST /simulator/people/{person}/messages` → what Meta sends and what the page shows.

use actix_web::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Problem;
use crate::simulator::chat::{Chat, Direction, Message, Progress};
use crate::simulator::sample::media;
use crate::simulator::wire::{Interactive, Payload, Reply};

/// WhatsApp's own limit on what a person can type.
const TEXT: usize = 65_536;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    pub(super) to: Option<String>,
    text: Option<String>,
    tap: Option<Tap>,
    image: Option<Medium>,
    audio: Option<Medium>,
    document: Option<Medium>,
    location: Option<Place>,
    reaction: Option<Reaction>,
    order: Option<Map<String, Value>>,
    raw: Option<Map<String, Value>>,
    pub(super) quote: Option<String>,
    pub(super) at: Option<Timestamp>,
    #[serde(default)]
    pub(super) deliver: Deliver,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tap {
    message: String,
    choice: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Medium {
    #[expect(dead_code, reason = "only says that a medium is there; nothing can be downloaded yet")]
    #[serde(default)]
    sample: bool,
    /// The name that is shown; nothing is read from disk.
    file: Option<String>,
    caption: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    latitude: f64,
    longitude: f64,
    name: Option<String>,
    address: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reaction {
    message: String,
    #[serde(default)]
    emoji: String,
}

/// How the webhook travels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deliver {
    #[serde(default = "once")]
    pub(super) times: u32,
    #[serde(default)]
    pub(super) delay_ms: u64,
    pub(super) batch: Option<String>,
    #[serde(default)]
    pub(super) hold: bool,
}

fn once() -> u32 {
    1
}

impl Default for Deliver {
    fn default() -> Self {
        Self { times: 1, delay_ms: 0, batch: None, hold: false }
    }
}

/// A message, ready to be sent and shown.
pub(super) struct Written {
    pub(super) kind: &'static str,
    pub(super) body: Map<String, Value>,
    pub(super) wire: Wire,
    /// A tap quotes what was tapped.
    pub(super) quotes: Option<String>,
}

pub(super) enum Wire {
    /// Meta's `type` and what stands under it.
    Documented(&'static str, Payload),
    /// As the person at the page wrote it.
    Raw(Map<String, Value>),
}

impl NewMessage {
    /// Exactly one kind, and everything in it possible in this chat.
    pub(super) fn written(&mut self, chat: &Chat) -> Result<Written, Problem> {
        self.check_deliver()?;
        if let Some(quote) = &self.quote
            && chat.get(quote).is_none()
        {
            return Err(Problem::invalid("\"quote\" is not the wamid of a message of this chat."));
        }
        let mut kinds = Vec::new();
        kinds.extend(self.text.take().map(text));
        kinds.extend(self.tap.take().map(|tap| tap.written(chat)));
        kinds.extend(self.image.take().map(|medium| Ok(medium.written("image", "image/jpeg"))));
        kinds.extend(self.audio.take().map(|medium| Ok(medium.written("audio", "audio/ogg; codecs=opus"))));
        kinds.extend(self.document.take().map(|medium| Ok(medium.written("document", "application/pdf"))));
        kinds.extend(self.location.take().map(Place::written));
        kinds.extend(self.reaction.take().map(|reaction| reaction.written(chat)));
        kinds.extend(
            self.order
                .take()
                .map(|order| Ok(Written::new("order", order.clone(), Wire::Documented("order", Payload::Order(order))))),
        );
        kinds.extend(self.raw.take().map(|raw| Ok(Written::new("raw", raw.clone(), Wire::Raw(raw)))));
        match (kinds.pop(), kinds.is_empty()) {
            (Some(written), true) => written,
            _ => Err(Problem::invalid("Give exactly one of text, tap, image, audio, document, location, reaction, order, raw.")),
        }
    }

    fn check_deliver(&self) -> Result<(), Problem> {
        if !(1..=20).contains(&self.deliver.times) {
            return Err(Problem::invalid("\"deliver.times\" takes 1 to 20."));
        }
        if self.deliver.delay_ms > 60_000 {
            return Err(Problem::invalid("\"deliver.delay_ms\" takes at most 60000."));
        }
        if self.deliver.hold && self.deliver.batch.is_none() {
            return Err(Problem::invalid(
                "\"deliver.hold\" needs a \"batch\": the first message of that batch without hold sends them all.",
            ));
        }
        Ok(())
    }
}

impl Written {
    fn new(kind: &'static str, body: Map<String, Value>, wire: Wire) -> Self {
        Self { kind, body, wire, quotes: None }
    }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn text(text: String) -> Result<Written, Problem> {
    if text.is_empty() || text.chars().count() > TEXT {
        return Err(Problem::invalid("\"text\" takes 1 to 65536 characters."));
    }
    Ok(Written::new("text", object(&json!({"body": text})), Wire::Documented("text", Payload::Text { body: text })))
}

impl Tap {
    fn written(self, chat: &Chat) -> Result<Written, Problem> {
        let offer = chat.get(&self.message).filter(|message| message.direction == Direction::Out);
        let Some(offer) = offer else {
            return Err(Problem::invalid("\"tap.message\" is not the wamid of a message that the business sent in this chat."));
        };
        if matches!(offer.status, Progress::Refused | Progress::Failed) {
            let message = "That message never arrived on the phone, so nothing of it can be tapped: tap one that did.".into();
            return Err(Problem::new(StatusCode::CONFLICT, "not_delivered", message));
        }
        let choices = choices(offer);
        let Some((title, description)) = choices.iter().find(|one| one.0 == self.choice).map(|one| (one.1, one.2)) else {
            let ids: Vec<&str> = choices.iter().map(|one| one.0).collect();
            let known = if ids.is_empty() { "it has nothing to tap".to_owned() } else { format!("it has: {}", ids.join(", ")) };
            return Err(Problem::invalid(format!("\"tap.choice\" is not in that message: {known}.")));
        };
        let reply = Reply { id: self.choice.clone(), title: title.to_owned(), description: description.map(str::to_owned) };
        let (kind, interactive) = if offer.kind == "list" {
            ("list", Interactive::ListReply { list_reply: reply })
        } else {
            ("button", Interactive::ButtonReply { button_reply: reply })
        };
        let body = object(&json!({"choice": self.choice, "title": title, "kind": kind}));
        let wire = Wire::Documented("interactive", Payload::Interactive(interactive));
        Ok(Written { kind: "tap", body, wire, quotes: Some(self.message) })
    }
}

/// Id, title and description of everything that can be tapped.
fn choices(offer: &Message) -> Vec<(&str, &str, Option<&str>)> {
    let rows = offer.body.get("sections").and_then(Value::as_array).into_iter().flatten();
    let rows = rows.filter_map(|section| section.get("rows")?.as_array()).flatten();
    let buttons = offer.body.get("buttons").and_then(Value::as_array).into_iter().flatten();
    rows.chain(buttons)
        .filter_map(|one| {
            let word = |key: &str| one.get(key).and_then(Value::as_str);
            Some((word("id")?, word("title")?, word("description")))
        })
        .collect()
}

impl Medium {
    fn written(self, kind: &'static str, mime: &'static str) -> Written {
        let mut body = Map::new();
        body.extend(self.caption.clone().map(|caption| ("caption".to_owned(), Value::from(caption))));
        body.extend(self.file.clone().map(|file| ("filename".to_owned(), Value::from(file))));
        let mut medium = media(mime, self.caption, (kind == "audio").then_some(true));
        let payload = match kind {
            "image" => Payload::Image(medium),
            "audio" => Payload::Audio(medium),
            _ => {
                medium.filename = Some(self.file.unwrap_or_else(|| "sample.pdf".into()));
                Payload::Document(medium)
            }
        };
        Written::new(kind, body, Wire::Documented(kind, payload))
    }
}

impl Place {
    fn written(self) -> Result<Written, Problem> {
        if !(-90.0..=90.0).contains(&self.latitude) || !(-180.0..=180.0).contains(&self.longitude) {
            return Err(Problem::invalid("\"location\" needs a latitude of -90 to 90 and a longitude of -180 to 180."));
        }
        let mut body = object(&json!({"latitude": self.latitude, "longitude": self.longitude}));
        body.extend(self.name.map(|name| ("name".to_owned(), Value::from(name))));
        body.extend(self.address.map(|address| ("address".to_owned(), Value::from(address))));
        Ok(Written::new("location", body.clone(), Wire::Documented("location", Payload::Location(body))))
    }
}

impl Reaction {
    fn written(self, chat: &Chat) -> Result<Written, Problem> {
        if chat.get(&self.message).is_none() {
            return Err(Problem::invalid("\"reaction.message\" is not the wamid of a message of this chat."));
        }
        let body = object(&json!({"message": self.message, "emoji": self.emoji}));
        let payload = Payload::Reaction { message_id: self.message, emoji: self.emoji };
        Ok(Written::new("reaction", body, Wire::Documented("reaction", payload)))
    }
}
