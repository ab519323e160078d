//! Every entry × change × message × status becomes an event of its own.

use jiff::Timestamp;

use crate::domain::DeliveryId;
use crate::queue::{Event, EventKind};
use crate::whatsapp::webhook::{Change, Delivery, EventData, Item, ItemKind, NaturalKey, NotADelivery};

use super::signature::VerifiedBody;

/// The changes of a verified body.
pub(super) fn split(body: &VerifiedBody) -> Result<Delivery<'_>, NotADelivery> {
    Delivery::read(body.bytes())
}

/// The events of a delivery's changes, without those at the places in `leave_out` (ascending, from 0).
pub fn events(delivery: &Delivery<'_>, id: &DeliveryId, leave_out: &[u32], received_at: Timestamp) -> Vec<Event> {
    let mut events = Vec::new();
    let mut index = 0;
    for (place, change) in (0_u32..).zip(&delivery.changes) {
        let items = change.items();
        if leave_out.binary_search(&place).is_ok() {
            index += u32::try_from(items.len()).unwrap_or(u32::MAX);
            continue;
        }
        let data = EventData::of(id.as_str(), change);
        events.reserve(items.len());
        for item in &items {
            events.push(event(change, item, data.item(index, item), id, received_at));
            index += 1;
        }
    }
    events
}

fn event(change: &Change<'_>, item: &Item<'_>, data: String, id: &DeliveryId, received_at: Timestamp) -> Event {
    let kind = kind(&item.kind);
    match &item.key {
        NaturalKey::Wamid(wamid) => Event::new(kind, &[wamid], received_at, id.as_str(), data),
        NaturalKey::Status { wamid, status, to } => Event::new(kind, &[wamid, status, to], received_at, id.as_str(), data),
        NaturalKey::Text => {
            let number = change.phone_number_id.as_deref().unwrap_or_default();
            let key: [&str; 5] = [&change.waba, number, &change.field, change.time, item.raw.get()];
            Event::new(kind, &key, received_at, id.as_str(), data)
        }
    }
}

fn kind(kind: &ItemKind<'_>) -> EventKind {
    match kind {
        ItemKind::Message => EventKind::Message,
        ItemKind::Status => EventKind::Status,
        ItemKind::Echo => EventKind::Echo,
        ItemKind::History => EventKind::History,
        ItemKind::Call => EventKind::Call,
        ItemKind::Account(field) => EventKind::Account(field.as_ref().to_owned()),
        ItemKind::Preference => EventKind::Preference,
        ItemKind::Identity => EventKind::Identity,
        ItemKind::Group => EventKind::Group,
        ItemKind::Unknown => EventKind::Unknown,
    }
}
