//! The codes. One entry here declares a code; its section in `docs/rules.md` is checked against it.
//!
//! `fix` may name places in the feed: `{rule}` is the rule that found it, `{constraints}` the constraint of the field, and
//! `{restructure.KEY}` a key of the field's mapping; `{delimiter}` is what stands between the cells of the file.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Stage;
use super::declare::codes;

codes! {
    /// The file is empty, or ends inside a quoted cell, or holds a record beyond the limit.
    SourceError = "source-error" {
        stages: [Split],
        retryable: false,
        meaning: "the file cannot be read as records",
        fix: "the message says what the file is or where it cannot be read: correct it there",
    }
    /// A compressed file is damaged, was cut off, or expands beyond what the feed allows.
    ExpansionError = "expansion-error" {
        stages: [Intake, Split],
        retryable: false,
        meaning: "the compressed file is damaged, incomplete or too large",
        fix: "compress and upload it again, or raise `source.maxExpansion`",
    }
    /// A workbook cannot be read, or is not read because of what is in it.
    WorkbookError = "workbook-error" {
        stages: [Split],
        retryable: false,
        meaning: "the workbook cannot be read, or has something in it that is not read",
        fix: "the message says what it is and what to do; saving the workbook again in a spreadsheet program mends most damage",
    }
    /// Cells of the sheet are merged.
    MergedCells = "merged-cells" {
        stages: [Split],
        retryable: false,
        meaning: "cells of the sheet are merged: all but the first are empty",
        fix: "nothing, if the empty cells need no value; otherwise unmerge the cells and fill them",
    }
    /// Rows or columns of the sheet, or the sheet itself, are hidden.
    HiddenCells = "hidden-cells" {
        stages: [Split],
        retryable: false,
        meaning: "rows or columns that people do not see are read",
        fix: "nothing, if they belong to the table; otherwise delete them from the sheet",
    }
    /// A formula has no stored value.
    FormulaValue = "formula-value" {
        stages: [Split],
        retryable: false,
        meaning: "formulas without a stored value are read as empty cells",
        fix: "open the workbook in a spreadsheet program, which computes the values, and save it again",
    }
    /// A cell holds an error of the spreadsheet program.
    ErrorValue = "error-value" {
        stages: [Split],
        retryable: false,
        meaning: "cells hold an error of the spreadsheet program, such as #DIV/0!, in place of a value",
        fix: "correct the formulas in the sheet",
    }
    /// A file or a record is not the JSON that the feed says, or says something in two ways.
    JsonError = "json-error" {
        stages: [Split, Restructure],
        retryable: false,
        meaning: "the JSON of the file or of a record cannot be read",
        fix: "correct the JSON where the message says; a record that is no JSON is in the column `_raw` of rejects.csv",
    }
    /// The records of an item are not all known.
    IncompleteGroup = "incomplete-group" {
        stages: [Restructure],
        retryable: false,
        meaning: "an item lacks a record, or one of its records cannot be read",
        fix: "correct the record that the message names; a repair must have all rows that were rejected together",
    }
    /// Another record of the item is rejected.
    ItemRejected = "item-rejected" {
        stages: [Restructure, Validate, Import],
        retryable: false,
        meaning: "another record of the same item is rejected, so this one is too",
        fix: "correct the other record, and upload all rows that were rejected together",
    }
    /// The records of an item differ in what they say of it.
    GroupConflict = "group-conflict" {
        stages: [Restructure],
        retryable: false,
        meaning: "two records of an item have different values in a field of the item",
        fix: "correct the value, or put the field into a list of `group.into`",
    }
    /// The records of an item have more bytes than the feed allows.
    GroupTooLarge = "group-too-large" {
        stages: [Restructure, Gate],
        retryable: false,
        meaning: "the records of an item are together larger than the feed allows",
        fix: "correct the values of `group.by`, or raise `group.maxGroup`",
    }
    /// No record at the start of a file of JSON has the member that a field is read from.
    MissingMember = "missing-member" {
        stages: [Split],
        retryable: false,
        meaning: "the first records have nothing where a field is read from, or a condition looks",
        fix: "nothing if it is seldom there; otherwise correct the pointer in {restructure.from} or in `source.omit.conditions`",
    }
    /// The file was expanded or decoded before it was read.
    SourceDecoded = "source-decoded" {
        stages: [Split],
        retryable: false,
        meaning: "the file was decompressed or re-encoded before it was read",
        fix: "nothing",
    }
    /// The encoding was not declared and was detected.
    EncodingDetected = "encoding-detected" {
        stages: [Split],
        retryable: false,
        meaning: "the encoding of the file was detected",
        fix: "nothing; to be sure, name the encoding in `source.encoding`",
    }
    /// The file seems to hold text that was encoded as UTF-8 twice.
    DoubleEncoding = "double-encoding" {
        stages: [Split],
        retryable: false,
        meaning: "the file seems to hold text that was encoded twice",
        fix: "have the text corrected where the file is made",
    }
    /// The file has exactly the same content as that of an earlier run.
    SameContent = "same-content" {
        stages: [Split],
        retryable: false,
        meaning: "the file has the same content as an earlier one",
        fix: "nothing; `source.sameContent` decides what happens to such a file",
    }
    /// The columns of the feed were found with another delimiter, or on another line.
    DialectError = "dialect-error" {
        stages: [Split],
        retryable: false,
        meaning: "the file has another format or delimiter than the feed says, or begins on another line",
        fix: "write the file as the feed says, or change `source` in the feed as the message says",
    }
    /// A column that the feed reads is not in the header.
    MissingLabel = "missing-label" {
        stages: [Split],
        retryable: false,
        meaning: "a column is missing",
        fix: "add the column, or add its name in this file to {restructure.from}",
    }
    /// A column that the feed reads occurs in the header more than once.
    DuplicateLabel = "duplicate-label" {
        stages: [Split],
        retryable: false,
        meaning: "a column occurs in the header more than once",
        fix: "keep one of the columns, or say in `source.labels.duplicate` which one is read",
    }
    /// A column of the header is not read by the feed.
    ExtraLabel = "extra-label" {
        stages: [Split],
        retryable: false,
        meaning: "a column is not used",
        fix: "nothing, if it is not needed; otherwise add a field to `schema.fields` that reads it",
    }
    /// A column of the header has no name.
    BlankLabel = "blank-label" {
        stages: [Split],
        retryable: false,
        meaning: "a column has no name",
        fix: "give the column a name, or remove it from the file",
    }
    /// The columns are not in the order of the feed.
    IncorrectLabel = "incorrect-label" {
        stages: [Split],
        retryable: false,
        meaning: "the columns are in another order",
        fix: "put the columns in their order, or set `source.labels.reordered`",
    }
    /// The quotes of a record or of the header are broken: it may have swallowed others, or its cells may be
    /// shifted.
    QuoteError = "quote-error" {
        stages: [Restructure, Split],
        retryable: false,
        meaning: "broken quotes: the record may have swallowed others, or its cells are shifted",
        fix: "put quotes around the whole cell and double every quote within it; if a quote is an ordinary character \
              in this file, set `source.quoteChar: null`; to read such records as they are, set `source.quotes: \
              lenient`",
    }
    /// An unpaired quote in an unquoted cell; the record was imported as written.
    StrayQuote = "stray-quote" {
        stages: [Restructure],
        retryable: false,
        meaning: "a quote is unpaired: it may be extra, or its counterpart is missing",
        fix: "nothing, if the quote belongs to the text; otherwise remove it, or put quotes around the whole cell",
    }
    /// A record has more cells than the header.
    ExtraCell = "extra-cell" {
        stages: [Restructure, Split],
        retryable: false,
        meaning: "more cells than the header has columns",
        fix: "put quotes around the cell that contains a {delimiter}, or remove the extra cells",
    }
    /// A record has fewer cells than the header.
    MissingCell = "missing-cell" {
        stages: [Restructure, Split],
        retryable: false,
        meaning: "fewer cells than the header has columns",
        fix: "add the missing cells, even if they are empty",
    }
    /// A row of repaired rejects belongs to another run than the first.
    OtherRun = "other-run" {
        stages: [Restructure],
        retryable: false,
        meaning: "a row of repaired rejects belongs to another run",
        fix: "put the rejects of each run into a separate file",
    }
    /// A row of repaired rejects does not say which record it was.
    UnknownRecord = "unknown-record" {
        stages: [Restructure],
        retryable: false,
        meaning: "a row of repaired rejects does not say which record it was",
        fix: "take `_record` over from rejects.csv as it is there",
    }
    /// `_raw` of a row of repaired rejects is not a valid record.
    RawError = "raw-error" {
        stages: [Restructure],
        retryable: false,
        meaning: "_raw cannot be read as a record",
        fix: "write one record there as in the producer's file, or fill the columns of the source",
    }
    /// Several rows of repaired rejects repeat the same record.
    RepeatedRecord = "repeated-record" {
        stages: [Import],
        retryable: false,
        meaning: "several rows of repaired rejects repeat the same record",
        fix: "nothing, if a record was meant to become several; otherwise keep one of the rows",
    }
    /// The last records are not the footer that the feed expects.
    MissingFooter = "missing-footer" {
        stages: [Split],
        retryable: false,
        meaning: "the file does not end with its footer: its end may be lost",
        fix: "ask for the whole file: its end may be lost; or correct `source.footer`",
    }
    /// Several records at the end of the file are its footer.
    Footer = "footer" {
        stages: [Split],
        retryable: false,
        meaning: "several records at the end of the file are its footer",
        fix: "nothing, if none of them is data; or correct `source.footer`",
    }
    /// Lines above the header that was looked for are not data.
    Preamble = "preamble" {
        stages: [Split],
        retryable: false,
        meaning: "lines above the header are not data",
        fix: "nothing, if none of them is data; or correct `source.header`",
    }
    /// The record count in the footer does not match the file.
    WrongRecordCount = "wrong-record-count" {
        stages: [Split, Gate],
        retryable: false,
        meaning: "the record count in the footer does not match the file",
        fix: "ask for the whole file: its end may be lost; or correct `source.footer`",
    }
    /// A cell is not in the declared encoding.
    EncodingError = "encoding-error" {
        stages: [Restructure],
        retryable: false,
        meaning: "bytes that are invalid in the encoding of the file",
        fix: "save the file in that encoding, or name the one it has in `source.encoding`",
    }
    /// A text contains a control character and is imported with it.
    ControlCharacter = "control-character" {
        stages: [Restructure],
        retryable: false,
        meaning: "a text contains an invisible character such as NUL",
        fix: "remove it from the file, or with a step in {restructure.clean}",
    }
    /// A value is not of its field's type.
    TypeError = "type-error" {
        stages: [Restructure, Validate],
        retryable: false,
        meaning: "a value is not the number, date or other type that is expected",
        fix: "correct the value, or make it readable in {restructure.clean}",
    }
    /// A cleaning step cannot read a text: not a number, an unknown unit or word, or not in the table.
    ConversionError = "conversion-error" {
        stages: [Restructure],
        retryable: false,
        meaning: "a text is not in the form that the feed expects: a number, a unit, a word",
        fix: "correct the value, or the step in {restructure.clean}",
    }
    /// An expression yields no value for a record, or cannot be decided.
    ExpressionError = "expression-error" {
        stages: [Restructure, Validate, Import],
        retryable: false,
        meaning: "an expression of the feed yields no value for a record",
        fix: "correct the record, or the expression that the message names",
    }
    /// A record breaks a rule written as an expression.
    Rule = "rule" {
        stages: [Validate],
        retryable: false,
        meaning: "a rule of the feed is broken",
        fix: "correct the record, or change {rule}",
    }
    /// A value breaks a constraint of its field.
    ConstraintError = "constraint-error" {
        stages: [Validate],
        retryable: false,
        meaning: "a value is missing, has the wrong form, or is not one of those allowed",
        fix: "correct the value, or widen {constraints}",
    }
    /// A text holds a prohibited term.
    Prohibited = "prohibited" {
        stages: [Validate],
        retryable: false,
        meaning: "a text holds a prohibited term",
        fix: "remove the term from the text, or from {rule}",
    }
    /// A value is outside the range of a rule.
    Range = "range" {
        stages: [Validate],
        retryable: false,
        meaning: "a value is outside the range that is allowed",
        fix: "correct the value, or widen {rule}",
    }
    /// A key or a text with a pattern is a number of which a spreadsheet has dropped digits.
    LostDigits = "lost-digits" {
        stages: [Validate],
        retryable: false,
        meaning: "a long number of which a spreadsheet has dropped digits",
        fix: "ask for the file as it was before, or import the column as text in the spreadsheet",
    }
    /// A value is not one of those that a rule allows.
    OneOf = "one-of" {
        stages: [Validate],
        retryable: false,
        meaning: "a value is not one of those that a rule allows",
        fix: "correct the value, or change {rule}",
    }
    /// Two values of a record do not compare as a rule requires.
    Compare = "compare" {
        stages: [Validate],
        retryable: false,
        meaning: "two values of a record contradict each other",
        fix: "correct one of the values, or change {rule}",
    }
    /// A text does not match the expression of a rule, or matches a forbidden one.
    Regex = "regex" {
        stages: [Validate],
        retryable: false,
        meaning: "a text does not have the form that a rule requires",
        fix: "correct the value, or change {rule}",
    }
    /// A date is outside the days of a rule.
    DateWindow = "date-window" {
        stages: [Validate],
        retryable: false,
        meaning: "a date is too early or too late",
        fix: "correct the date, or widen {rule}",
    }
    /// Some of the fields that belong together have a value, others do not.
    RequiredTogether = "required-together" {
        stages: [Validate],
        retryable: false,
        meaning: "some of the values that belong together are missing",
        fix: "fill in what is missing, or change {rule}",
    }
    /// Several fields have a value where at most one may.
    AtMostOne = "at-most-one" {
        stages: [Validate],
        retryable: false,
        meaning: "several fields have a value where at most one may",
        fix: "remove all but one of the values, or change {rule}",
    }
    /// The key in a record does not exist in the other table.
    ReferenceMissing = "reference-missing" {
        stages: [Validate, Gate],
        retryable: true,
        meaning: "a referenced key is not in its table, or not yet",
        fix: "import the missing item into the other table, correct the value, or change {rule}",
    }
    /// A record refers to a record of the same file that the gate took out.
    ParentRejected = "parent-rejected" {
        stages: [Gate],
        retryable: false,
        meaning: "records refer to records of the same file that were rejected after they had passed their check",
        fix: "correct the rejected records and upload `rejects.csv`, or remove the records that refer to them",
    }
    /// An earlier record of the file has the same value, or combination of values, which must be unique.
    UniqueError = "unique-error" {
        stages: [Gate],
        retryable: false,
        meaning: "an earlier record of the file has the same value, which must be unique",
        fix: "keep one of the records, or correct the value in one of them",
    }
    /// An earlier record of the file has the same primary key.
    PrimaryKey = "primary-key" {
        stages: [Gate],
        retryable: false,
        meaning: "an earlier record of the file has the same primary key",
        fix: "keep one of the records, or correct the value in one of them",
    }
    /// Other records of the file have the same key, and the feed rejects them all.
    DuplicateKey = "duplicate-key" {
        stages: [Gate],
        retryable: false,
        meaning: "other records of the file have the same key",
        fix: "keep one of the records, or say in `import.duplicates` which one wins",
    }
    /// More records were rejected than the feed allows.
    TooManyRejects = "too-many-rejects" {
        stages: [Gate],
        retryable: false,
        meaning: "more records were rejected than the feed allows",
        fix: "correct the records, or raise the limit in `validate.limits`",
    }
    /// The file has fewer records than the feed requires.
    TooFewRecords = "too-few-records" {
        stages: [Gate],
        retryable: false,
        meaning: "the file has fewer records than the feed requires",
        fix: "ask for the whole file, or lower `validate.limits.minRecords`",
    }
    /// The sum of a field differs from that of the feed or the footer.
    ControlTotal = "control-total" {
        stages: [Gate],
        retryable: false,
        meaning: "a control total does not match",
        fix: "ask for the whole file, or correct `validate.limits.totals`",
    }
    /// The feed cannot be used.
    InvalidFeed = "invalid-feed" {
        stages: [Intake],
        retryable: false,
        meaning: "the feed cannot be used",
        fix: "correct the feed",
    }
    /// There is no feed for the folder of the upload.
    UnknownFeed = "unknown-feed" {
        stages: [Intake],
        retryable: false,
        meaning: "there is no feed for this folder",
        fix: "copy the feed to the data bucket, and the file is imported by itself; or move the file into the folder of its feed",
    }
    /// The file has the columns of repaired rejects but cannot be imported as a repair.
    InvalidRepair = "invalid-repair" {
        stages: [Intake],
        retryable: false,
        meaning: "repaired rejects that cannot be imported as a repair",
        fix: "upload rejects.csv of a run of this feed, saved as CSV in UTF-8, with its columns `_run` and `_record`",
    }
    /// The file is larger than the stack accepts.
    FileTooLarge = "file-too-large" {
        stages: [Intake],
        retryable: false,
        meaning: "the file is too large",
        fix: "split the file, or raise MaxFileBytes of the stack",
    }
    /// The target is missing or does not fit the feed.
    InvalidTarget = "invalid-target" {
        stages: [Intake],
        retryable: false,
        meaning: "the target is missing or does not fit",
        fix: "create the table or the queue, or correct `import`",
    }
    /// The record produces an item that is too large for the sink.
    ItemTooLarge = "item-too-large" {
        stages: [Validate],
        retryable: false,
        meaning: "the record is too large for the table",
        fix: "shorten the longest values: an item of the table has at most 400 KB",
    }
    /// The record makes a message that is too large for the queue.
    MessageTooLarge = "message-too-large" {
        stages: [Validate, Import],
        retryable: false,
        meaning: "the record is too large for the queue",
        fix: "shorten the longest values, or leave their fields out of `import.message`: a message has at most 1 MiB",
    }
    /// The sink refused the record.
    SinkRefused = "sink-refused" {
        stages: [Validate, Import],
        retryable: false,
        meaning: "the target refused the record",
        fix: "the message says what the target accepts",
    }
}

impl Code {
    /// The code of a text; `None` where this release has no such code.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
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
    fn every_code_is_known_by_its_text_and_no_other_text_is_one() {
        assert!(Code::ALL.iter().all(|code| Code::of(code.as_str()) == Some(*code)));
        assert_eq!(Code::of("of-tomorrow"), None);
    }

    #[test]
    fn every_entry_is_complete() {
        for code in Code::ALL {
            assert!(!code.meaning().is_empty() && !code.fix().is_empty() && !code.stages().is_empty(), "{code}");
        }
    }
}
