//! The statuses of a message that the Graph API accepted: sent, delivered, and read once the person looks.

use std::sync::Arc;
use std::time::Duration;

use super::chat::{Failure, Message};
use super::deliver::{self, Mark, Parcel};
use super::faults::StatusFault;
use super::hub::Hub;
use super::sample::{status_error, status_word};
use super::wire::{self, Item, Status, Update};
use super::world::{Person, Place};
use crate::domain::StatusKind::{self, Delivered, Failed, Read, Sent};

/// From Meta's 200 to the `sent` status.
const SENT_AFTER: Duration = Duration::from_millis(30);

/// From then to the `delivered` one: a phone that is switched on.
const DELIVERED_AFTER: Duration = Duration::from_millis(120);

/// What happens to one message.
struct Plan {
    steps: Vec<StatusKind>,
    /// Whether the app is told.
    told: bool,
    code: i64,
}

impl Plan {
    fn of(fault: Option<StatusFault>) -> Self {
        let (steps, told, code) = match fault {
            None => (vec![Sent, Delivered], true, 0),
            Some(StatusFault::SkipDelivered) => (vec![Sent, Read], true, 0),
            Some(StatusFault::Reversed) => (vec![Read, Delivered, Sent], true, 0),
            Some(StatusFault::None) => (vec![Sent, Delivered], false, 0),
            Some(StatusFault::Failed(code)) => (vec![Failed], true, code),
        };
        Self { steps, told, code }
    }
}

/// Lets the statuses of an accepted message happen, one after the other.
pub(super) fn follow(hub: &Arc<Hub>, place: Place, wamid: String) {
    let plan = {
        let mut world = hub.world();
        let plan = Plan::of(world.faults.status(&place.person, &place.nick));
        if let Some(chat) = world.chat(&place) {
            chat.motion.planned(u32::try_from(plan.steps.len()).unwrap_or(0));
            if let Some(message) = chat.find(&wamid) {
                message.kept_back = !plan.told;
            }
        }
        plan
    };
    hub.state_changed();
    let task = Arc::clone(hub);
    hub.spawn(async move {
        for (index, kind) in plan.steps.iter().enumerate() {
            tokio::time::sleep(task.delay(if index == 0 { SENT_AFTER } else { DELIVERED_AFTER })).await;
            happen(&task, &place, &wamid, *kind, plan.told, plan.code).await;
        }
    });
}

/// The person looked at the chat: everything on the device turns blue. The app is told, except where a fault keeps it from that.
pub(super) fn read_all(hub: &Arc<Hub>, place: &Place) -> usize {
    let unread = {
        let mut world = hub.world();
        let Some(chat) = world.chat(place) else { return 0 };
        let unread = chat.unread();
        chat.motion.planned(u32::try_from(unread.len()).unwrap_or(0));
        unread
    };
    let count = unread.len();
    for (wamid, told) in unread {
        let (task, place) = (Arc::clone(hub), place.clone());
        hub.spawn(async move { happen(&task, &place, &wamid, Read, told, 0).await });
    }
    count
}

async fn happen(hub: &Arc<Hub>, place: &Place, wamid: &str, kind: StatusKind, told: bool, code: i64) {
    let parcel = write_down(hub, place, wamid, kind, code);
    hub.chat_changed(place);
    match parcel {
        Some(parcel) if told => deliver::status(hub, parcel).await,
        _ => {
            if let Some(chat) = hub.world().chat(place) {
                chat.motion.done();
            }
            hub.chat_changed(place);
        }
    }
}

/// Notes the status on the message; `None` when the message is gone (a reset).
fn write_down(hub: &Hub, place: &Place, wamid: &str, kind: StatusKind, code: i64) -> Option<Parcel> {
    let now = hub.clock.now();
    let number = hub.number_called(&place.nick)?;
    let mut world = hub.world();
    let chat = world.chat(place)?;
    let message = chat.find(wamid)?;
    let index = message.reach(kind, now);
    if kind == Failed {
        message.error = Some(Failure { code, title: super::graph::title_of(code).to_owned(), again: false });
        let was_billed = std::mem::take(&mut message.billed);
        chat.billed -= u64::from(was_billed);
    }
    let status = status_object(
        world.person(&place.person)?,
        world.person(&place.person)?.chats.get(&place.nick)?.get(wamid)?,
        kind,
        code,
        now.as_second(),
    );
    let update = Update {
        number: number.phone_number_id.clone(),
        display: number.digits(),
        contact: None,
        item: Item::Status(Box::new(status)),
    };
    Some(Parcel { updates: vec![update], marks: vec![Mark::Status { place: place.clone(), wamid: wamid.to_owned(), index }] })
}

fn status_object(person: &Person, message: &Message, kind: StatusKind, code: i64, second: i64) -> Status {
    // Meta says the price with `sent` and once more with a later status.
    let priced = matches!(kind, Sent | Delivered);
    Status {
        id: message.wamid.clone(),
        word: status_word(kind),
        timestamp: second.to_string(),
        recipient_id: person.wa_id().map(str::to_owned),
        recipient_user_id: person.user_id.clone(),
        biz_opaque_callback_data: message.callback.clone(),
        pricing: priced.then_some(wire::SERVICE),
        errors: if kind == Failed { vec![status_error(code)] } else { Vec::new() },
    }
}
