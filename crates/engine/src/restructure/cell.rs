//! Cells as texts.

use std::borrow::Cow;

use crate::encoding::{SourceText, Undecodable};
use crate::expression::{Columns, NotText};
use crate::header::Binding;
use crate::record::Record;
use crate::{Code, Problem, Stage};

/// The cells of a record: by their index, and by their label as an expression sees them.
pub(super) struct Cells<'r, 'a> {
    pub binding: &'r Binding,
    pub text: SourceText,
    pub record: &'r Record<'a>,
}

impl<'a> Cells<'_, 'a> {
    /// A cell as text; one that is not in the encoding of the file is told.
    pub(super) fn read(&self, at: usize) -> Result<Cow<'a, str>, Problem> {
        let cell = self.record.get(at).unwrap_or_default();
        let label = &self.binding.labels[at];
        self.text.decode(cell).map_err(|bad| self.undecodable(at, bad).column(label))
    }

    fn undecodable(&self, at: usize, bad: Undecodable) -> Problem {
        // Quotes make positions in the cell differ from those in the file, so it is looked up there: as many
        // as are in the cells before come first.
        let (text, record) = (self.text, self.record);
        let count = |cell: &[u8]| text.undecodable(cell).count();
        let before = record.iter().take(at).map(count).sum();
        let in_record = text.undecodable(record.raw).nth(before).map_or(0, |(at, _)| at);
        let offset = record.position.offset + in_record as u64;
        let (place, encoding) = (text.place(), text.encoding().name());
        let message = format!("{bad} at offset {offset} of {place} is not {encoding}");
        let cell = record.get(at).unwrap_or_default();
        Problem::new(Stage::Restructure, Code::EncodingError, message).value(&text.show(cell))
    }
}

impl Columns for Cells<'_, '_> {
    fn text(&self, label: &str) -> Option<Result<Cow<'_, str>, NotText>> {
        let cell = self.record.get(self.binding.place(label)?).unwrap_or_default();
        Some(self.text.decode(cell).map_err(|_| NotText))
    }
}
