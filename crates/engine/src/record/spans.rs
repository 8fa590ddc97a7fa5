//! Finds the ranges of cells within the bytes of a record, for callers that point at a cell.

use std::ops::Range;

use super::automaton::{Action, Automaton, State};
use crate::dialect::Dialect;

/// The range of each cell in the bytes of a record (`Record::raw`): the cell as it is written, with its
/// quotes and escapes, without ignored leading spaces.
///
/// ```
/// use sluice_engine::dialect::Dialect;
/// use sluice_engine::record::cell_spans;
///
/// assert_eq!(cell_spans(Dialect::CANONICAL, b"1,\"a,b\","), [0..1, 2..7, 8..8]);
/// ```
#[must_use]
pub fn cell_spans(dialect: Dialect, raw: &[u8]) -> Vec<Range<usize>> {
    let automaton = Automaton::new(dialect);
    let mut spans = Vec::new();
    let mut start = 0;
    // The bytes begin a record, whatever the first one is, so the state is not `Between`.
    let mut state = State::CellStart;
    for (at, byte) in raw.iter().enumerate() {
        let (next, action) = automaton.step(state, *byte);
        match action {
            Action::EndCell => {
                spans.push(start..at + 1 - dialect.delimiter.len());
                start = at + 1;
            }
            Action::Drop if next == State::CellStart => start = at + 1,
            _ => {}
        }
        state = next;
    }
    spans.push(start..raw.len());
    spans
}
