//! Collects problems with their place: line, column, the line itself with a caret under it.

use super::grammar::Place;
use super::status::Problem;

/// A line longer than this is shown in part, around the caret.
const SNIPPET_CHARACTERS: usize = 100;

/// The problems found in one text of the bot file.
pub(super) struct Report<'a> {
    source: &'a str,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Report<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, problems: Vec::new() }
    }

    /// The text of the file.
    pub(super) fn source(&self) -> &'a str {
        self.source
    }

    /// Notes a problem: where, what is wrong, what to do.
    pub(super) fn add(&mut self, place: Place, path: &str, message: impl Into<String>, remedy: impl Into<String>) {
        let known = place.line > 0;
        self.problems.push(Problem {
            line: known.then_some(place.line),
            column: known.then_some(place.column),
            path: path.to_owned(),
            message: message.into(),
            remedy: remedy.into(),
            snippet: if known { snippet(self.source, place) } else { String::new() },
        });
    }

    /// All problems, in the order of the file.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| (problem.line.unwrap_or(0), problem.column.unwrap_or(0)));
        self.problems
    }
}

/// A problem of the file as a whole.
pub(super) fn placeless(message: impl Into<String>, remedy: impl Into<String>) -> Problem {
    Problem {
        line: None,
        column: None,
        path: String::new(),
        message: message.into(),
        remedy: remedy.into(),
        snippet: String::new(),
    }
}

/// The line of a place with a caret under its column. Control characters are shown as spaces, so that a terminal obeys none.
fn snippet(source: &str, place: Place) -> String {
    let index = usize::try_from(place.line).unwrap_or(1).saturating_sub(1);
    let line: Vec<char> = source.lines().nth(index).unwrap_or("").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let column = usize::try_from(place.column).unwrap_or(1).saturating_sub(1).min(line.len());
    let start = if line.len() <= SNIPPET_CHARACTERS { 0 } else { column.saturating_sub(SNIPPET_CHARACTERS / 2) };
    let shown: String = line.iter().skip(start).take(SNIPPET_CHARACTERS).collect();
    let dots = if start > 0 { "…" } else { "" };
    let more = if start + SNIPPET_CHARACTERS < line.len() { "…" } else { "" };
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let indent = " ".repeat(column - start + dots.chars().count());
    format!(" {number} | {dots}{}{more}\n {margin} | {indent}^", shown.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_column_also_after_wide_characters_and_in_long_lines() {
        let at = |line, column| Place { line, column, offset: 0 };
        assert_eq!(snippet("a: é\nb: ü x", at(2, 6)), " 2 | b: ü x\n   |      ^");
        let long = format!("{}!{}", "a".repeat(300), "b".repeat(300));
        let shown = snippet(&long, at(1, 301));
        let lines: Vec<Vec<char>> = shown.lines().map(|line| line.chars().collect()).collect();
        let caret = lines[1].iter().position(|c| *c == '^').unwrap();
        assert_eq!(lines[0][caret], '!', "{shown}");
        assert!(lines[0].len() < 120);
        assert_eq!(snippet("", at(7, 9)), " 7 | \n   | ^");
    }
}
