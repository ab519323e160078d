//! What is set up in a Google Cloud project, read over its REST APIs; Terraform alone changes it.
//!
//! The only place that knows the JSON keys of these APIs (cloud.google.com/firestore/docs/reference/rest,
//! cloud.google.com/pubsub/docs/reference/rest, cloud.google.com/storage/docs/json_api, November 2026).

mod client;
mod firestore;
mod pubsub;
mod storage;

pub use client::{Google, LookFailure};
pub use firestore::{DatabaseFacts, IndexFacts};
pub use pubsub::{Binding, DeadLetters, PushTo, SubscriptionFacts};
pub use storage::BucketFacts;
