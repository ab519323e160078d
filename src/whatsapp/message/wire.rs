//! The shapes of outgoing JSON.

use serde::Serialize;

use crate::domain::{Buttons, Content, List, Recipient, Row, Wamid};

#[derive(Serialize)]
pub(super) struct Request<'a> {
    messaging_product: &'static str,
    recipient_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context<'a>>,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interactive: Option<Interactive<'a>>,
}

impl<'a> Request<'a> {
    pub(super) fn new(content: &'a Content, to: &'a Recipient, quotes: Option<&'a Wamid>) -> Self {
        let (to, recipient) = match to {
            // Without the plus Meta may prepend the business's own country code.
            Recipient::Phone(phone) => (Some(format!("+{}", phone.as_str())), None),
            Recipient::User(user) => (None, Some(user.as_str())),
        };
        let (kind, text, interactive) = match content {
            Content::Text(text) => ("text", Some(Text { body: &text.body, preview_url: text.preview_url }), None),
            Content::Buttons(buttons) => ("interactive", None, Some(Interactive::buttons(buttons))),
            Content::List(list) => ("interactive", None, Some(Interactive::list(list))),
        };
        let quoted = quotes.map(|wamid| Context { message_id: wamid.as_str() });
        Self {
            messaging_product: "whatsapp",
            recipient_type: "individual",
            to,
            recipient,
            context: quoted,
            kind,
            text,
            interactive,
        }
    }
}

#[derive(Serialize)]
struct Context<'a> {
    message_id: &'a str,
}

#[derive(Serialize)]
struct Text<'a> {
    body: &'a str,
    preview_url: bool,
}

#[derive(Serialize)]
struct Interactive<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Header<'a>>,
    body: Words<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    footer: Option<Words<'a>>,
    action: Action<'a>,
}

impl<'a> Interactive<'a> {
    fn buttons(buttons: &'a Buttons) -> Self {
        let reply = |button: &'a crate::domain::Button| ReplyButton {
            kind: "reply",
            reply: Reply { id: &button.id, title: &button.title },
        };
        Self {
            kind: "button",
            header: Header::new(buttons.header.as_ref()),
            body: Words { text: &buttons.body },
            footer: buttons.footer.as_ref().map(|text| Words { text }),
            action: Action::Buttons { buttons: buttons.buttons.iter().map(reply).collect() },
        }
    }

    fn list(list: &'a List) -> Self {
        let section = |section: &'a crate::domain::Section| Section {
            title: section.title.as_deref(),
            rows: section.rows.iter().map(ListRow::new).collect(),
        };
        Self {
            kind: "list",
            header: Header::new(list.header.as_ref()),
            body: Words { text: &list.body },
            footer: list.footer.as_ref().map(|text| Words { text }),
            action: Action::List { button: &list.button, sections: list.sections.iter().map(section).collect() },
        }
    }
}

#[derive(Serialize)]
struct Header<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
}

impl<'a> Header<'a> {
    fn new(text: Option<&'a String>) -> Option<Self> {
        text.map(|text| Self { kind: "text", text })
    }
}

#[derive(Serialize)]
struct Words<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Action<'a> {
    Buttons { buttons: Vec<ReplyButton<'a>> },
    List { button: &'a str, sections: Vec<Section<'a>> },
}

#[derive(Serialize)]
struct ReplyButton<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    reply: Reply<'a>,
}

#[derive(Serialize)]
struct Reply<'a> {
    id: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct Section<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    rows: Vec<ListRow<'a>>,
}

#[derive(Serialize)]
struct ListRow<'a> {
    id: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

impl<'a> ListRow<'a> {
    fn new(row: &'a Row) -> Self {
        Self { id: &row.id, title: &row.title, description: row.description.as_deref() }
    }
}

#[derive(Serialize)]
pub(super) struct ReadReceipt<'a> {
    messaging_product: &'static str,
    status: &'static str,
    message_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    typing_indicator: Option<Typing>,
}

#[derive(Serialize)]
struct Typing {
    #[serde(rename = "type")]
    kind: &'static str,
}

impl<'a> ReadReceipt<'a> {
    pub(super) fn new(wamid: &'a Wamid, typing: bool) -> Self {
        let typing_indicator = typing.then_some(Typing { kind: "text" });
        Self { messaging_product: "whatsapp", status: "read", message_id: wamid.as_str(), typing_indicator }
    }
}
