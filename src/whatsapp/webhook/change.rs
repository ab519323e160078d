//! One change of a delivery: which account and number it is about, and the items in it.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::fields::{HistoryChunk, Thread, Value};
use super::item::{Contacts, Item, ItemKind};
use super::json::list;

/// Fields whose changes are news of the account: each one event, of a kind named after the field.
const ACCOUNT_FIELDS: &[&str] = &[
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "automatic_events",
    "business_capability_update",
    "business_username_update",
    "flows",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "messaging_handovers",
    "partner_solutions",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "smb_app_state_sync",
    "standby",
    "template_category_update",
];

/// One change. What is missing or of the wrong type is empty or `None`.
#[derive(Debug)]
pub struct Change<'a> {
    /// `entry.id`: nearly always the WhatsApp Business Account.
    pub waba: Cow<'a, str>,
    /// `entry.time` as it stands there, or "".
    pub time: &'a str,
    /// The webhook field; empty when the change does not say.
    pub field: Cow<'a, str>,
    /// Absent in most fields other than `messages`.
    pub phone_number_id: Option<Cow<'a, str>>,
    /// The business number as people see it.
    pub display_phone_number: Option<Cow<'a, str>>,
    pub(super) content: Content<'a>,
    pub(super) event: Option<Cow<'a, str>>,
}

/// What the value of a change holds.
#[derive(Debug)]
pub(super) enum Content<'a> {
    /// The field `messages`.
    Lists { contacts: Vec<&'a RawValue>, messages: Vec<&'a RawValue>, statuses: Vec<&'a RawValue>, errors: Vec<&'a RawValue> },
    /// Items of one kind, each with the conversation that it belongs to (`history` only).
    Items { kind: ItemKind<'a>, contacts: Vec<&'a RawValue>, items: Vec<(&'a RawValue, Option<&'a RawValue>)> },
    /// The whole value is one item.
    Whole { kind: ItemKind<'a>, raw: &'a RawValue },
}

impl<'a> Content<'a> {
    pub(super) fn of(field: &Cow<'a, str>, value: &'a RawValue, fields: &Value<'a>) -> Self {
        let contacts = list(fields.contacts).unwrap_or_default();
        let items = |kind, lists: &[Option<&'a RawValue>]| {
            let items: Vec<_> = lists.iter().filter_map(|raw| list(*raw)).flatten().map(|item| (item, None)).collect();
            if items.is_empty() {
                Self::Whole { kind, raw: value }
            } else {
                Self::Items { kind, contacts: contacts.clone(), items }
            }
        };
        match field.as_ref() {
            "messages" => Self::lists(value, fields, contacts),
            "smb_message_echoes" => items(ItemKind::Echo, &[fields.message_echoes]),
            "calls" => items(ItemKind::Call, &[fields.calls, fields.statuses, fields.errors]),
            "user_preferences" => items(ItemKind::Preference, &[fields.user_preferences]),
            "user_id_update" => items(ItemKind::Identity, &[fields.user_id_update]),
            "history" => Self::history(value, fields, contacts),
            group if group.starts_with("group_") => items(ItemKind::Group, &[fields.groups]),
            account if ACCOUNT_FIELDS.contains(&account) => Self::Whole { kind: ItemKind::Account(field.clone()), raw: value },
            _ => Self::Whole { kind: ItemKind::Unknown, raw: value },
        }
    }

    fn lists(value: &'a RawValue, fields: &Value<'a>, contacts: Vec<&'a RawValue>) -> Self {
        let messages = list(fields.messages).unwrap_or_default();
        let statuses = list(fields.statuses).unwrap_or_default();
        let errors = list(fields.errors).unwrap_or_default();
        if messages.is_empty() && statuses.is_empty() && errors.is_empty() {
            return Self::Whole { kind: ItemKind::Unknown, raw: value };
        }
        Self::Lists { contacts, messages, statuses, errors }
    }

    fn history(value: &'a RawValue, fields: &Value<'a>, contacts: Vec<&'a RawValue>) -> Self {
        let chunks = list(fields.history).unwrap_or_default();
        let mut items = Vec::new();
        for chunk in &chunks {
            let threads = list(HistoryChunk::of(chunk).threads).unwrap_or_default();
            let before = items.len();
            for thread in threads {
                let thread = Thread::of(thread);
                items.extend(list(thread.messages).unwrap_or_default().into_iter().map(|message| (message, thread.id)));
            }
            if items.len() == before {
                items.push((*chunk, None));
            }
        }
        if items.is_empty() {
            return Self::Whole { kind: ItemKind::History, raw: value };
        }
        Self::Items { kind: ItemKind::History, contacts, items }
    }
}

impl<'a> Change<'a> {
    /// A change or entry that cannot be read: one unknown item.
    pub(super) fn without_field(waba: Cow<'a, str>, time: &'a str, raw: &'a RawValue) -> Self {
        let content = Content::Whole { kind: ItemKind::Unknown, raw };
        Self { waba, time, field: Cow::Borrowed(""), phone_number_id: None, display_phone_number: None, content, event: None }
    }

    /// True when `entry.id` is no WhatsApp Business Account by nature: a business portfolio (`partner_solutions`, the `PARTNER_`
    /// events), or the `0` of Meta's test button and examples. A missing id beside a number is no such thing: it may be ours.
    pub fn is_not_of_an_account(&self) -> bool {
        let partner = self.event.as_deref().is_some_and(|event| event.starts_with("PARTNER_"));
        let nameless = self.waba.is_empty() && self.phone_number_id.is_none();
        nameless || self.waba == "0" || self.field == "partner_solutions" || partner
    }

    /// Every message, status and other item of this change, in Meta's order.
    pub fn items(&self) -> Vec<Item<'a>> {
        let numbered = self.phone_number_id.is_some();
        match &self.content {
            Content::Lists { contacts, messages, statuses, errors } => {
                let people = Contacts::of(contacts);
                let mut items = Vec::with_capacity(messages.len() + statuses.len() + errors.len());
                items.extend(messages.iter().map(|raw| Item::message(raw, &people, numbered)));
                items.extend(statuses.iter().map(|raw| Item::status(raw, &people, numbered)));
                items.extend(errors.iter().map(|raw| Item::other(ItemKind::Account(Cow::Borrowed("errors")), raw)));
                items
            }
            Content::Items { kind, contacts, items } => {
                let people = Contacts::of(contacts);
                items.iter().map(|(raw, thread)| Item::of_kind(kind.clone(), raw, *thread, &people)).collect()
            }
            Content::Whole { kind, raw } => vec![Item::other(kind.clone(), raw)],
        }
    }
}
