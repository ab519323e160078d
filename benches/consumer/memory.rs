//! Whether the program grows with the turns that it has worked off.

use anyhow::{Result, ensure};

use crate::common::report::{Pairs, Report, Wanted};
use crate::far_end::FarEnd;
use crate::people::{each_says, words};
use crate::service;

/// People who write at once; so many turns come before the first look at the memory.
const PEOPLE: u64 = 1_000;

pub(crate) fn measure(report: &mut Report, far_end: &FarEnd, turns: u64) -> Result<()> {
    ensure!(turns > PEOPLE, "a leak shows after more than {PEOPLE} turns only");
    let folder = service::folder()?;
    let serve = service::start("serve", folder.path(), far_end)?;
    let idle = serve.resident_mb()?;
    let mut resident = Vec::new();
    for wave in 0..turns.div_ceil(PEOPLE) {
        let said = each_says(PEOPLE, &format!("w{wave}"));
        service::deliver(serve.port, &said)?;
        far_end.until_heard(&words(&said))?;
        resident.push(serve.resident_mb()?);
    }
    let (first, last) = (resident[0], resident[resident.len() - 1]);
    let figure = format!("resident after {turns} turns (serve)");
    report.add(&figure, &format!("after {PEOPLE} turns"), Pairs::of(&[(first, last)], |mb| *mb), Wanted::AtMost(1.5));
    report.add_value("the same, MB", vec![last], Wanted::AtMost(48.0));
    let middle = resident[resident.len() / 2];
    report.note(format!(
        "resident: {idle:.1} MB idle, {first:.1} after {PEOPLE} turns, {middle:.1} half way, {last:.1} at the end"
    ));
    Ok(())
}
