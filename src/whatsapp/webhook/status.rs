//! From an event's data to what Meta says of a message that we sent.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::data::DataFields;
use super::error::WebhookError;
use super::fields::{ErrorFields, PricingFields, StatusFields};
use super::inbound::{person, seconds};
use super::json::{boolean, is_object, list, number, owned, text};
use crate::domain::{Failure, PhoneNumberId, Pricing, StatusKind, StatusUpdate, Wamid};

/// Reads the data of a status event (what [`super::EventData`] wrote). In a group the recipient is the participant.
pub fn status(data: &str) -> Result<StatusUpdate, WebhookError> {
    let data = DataFields::of(serde_json::from_str(data).map_err(|_| WebhookError::NotEventData)?);
    let status = StatusFields::of(data.item.ok_or(WebhookError::NotEventData)?);
    let phone = status.recipient_participant_id.or(status.recipient_id);
    let user = status.recipient_participant_user_id.or(status.recipient_user_id);
    Ok(StatusUpdate {
        wamid: Wamid::new(text(status.id).ok_or(WebhookError::NoId)?),
        number: PhoneNumberId::new(text(data.phone_number_id).ok_or(WebhookError::NoNumber)?),
        kind: text(status.status).and_then(|word| StatusKind::parse(&word)).ok_or(WebhookError::UnknownStatus)?,
        at: seconds(status.timestamp).ok_or(WebhookError::NoTimestamp)?,
        recipient: person(phone, user, data.contact),
        callback: owned(status.biz_opaque_callback_data),
        failure: list(status.errors).and_then(|errors| errors.first().map(|error| failure(error))),
        pricing: status.pricing.filter(|raw| is_object(raw)).map(pricing),
    })
}

fn failure(raw: &RawValue) -> Failure {
    let error = ErrorFields::of(raw);
    Failure { code: number(error.code).unwrap_or(0), title: owned(error.title).unwrap_or_default() }
}

fn pricing(raw: &RawValue) -> Pricing {
    let pricing = PricingFields::of(raw);
    Pricing {
        billable: boolean(pricing.billable).unwrap_or(true),
        category: owned(pricing.category).unwrap_or_default(),
        model: owned(pricing.pricing_model).unwrap_or_default(),
        more: owned(pricing.kind).map(|kind| ("type".to_owned(), kind)).into_iter().collect::<BTreeMap<_, _>>(),
    }
}
