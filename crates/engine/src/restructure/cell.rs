//! Cells as texts.

use std::borrow::Cow;

use crate::clean::piece::{Bench, Piece};
use crate::encoding::{SourceText, Undecodable};
use crate::expression::{Columns, NotText};
use crate::header::Binding;
use crate::record::{Record, Text};
use crate::{Code, Problem, Stage};

/// The cells of a record: by their index, and by their label as an expression sees them.
pub(super) struct Cells<'r, 'a> {
    pub binding: &'r Binding,
    pub text: SourceText,
    pub record: &'r Record<'a>,
    /// The record as text, where its bytes are that as they are.
    pub plain: Option<Text<'a>>,
}

impl<'r, 'a> Cells<'r, 'a> {
    /// The cells of a record in a file that is read like this.
    pub(super) fn new(binding: &'r Binding, text: SourceText, record: &'r Record<'a>) -> Self {
        // What is not UTF-8 has ASCII in its lower half.
        let plain = record.text().filter(|plain| text.is_utf8() || plain.whole().is_ascii());
        Self { binding, text, record, plain }
    }

    /// The record in which pieces of it lie.
    pub(super) fn whole(&self) -> &'a str {
        self.plain.map_or("", |plain| plain.whole())
    }

    /// A cell as a piece; one that is not in the encoding of the file is told.
    pub(super) fn piece(&self, at: usize, bench: &mut Bench<'_>) -> Result<Piece, Box<Problem>> {
        match self.plain.and_then(|plain| plain.place(at)) {
            Some(place) => Ok(Piece::of_record(place)),
            None => self.read(at).map(|text| bench.make(&text)),
        }
    }

    /// A cell as text; one that is not in the encoding of the file is told.
    pub(super) fn read(&self, at: usize) -> Result<Cow<'a, str>, Box<Problem>> {
        let cell = self.record.get(at).unwrap_or_default();
        let label = &self.binding.labels[at];
        self.text.decode(cell).map_err(|bad| self.undecodable(at, bad).column(label).into())
    }

    fn undecodable(&self, at: usize, bad: Undecodable) -> Problem {
        // Quotes make positions in the cell differ from those in the file, so it is looked up there: as many
        // as are in the cells before come first.
        let (text, record) = (self.text, self.record);
        let cell = record.get(at).unwrap_or_default();
        let problem = |message| Problem::new(Stage::Restructure, Code::EncodingError, message).value(&text.show(cell));
        if text.is_repaired() {
            let shown = bad.shown();
            return problem(format!(
                "{bad} could not be decoded, and {{{shown}}} stands for it in the row; expected the text that was meant"
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
    fn text(&self, label: &str) -> Option<Result<Cow<'_, str>, NotText>> {
        let cell = self.record.get(self.binding.place(label)?).unwrap_or_default();
        Some(self.text.decode(cell).map_err(|_| NotText))
    }
}
