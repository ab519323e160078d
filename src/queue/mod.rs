//! At-least-once delivery of events: what is published is delivered until it is acked. A delivery is settled by value,
//! so it cannot be settled twice; one that is dropped comes again after the ack deadline.

mod consume;
mod embedded;
mod envelope;
mod facade;
mod pubsub;

pub use consume::consume;
pub use envelope::{Event, EventKind, Lane};
pub use facade::{Delivery, Queue, QueueError};
pub use pubsub::{Arrival, Place as PubSubPlace, Post, Settled};
