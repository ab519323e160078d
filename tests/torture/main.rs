//! The kill tests: people write, and `wabridge serve` dies in the middle of it, at random moments or exactly at a named place, and is
//! started again. What the world outside saw is judged at the end: every delivery that got a 200 is kept, every message has one
//! answer, none has two.
//!
//! 1. [`webhooks`] signs deliveries and redelivers each until it gets a 200, as Meta does.
//! 2. [`people`] are the load: who wrote what.
//! 3. [`service`] starts, kills and freezes real processes of the binary.
//! 4. [`far_end`] is the Graph API, in the [`manner`] that it is told: it remembers what it accepted and sends statuses of it.
//! 5. [`records`] looks into the data file, read-only: is everything at rest, and what does the store say of a message?
//! 6. [`verdict`] compares the two ends.
//! 7. [`stand`] puts these together; the tests are in [`random`], [`crash_points`], [`evidence`], [`real_time`] and, with
//!    Google's emulators behind a network that fails, [`cloud`].
//!
//! CONTRIBUTING.md says how the long form is run. A seed repeats the moments and the load; what the operating system makes of them
//! differs from run to run.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "in tests a panic is the report, and a run says what it did")]

mod cloud;
mod crash_points;
mod dice;
#[path = "../emulators/mod.rs"]
mod emulators;
mod evidence;
mod far_end;
mod manner;
mod people;
#[path = "../emulators/project.rs"]
mod project;
#[path = "../emulators/proxy.rs"]
mod proxy;
mod random;
mod real_time;
mod records;
mod service;
mod stand;
mod verdict;
mod webhooks;

use wabridge::clock::Clock;

/// The account and the number of Meta's own examples.
const WABA: &str = "102290129340398";
const NUMBER: &str = "106540352242922";
/// The limits of the protocol are divided by this: two minutes for a status become twelve seconds, the eight seconds of a POST 0.8.
/// More would fail on a machine that is busy with other things, because there a POST takes that long.
const DIVIDED: u32 = 10;
/// Nothing is divided.
const REAL_TIME: u32 = 1;

/// A number that changes a run, or the usual one.
#[expect(clippy::disallowed_methods, reason = "a test has no configuration: this is where its settings are read")]
fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a whole number: {text}")))
}

/// `WABRIDGE_TORTURE_SEED`, or one that was never used.
fn seed() -> u64 {
    from_environment("WABRIDGE_TORTURE_SEED", u64::try_from(now_ms()).unwrap_or(0))
}

/// The time of day in milliseconds.
fn now_ms() -> i64 {
    Clock::default().now().as_millisecond()
}
