//! What is printed: one table, a line per figure, and notes that say what lies behind it.

use anyhow::Result;

/// From here on a server's core counts as full, and its rate as its own doing.
const SATURATED: f64 = 0.9;
const HELD_BACK: &str = " (not full: other programs, the disk or the load generator held it back; go by CPU)";

/// One round of many requests: how many per second of the clock, the server's seconds of CPU for each, and its CPU per second.
#[derive(Clone, Copy)]
pub(crate) struct Round {
    pub(crate) per_second: f64,
    pub(crate) cpu: f64,
    busy: f64,
}

impl Round {
    /// `count` requests took this many seconds, and this many seconds of CPU.
    pub(crate) fn of(count: u64, elapsed: f64, cpu: f64) -> Result<Self> {
        let count = f64::from(u32::try_from(count)?);
        Ok(Self { per_second: count / elapsed, cpu: cpu / count, busy: cpu / elapsed })
    }
}

/// Ratios of the pairs of a figure, what is measured over its baseline.
pub(crate) struct Pairs(Vec<f64>);

impl Pairs {
    /// The ratios of one value of the rounds.
    pub(crate) fn of<R>(rounds: &[(R, R)], value: impl Fn(&R) -> f64) -> Self {
        Self(rounds.iter().map(|(baseline, ours)| value(ours) / value(baseline)).collect())
    }
}

/// What a figure should be.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

/// The lines so far.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<String>,
    notes: Vec<String>,
}

impl Report {
    /// A ratio to a baseline.
    pub(crate) fn add(&mut self, figure: &str, baseline: &str, Pairs(ratios): Pairs, wanted: Wanted) {
        self.line(figure, baseline, ratios, wanted);
    }

    /// A value of its own.
    pub(crate) fn add_value(&mut self, figure: &str, values: Vec<f64>, wanted: Wanted) {
        self.line(figure, "–", values, wanted);
    }

    /// Something to know about a figure.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// What lies behind the ratios of two series of rounds; `what` is counted.
    pub(crate) fn note_rounds(&mut self, rounds: &[(Round, Round)], what: &str, names: [&str; 2]) {
        let series = [rounds.iter().map(|(first, _)| *first).collect(), rounds.iter().map(|(_, second)| *second).collect()];
        for (name, rounds) in names.into_iter().zip::<[Vec<Round>; 2]>(series) {
            let of = |value: fn(&Round) -> f64| median(rounds.iter().map(value).collect());
            let held_back = if of(|round| round.busy) < SATURATED { HELD_BACK } else { "" };
            self.note(format!(
                "{name}: {:.0} {what}/s, {:.1} µs of CPU each, its core {:.0} % busy with it{held_back}",
                of(|round| round.per_second),
                of(|round| round.cpu * 1e6),
                of(|round| round.busy * 100.0)
            ));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(crate) fn print(&self) {
        println!("| figure | baseline | median | lowest–highest | wanted | |\n| --- | --- | ---: | ---: | ---: | --- |");
        self.lines.iter().for_each(|line| println!("{line}"));
        println!();
        self.notes.iter().for_each(|note| println!("{note}"));
    }

    fn line(&mut self, figure: &str, baseline: &str, values: Vec<f64>, wanted: Wanted) {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(0.0, f64::max);
        let middle = median(values);
        let (words, met) = match wanted {
            Wanted::AtLeast(least) => (format!("≥ {least:.2}"), middle >= least),
            Wanted::AtMost(most) => (format!("≤ {most:.1}"), middle <= most),
        };
        let met = if met { "met" } else { "MISSED" };
        self.lines.push(format!("| {figure} | {baseline} | {middle:.2} | {low:.2}–{high:.2} | {words} | {met} |"));
    }
}

/// The middle of the values.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
