//! The figures by name.

use anyhow::{Result, ensure};

use crate::common::process;
use crate::common::report::Report;
use crate::far_end::FarEnd;
use crate::{latency, memory, turns};

/// Turns after which the memory is looked at for the last time.
const LONG: u64 = 100_000;

/// Measures the named figures, or all, and prints them.
pub(crate) fn measure(words: &[&str]) -> Result<()> {
    process::move_to_load_core()?;
    let (numbers, names): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.parse::<u64>().is_ok());
    let long = numbers.first().map_or(Ok(LONG), |number| number.parse())?;
    let wanted = |name: &str| names.is_empty() || names.contains(&name);
    let (mut report, far_end) = (Report::default(), FarEnd::start()?);
    if wanted("turns") {
        turns::measure(&mut report, &far_end)?;
    }
    if wanted("memory") {
        memory::measure(&mut report, &far_end, long)?;
    }
    if wanted("stored") {
        latency::stored(&mut report, &far_end)?;
    }
    if wanted("flood") {
        latency::flood(&mut report, &far_end)?;
    }
    ensure!(!report.is_empty(), "no figure has that name: turns, memory, stored, flood");
    report.print();
    Ok(())
}
