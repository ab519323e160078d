//! An error and its sources in one line, for logs: `Display` of an error never repeats its source.

use std::error::Error;

/// `it failed: because of this: because of that`.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let sources = std::iter::successors(Some(error), |&error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
