//! The columns of a repair file.

use crate::record::Record;
use crate::reject::{ATTEMPT, GROUP, Place, RAW, RECORD, RUN, is_own, source_label, unguard};

/// The columns of a repair file: those of the source and those that Sluice added, in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The labels of the source's columns, in the order of the file.
    labels: Vec<String>,
    /// The index of each of them in the file.
    places: Vec<usize>,
    /// The labels of all columns.
    all: Vec<String>,
    run: usize,
    record: usize,
    raw: Option<usize>,
    attempt: Option<usize>,
    group: Option<usize>,
}

impl Sheet {
    /// Sorts the columns of a header; `None` if it lacks the columns `_run` and `_record` of a repair file.
    #[must_use]
    pub fn of<C: AsRef<[u8]>>(header: impl IntoIterator<Item = C>) -> Option<Self> {
        let text = |cell: C| String::from_utf8_lossy(cell.as_ref()).trim().to_owned();
        let all: Vec<String> = header.into_iter().map(text).collect();
        let own = |name: &str| all.iter().position(|label| label == name);
        let (run, record) = (own(RUN)?, own(RECORD)?);
        let places: Vec<usize> = (0..all.len()).filter(|at| !is_own(&all[*at])).collect();
        let label = |at: &usize| source_label(unguard(&all[*at])).unwrap_or_default().to_owned();
        Some(Self {
            labels: places.iter().map(label).collect(),
            raw: own(RAW),
            attempt: own(ATTEMPT),
            group: own(GROUP),
            places,
            run,
            record,
            all,
        })
    }

    /// The labels of the source's columns, in the order of the file.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The number of a row's record, if the row belongs to this run and has a valid number.
    #[must_use]
    pub fn record_of(&self, run: &str, row: &Record<'_>) -> Option<u64> {
        let is_whole = row.len() == self.all.len();
        (is_whole && self.run(row).is_some_and(|of| of == run)).then(|| self.record(row)).flatten()
    }

    /// The labels of all columns.
    #[must_use]
    pub fn all(&self) -> &[String] {
        &self.all
    }

    /// The cells of the source.
    pub(super) fn cells<'a>(&self, row: &Record<'a>) -> impl Iterator<Item = &'a [u8]> {
        let row = *row;
        self.places.iter().map(move |at| row.get(*at).unwrap_or_default())
    }

    /// The run id in a row.
    pub(super) fn run<'a>(&self, row: &Record<'a>) -> Option<&'a str> {
        text(row, self.run)
    }

    /// The record number in a row, if valid.
    pub(super) fn record(&self, row: &Record<'_>) -> Option<u64> {
        text(row, self.record)?.parse().ok().filter(|number| *number > 0)
    }

    /// The record number as text.
    pub(super) fn record_text<'a>(&self, row: &Record<'a>) -> &'a str {
        text(row, self.record).unwrap_or_default()
    }

    /// The text of a record whose cells did not match the header; empty if there is none.
    pub(super) fn raw<'a>(&self, row: &Record<'a>) -> &'a str {
        let cell = self.raw.and_then(|at| row.get(at)).unwrap_or_default();
        std::str::from_utf8(cell).map(unguard).unwrap_or_default()
    }

    /// The text in `_raw`, if the row has no cell of the source and `_raw` stands for the record.
    pub(super) fn raw_alone<'a>(&self, row: &Record<'a>) -> Option<&'a str> {
        Some(self.raw(row)).filter(|raw| !raw.is_empty() && self.cells(row).all(<[u8]>::is_empty))
    }

    /// Whether this is the column `_raw`.
    pub(super) fn is_raw(&self, column: usize) -> bool {
        self.raw == Some(column)
    }

    /// The place of a row among those that were rejected together.
    #[must_use]
    pub fn place(&self, row: &Record<'_>) -> Option<Place> {
        text(row, self.group?)?.parse().ok()
    }

    /// How often the record had been retried when the file was written.
    pub(super) fn attempt(&self, row: &Record<'_>) -> u32 {
        self.attempt.and_then(|at| text(row, at)?.parse().ok()).unwrap_or_default()
    }
}

/// A cell of one of our columns, trimmed because a person may have edited it.
fn text<'a>(row: &Record<'a>, at: usize) -> Option<&'a str> {
    std::str::from_utf8(row.get(at)?).ok().map(str::trim)
}
