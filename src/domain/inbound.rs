//! One message that a person sent us.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{InboundId, Person, PhoneNumberId, Wamid};

/// An inbound message, parsed once. The bot sees this and never Meta's JSON.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    /// Ours.
    pub id: InboundId,
    /// Meta's.
    pub wamid: Wamid,
    /// The business number it was sent to.
    pub number: PhoneNumberId,
    /// Who sent it.
    pub person: Person,
    /// When the person sent it, by Meta (whole seconds).
    pub sent_at: Timestamp,
    /// Its place in its delivery: orders messages of the same second.
    pub index: u32,
    /// What kind of message.
    pub kind: MessageType,
    /// Body, button or row title, template button text, caption; else "".
    pub text: String,
    /// `button:ID` or `list:ID` of what was tapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
    /// Caption of a medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// File name of a document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Its medium, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaRef>,
    /// The message it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<Wamid>,
}

impl std::fmt::Debug for Inbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbound").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A medium as a webhook names it. Meta keeps it for 7 days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRef {
    /// Its id at Meta.
    pub id: String,
    /// What it is: `image/jpeg`, `audio/ogg; codecs=opus`.
    pub mime: String,
    /// Its SHA-256 as Meta wrote it (base64); may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
}

/// Meta's `type` of a message, plus what its `interactive` is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageType {
    /// Plain text.
    Text,
    /// A tapped reply button.
    Button,
    /// A chosen row of a list.
    List,
    /// A picture.
    Image,
    /// A voice note or sound file.
    Audio,
    /// A film.
    Video,
    /// A file.
    Document,
    /// A sticker.
    Sticker,
    /// A place.
    Location,
    /// Contact cards.
    Contacts,
    /// A reaction to a message.
    Reaction,
    /// An order from a catalogue.
    Order,
    /// Something that WhatsApp tells us about the person, such as a changed number.
    System,
    /// Meta could not hand it over.
    Unsupported,
    /// A type that this version does not know, by Meta's name.
    Other(String),
}

impl MessageType {
    /// The word for it in `bot.yaml` (`when: {type: …}`): Meta's own name, except `button` and `list` for taps.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Text => "text",
            Self::Button => "button",
            Self::List => "list",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Document => "document",
            Self::Sticker => "sticker",
            Self::Location => "location",
            Self::Contacts => "contacts",
            Self::Reaction => "reaction",
            Self::Order => "order",
            Self::System => "system",
            Self::Unsupported => "unsupported",
            Self::Other(name) => name,
        }
    }

    /// False for what opens no turn unless a route names its type: reactions, system messages, unsupported ones and edits.
    #[must_use]
    pub fn asks_for_an_answer(&self) -> bool {
        match self {
            Self::Reaction | Self::System | Self::Unsupported => false,
            Self::Other(name) => name != "edit",
            Self::Text
            | Self::Button
            | Self::List
            | Self::Image
            | Self::Audio
            | Self::Video
            | Self::Document
            | Self::Sticker
            | Self::Location
            | Self::Contacts
            | Self::Order => true,
        }
    }
}
