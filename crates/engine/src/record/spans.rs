//! Where cells lie in the bytes of a record, for whoever has to point at one.

use std::ops::Range;

use super::automaton::{Action, Automaton, State};
use crate::dialect::Dialect;

/// The span of each cell in the bytes of a record (`Record::raw`): the text as it is written, quotes and
/// escapes included, without initial spaces that do not count.
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
    // Not before a record: what begins here is one, whatever its first byte.
    let mut state = State::CellStart;
    for (at, byte) in raw.iter().enumerate() {
        let (next, action) = automaton.step(state, *byte);
        match action {
            Action::EndCell => {
                spans.push(start..at);
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
