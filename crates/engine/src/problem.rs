//! What can be wrong with a file or a record.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::severity::Severity;

/// Something that is wrong with a file or a record: data, not a failure of the system.
///
/// The message says what was found and what was expected, in a sentence for the person who has to
/// fix it; code, field and value are for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Where it was found.
    pub stage: Stage,
    /// Its kind; stable.
    pub code: Code,
    /// What becomes of the record; what is not the finding of a rule rejects it.
    #[serde(default, skip_serializing_if = "Severity::is_reject")]
    pub severity: Severity,
    /// The target field, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The column of the file, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The value that was found, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What was found and what was expected.
    pub message: String,
}

impl Problem {
    /// A problem of a whole file or record.
    pub fn new(stage: Stage, code: Code, message: impl Into<String>) -> Self {
        Self {
            stage,
            code,
            severity: Severity::Reject,
            field: None,
            column: None,
            value: None,
            message: message.into(),
        }
    }

    /// Says what becomes of the record.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Whether the record is imported in spite of it.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.severity == Severity::Warn
    }

    /// Says which target field it is about.
    #[must_use]
    pub fn field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// Says which column of the file it is about.
    #[must_use]
    pub fn column(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }

    /// Says which value was found.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        self.value = Some(value.to_owned());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.severity {
            Severity::Warn => write!(f, "[{}, warning] ", self.code)?,
            Severity::Reject => write!(f, "[{}] ", self.code)?,
            Severity::Abort => write!(f, "[{}, stops the file] ", self.code)?,
        }
        match (&self.field, &self.column) {
            (Some(field), Some(column)) if field != column => write!(f, "{field} (column {column:?}): ")?,
            (Some(name), _) | (None, Some(name)) => write!(f, "{name}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.message)
    }
}

/// Where a problem was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Before anything was started.
    Intake,
    /// Looking at the file as a whole.
    Split,
    /// Turning a record of the source into a target record.
    Restructure,
    /// Judging a target record.
    Validate,
    /// Deciding about the file.
    Gate,
    /// Writing to the sink.
    Import,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The kind of a problem: stable, and where the meaning is the same, named as
        /// [Frictionless](https://framework.frictionlessdata.io/docs/errors/) names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as text.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

codes! {
    /// The file is empty, or ends inside a quoted cell, or holds a record beyond the limit.
    SourceError = "source-error",
    /// A compressed file is damaged, was cut off, or expands beyond what the feed allows.
    ExpansionError = "expansion-error",
    /// The file was expanded or decoded before it was read.
    SourceDecoded = "source-decoded",
    /// The encoding was not declared, and was found out.
    EncodingDetected = "encoding-detected",
    /// The file seems to hold text that was encoded as UTF-8 twice.
    DoubleEncoding = "double-encoding",
    /// The file holds exactly what the file of an earlier run held.
    SameContent = "same-content",
    /// The columns that the feed reads are found with another delimiter, or on another line.
    DialectError = "dialect-error",
    /// A column that the feed reads is not in the header.
    MissingLabel = "missing-label",
    /// A column that the feed reads stands in the header more than once.
    DuplicateLabel = "duplicate-label",
    /// A column of the header is not read by the feed.
    ExtraLabel = "extra-label",
    /// A column of the header has no name.
    BlankLabel = "blank-label",
    /// The columns come in another order than the feed has them.
    IncorrectLabel = "incorrect-label",
    /// The quotes of a record, or of the header, are broken: it may have swallowed others, or its cells may be shifted.
    QuoteError = "quote-error",
    /// A quote may be one too many, or the other of its pair lost; the record was imported as it is written.
    StrayQuote = "stray-quote",
    /// A record has more cells than the header.
    ExtraCell = "extra-cell",
    /// A record has fewer cells than the header.
    MissingCell = "missing-cell",
    /// A row of repaired rejects belongs to another run than the first.
    OtherRun = "other-run",
    /// A row of repaired rejects does not say which record it was.
    UnknownRecord = "unknown-record",
    /// What stands in `_raw` of a row of repaired rejects is no record.
    RawError = "raw-error",
    /// Several rows of repaired rejects are about one record.
    RepeatedRecord = "repeated-record",
    /// The last record is not the trailer with which the feed's files end.
    MissingTrailer = "missing-trailer",
    /// The trailer does not say how many records the file has.
    WrongRecordCount = "wrong-record-count",
    /// A cell is not in the declared encoding.
    EncodingError = "encoding-error",
    /// A text has a control character, and is imported with it.
    ControlCharacter = "control-character",
    /// A value is not of its field's type.
    TypeError = "type-error",
    /// A step of cleaning cannot read a text: no number, no known unit, no known word, not in the table.
    ConversionError = "conversion-error",
    /// An expression gives no value for a record, or cannot be decided.
    ExpressionError = "expression-error",
    /// A record breaks a rule written as an expression.
    Rule = "rule",
    /// A value breaks a constraint of its field.
    ConstraintError = "constraint-error",
    /// A text holds a prohibited term.
    Prohibited = "prohibited",
    /// A value is outside the range of a rule.
    Range = "range",
    /// A value is not one of those that a rule allows.
    OneOf = "one-of",
    /// Two values of a record do not compare as a rule has it.
    Compare = "compare",
    /// A text does not match, or matches, the expression of a rule.
    Regex = "regex",
    /// A date is outside the days of a rule.
    DateWindow = "date-window",
    /// Of fields that go together, some have a value and others have none.
    RequiredTogether = "required-together",
    /// Of fields of which at most one may have a value, several have one.
    AtMostOne = "at-most-one",
    /// The key that a record names is not in the table that it belongs to.
    ReferenceMissing = "reference-missing",
    /// A value, or several together, that must be unique stand in an earlier record of the file.
    UniqueError = "unique-error",
    /// An earlier record of the file has the same primary key.
    PrimaryKey = "primary-key",
    /// Other records of the file have the same key, and the feed rejects them all.
    DuplicateKey = "duplicate-key",
    /// More records were rejected than the feed allows.
    TooManyRejects = "too-many-rejects",
    /// The file has fewer records than the feed asks for.
    TooFewRecords = "too-few-records",
    /// The sum of a field is not what the feed or the trailer says.
    ControlTotal = "control-total",
    /// The feed cannot be used.
    InvalidFeed = "invalid-feed",
    /// There is no feed for the folder of the upload.
    UnknownFeed = "unknown-feed",
    /// The file has the columns of repaired rejects, and cannot be imported as such.
    InvalidRepair = "invalid-repair",
    /// The file is larger than the stack accepts.
    FileTooLarge = "file-too-large",
    /// The target table is missing or does not fit the feed.
    InvalidTarget = "invalid-target",
    /// The record makes an item that the sink cannot hold.
    ItemTooLarge = "item-too-large",
    /// The sink refused the record for what it is.
    SinkRefused = "sink-refused",
}

