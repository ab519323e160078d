//! Measures the receiver against named baselines in the same run: `cargo bench --bench receiver --features failure-points`.
//!
//! A figure is a ratio, never a time: machines differ and this one is busy. Every server is a process of its own on core 0, the load
//! generator runs on core 1, and a baseline and what is compared with it take turns (A B A B …); the median of the pairs counts,
//! and their lowest and highest say how much the machine disturbed. Names after `--` choose figures: `ack`, `large`, `persisted`,
//! `start`.

#![expect(clippy::print_stdout, reason = "the benchmark's result is what it prints")]

#[path = "../common/mod.rs"]
mod common;
mod deliveries;
mod figures;
mod insert;
mod load;
mod servers;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["role", "bare"] => servers::bare(),
        ["role", "ack"] => servers::ack(),
        ["role", "insert", folder, seed, count] => insert::run(folder.as_ref(), seed.parse()?, count.parse()?),
        ["role", ..] => bail!("no such role: roles are bare, ack and insert FOLDER SEED COUNT"),
        _ => figures::measure(&words),
    }
}
