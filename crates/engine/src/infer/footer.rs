//! Guesses the footer of a file from its last records.

use std::collections::VecDeque;

use super::survey::is_sum;
use super::text;

/// Maximum number of records of a footer that is guessed.
const MOST: usize = 5;

/// Minimum number of characters by which a footer is recognized if its first cell has digits.
const PREFIX: usize = 4;

/// Maximum number of characters of a marker.
const MARKER: usize = 30;

/// Words with which a footer begins, besides those of sums. Without one of them, a short last record is more likely
/// one that was cut off.
const WORDS: [&str; 22] = [
    "count",
    "created",
    "date",
    "end",
    "ende",
    "eof",
    "erstellt",
    "exported",
    "exportiert",
    "footer",
    "generated",
    "note",
    "notes",
    "printed",
    "quelle",
    "records",
    "report",
    "rows",
    "source",
    "stand",
    "trailer",
    "trl",
];

/// A record that may belong to the footer.
#[derive(Default)]
pub(super) struct LastRecord {
    /// Its number in the file.
    pub number: u64,
    /// The number of data records before it.
    before: u64,
    cells: Vec<String>,
}

impl LastRecord {
    pub(super) fn cells(&self) -> Vec<&str> {
        self.cells.iter().map(String::as_str).collect()
    }
}

/// The last records with content of a file, of which all but the footer are data.
#[derive(Default)]
pub(super) struct LastRecords {
    records: VecDeque<LastRecord>,
    data: u64,
}

/// A footer that was guessed.
pub(super) struct FooterGuess {
    /// The number of its first record.
    pub first: u64,
    /// The number of its records.
    pub records: usize,
    /// The keys of `source.footer`.
    pub keys: String,
    /// What its first cell shows.
    pub shown: String,
}

impl LastRecords {
    /// Adds a record, and passes on the one that can no longer belong to the footer, if there is one.
    pub(super) fn add(&mut self, number: u64, cells: &[&str], pass: impl FnOnce(u64, &[&str])) {
        let mut record = LastRecord::default();
        if self.records.len() > MOST
            && let Some(gone) = self.records.pop_front()
        {
            pass(gone.number, &gone.cells());
            record = gone;
        }
        (record.number, record.before) = (number, self.data);
        // Reuses the memory of the record that has gone, because this runs for each record.
        record.cells.resize(cells.len(), String::new());
        for (own, cell) in record.cells.iter_mut().zip(cells) {
            own.clear();
            own.push_str(cell);
        }
        self.records.push_back(record);
        self.data += 1;
    }

    /// The footer, if the last records are one, and the records before it. `labels` are those of the columns.
    pub(super) fn split(self, labels: &[String]) -> (Option<FooterGuess>, Vec<LastRecord>) {
        let mut records: Vec<LastRecord> = self.records.into();
        let is_odd = |record: &&LastRecord| record.cells.len() < labels.len() || is_sum(&record.cells()).is_some();
        let odd = records.iter().rev().take_while(is_odd).count();
        let guess = match records.get(records.len() - odd) {
            // If even the record before may belong to it, these are most likely no footer but broken records.
            Some(first) if odd < records.len() && labels.len() > 1 => guess(first, odd, labels, &records),
            _ => None,
        };
        if guess.is_some() {
            records.truncate(records.len() - odd);
        }
        (guess, records)
    }
}

/// The footer that begins with a record. `all` are the last records.
fn guess(first: &LastRecord, records: usize, labels: &[String], all: &[LastRecord]) -> Option<FooterGuess> {
    let cell = first.cells.first()?.trim();
    let word = cell.split(|c: char| !c.is_alphanumeric()).next()?.to_lowercase();
    if is_sum(&[cell]).is_none() && !WORDS.contains(&word.as_str()) {
        return None;
    }
    // The footer begins with the last match, so there must be no other.
    let is_alone = |like: &dyn Fn(&str) -> bool| {
        all.iter().filter(|other| other.cells.first().is_some_and(|cell| like(cell.trim()))).count() == 1
    };
    let is_word = |c: char| !c.is_numeric();
    let keys = if cell.chars().all(is_word) && cell.chars().count() <= MARKER && is_alone(&|other| other == cell) {
        let count = (first.before > 1 && is_sum(&first.cells()).is_none())
            .then(|| first.cells.iter().position(|cell| cell.trim().parse() == Ok(first.before)))
            .flatten();
        let count = count.map(|at| format!(", countCell: {}", at + 1)).unwrap_or_default();
        format!("marker: {}{count}", super::yaml::plain(cell))
    } else {
        let prefix: String = cell.chars().take_while(|c| is_word(*c)).collect();
        let label = labels.first().filter(|label| labels.iter().filter(|other| other == label).count() == 1)?;
        if prefix.chars().count() < PREFIX || !is_alone(&|other| other.starts_with(&prefix)) {
            return None;
        }
        let when = text::on_cell(label, &prefix, |label, prefix| format!("{label}.startsWith({prefix})"))?;
        format!("when: {when}")
    };
    Some(FooterGuess { first: first.number, records, keys, shown: text::shown(cell) })
}
