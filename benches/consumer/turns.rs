//! How many turns a core works off, and what one costs.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;

use crate::common::process;
use crate::common::program::file_system;
use crate::common::report::{Pairs, Report, Round, Wanted};
use crate::far_end::FarEnd;
use crate::people::{each_says, words};
use crate::service;

const PAIRS: u32 = 5;
/// Turns of one round: one of each person.
const TURNS: u64 = 5_000;

pub(crate) fn measure(report: &mut Report, far_end: &FarEnd) -> Result<()> {
    let mut rounds = Vec::new();
    for pair in 0..PAIRS {
        let (theirs, ours) = (service::folder()?, service::folder()?);
        let arguments = ["bare", &theirs.path().to_string_lossy(), &far_end.url(), &TURNS.to_string()];
        let numbers = process::numbers_of_role(&arguments)?;
        let bare = Round::of(TURNS, numbers[0], numbers[1])?;
        rounds.push((bare, consumed(ours.path(), far_end, pair)?));
    }
    let baseline = "bare POST between two group-commit inserts";
    let per_second = Pairs::of(&rounds, |round| round.per_second);
    report.add("turns/s on one core", baseline, per_second, Wanted::AtLeast(0.25));
    report.add("CPU of a turn", baseline, Pairs::of(&rounds, |round| round.cpu), Wanted::AtMost(4.0));
    report.note_rounds(&rounds, "turns", ["bare POST and inserts", "consume"]);
    report.note(format!("rows were written to {} ({})", service::place().display(), file_system(&service::place())?));
    Ok(())
}

/// People who are known each write once while only the receiver runs; then the consumer works it off.
fn consumed(folder: &Path, far_end: &FarEnd, pair: u32) -> Result<Round> {
    let greetings = each_says(TURNS, &format!("{pair}a"));
    let serve = service::start("serve", folder, far_end)?;
    service::deliver(serve.port, &greetings)?;
    far_end.until_heard(&words(&greetings))?;
    service::until_at_rest(folder)?;
    drop(serve);

    let said = each_says(TURNS, &format!("{pair}b"));
    let receive = service::start("receive", folder, far_end)?;
    service::deliver(receive.port, &said)?;
    drop(receive);

    let started = Instant::now();
    let consume = service::start("consume", folder, far_end)?;
    far_end.until_heard(&words(&said))?;
    service::until_at_rest(folder)?;
    Round::of(TURNS, started.elapsed().as_secs_f64(), consume.cpu_seconds()?)
}
