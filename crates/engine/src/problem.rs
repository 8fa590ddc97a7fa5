//! What can be wrong with a file or a record.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::feed::spec::Severity;

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

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
