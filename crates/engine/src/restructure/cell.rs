//! Decodes cells.

use std::borrow::Cow;

use crate::clean::piece::{Bench, Piece};
use crate::encoding::{SourceText, Undecodable};
use crate::expression::{Column, Columns};
use crate::header::Binding;
use crate::record::{Record, Text};
use crate::{Code, Problem, Stage};

/// The cells of a record: by index, and by label for expressions.
pub(super) struct Cells<'r, 'a> {
    pub binding: &'r Binding,
    pub text: SourceText,
    pub record: &'r Record<'a>,
    /// The record as text, if its bytes need no decoding.
    pub plain: Option<Text<'a>>,
}

impl<'r, 'a> Cells<'r, 'a> {
    /// The cells of a record in a file with this encoding.
    pub(super) fn new(binding: &'r Binding, text: SourceText, record: &'r Record<'a>) -> Self {
        // Bytes below 0x80 are ASCII in every encoding that is read here.
        let plain = record.text().filter(|plain| text.is_utf8() || plain.whole().is_ascii());
        Self { binding, text, record, plain }
    }

    /// The record that pieces refer to.
    pub(super) fn whole(&self) -> &'a str {
        self.plain.map_or("", |plain| plain.whole())
    }

    /// A cell as a piece; a problem if it cannot be decoded.
    pub(super) fn piece(&self, at: usize, bench: &mut Bench<'_>) -> Result<Piece, Box<Problem>> {
        match self.plain.and_then(|plain| plain.place(at)) {
            Some(place) => Ok(Piece::of_record(place)),
            None => self.read(at).map(|text| bench.make(&text)),
        }
    }

    /// A cell as text; a problem if it cannot be decoded.
    pub(super) fn read(&self, at: usize) -> Result<Cow<'a, str>, Box<Problem>> {
        let cell = self.record.get(at).unwrap_or_default();
        let label = &self.binding.labels[at];
        self.text.decode(cell).map_err(|bad| self.undecodable(at, bad).column(label).into())
    }

    fn undecodable(&self, at: usize, bad: Undecodable) -> Problem {
        // Quotes shift positions, so the byte is found in the raw record by counting: the undecodable bytes
        // of earlier cells come first.
        let (text, record) = (self.text, self.record);
        let cell = record.get(at).unwrap_or_default();
        let problem = |message| Problem::new(Stage::Restructure, Code::EncodingError, message).value(&text.show(cell));
        if text.is_repaired() {
            let shown = bad.shown();
            return problem(format!(
                "{bad} could not be decoded; replace the mark {{{shown}}} in the row by the intended text"
            ));
        }
        let count = |cell: &[u8]| text.undecodable(cell).count();
        let before = record.iter().take(at).map(count).sum();
        let in_record = text.undecodable(record.raw).nth(before).map_or(0, |(at, _)| at);
        let offset = record.position.offset + in_record as u64;
        let (place, encoding) = (text.place(), text.encoding().name());
        problem(format!("{bad} at offset {offset} of {place} is not {encoding}"))
    }
}

impl Columns for Cells<'_, '_> {
    fn column(&self, label: &str) -> Option<Column<'_>> {
        let Some(cell) = self.record.get(self.binding.place(label)?) else { return Some(Column::Absent) };
        Some(self.text.decode(cell).map_or(Column::Undecodable, Column::Text))
    }
}