impl Code {
    /// Whether a record that is rejected with it alone may succeed later as it is, because what it waits for is not of
    /// this file.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::ReferenceMissing)
    }
}

/// The meaning of a code that came as a text; empty for one that this release does not know.
pub(crate) fn meaning(code: &str) -> &'static str {
    Code::ALL.iter().find(|known| known.as_str() == code).map_or("", |code| code.meaning())
}

impl Code {
    /// What it means, in a few words for people.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::SourceError => "the file cannot be read as records",
            Self::ExpansionError => "the compressed file is damaged, incomplete or too large",
            Self::SourceDecoded => "the file was expanded or decoded before it was read",
            Self::EncodingDetected => "the encoding of the file was found out",
            Self::DoubleEncoding => "the file seems to hold text that was encoded twice",
            Self::SameContent => "the file holds what an earlier one held",
            Self::DialectError => "the file has another delimiter than the feed says, or begins on another line",
            Self::MissingLabel => "a column is missing",
            Self::DuplicateLabel => "a column stands in the header more than once",
            Self::ExtraLabel => "a column is not used",
            Self::BlankLabel => "a column has no name",
            Self::IncorrectLabel => "the columns come in another order",
            Self::QuoteError => "broken quotes: the record may have swallowed others, or its cells are shifted",
            Self::StrayQuote => "a quote may be one too many, or the other of its pair lost",
            Self::ExtraCell => "more cells than the header has columns",
            Self::MissingCell => "fewer cells than the header has columns",
            Self::OtherRun => "a row of repaired rejects belongs to another run",
            Self::UnknownRecord => "a row of repaired rejects does not say which record it was",
            Self::RawError => "what stands in _raw cannot be read as a record",
            Self::RepeatedRecord => "several rows of repaired rejects are about one record",
            Self::MissingTrailer => "the file does not end with its trailer: its end may be lost",
            Self::WrongRecordCount => "the trailer does not say how many records the file has",
            Self::EncodingError => "bytes that are not in the encoding of the file",
            Self::ControlCharacter => "a text has a character that cannot be seen, such as NUL",
            Self::TypeError => "a value is not the number, date or other type that is expected",
            Self::ConversionError => "a text is not written as the feed says: a number, a unit, a word",
            Self::ExpressionError => "an expression of the feed gives nothing for a record",
            Self::Rule => "a rule of the feed is broken",
            Self::ConstraintError => "a value is missing, has the wrong form, or is not one of those allowed",
            Self::Prohibited => "a text holds a prohibited term",
            Self::Range => "a value is outside the range that is allowed",
            Self::OneOf => "a value is not one of those that a rule allows",
            Self::Compare => "two values of a record contradict each other",
            Self::Regex => "a text is not written as a rule asks for",
            Self::DateWindow => "a date is too early or too late",
            Self::RequiredTogether => "of values that go together, some are missing",
            Self::AtMostOne => "several values where at most one may be",
            Self::ReferenceMissing => "a key that is named is not in its table, or not yet",
            Self::UniqueError => "a value that must be unique stands in an earlier record of the file",
            Self::PrimaryKey => "an earlier record of the file has the same primary key",
            Self::DuplicateKey => "other records of the file have the same key",
            Self::TooManyRejects => "more records were rejected than the feed allows",
            Self::TooFewRecords => "the file has fewer records than the feed asks for",
            Self::ControlTotal => "a sum is not what it should be",
            Self::InvalidFeed => "the feed cannot be used",
            Self::UnknownFeed => "there is no feed for this folder",
            Self::InvalidRepair => "repaired rejects that cannot be imported as such",
            Self::FileTooLarge => "the file is too large",
            Self::InvalidTarget => "the target table is missing or does not fit",
            Self::ItemTooLarge => "the record is too large for the table",
            Self::SinkRefused => "the table refused the record",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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
