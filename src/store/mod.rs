//! Records and the verbs of delivery. Each verb is one transaction in every backend; the decisions of a verb are pure
//! functions in `protocol`, so that every backend makes the same ones.

mod embedded;
mod error;
mod facade;
mod firestore;
mod packing;
mod people;
mod protocol;
mod record;

pub use error::StoreError;
pub use facade::Store;
pub use firestore::{EXPIRE_AT, EXPIRING, INDEXES};
pub use protocol::{
    Attempt, Begin, BeginAnswer, Begun, Claim, Draft, Evidence, Finished, GiveUp, Held, Mailbox, Outcome, Parked, Policy,
    Redrive, RedriveRefused, Redriven, Resolved, Sealed, SendAnswer, Settled, Wake,
};
pub use record::{
    Contact, Conversation, DeadLetter, Delivery, DeliveryState, DeliverySummary, InboundRecord, KeptEvent, Lease, Note, OutState,
    OutboundRecord, Pause, PauseWhy, RawDelivery, Tried, Turn, TurnState, Waiting,
};
