//! Every record of a file, looked at once, in memory that does not grow with the file.

use super::called::Called;
use super::column::{Column, Unique};
use super::draft::Draft;
use super::source::Trailing;
use super::{SourceGuess, name};
use crate::feed::FeedName;

/// Different values that are kept apart, of all columns together: 8 bytes and some room for each.
const ROOM: usize = 2_000_000;

/// Columns of which pairs are tried as a key: those that are called as identifiers are, then the first.
const PAIRED: usize = 6;

/// Records of the wrong number of cells whose numbers are remembered.
const MAX_RAGGED: usize = 3;

/// Records of sums that are told: more of them are data that is called so.
const MAX_SUMS: usize = 3;

/// What the first cell of a record holds that is the sum of those above it.
const SUMS: [&str; 10] = [
    "total",
    "totals",
    "grand total",
    "subtotal",
    "sum",
    "summe",
    "gesamt",
    "gesamtsumme",
    "zwischensumme",
    "insgesamt",
];

/// What all records of a file have in common.
pub struct Survey {
    pub(super) source: SourceGuess,
    pub(super) labels: Vec<String>,
    pub(super) names: Vec<String>,
    pub(super) columns: Vec<Column>,
    pub(super) pairs: Vec<(usize, usize, Unique)>,
    pub(super) records: u64,
    /// Records with another number of cells, the delimiters at the ends of lines apart, and the first of them.
    pub(super) ragged: u64,
    pub(super) ragged_first: Vec<u64>,
    /// Records that are the header once more, and records without any content.
    pub(super) repeated: u64,
    pub(super) blank: u64,
    /// The column in which records are called sums, and what they are called; `None` where these are too many.
    pub(super) sums: Option<(usize, Vec<String>)>,
}

impl Survey {
    /// A survey of a file that is as guessed.
    #[must_use]
    pub fn new(source: SourceGuess) -> Self {
        Self {
            source,
            labels: Vec::new(),
            names: Vec::new(),
            columns: Vec::new(),
            pairs: Vec::new(),
            records: 0,
            ragged: 0,
            ragged_first: Vec::new(),
            repeated: 0,
            blank: 0,
            sums: Some((0, Vec::new())),
        }
    }

    /// Takes the next record; the first is the header, where there is one. One without cells has broken quotes.
    pub fn record(&mut self, cells: &[&str]) {
        if self.columns.is_empty() && !cells.is_empty() {
            self.begin(cells);
            if self.source.header {
                return;
            }
        }
        self.records += 1;
        if cells.is_empty() {
            return;
        }
        let columns = self.columns.len();
        // The records below the header that are none: units, or a second line of labels.
        if self.records <= self.source.below.len() as u64 {
            return;
        }
        let ends = match self.source.trailing {
            Some(Trailing::Records) if cells.len() == columns + 1 => &cells[..columns],
            _ => cells,
        };
        let whole =
            ends.len() == columns || self.source.trailing == Some(Trailing::Header) && ends.len() + 1 == columns;
        if !whole {
            self.ragged += 1;
            if self.ragged_first.len() < MAX_RAGGED {
                self.ragged_first.push(self.records);
            }
            return;
        }
        if ends.iter().all(|cell| cell.trim().is_empty()) {
            self.blank += 1;
            return;
        }
        if self.is_header(ends) {
            self.repeated += 1;
            return;
        }
        self.see_sum(ends);
        for (column, cell) in self.columns.iter_mut().zip(ends) {
            column.see(cell);
        }
        for (left, right, unique) in &mut self.pairs {
            if let (Some(left), Some(right)) = (ends.get(*left), ends.get(*right)) {
                unique.see(&[left.trim(), right.trim()]);
            }
        }
    }

    /// Remembers a record that is the sum of others.
    fn see_sum(&mut self, cells: &[&str]) {
        let Some((at, first)) = cells.iter().enumerate().find(|(_, cell)| !cell.trim().is_empty()) else { return };
        let word = first.trim().trim_end_matches(':');
        if word.len() > 16 || !SUMS.iter().any(|sum| word.eq_ignore_ascii_case(sum)) {
            return;
        }
        let Some((column, words)) = &mut self.sums else { return };
        if words.is_empty() {
            *column = at;
        }
        if words.len() == MAX_SUMS || *column != at {
            self.sums = None;
        } else {
            words.push(word.to_owned());
        }
    }

    /// Whether a record is the header once more; where parts were joined, with a byte order mark.
    fn is_header(&self, cells: &[&str]) -> bool {
        let same = |(label, cell): (&String, &&str)| label == cell.trim_start_matches('\u{feff}').trim();
        self.source.header && self.labels.len() > 1 && self.labels.iter().zip(cells).all(same)
    }

    fn begin(&mut self, cells: &[&str]) {
        let label = |(at, cell): (usize, &&str)| {
            if self.source.header { cell.trim().to_owned() } else { format!("column_{}", at + 1) }
        };
        self.labels = cells.iter().enumerate().map(label).collect();
        self.names = name::names(&self.labels);
        let room = ROOM / (cells.len() + PAIRED * (PAIRED - 1) / 2);
        self.columns = self.names.iter().map(|name| Column::new(name, room)).collect();
        let mut paired: Vec<usize> = (0..cells.len()).filter(|at| self.columns[*at].called.may_be_key()).collect();
        paired.sort_by_key(|at| self.columns[*at].called == Called::Anything);
        paired.truncate(PAIRED);
        paired.sort_unstable();
        let pairs =
            paired.iter().enumerate().flat_map(|(at, left)| paired[at + 1..].iter().map(|right| (*left, *right)));
        self.pairs = pairs.map(|(left, right)| (left, right, Unique::new(room))).collect();
    }

    /// The labels of the columns.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How many records there are, the header not among them.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The feed that the records suggest. `encoding` is the label of the file's encoding.
    #[must_use]
    pub fn draft(self, feed: &FeedName, encoding: &str) -> Draft {
        Draft::new(self, feed, encoding)
    }
}
