//! A table as lines: a phone is too narrow for columns.

/// Cells of the head, and of each row.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// How many line ends stand before it.
    pub(super) wanted: usize,
}

impl Table {
    /// One line for each row: its first cell in bold, then `heading: cell` of the others.
    pub(super) fn lines(&self) -> Vec<String> {
        if self.rows.is_empty() {
            return vec![self.head.join(" · ")];
        }
        self.rows.iter().map(|row| self.line(row)).collect()
    }

    fn line(&self, row: &[String]) -> String {
        let mut parts = Vec::new();
        for (place, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let heading = self.head.get(place).map_or("", String::as_str);
            parts.push(match place {
                0 if cell.contains(['*', '\n']) => cell.clone(),
                0 => format!("*{cell}*"),
                _ if heading.is_empty() => cell.clone(),
                _ => format!("{}: {cell}", heading.replace('*', "")),
            });
        }
        parts.join(" · ")
    }
}
