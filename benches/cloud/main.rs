//! Measures store and queue in Google's emulators against named baselines in the same run:
//! `cargo bench --bench cloud --features failure-points`. Names after `--` choose figures: `ingest`, `flood`.
//!
//! The emulators share the machine with what is measured, and are slower than Google: ratios tell what we add, times tell nothing.

#![expect(clippy::print_stdout, reason = "the benchmark's result is what it prints")]

#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "some of it is for benchmarks that give each process its core")]
mod common;
#[path = "../../tests/emulators/mod.rs"]
mod emulators;
#[path = "../consumer/far_end.rs"]
mod far_end;
mod flood;
mod ingest;
#[path = "../consumer/people.rs"]
#[expect(dead_code, reason = "here people write at times of their own")]
mod people;
#[path = "../../tests/emulators/project.rs"]
#[expect(dead_code, reason = "here nothing is pushed")]
mod project;
mod service;

use anyhow::{Result, bail};

use common::report::Report;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let wanted = |figure: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == figure);
    let mut report = Report::default();
    if wanted("ingest") {
        ingest::measure(&mut report)?;
    }
    if wanted("flood") {
        flood::measure(&mut report)?;
    }
    if report.is_empty() {
        bail!("no such figure: ingest, flood");
    }
    report.print();
    Ok(())
}
