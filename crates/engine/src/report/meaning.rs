//! What the codes mean, for people.

use crate::Code;

/// The meaning of a code in a few words; empty for one that this release does not know.
pub(super) fn meaning(code: &str) -> &'static str {
    Code::ALL.iter().find(|known| known.as_str() == code).map_or("", |code| of(*code))
}

fn of(code: Code) -> &'static str {
    match code {
        Code::SourceError => "the file cannot be read as records",
        Code::MissingLabel => "a column is missing",
        Code::DuplicateLabel => "a column stands in the header more than once",
        Code::ExtraLabel => "a column is not used",
        Code::BlankLabel => "a column has no name",
        Code::ExtraCell => "more cells than the header has columns",
        Code::MissingCell => "fewer cells than the header has columns",
        Code::EncodingError => "bytes that are not in the encoding of the file",
        Code::TypeError => "a value is not the number, date or other type that is expected",
        Code::ConstraintError => "a value is missing, has the wrong form, or is not one of those allowed",
        Code::Prohibited => "a text holds a prohibited term",
        Code::Range => "a value is outside the range that is allowed",
        Code::TooManyRejects => "more records were rejected than the feed allows",
        Code::InvalidFeed => "the feed cannot be used",
        Code::UnknownFeed => "there is no feed for this folder",
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
