//! From a delivery's 200 to the answer, with two consumers that pull: quiet people alone, and beside one who writes 150 messages in a second.

use std::time::Duration;

use anyhow::Result;

use crate::common::report::{Pairs, Report, Wanted};
use crate::far_end::FarEnd;
use crate::people::{Said, says};
use crate::project::Project;
use crate::service;

const QUIET: u64 = 50;
/// Between two of them: ten seconds in all, what two cores with both emulators on them can do.
const EVERY: Duration = Duration::from_millis(200);
const FLOOD: u64 = 150;
const ROUNDS: u64 = 5;
/// Who floods may fill the mailbox; what is left to do of it ends meanwhile.
const REST: Duration = Duration::from_secs(15);

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let (folder, far_end) = (tempfile::tempdir()?, FarEnd::start()?);
    let project = Project::new(false).map_err(anyhow::Error::msg)?;
    let receiver = service::start(&["receive"], folder.path(), &far_end, &project)?;
    let consume = || service::start(&["consume", "--pull"], folder.path(), &far_end, &project);
    let _consumers = (consume()?, consume()?);
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let calm = latencies(receiver.port, &far_end, quiet(&format!("c{round}")), Vec::new())?;
        let series = format!("f{round}");
        let beside = latencies(receiver.port, &far_end, quiet(&series), flood(&series))?;
        if round > 0 {
            rounds.push((calm, beside));
        }
        std::thread::sleep(REST);
    }
    let middle = |latencies: &Vec<f64>| latencies[latencies.len() / 2];
    let late = |latencies: &Vec<f64>| latencies[latencies.len() * 9 / 10];
    let figure = format!("p50 of {QUIET} quiet people beside {FLOOD} messages of one, two consumers in the emulators");
    report.add(&figure, "the same people alone", Pairs::of(&rounds, middle), Wanted::AtMost(2.0));
    report.add("p90 of them", "the same people alone", Pairs::of(&rounds, late), Wanted::AtMost(2.0));
    let of = |calm: bool, value: &dyn Fn(&Vec<f64>) -> f64| {
        let all = rounds.iter().map(|round| value(if calm { &round.0 } else { &round.1 })).sum::<f64>();
        all / f64::from(u32::try_from(ROUNDS).unwrap_or(1))
    };
    report.note(format!("calm: p50 {:.0} ms, p90 {:.0} ms", of(true, &middle), of(true, &late)));
    report.note(format!("beside the flood: p50 {:.0} ms, p90 {:.0} ms", of(false, &middle), of(false, &late)));
    Ok(())
}

fn quiet(series: &str) -> Vec<(Duration, Said)> {
    (0..QUIET).map(|person| (EVERY * u32::try_from(person).unwrap_or(u32::MAX), says(person, series, 0))).collect()
}

/// All of it in the third second.
fn flood(series: &str) -> Vec<(Duration, Said)> {
    let at = |place: u64| Duration::from_secs(2) + Duration::from_millis(1000 * place / FLOOD);
    (0..FLOOD).map(|place| (at(place), says(QUIET, series, place))).collect()
}

/// Of the quiet people, in milliseconds, the shortest first.
fn latencies(port: u16, far_end: &FarEnd, quiet: Vec<(Duration, Said)>, others: Vec<(Duration, Said)>) -> Result<Vec<f64>> {
    let measured = quiet.len();
    let all: Vec<_> = quiet.into_iter().chain(others).collect();
    let taken = service::deliver_at(port, &all)?;
    let words: Vec<_> = all.iter().take(measured).map(|(_, said)| said.word.clone()).collect();
    let heard = far_end.until_heard(&words)?;
    let latency = taken.iter().zip(heard).map(|(taken, heard)| heard.saturating_duration_since(*taken).as_secs_f64() * 1e3);
    let mut latencies: Vec<f64> = latency.collect();
    latencies.sort_by(f64::total_cmp);
    Ok(latencies)
}
