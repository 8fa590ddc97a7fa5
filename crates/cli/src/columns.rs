//! Texts in columns, with a heading for each.

use unicode_width::UnicodeWidthStr;

/// Rows of cells in columns, each with a heading.
pub struct Columns<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Columns<N> {
    /// Creates columns without rows.
    pub fn new(headings: [&str; N]) -> Self {
        Self { rows: vec![headings.map(str::to_owned)] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells);
    }

    /// The text. A column is as wide as its longest cell, and numbers are aligned to the right.
    pub fn text(&self) -> String {
        let width = |column: usize| self.rows.iter().map(|row| row[column].width()).max().unwrap_or_default();
        let widths: Vec<usize> = (0..N).map(width).collect();
        let lines = self.rows.iter().map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| {
                let space = " ".repeat(width - cell.width());
                let is_number = !cell.is_empty() && cell.chars().all(|letter| letter.is_ascii_digit() || letter == ',');
                if is_number { format!("{space}{cell}") } else { format!("{cell}{space}") }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_below_their_headings_and_numbers_are_aligned_right() {
        let mut table = Columns::new(["FEED", "READ", "FILE"]);
        table.row(["prices".to_owned(), "12".to_owned(), "ü.csv".to_owned()]);
        table.row(["p".to_owned(), "1,234".to_owned(), String::new()]);
        assert_eq!(table.text(), "FEED    READ   FILE\nprices     12  ü.csv\np       1,234");
    }
}
