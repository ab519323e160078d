//! What Google calls: the pushes of Pub/Sub and the wakes of Cloud Scheduler. Nobody gets in without a token that Google signed for our
//! service account.
//!
//! * `token`: who calls.
//! * `crypto`: the signature check under it, by the TLS library that is there anyway.

mod crypto;
#[cfg(test)]
mod tests;
mod token;

pub use token::{Callers, Stranger};
