//! Measures the way from a stored delivery to its answer: `cargo bench --bench consumer --features failure-points`.
//!
//! The real program runs on core 0; the load and an instant Graph API, both of this program, on core 1. Every figure is a ratio to
//! a named baseline of the same run, never a time: machines differ and this one is busy. Names after `--` choose figures: `turns`,
//! `memory`, `stored`, `flood`; a number after `--` is the length of `memory` in turns (100,000).

#![expect(clippy::print_stdout, reason = "the benchmark's result is what it prints")]

mod bare;
#[path = "../common/mod.rs"]
mod common;
mod far_end;
mod figures;
mod fill;
mod latency;
mod memory;
mod people;
mod service;
mod turns;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["role", "bare", folder, graph, count] => bare::run(folder.as_ref(), graph, count.parse()?),
        ["role", ..] => bail!("no such role: the only one is bare FOLDER GRAPH COUNT"),
        _ => figures::measure(&words),
    }
}
