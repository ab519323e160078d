//! The real `serve` between Meta's webhooks and a Graph API of the test's own: what people wrote and got a 200 for is answered once,
//! however the process ends, whatever the disk does, and however rude the client is.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod backpressure;
mod copies;
mod doctor;
mod far_end;
mod folder;
mod hang_up;
mod image;
mod media;
mod meta;
mod outages;
mod process;
mod pushed;
mod replayed;
mod rotation;
mod statuses;
mod stopping;
mod subscribe;
mod telemetry;

use std::time::{Duration, Instant};

/// Waits until it is so; says what was waited for when it does not come.
async fn until(what: &str, so: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !so().await {
        assert!(began.elapsed() < Duration::from_secs(90), "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
