//! The fast path of a field in one file: takes its cell past the cleaning steps that would not change it.

use crate::clean::CleanStep;
use crate::clean::piece::Piece;
use crate::fast::glance::{Glance, UNMEANT};
use crate::header::{Binding, Reads};
use crate::mapping::{Mapping, Source};
use crate::record::Text;

/// What is known of a field once the header is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShortWay {
    /// The single column of the field, if it has just one.
    pub(super) column: Option<usize>,
    /// The number of first steps that do not change a text without any of the bits.
    pub(super) settled: usize,
    /// Whether these are all steps.
    pub(super) is_all: bool,
    /// Whether the column is trimmed before all steps.
    pub(super) is_trimmed: bool,
    changes: u64,
}

impl ShortWay {
    /// Determines the fast path of a field.
    pub(super) fn of(mapping: &Mapping, reads: &Reads, binding: &Binding) -> Self {
        let has = |label: &str| binding.place(label).is_some();
        let is_join = matches!(mapping.source, Source::Join { .. });
        let (column, is_trimmed) = match (reads, &mapping.source) {
            (Reads::Column(at), _) => (Some(*at), false),
            (Reads::Columns(columns), _) if !is_join && columns.len() == 1 => (columns.first().copied(), true),
            (Reads::Row, Source::Value(expression)) => {
                (expression.column(&has).and_then(|label| binding.place(label)), false)
            }
            _ => (None, false),
        };
        let settled = mapping.clean.iter().take_while(|step| !step.may_change_any()).count();
        let trim = if is_trimmed { CleanStep::Trim.may_change() } else { 0 };
        let changes = mapping.clean.iter().take(settled).fold(trim, |bits, step| bits | step.may_change());
        let is_all = settled == mapping.clean.len() && mapping.patterns.is_empty();
        Self { column, settled, is_all, is_trimmed, changes }
    }

    /// The cell, if it passes these steps unchanged and has no character that needs a warning.
    #[inline]
    pub(super) fn surely_unchanged(&self, record: Text<'_>) -> Option<Piece> {
        let place = record.place(self.column?)?;
        let glance = Glance::at(record.whole().as_bytes().get(place.clone())?);
        let piece = Piece::of_record(place);
        (!glance.has(self.changes | UNMEANT)).then(|| if glance.is_quoted() { piece } else { piece.bare() })
    }
}
