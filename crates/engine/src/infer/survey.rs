//! A survey of all records of a file in bounded memory.

use super::column::{Column, Unique};
use super::draft::Draft;
use super::footer::{FooterGuess, LastRecords};
use super::group::{GroupGuess, Groups};
use super::label_kind::LabelKind;
use super::source::Trailing;
use super::{SourceGuess, name};
use crate::encoding::SourceText;
use crate::feed::FeedName;
use crate::header;

/// Maximum number of distinct values of all columns together, at some more than 8 bytes each.
const ROOM: usize = 2_000_000;

/// Maximum number of columns whose pairs are tried as a key: those with the label of an identifier, then the
/// first ones.
const PAIRED: usize = 6;

/// Maximum number of records with a wrong number of cells that are remembered.
const MAX_RAGGED: usize = 3;

/// Maximum number of records of sums that are reported; more of them are ordinary data with such a value.
const MAX_SUMS: usize = 3;

/// First cells that mark a record as the sum of those above it.
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
    /// The records of the header so far.
    head: Vec<Vec<Vec<u8>>>,
    pub(super) labels: Vec<String>,
    pub(super) names: Vec<String>,
    pub(super) columns: Vec<Column>,
    pub(super) pairs: Vec<(usize, usize, Unique)>,
    pub(super) records: u64,
    /// The number of records with a wrong number of cells, apart from delimiters at the ends of lines, and
    /// the first of them.
    pub(super) ragged: u64,
    pub(super) ragged_first: Vec<u64>,
    /// The number of records that repeat the header, and of records without content.
    pub(super) repeated: u64,
    pub(super) blank: u64,
    /// The column whose value marks records as sums, and these values; `None` if there are too many.
    pub(super) sums: Option<(usize, Vec<String>)>,
    /// Whether several records seem to be one thing.
    groups: Groups,
    pub(super) group: Option<GroupGuess>,
    /// The last records, not yet taken into account.
    last: LastRecords,
    pub(super) footer: Option<FooterGuess>,
}

/// The column and the word that mark a record as the sum of those above it.
pub(super) fn is_sum<'c>(cells: &[&'c str]) -> Option<(usize, &'c str)> {
    let (at, first) = cells.iter().enumerate().find(|(_, cell)| !cell.trim().is_empty())?;
    let word = first.trim().trim_end_matches(':');
    (word.len() <= 16 && SUMS.iter().any(|sum| word.eq_ignore_ascii_case(sum))).then_some((at, word))
}

impl Survey {
    /// Creates a survey of a file with this guess.
    #[must_use]
    pub fn new(source: SourceGuess) -> Self {
        Self {
            source,
            head: Vec::new(),
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
            groups: Groups::default(),
            group: None,
            last: LastRecords::default(),
            footer: None,
        }
    }

    /// Adds a record; the first one is the header, if there is one. A record without cells has broken quotes.
    pub fn record(&mut self, cells: &[&str]) {
        if self.columns.is_empty() && !cells.is_empty() {
            if self.source.header {
                self.head.push(cells.iter().map(|cell| cell.as_bytes().to_vec()).collect());
                if self.head.len() == self.source.header_rows {
                    let labels = header::join(&self.head, SourceText::UTF_8);
                    let labels: Vec<_> = labels.iter().map(|label| String::from_utf8_lossy(label)).collect();
                    self.begin(&labels.iter().map(AsRef::as_ref).collect::<Vec<_>>());
                }
                return;
            }
            self.begin(cells);
        }
        self.records += 1;
        if cells.is_empty() {
            return;
        }
        // Records below the header that are not data: units, or a second line of labels.
        if self.records <= self.source.below.len() as u64 {
            return;
        }
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            self.blank += 1;
            return;
        }
        if self.is_header(cells) {
            self.repeated += 1;
            return;
        }
        let mut last = std::mem::take(&mut self.last);
        last.add(self.records, cells, |number, cells| self.see(number, cells));
        self.last = last;
    }

    /// Takes a record of data into account, with its number.
    fn see(&mut self, number: u64, cells: &[&str]) {
        let columns = self.columns.len();
        let ends = match self.source.trailing {
            Some(Trailing::Records) if cells.len() == columns + 1 => &cells[..columns],
            _ => cells,
        };
        let whole =
            ends.len() == columns || self.source.trailing == Some(Trailing::Header) && ends.len() + 1 == columns;
        if !whole {
            self.ragged += 1;
            if self.ragged_first.len() < MAX_RAGGED {
                self.ragged_first.push(number);
            }
            return;
        }
        self.see_sum(ends);
        for (column, cell) in self.columns.iter_mut().zip(ends) {
            column.see(cell);
        }
        self.groups.see(ends);
        for (left, right, unique) in &mut self.pairs {
            if let (Some(left), Some(right)) = (ends.get(*left), ends.get(*right)) {
                unique.see(&[left.trim(), right.trim()]);
            }
        }
    }

    /// Remembers a record that is the sum of others.
    fn see_sum(&mut self, cells: &[&str]) {
        let Some((at, word)) = is_sum(cells) else { return };
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

    /// Takes the last records into account, apart from the footer.
    fn end(&mut self) {
        // JSON has no footer, and so no labels by which one would be found.
        let labels = if self.source.json.is_none() { &self.labels[..] } else { &[] };
        let (footer, data) = std::mem::take(&mut self.last).split(labels);
        for record in &data {
            self.see(record.number, &record.cells());
        }
        self.footer = footer;
        self.group = std::mem::take(&mut self.groups).end();
    }

    /// Whether a record repeats one of the header; with a byte order mark if the file was joined from parts.
    fn is_header(&self, cells: &[&str]) -> bool {
        let same = |(label, cell): (&Vec<u8>, &&str)| {
            String::from_utf8_lossy(label).trim() == cell.trim_start_matches('\u{feff}').trim()
        };
        let is_row = |row: &Vec<Vec<u8>>| row.len() > 1 && cells.len() >= row.len() && row.iter().zip(cells).all(same);
        self.source.header && self.head.iter().any(is_row)
    }

    fn begin(&mut self, cells: &[&str]) {
        let label = |(at, cell): (usize, &&str)| {
            if self.source.header { cell.trim().to_owned() } else { format!("column_{}", at + 1) }
        };
        self.labels = match &self.source.fixed {
            Some(fixed) => fixed.layout.labels(),
            None => cells.iter().enumerate().map(label).collect(),
        };
        self.names = name::names(&self.labels);
        let cells = self.labels.len();
        let room = ROOM / (cells + PAIRED * (PAIRED - 1) / 2);
        self.columns = self.names.iter().map(|name| Column::new(name, room)).collect();
        // In JSON, one thing is one record.
        if self.source.json.is_none() {
            self.groups = Groups::new(cells, room);
        }
        let mut paired: Vec<usize> = (0..cells).filter(|at| self.columns[*at].label.may_be_key()).collect();
        paired.sort_by_key(|at| self.columns[*at].label == LabelKind::Anything);
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

    /// The number of records, without the header.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Drafts the feed that the records suggest. `encoding` is the label of the file's encoding.
    #[must_use]
    pub fn draft(mut self, feed: &FeedName, encoding: &str) -> Draft {
        self.end();
        Draft::new(self, feed, encoding)
    }
}
