//! Explains why a file cannot be read further: an unclosed quote, or a record that is too long.

use crate::dialect::Dialect;
use crate::record::{Position, QuoteCheck, ReadError};

/// The message for a file that cannot be read further. `bytes` are those of the unreadable record: all that
/// the file has, or as many as a record may have.
#[must_use]
pub fn unreadable(dialect: Dialect, error: &ReadError, bytes: &[u8]) -> String {
    let quotes = QuoteCheck::new(dialect);
    let (position, limit) = match *error {
        ReadError::UnclosedQuote(position) => {
            let opened =
                quotes.open(position, bytes).map(|place| format!("; the quote that opens the cell is on {place}"));
            return format!("{error}{}", opened.unwrap_or_default());
        }
        ReadError::TooLong(position, limit) => (position, limit),
    };
    let Position { line, record, offset } = position;
    let found =
        format!("the record that begins on line {line} (record {record}, byte {offset}) is longer than {limit} bytes");
    if let Some(place) = quotes.open(position, bytes) {
        return format!(
            "{found}: the quoted cell that begins on {place} does not end within them; most likely its closing quote is \
             missing"
        );
    }
    format!(
        "{found}, and no quote is open there. If records may be that long, raise the limit (the parameter MaxRecordBytes \
         of the stack, or --max-record-bytes); otherwise a line break is missing"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_record_and_a_quote_that_is_not_closed_are_distinguished() {
        let position = Position { offset: 20, line: 3, record: 2 };
        let reported =
            |bytes: &str| unreadable(Dialect::CANONICAL, &ReadError::TooLong(position, 30), bytes.as_bytes());
        let begin = "the record that begins on line 3 (record 2, byte 20) is longer than 30 bytes";
        assert_eq!(
            reported("1,\"a\r\nb\",x,\"never closed\n3,4\n"),
            format!(
                "{begin}: the quoted cell that begins on line 4, character 6 does not end within them; most likely its \
                 closing quote is missing"
            )
        );
        assert_eq!(
            reported("1,\"a \"\"quoted\"\" text\",bbbbbbbbb"),
            format!(
                "{begin}, and no quote is open there. If records may be that long, raise the limit (the parameter \
                 MaxRecordBytes of the stack, or --max-record-bytes); otherwise a line break is missing"
            )
        );
        assert!(reported("1,\"a\n\"\"b\"\" c").contains("begins on line 3, character 3"));
    }

    #[test]
    fn a_quote_that_is_not_closed_has_its_place() {
        let position = Position { offset: 20, line: 3, record: 2 };
        let reported = unreadable(Dialect::CANONICAL, &ReadError::UnclosedQuote(position), b"1,\"a\"\n2,\"b\n3,c\n");
        assert!(
            reported.ends_with("a closing quote is missing; the quote that opens the cell is on line 4, character 3"),
            "{reported}"
        );
    }
}
