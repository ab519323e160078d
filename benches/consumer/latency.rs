//! From a delivery's 200 to the answer at the far end: with a store that is full, and beside somebody who floods.

use std::time::Duration;

use anyhow::Result;

use crate::common::process::Server;
use crate::common::report::{Pairs, Report, Wanted};
use crate::far_end::FarEnd;
use crate::fill;
use crate::people::{Said, says};
use crate::service;

/// Messages in the store: half of them in, half of them out.
const FEW: u64 = 1_000;
const MANY: u64 = 1_000_000;
/// People who write in a round of `stored`, and the time between two of them.
const WRITERS: u64 = 500;
const EVERY: Duration = Duration::from_millis(8);
const ROUNDS: u64 = 7;

/// People who write one message each in a second of `flood`, and messages of the one who floods.
const QUIET: u64 = 50;
const FLOOD: u64 = 150;
const SECOND: Duration = Duration::from_secs(1);
/// Seconds of one round: 250 messages, so that the slowest of all is not the p99.
const SECONDS: u64 = 5;

pub(crate) fn stored(report: &mut Report, far_end: &FarEnd) -> Result<()> {
    let (small, large) = (service::folder()?, service::folder()?);
    for (folder, messages) in [(&small, FEW), (&large, MANY)] {
        fill::folder(folder.path(), far_end, messages)?;
    }
    let mut rounds = Vec::new();
    let (little, much) = (Subject::start(small, far_end)?, Subject::start(large, far_end)?);
    for round in 0..=ROUNDS {
        let pair = (quiet_round(&little, far_end, round)?, quiet_round(&much, far_end, round)?);
        // The first one makes the acquaintance of everybody.
        if round > 0 {
            rounds.push(pair);
        }
    }
    let baseline = format!("{FEW} messages stored");
    report.add(&format!("p50 with {MANY} messages stored"), &baseline, Pairs::of(&rounds, Spread::p50), Wanted::AtMost(1.5));
    report.add(&format!("p99 with {MANY} messages stored"), &baseline, Pairs::of(&rounds, Spread::p99), Wanted::AtMost(1.5));
    note(report, &rounds, [&format!("{FEW} stored"), &format!("{MANY} stored")]);
    Ok(())
}

fn quiet_round(serve: &Subject, far_end: &FarEnd, round: u64) -> Result<Spread> {
    let said = |person: u64| (EVERY * u32::try_from(person).unwrap_or(u32::MAX), says(person, &format!("r{round}"), 0));
    let said: Vec<_> = (0..WRITERS).map(said).collect();
    Spread::of(serve, far_end, said, Vec::new())
}

pub(crate) fn flood(report: &mut Report, far_end: &FarEnd) -> Result<()> {
    let serve = Subject::start(service::folder()?, far_end)?;
    Spread::of(&serve, far_end, quiet_people("warm-up"), flooding("warm-up"))?;
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let calm = Spread::of(&serve, far_end, quiet_people(&format!("c{round}")), Vec::new())?;
        let series = format!("f{round}");
        rounds.push((calm, Spread::of(&serve, far_end, quiet_people(&series), flooding(&series))?));
    }
    let figure = format!("p99 of {QUIET} quiet people beside {FLOOD} messages/s of one");
    report.add(&figure, "the same people alone", Pairs::of(&rounds, Spread::p99), Wanted::AtMost(2.0));
    note(report, &rounds, ["calm", "beside the flood"]);
    Ok(())
}

fn quiet_people(series: &str) -> Vec<(Duration, Said)> {
    over_seconds(QUIET, |second, place| says(place, series, second))
}

fn flooding(series: &str) -> Vec<(Duration, Said)> {
    over_seconds(FLOOD, |second, place| says(QUIET, series, second * FLOOD + place))
}

/// So many in each second, evenly.
fn over_seconds(count: u64, says: impl Fn(u64, u64) -> Said) -> Vec<(Duration, Said)> {
    let places = (0..SECONDS).flat_map(|second| (0..count).map(move |place| (second, place)));
    let at = |second, place| {
        SECOND
            .mul_f64(f64::from(u32::try_from(second * count + place).unwrap_or(0)) / f64::from(u32::try_from(count).unwrap_or(1)))
    };
    places.map(|(second, place)| (at(second, place), says(second, place))).collect()
}

/// A running `serve` and its folder.
struct Subject {
    server: Server,
    folder: tempfile::TempDir,
}

impl Subject {
    fn start(folder: tempfile::TempDir, far_end: &FarEnd) -> Result<Self> {
        Ok(Self { server: service::start("serve", folder.path(), far_end)?, folder })
    }
}

/// Latencies of one round, in milliseconds, the shortest first.
struct Spread(Vec<f64>);

impl Spread {
    /// Delivers all of it; the latencies of `quiet`.
    fn of(serve: &Subject, far_end: &FarEnd, quiet: Vec<(Duration, Said)>, others: Vec<(Duration, Said)>) -> Result<Self> {
        let measured = quiet.len();
        let all: Vec<_> = quiet.into_iter().chain(others).collect();
        let taken = service::deliver_at(serve.server.port, &all)?;
        let words: Vec<_> = all.iter().take(measured).map(|(_, said)| said.word.clone()).collect();
        let heard = far_end.until_heard(&words)?;
        // Who floods may fill the mailbox: what finds no room is recorded and not answered.
        service::until_at_rest(serve.folder.path())?;
        let latency = taken.iter().zip(heard).map(|(taken, heard)| heard.saturating_duration_since(*taken).as_secs_f64() * 1e3);
        let mut latencies: Vec<f64> = latency.collect();
        latencies.sort_by(f64::total_cmp);
        Ok(Self(latencies))
    }

    fn at(&self, percent: usize) -> f64 {
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)]
    }

    fn p50(&self) -> f64 {
        self.at(50)
    }

    fn p99(&self) -> f64 {
        self.at(99)
    }
}

fn note(report: &mut Report, rounds: &[(Spread, Spread)], names: [&str; 2]) {
    let (first, second): (Vec<&Spread>, Vec<&Spread>) = rounds.iter().map(|(first, second)| (first, second)).unzip();
    for (name, spreads) in names.into_iter().zip([first, second]) {
        let mut all: Vec<f64> = spreads.iter().flat_map(|spread| spread.0.clone()).collect();
        all.sort_by(f64::total_cmp);
        let all = Spread(all);
        report.note(format!("{name}: p50 {:.2} ms, p99 {:.2} ms, longest {:.2} ms", all.p50(), all.p99(), all.at(100)));
    }
}
