//! The HTTP client of the crate: no redirects, no retries of its own, one total time-out.

use std::time::Duration;

/// A client whose requests end within `total`, body included. Building it reads the system's certificates: do it once, and late.
///
/// # Errors
/// The system's certificates cannot be read.
pub fn client(total: Duration) -> Result<reqwest::Client, reqwest::Error> {
    // Fails only when it is installed already.
    crate::tls::install();
    reqwest::Client::builder()
        .timeout(total)
        .connect_timeout(total.min(Duration::from_secs(4)))
        // The token goes to the host that is configured, not through whatever HTTP_PROXY names.
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(concat!("wabridge/", env!("CARGO_PKG_VERSION")))
        .build()
}
