//! Which accounts and numbers are ours: Meta sends to one address what all accounts of an app get.

use std::collections::BTreeSet;

use super::{PhoneNumberId, WabaId};

/// Which accounts and numbers are ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ids {
    /// Not said yet: everything that is signed is kept, nothing is answered.
    Observe,
    /// These.
    Allowed {
        /// WhatsApp Business Accounts; never empty.
        wabas: BTreeSet<WabaId>,
        /// Business phone numbers, by id; never empty.
        numbers: BTreeSet<PhoneNumberId>,
        /// What happens to deliveries of others.
        foreign: Foreign,
    },
}

/// What happens to signed deliveries of other accounts and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// 403: Meta delivers again for seven days, so a typo in an id loses nothing.
    Reject,
    /// 200, kept as `quarantined`.
    Quarantine,
}
