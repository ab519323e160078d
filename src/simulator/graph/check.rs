//! What `POST /{phone_number_id}/messages` may say, by Meta's messages reference (November 2026): written on its own, so that it can
//! prove our client wrong.

use serde_json::{Map, Value, json};

use super::error::Refusal;
use super::interactive::interactive;
use super::shape::Part;

const TEXT: usize = 4096;
const CALLBACK: usize = 512;

/// A body that Meta would take.
#[derive(Debug)]
pub(super) enum Asked {
    /// Mark a message as read, and maybe show that an answer is being typed.
    MarkRead { message_id: String, typing: bool },
    /// Send a message.
    Send(Box<Outgoing>),
}

#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) to: Address,
    pub(super) content: Shown,
    pub(super) quotes: Option<String>,
    pub(super) callback: Option<String>,
}

/// What the phone shows of it.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) kind: &'static str,
    pub(super) body: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// Digits.
    Phone(String),
    User(String),
}

/// Parses and checks a body.
pub(super) fn check(value: &Value) -> Result<Asked, Refusal> {
    let mut root = Part::root(value)?;
    root.exactly("messaging_product", "whatsapp")?;
    if root.get("status").is_some() { mark_read(root) } else { send(root).map(|out| Asked::Send(Box::new(out))) }
}

/// The address alone, of a body that may be wrong elsewhere: so that the page can show the refusal in the right chat.
pub(super) fn address(value: &Value) -> Option<Address> {
    recipient(&mut Part::root(value).ok()?).ok()
}

fn mark_read(mut root: Part<'_>) -> Result<Asked, Refusal> {
    root.exactly("status", "read")?;
    let message_id = root.text("message_id", 512)?.to_owned();
    let typing = match root.maybe_object("typing_indicator")? {
        None => false,
        Some(mut indicator) => {
            indicator.exactly("type", "text")?;
            indicator.done()?;
            true
        }
    };
    root.done()?;
    Ok(Asked::MarkRead { message_id, typing })
}

fn send(mut root: Part<'_>) -> Result<Outgoing, Refusal> {
    if root.get("recipient_type").is_some() {
        root.exactly("recipient_type", "individual")?;
    }
    let to = recipient(&mut root)?;
    let quotes = match root.maybe_object("context")? {
        None => None,
        Some(mut context) => {
            let id = context.text("message_id", 512)?.to_owned();
            context.done()?;
            Some(id)
        }
    };
    let callback = root.maybe_text("biz_opaque_callback_data", CALLBACK)?.map(str::to_owned);
    let content = match root.maybe_string("type")?.unwrap_or("text") {
        "text" => text(root.object("text")?)?,
        "interactive" => interactive(root.object("interactive")?)?,
        other => {
            let known = "the simulator takes text and interactive (button, list) so far";
            return Err(Refusal::new(131_051, format!("Unsupported message type \"{other}\": {known}.")));
        }
    };
    root.done()?;
    Ok(Outgoing { to, content, quotes, callback })
}

/// `to` wins where both are given.
fn recipient(root: &mut Part<'_>) -> Result<Address, Refusal> {
    let (to, user) = (root.maybe_string("to")?, root.maybe_string("recipient")?);
    if let Some(to) = to {
        let digits = to.strip_prefix('+').unwrap_or(to);
        let valid = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        return if valid {
            Ok(Address::Phone(digits.to_owned()))
        } else {
            Err(Refusal::value("Param to is not a valid phone number: E.164 is expected, + and 7 to 15 digits."))
        };
    }
    let user = user.ok_or_else(|| Refusal::missing("to"))?;
    if is_user_id(user) {
        return Ok(Address::User(user.to_owned()));
    }
    Err(Refusal::value("Param recipient is not a valid business-scoped user id: CC. and up to 128 characters are expected."))
}

/// `CC.` and one to 128 characters.
pub(in crate::simulator) fn is_user_id(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else { return false };
    let letters = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    letters && (1..=128).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

fn text(mut part: Part<'_>) -> Result<Shown, Refusal> {
    let body = part.text("body", TEXT)?;
    let preview_url = part.flag("preview_url")?;
    part.done()?;
    Ok(Shown::new("text", &json!({"body": body, "preview_url": preview_url})))
}

impl Shown {
    /// `body` is an object.
    pub(super) fn new(kind: &'static str, body: &Value) -> Self {
        Self { kind, body: body.as_object().cloned().unwrap_or_default() }
    }
}
