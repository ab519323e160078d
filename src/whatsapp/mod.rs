//! Meta's wire: the only place that knows its JSON keys and error codes.

mod access_token;
mod account;
mod app;
mod call;
mod callback;
mod failure;
mod graph;
mod lenient;
mod media;
pub mod message;
pub mod webhook;

pub use access_token::AccessToken;
pub use account::{AccountFacts, Health, NumberFacts, Part, SubscribedApp};
pub use app::{CallbackFacts, MANAGEMENT, MESSAGING, TokenFacts};
pub use call::CallFailure;
pub use callback::{callback, parse_callback};
pub use failure::{Class, class};
pub use graph::{Graph, GraphSettings, Posted};
pub use media::{MediaAddress, MediaFailure};
