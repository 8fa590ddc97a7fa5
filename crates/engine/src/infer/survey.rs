//! Every record of a file, looked at once, in memory that does not grow with the file.

use super::column::{Column, Unique};
use super::draft::Draft;
use super::{SourceGuess, name};

/// Different values that are kept apart, of all columns together: 8 bytes and some room for each.
const ROOM: usize = 2_000_000;

/// Columns of which pairs are tried as a key, from the first.
const PAIRED: usize = 4;

/// What all records of a file have in common.
pub struct Survey {
    source: SourceGuess,
    labels: Vec<String>,
    columns: Vec<Column>,
    pairs: Vec<(usize, usize, Unique)>,
    records: u64,
    ragged: u64,
}

impl Survey {
    /// A survey of a file that is as guessed.
    #[must_use]
    pub fn new(source: SourceGuess) -> Self {
        Self { source, labels: Vec::new(), columns: Vec::new(), pairs: Vec::new(), records: 0, ragged: 0 }
    }

    /// Takes the next record; the first is the header, where there is one.
    pub fn record(&mut self, cells: &[&str]) {
        if self.columns.is_empty() {
            self.begin(cells);
            if self.source.header {
                return;
            }
        }
        self.records += 1;
        if cells.len() != self.columns.len() {
            self.ragged += 1;
            return;
        }
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.see(cell);
        }
        for (left, right, unique) in &mut self.pairs {
            unique.see(&[cells[*left].trim(), cells[*right].trim()]);
        }
    }

    fn begin(&mut self, cells: &[&str]) {
        let label = |(at, cell): (usize, &&str)| {
            if self.source.header { cell.trim().to_owned() } else { format!("column_{}", at + 1) }
        };
        self.labels = cells.iter().enumerate().map(label).collect();
        let paired = cells.len().min(PAIRED);
        let pairs = (0..paired).flat_map(|left| (left + 1..paired).map(move |right| (left, right)));
        let room = ROOM / (cells.len() + PAIRED * (PAIRED - 1) / 2);
        self.columns = vec![Column::new(room); cells.len()];
        self.pairs = pairs.map(|(left, right)| (left, right, Unique::new(room))).collect();
    }

    /// The feed that the records suggest. `encoding` is the label of the file's encoding.
    #[must_use]
    pub fn draft(self, feed: &str, encoding: &str) -> Draft {
        let key = self.key();
        Draft {
            name: name::feed(feed),
            encoding: encoding.to_owned(),
            names: name::names(&self.labels),
            source: self.source,
            labels: self.labels,
            columns: self.columns,
            records: self.records,
            ragged: self.ragged,
            key,
        }
    }

    /// The first column that is different in every record and never empty, or the first such pair.
    fn key(&self) -> Option<Vec<usize>> {
        let full = |column: usize| self.columns[column].empty == 0 && self.columns[column].filled > 0;
        let named =
            |column: usize| !self.labels[column].is_empty() && !self.labels[..column].contains(&self.labels[column]);
        let fit = |column: usize| full(column) && named(column) && Draft::can_be_key(&self.columns[column]);
        let one = (0..self.columns.len()).find(|column| fit(*column) && self.columns[*column].unique.holds());
        let two = || self.pairs.iter().find(|(left, right, unique)| fit(*left) && fit(*right) && unique.holds());
        one.map(|column| vec![column]).or_else(|| two().map(|(left, right, _)| vec![*left, *right]))
    }
}
