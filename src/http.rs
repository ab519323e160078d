//! The HTTP clients of the crate: no redirects, no retries of their own, a time-out.

use std::time::Duration;

/// Longer than that no server of Meta's or Google's takes to be reached.
const CONNECTED_WITHIN: Duration = Duration::from_secs(4);

/// A client whose requests end within `total`, body included. Building it reads the system's certificates: do it once, and late.
///
/// # Errors
/// The system's certificates cannot be read.
pub fn client(total: Duration) -> Result<reqwest::Client, reqwest::Error> {
    builder().timeout(total).connect_timeout(total.min(CONNECTED_WITHIN)).build()
}

/// A client for long bodies: each request may take as long as there is never so much `silence`. Build it once, and late.
///
/// # Errors
/// The system's certificates cannot be read.
pub fn patient(silence: Duration) -> Result<reqwest::Client, reqwest::Error> {
    builder().read_timeout(silence).connect_timeout(CONNECTED_WITHIN).build()
}

fn builder() -> reqwest::ClientBuilder {
    // Fails only when it is installed already.
    crate::tls::install();
    reqwest::Client::builder()
        // The token goes to the host that is configured, not through whatever HTTP_PROXY names.
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(concat!("wabridge/", env!("CARGO_PKG_VERSION")))
}
