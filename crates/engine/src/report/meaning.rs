//! What the codes mean, for people.

use crate::Code;

/// The meaning of a code in a few words; empty for one that this release does not know.
pub(crate) fn meaning(code: &str) -> &'static str {
    Code::ALL.iter().find(|known| known.as_str() == code).map_or("", |code| of(*code))
}

fn of(code: Code) -> &'static str {
    match code {
        Code::SourceError => "the file cannot be read as records",
        Code::ExpansionError => "the compressed file is damaged, incomplete or too large",
        Code::SourceDecoded => "the file was expanded or decoded before it was read",
        Code::EncodingDetected => "the encoding of the file was found out",
        Code::DoubleEncoding => "the file seems to hold text that was encoded twice",
        Code::SameContent => "the file holds what an earlier one held",
        Code::DialectError => "the file has another delimiter than the feed says, or begins on another line",
        Code::MissingLabel => "a column is missing",
        Code::DuplicateLabel => "a column stands in the header more than once",
        Code::ExtraLabel => "a column is not used",
        Code::BlankLabel => "a column has no name",
        Code::IncorrectLabel => "the columns come in another order",
        Code::QuoteError => "broken quotes: the record may have swallowed others, or its cells are shifted",
        Code::StrayQuote => "a quote may be one too many, or the other of its pair lost",
        Code::ExtraCell => "more cells than the header has columns",
        Code::MissingCell => "fewer cells than the header has columns",
        Code::OtherRun => "a row of repaired rejects belongs to another run",
        Code::UnknownRecord => "a row of repaired rejects does not say which record it was",
        Code::RawError => "what stands in _raw cannot be read as a record",
        Code::RepeatedRecord => "several rows of repaired rejects are about one record",
        Code::MissingTrailer => "the file does not end with its trailer: its end may be lost",
        Code::WrongRecordCount => "the trailer does not say how many records the file has",
        Code::EncodingError => "bytes that are not in the encoding of the file",
        Code::ControlCharacter => "a text has a character that cannot be seen, such as NUL",
        Code::TypeError => "a value is not the number, date or other type that is expected",
        Code::ConversionError => "a text is not written as the feed says: a number, a unit, a word",
        Code::ExpressionError => "an expression of the feed gives nothing for a record",
        Code::Rule => "a rule of the feed is broken",
        Code::ConstraintError => "a value is missing, has the wrong form, or is not one of those allowed",
        Code::Prohibited => "a text holds a prohibited term",
        Code::Range => "a value is outside the range that is allowed",
        Code::OneOf => "a value is not one of those that a rule allows",
        Code::Compare => "two values of a record contradict each other",
        Code::Regex => "a text is not written as a rule asks for",
        Code::DateWindow => "a date is too early or too late",
        Code::RequiredTogether => "of values that go together, some are missing",
        Code::AtMostOne => "several values where at most one may be",
        Code::ReferenceMissing => "a key that is named is not in its table, or not yet",
        Code::UniqueError => "a value that must be unique stands in an earlier record of the file",
        Code::PrimaryKey => "an earlier record of the file has the same primary key",
        Code::DuplicateKey => "other records of the file have the same key",
        Code::TooManyRejects => "more records were rejected than the feed allows",
        Code::TooFewRecords => "the file has fewer records than the feed asks for",
        Code::ControlTotal => "a sum is not what it should be",
        Code::InvalidFeed => "the feed cannot be used",
        Code::UnknownFeed => "there is no feed for this folder",
        Code::InvalidRepair => "repaired rejects that cannot be imported as such",
        Code::FileTooLarge => "the file is too large",
        Code::InvalidTarget => "the target table is missing or does not fit",
        Code::ItemTooLarge => "the record is too large for the table",
        Code::SinkRefused => "the table refused the record",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_meaning_and_others_have_none() {
        assert!(Code::ALL.iter().all(|code| !meaning(code.as_str()).is_empty()));
        assert_eq!(meaning("of-tomorrow"), "");
    }
}
