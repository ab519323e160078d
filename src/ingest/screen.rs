//! Which changes of a delivery are ours. Meta sends to one address what all accounts of an app get.

use crate::whatsapp::webhook::{Change, Delivery};

use super::error::Refusal;
use crate::domain::{Foreign, Ids};

/// What becomes of a delivery.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Something in it is ours.
    Accepted {
        /// Places (from 0, over all entries) of the changes that are not: kept with the others, and not published.
        quarantined: Vec<u32>,
    },
    /// Nothing in it is of any account.
    Ignored,
    /// Nothing in it is ours, and it is kept.
    Quarantined {
        /// Why, for whoever looks at it later.
        reason: &'static str,
    },
    /// Nothing in it is ours.
    Refused(Refusal),
}

/// Ids that are not in the configuration, as far as a log may show them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Strange {
    /// `entry.id`.
    pub(super) waba: String,
    /// `phone_number_id`; `None` where the change names none.
    pub(super) number: Option<String>,
    /// Whether the account alone is strange already.
    pub(super) by_waba: bool,
}

/// Judges a delivery, and names the strange ids in it, each pair once per change.
pub(super) fn screen(ids: &Ids, delivery: &Delivery<'_>) -> (Verdict, Vec<Strange>) {
    let places: Vec<Place> = delivery.changes.iter().map(|change| place(ids, change)).collect();
    let not_ours = (0_u32..).zip(&places).filter(|(_, place)| !matches!(place, Place::Ours));
    let quarantined: Vec<u32> = not_ours.map(|(at, _)| at).collect();
    let any_ours = quarantined.len() < places.len();
    let strange: Vec<Strange> = places.into_iter().filter_map(Place::strange).collect();
    let verdict = match strange.first() {
        _ if any_ours => Verdict::Accepted { quarantined },
        None => Verdict::Ignored,
        Some(first) => match ids {
            Ids::Observe => Verdict::Quarantined { reason: "no ids are configured" },
            Ids::Allowed { foreign: Foreign::Quarantine, .. } => Verdict::Quarantined { reason: "of another account or number" },
            Ids::Allowed { foreign: Foreign::Reject, .. } => Verdict::Refused(first.refusal()),
        },
    };
    (verdict, strange)
}

enum Place {
    Ours,
    Foreign(Strange),
    OfNoAccount,
}

impl Place {
    fn strange(self) -> Option<Strange> {
        match self {
            Self::Foreign(strange) => Some(strange),
            Self::Ours | Self::OfNoAccount => None,
        }
    }
}

fn place(ids: &Ids, change: &Change<'_>) -> Place {
    let strange = |by_waba| {
        if change.is_not_of_an_account() {
            return Place::OfNoAccount;
        }
        Place::Foreign(Strange { waba: shown(&change.waba), number: change.phone_number_id.as_deref().map(shown), by_waba })
    };
    match ids {
        Ids::Observe => strange(true),
        Ids::Allowed { wabas, numbers, .. } => {
            if !wabas.iter().any(|waba| waba.as_str() == change.waba) {
                return strange(true);
            }
            match &change.phone_number_id {
                Some(number) if !numbers.iter().any(|ours| ours.as_str() == number) => strange(false),
                Some(_) | None => Place::Ours,
            }
        }
    }
}

impl Strange {
    fn refusal(&self) -> Refusal {
        match &self.number {
            Some(number) if !self.by_waba => Refusal::ForeignPhoneNumber { id: number.clone() },
            Some(_) | None => Refusal::ForeignWaba { id: self.waba.clone() },
        }
    }
}

/// An id as a log and an answer may show it: Meta's ids are digits, and nothing else is repeated.
fn shown(id: &str) -> String {
    let plain = id.len() <= 32 && id.bytes().all(|byte| byte.is_ascii_digit());
    if plain { id.to_owned() } else { "(unreadable)".to_owned() }
}
