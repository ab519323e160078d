//! From an event's data to the message that a person sent.

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::data::DataFields;
use super::error::WebhookError;
use super::fields::{Contact, Message, Part, Profile};
use super::json::{number, owned, text};
use crate::domain::{Inbound, InboundId, MediaRef, MessageType, Person, PhoneNumberId, UserId, WaId, Wamid};

/// Reads the data of a message event (what [`super::EventData`] wrote). Only what a message cannot be without is an error:
/// an odd or unknown body is a message of type `Other`, with whatever text could be read.
pub fn inbound(data: &str) -> Result<Inbound, WebhookError> {
    let data = DataFields::of(serde_json::from_str(data).map_err(|_| WebhookError::NotEventData)?);
    let message = Message::of(data.item.ok_or(WebhookError::NotEventData)?);
    let number_id = PhoneNumberId::new(text(data.phone_number_id).ok_or(WebhookError::NoNumber)?);
    let wamid = Wamid::new(text(message.id).ok_or(WebhookError::NoId)?);
    let person = person(message.from, message.from_user_id, data.contact);
    if person.is_nobody() {
        return Err(WebhookError::NoPerson);
    }
    let said = Said::of(&message);
    Ok(Inbound {
        id: InboundId::of(&number_id, &wamid),
        wamid,
        number: number_id,
        person,
        sent_at: seconds(message.timestamp).ok_or(WebhookError::NoTimestamp)?,
        index: number(data.index).and_then(|index| u32::try_from(index).ok()).unwrap_or(0),
        kind: said.kind,
        text: said.text,
        choice: said.choice,
        caption: said.caption,
        filename: said.filename,
        media: said.media,
        quotes: message.context.map(Part::of).and_then(|context| owned(context.id)).map(Wamid::new),
    })
}

/// The person with these ids; what they do not say is taken from the contact that was found by id.
pub(super) fn person(phone: Option<&RawValue>, user: Option<&RawValue>, contact: Option<&RawValue>) -> Person {
    let contact = contact.map(Contact::of).unwrap_or_default();
    let profile = contact.profile.map(Profile::of).unwrap_or_default();
    Person {
        wa_id: owned(phone).or_else(|| owned(contact.wa_id)).map(WaId::new),
        user_id: owned(user).or_else(|| owned(contact.user_id)).map(UserId::new),
        username: owned(profile.username),
        name: owned(profile.name),
    }
}

/// Seconds since 1970, as a string or a number.
pub(super) fn seconds(raw: Option<&RawValue>) -> Option<Timestamp> {
    Timestamp::from_second(number(raw)?).ok()
}

/// What a message says, whatever its type.
struct Said {
    kind: MessageType,
    text: String,
    choice: Option<String>,
    caption: Option<String>,
    filename: Option<String>,
    media: Option<MediaRef>,
}

impl Said {
    fn of(message: &Message<'_>) -> Self {
        let word = text(message.kind).unwrap_or_default();
        match word.as_ref() {
            "text" => Self::plain(MessageType::Text, part(message.text).body),
            "button" => {
                let button = part(message.button);
                Self { choice: choice("button", button.payload), ..Self::plain(MessageType::Button, button.text) }
            }
            "interactive" => Self::interactive(message),
            "image" => Self::medium(MessageType::Image, message.image),
            "audio" => Self::medium(MessageType::Audio, message.audio),
            "video" => Self::medium(MessageType::Video, message.video),
            "document" => Self::medium(MessageType::Document, message.document),
            "sticker" => Self::medium(MessageType::Sticker, message.sticker),
            "location" => Self::plain(MessageType::Location, None),
            "contacts" => Self::plain(MessageType::Contacts, None),
            "reaction" => Self::plain(MessageType::Reaction, None),
            "order" => Self::plain(MessageType::Order, part(message.order).text),
            "system" => Self::plain(MessageType::System, None),
            "unsupported" => Self::plain(MessageType::Unsupported, None),
            "" => Self::plain(MessageType::Other("unknown".into()), None),
            other => Self::plain(MessageType::Other(other.into()), None),
        }
    }

    fn interactive(message: &Message<'_>) -> Self {
        let interactive = part(message.interactive);
        let tapped = |kind, word, reply: Option<&RawValue>| {
            let reply = part(reply);
            Self { choice: choice(word, reply.id), ..Self::plain(kind, reply.title) }
        };
        match text(interactive.kind).as_deref() {
            Some("button_reply") => tapped(MessageType::Button, "button", interactive.button_reply),
            Some("list_reply") => tapped(MessageType::List, "list", interactive.list_reply),
            Some(other) => Self::plain(MessageType::Other(other.into()), None),
            None => Self::plain(MessageType::Other("interactive".into()), None),
        }
    }

    fn medium(kind: MessageType, medium: Option<&RawValue>) -> Self {
        let medium = part(medium);
        let said = Self::plain(kind, medium.caption);
        let media = owned(medium.id).map(|id| MediaRef {
            id,
            mime: owned(medium.mime_type).unwrap_or_default(),
            sha256: owned(medium.sha256).unwrap_or_default(),
        });
        Self { caption: owned(medium.caption), filename: owned(medium.filename), media, ..said }
    }

    fn plain(kind: MessageType, text: Option<&RawValue>) -> Self {
        Self { kind, text: owned(text).unwrap_or_default(), choice: None, caption: None, filename: None, media: None }
    }
}

fn part(raw: Option<&RawValue>) -> Part<'_> {
    raw.map(Part::of).unwrap_or_default()
}

fn choice(word: &str, id: Option<&RawValue>) -> Option<String> {
    text(id).map(|id| format!("{word}:{id}"))
}
