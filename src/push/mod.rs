//! What Google calls: the posts of Pub/Sub and the wakes of Cloud Scheduler. Nobody gets in without a token that Google signed for our
//! service account.
//!
//! * `endpoint`: the two paths.
//! * `post`: the JSON of Pub/Sub's post.
//! * `refusal`: what is answered to everybody else.
//! * `token`: who calls.
//! * `crypto`: the signature check under it, by the TLS library that is there anyway.

mod crypto;
mod endpoint;
mod post;
mod refusal;
#[cfg(test)]
mod tests;
mod token;

pub use endpoint::Pushes;
pub use token::{Callers, Stranger};
