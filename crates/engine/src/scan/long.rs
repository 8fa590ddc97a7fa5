//! Why a record is too long: a quote that is not closed, or because it is.

use crate::dialect::Dialect;
use crate::record::{Automaton, Position, State};

/// What is to be told of a record that is longer than a limit. `bytes` are its first, as many as the limit is.
#[must_use]
pub fn too_long(dialect: Dialect, position: Position, limit: u64, bytes: &[u8]) -> String {
    let automaton = Automaton::new(dialect);
    let (mut state, mut line, mut opened) = (State::Between, position.line, position.line);
    for (at, byte) in bytes.iter().enumerate() {
        let before = state;
        state = automaton.step(state, *byte).0;
        if state.is_in_quotes() && !before.is_in_quotes() && before != State::QuoteSeen {
            opened = line;
        }
        line += u64::from(*byte == b'\n' || *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    }
    let Position { line, record, offset } = position;
    let found =
        format!("the record that begins on line {line} (record {record}, byte {offset}) is longer than {limit} bytes");
    if state.is_in_quotes() {
        return format!(
            "{found}, because the cell that is quoted from line {opened} on does not end within them: most likely its closing \
             quote is missing"
        );
    }
    format!(
        "{found}, and no quote is open at the end of them. Where records may be that long, raise the limit: the parameter \
         MaxRecordBytes of the stack, or --max-record-bytes; otherwise a line break is missing"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_record_and_a_quote_that_is_not_closed_are_told_apart() {
        let position = Position { offset: 20, line: 3, record: 2 };
        let told = |bytes: &str| too_long(Dialect::CANONICAL, position, 30, bytes.as_bytes());
        let begin = "the record that begins on line 3 (record 2, byte 20) is longer than 30 bytes, ";
        assert_eq!(
            told("1,\"a\r\nb\",x,\"never closed\n3,4\n"),
            format!(
                "{begin}because the cell that is quoted from line 4 on does not end within them: most likely its closing quote \
                 is missing"
            )
        );
        assert_eq!(
            told("1,\"a \"\"quoted\"\" text\",bbbbbbbbb"),
            format!(
                "{begin}and no quote is open at the end of them. Where records may be that long, raise the limit: the \
                 parameter MaxRecordBytes of the stack, or --max-record-bytes; otherwise a line break is missing"
            )
        );
        assert!(told("1,\"a\n\"\"b\"\" c").contains("quoted from line 3 on"));
    }
}
