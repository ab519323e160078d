//! One item of a change: what kind it is, what makes it the same item when it comes again, and whom it concerns.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::fields::{Contact, MessageHead, StatusFields};
use super::inbound::seconds;
use super::json::{is_object, text};
use crate::domain::StatusKind;

/// What an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemKind<'a> {
    /// A person wrote to us.
    Message,
    /// News of a message that we sent.
    Status,
    /// A human answered from the phone app.
    Echo,
    /// An old message.
    History,
    /// A call, or news of one.
    Call,
    /// News of the account, by Meta's field name (`errors` for errors that belong to no message).
    Account(Cow<'a, str>),
    /// A person stopped or resumed marketing.
    Preference,
    /// A person's id changed.
    Identity,
    /// A group changed, or somebody wrote in one: never answered as if it were said to us alone.
    Group,
    /// What this version cannot read.
    Unknown,
}

/// What stays the same when Meta delivers an item again.
#[derive(Debug, PartialEq, Eq)]
pub enum NaturalKey<'a> {
    /// Messages.
    Wamid(Cow<'a, str>),
    /// Statuses: message, status, and the person in a group or else the recipient ("" when nobody is named).
    Status {
        /// The message.
        wamid: Cow<'a, str>,
        /// The status.
        status: Cow<'a, str>,
        /// To whom.
        to: Cow<'a, str>,
    },
    /// The item's own text within its change.
    Text,
}

/// One item, borrowed from the body.
#[derive(Debug)]
pub struct Item<'a> {
    /// What it is.
    pub kind: ItemKind<'a>,
    /// What makes it the same item again.
    pub key: NaturalKey<'a>,
    /// Its text in the body.
    pub raw: &'a RawValue,
    /// The `contacts` item of the person it concerns, found by id.
    pub contact: Option<&'a RawValue>,
    /// The conversation it is from; `history` only.
    pub thread: Option<&'a RawValue>,
}

impl<'a> Item<'a> {
    /// A message. Unknown when it could not be answered or told apart: no id, no sender, no time, no business number.
    pub(super) fn message(raw: &'a RawValue, people: &Contacts<'a>, numbered: bool) -> Self {
        let head = MessageHead::of(raw);
        let (phone, user) = (text(head.from), text(head.from_user_id));
        let readable = numbered && (phone.is_some() || user.is_some()) && seconds(head.timestamp).is_some();
        let Some(wamid) = text(head.id).filter(|_| readable) else {
            return Self::other(ItemKind::Unknown, raw);
        };
        let kind = if text(head.group_id).is_some() { ItemKind::Group } else { ItemKind::Message };
        let contact = people.find(phone.as_deref(), user.as_deref());
        Self { kind, key: NaturalKey::Wamid(wamid), raw, contact, thread: None }
    }

    /// A status. Unknown when it has no message, no time, no business number, or a word that this version does not know.
    pub(super) fn status(raw: &'a RawValue, people: &Contacts<'a>, numbered: bool) -> Self {
        let fields = StatusFields::of(raw);
        let known = numbered && seconds(fields.timestamp).is_some();
        let status = text(fields.status).filter(|word| StatusKind::parse(word).is_some());
        let (Some(wamid), Some(status)) = (text(fields.id).filter(|_| known), status) else {
            return Self::other(ItemKind::Unknown, raw);
        };
        let phone = text(fields.recipient_participant_id).or_else(|| text(fields.recipient_id));
        let user = text(fields.recipient_participant_user_id).or_else(|| text(fields.recipient_user_id));
        let contact = people.find(phone.as_deref(), user.as_deref());
        let to = phone.or(user).unwrap_or_default();
        Self { kind: ItemKind::Status, key: NaturalKey::Status { wamid, status, to }, raw, contact, thread: None }
    }

    /// An item of a list of one kind. Old messages and echoes are told apart by their wamid, like messages.
    pub(super) fn of_kind(kind: ItemKind<'a>, raw: &'a RawValue, thread: Option<&'a RawValue>, people: &Contacts<'a>) -> Self {
        if !is_object(raw) {
            return Self::other(ItemKind::Unknown, raw);
        }
        let head = MessageHead::of(raw);
        let by_wamid = matches!(kind, ItemKind::Echo | ItemKind::History);
        let key = text(head.id).filter(|_| by_wamid).map_or(NaturalKey::Text, NaturalKey::Wamid);
        let contact = people.find(text(head.from).as_deref(), text(head.from_user_id).as_deref());
        Self { kind, key, raw, contact, thread }
    }

    /// An item that is known by its text alone.
    pub(super) fn other(kind: ItemKind<'a>, raw: &'a RawValue) -> Self {
        Self { kind, key: NaturalKey::Text, raw, contact: None, thread: None }
    }
}

/// The people of a change. They are fewer than the messages and in no order: found by id, never by place.
pub(super) struct Contacts<'a> {
    by_id: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Contacts<'a> {
    pub(super) fn of(contacts: &[&'a RawValue]) -> Self {
        let mut by_id = Vec::with_capacity(contacts.len() * 2);
        for raw in contacts {
            let contact = Contact::of(raw);
            by_id.extend(text(contact.wa_id).map(|id| (id, *raw)));
            by_id.extend(text(contact.user_id).map(|id| (id, *raw)));
        }
        by_id.sort_by(|left, right| left.0.cmp(&right.0));
        Self { by_id }
    }

    fn find(&self, phone: Option<&str>, user: Option<&str>) -> Option<&'a RawValue> {
        let by = |id: &str| {
            let at = self.by_id.partition_point(|(known, _)| known.as_ref() < id);
            self.by_id.get(at).filter(|(known, _)| known == id).map(|(_, raw)| *raw)
        };
        phone.and_then(by).or_else(|| user.and_then(by))
    }
}
