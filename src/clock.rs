//! The time of day, handed on as a value: nothing else in the crate asks the operating system.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// The system's clock plus an offset that only the simulator moves. Clones share the offset.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// The time of day, to the millisecond.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let ms = system_now_ms() + self.offset_ms.load(Ordering::Relaxed);
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
    }

    /// Both clocks at once: a permit is valid only while both agree that little time has passed.
    #[must_use]
    pub fn both(&self) -> Moment {
        Moment { wall: self.now(), monotonic: Instant::now() }
    }

    /// Moves the time of day forward, for this clock and all its clones.
    pub fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.offset_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// How far it was moved, in milliseconds.
    #[must_use]
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::Relaxed)
    }

    /// Back to the system's time.
    pub fn reset(&self) {
        self.offset_ms.store(0, Ordering::Relaxed);
    }
}

/// One moment on the wall clock and on the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Time of day: may jump, goes on while the machine sleeps.
    pub wall: Timestamp,
    /// Never goes back, may stand still while the machine sleeps.
    pub monotonic: Instant,
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
fn system_now_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A duration as the log tells it: whole microseconds.
#[must_use]
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A line of the log that is not written more often than is useful: it counts what it leaves out.
#[derive(Debug, Default)]
pub struct Seldom {
    since: u64,
    logged: Option<Instant>,
}

impl Seldom {
    /// One that has said nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { since: 0, logged: None }
    }

    /// Counts one more; the number since the last line when it is time for another.
    pub fn one_more(&mut self, every: Duration) -> Option<u64> {
        self.since += 1;
        if self.logged.is_some_and(|at| at.elapsed() < every) {
            return None;
        }
        self.logged = Some(Instant::now());
        Some(std::mem::take(&mut self.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_how_many_there_were_since_the_last_one() {
        let mut seldom = Seldom::default();
        let hour = Duration::from_hours(1);
        assert_eq!(seldom.one_more(hour), Some(1), "the first is said at once");
        assert_eq!((seldom.one_more(hour), seldom.one_more(hour)), (None, None));
        assert_eq!(seldom.one_more(Duration::ZERO), Some(3));
    }
}
