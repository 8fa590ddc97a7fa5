//! A dialect on the command line: JSON with the names of the Frictionless Table Dialect, or with the short
//! names that many tools use.

use std::sync::Arc;

use encoding_rs::{Encoding, UTF_8};
use serde_json::{Map, Value};
use sluice_engine::dialect::Dialect;
use sluice_engine::fixed::FixedLayout;
use sluice_engine::json::Pointer;
use sluice_engine::scan::Layout;
use sluice_engine::spec::FeedProblem;
use sluice_engine::spec::{BlankLines, HeaderPlace, SourceFormat, SourceSpec};

/// How to read a file without a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDialect {
    /// How records and cells are separated.
    pub dialect: Dialect,
    /// The parts of the file besides its data.
    pub layout: Layout,
    /// The encoding, unless a byte order mark overrides it.
    pub encoding: &'static Encoding,
    /// How a line becomes cells, if the dialect does not separate them.
    pub lines: Option<Lines>,
}

/// How a line becomes cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lines {
    /// It is JSON: a cell for each pointer.
    Json(Vec<String>),
    /// Its columns have fixed widths.
    Fixed(Arc<FixedLayout>),
}

/// Why a dialect cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DialectError {
    /// It is not a JSON object.
    #[error("it is not a JSON object: {0}")]
    NotJson(#[from] serde_json::Error),
    /// A key is unknown.
    #[error("{0} is not a key of the dialect")]
    UnknownKey(String),
    /// A value does not suit its key.
    #[error("{key} is {found}; expected {expected}")]
    Value {
        /// The key.
        key: String,
        /// The value, as JSON.
        found: Value,
        /// The expected kind of value.
        expected: &'static str,
    },
    /// It contradicts itself.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Problems(Vec<FeedProblem>),
}

impl FileDialect {
    /// Parses a dialect. A key with the value null counts as missing; for the quote, null means that there is
    /// none.
    ///
    /// # Errors
    /// If it contains anything unknown, because ignoring it would read the file differently than intended.
    pub fn from_json(json: &str) -> Result<Self, DialectError> {
        let keys: Map<String, Value> = serde_json::from_str(json)?;
        let mut spec = SourceSpec::default();
        let mut encoding = UTF_8;
        let mut pointers = None;
        let mut short_escape = None;
        for (key, value) in keys {
            let given = Given { key: &key, value: &value };
            match key.as_str() {
                "quoteChar" | "quote" => spec.quote_char = given.text()?,
                _ if value.is_null() => {}
                "delimiter" => spec.delimiter = given.text()?.unwrap_or_default(),
                "doubleQuote" | "double_quote" => spec.double_quote = given.truth()?,
                "escapeChar" => spec.escape_char = given.text()?,
                "escape" => short_escape = given.text()?,
                "commentChar" | "comment" => spec.comment_char = given.text()?,
                "skipInitialSpace" => spec.skip_initial_space = given.truth()?,
                "skipLines" | "skip_lines" => spec.skip_lines = given.number()?,
                "header" => spec.header = given.truth()?.into(),
                "blankLines" => spec.blank_lines = given.blank_lines()?,
                "skip_empty_lines" => {
                    spec.blank_lines = if given.truth()? { BlankLines::Skip } else { BlankLines::Keep };
                }
                "format" => spec.format = given.read("csv, jsonl or fixed")?,
                "columns" => pointers = Some(given.read::<Vec<String>>("a list of JSON pointers")?),
                "fixed" => spec.fixed = Some(given.read("an object with the columns, as in a feed")?),
                "encoding" => encoding = given.encoding()?,
                "lineTerminator" | "newline" | "terminator" => given.line_break()?,
                _ => return Err(DialectError::UnknownKey(key)),
            }
        }
        // The short name for the escape may name the quote, which means that quotes are doubled. Without
        // quotes there is nothing to escape.
        if spec.quote_char.is_some() && short_escape != spec.quote_char {
            spec.escape_char = short_escape.or(spec.escape_char);
        }
        let lines = lines(&spec, pointers)?;
        let dialect = match lines {
            Some(_) => Dialect::LINES,
            None => spec.dialect().map_err(DialectError::Problems)?,
        };
        let header = spec.header != HeaderPlace::None && lines.is_none();
        let layout = Layout { skip_lines: spec.skip_lines, header, ..Layout::default() };
        Ok(Self { dialect, layout, encoding, lines })
    }
}

/// How lines become cells, if the format is not CSV. Without pointers, a record of JSON is one cell.
fn lines(spec: &SourceSpec, pointers: Option<Vec<String>>) -> Result<Option<Lines>, DialectError> {
    let problem = |key: &str, message: &str| DialectError::Problems(vec![FeedProblem::new(key, message)]);
    if pointers.is_some() && spec.format != SourceFormat::Jsonl {
        return Err(problem("columns", "is only for the format jsonl, where it lists JSON pointers"));
    }
    let fixed = spec.fixed_layout().map_err(DialectError::Problems)?;
    match spec.format {
        SourceFormat::Csv => Ok(None),
        SourceFormat::Fixed => Ok(fixed.map(|layout| Lines::Fixed(Arc::new(layout)))),
        SourceFormat::Jsonl => {
            let pointers = pointers.unwrap_or_else(|| vec![String::new()]);
            match pointers.iter().find_map(|pointer| pointer.parse::<Pointer>().err()) {
                Some(error) => Err(problem("columns", &error.to_string())),
                None => Ok(Some(Lines::Json(pointers))),
            }
        }
        SourceFormat::Json => {
            Err(problem("format", "is json; an array has no lines to cut: use a feed, or write it as JSON Lines"))
        }
        SourceFormat::Xlsx => {
            Err(problem("format", "is xlsx; a workbook has no lines to cut: use a feed, or save the sheet as CSV"))
        }
    }
}

/// A key and its value.
struct Given<'a> {
    key: &'a str,
    value: &'a Value,
}

impl Given<'_> {
    fn error(&self, expected: &'static str) -> DialectError {
        DialectError::Value { key: self.key.to_owned(), found: self.value.clone(), expected }
    }

    fn read<T: serde::de::DeserializeOwned>(&self, expected: &'static str) -> Result<T, DialectError> {
        serde_json::from_value(self.value.clone()).map_err(|_| self.error(expected))
    }

    fn text(&self) -> Result<Option<String>, DialectError> {
        match self.value {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.clone())),
            _ => Err(self.error("a text")),
        }
    }

    fn truth(&self) -> Result<bool, DialectError> {
        self.value.as_bool().ok_or_else(|| self.error("true or false"))
    }

    fn number(&self) -> Result<u64, DialectError> {
        self.value.as_u64().ok_or_else(|| self.error("a number of lines"))
    }

    fn blank_lines(&self) -> Result<BlankLines, DialectError> {
        match self.value.as_str() {
            Some("skip") => Ok(BlankLines::Skip),
            Some("keep") => Ok(BlankLines::Keep),
            _ => Err(self.error("skip or keep")),
        }
    }

    fn encoding(&self) -> Result<&'static Encoding, DialectError> {
        let label = self.value.as_str().ok_or_else(|| self.error("a text"))?;
        // Python's name for UTF-8 with a byte order mark, which is detected anyway.
        let label = label.strip_suffix("-sig").unwrap_or(label);
        Encoding::for_label_no_replacement(label.as_bytes())
            .ok_or_else(|| self.error("a label of the Encoding Standard"))
    }

    fn line_break(&self) -> Result<(), DialectError> {
        match self.value.as_str() {
            Some("\n" | "\r" | "\r\n") => Ok(()),
            _ => Err(self.error("a line break: LF, CR and CRLF end a record, and nothing else does")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(json: &str) -> Dialect {
        FileDialect::from_json(json).unwrap().dialect
    }

    #[test]
    fn both_vocabularies_say_the_same() {
        for (long, short) in [
            (r#"{"delimiter": ";", "quoteChar": "'"}"#, r#"{"delimiter": ";", "quote": "'", "escape": "'"}"#),
            (r#"{"escapeChar": "\\"}"#, r#"{"escape": "\\"}"#),
            (r#"{"quoteChar": null}"#, r#"{"quote": null, "escape": "\""}"#),
            (r##"{"commentChar": "#", "doubleQuote": false}"##, r##"{"comment": "#", "double_quote": false}"##),
            (r#"{"blankLines": "keep"}"#, r#"{"skip_empty_lines": false, "comment": null, "newline": "\r\n"}"#),
        ] {
            assert_eq!(dialect(long), dialect(short), "{long}");
        }
        assert_eq!(dialect("{}"), Dialect::CANONICAL);
    }

    #[test]
    fn what_is_not_understood_is_reported() {
        for (json, expected) in [
            ("[]", "it is not a JSON object: invalid type: sequence, expected a map at line 1 column 0"),
            (r#"{"delimeter": ";"}"#, "delimeter is not a key of the dialect"),
            (r#"{"delimiter": "|\n"}"#, "delimiter: contains a line break, which ends a record"),
            (r#"{"comment": 5}"#, "comment is 5; expected a text"),
            (r#"{"format": "xml"}"#, "format is \"xml\"; expected csv, jsonl or fixed"),
            (
                r#"{"format": "json"}"#,
                "format: is json; an array has no lines to cut: use a feed, or write it as JSON Lines",
            ),
            (r#"{"columns": ["/a"]}"#, "columns: is only for the format jsonl, where it lists JSON pointers"),
            (r#"{"format": "fixed"}"#, "fixed: is missing; expected the columns of the file, as its format is fixed"),
            (
                r#"{"format": "fixed", "fixed": {"columns": [{"label": "a", "width": 0}]}}"#,
                "fixed.columns[0].width: is 0; expected a number from 1 to 1073741824",
            ),
            (r#"{"fixed": 5}"#, "fixed is 5; expected an object with the columns, as in a feed"),
            (r#"{"header": "yes"}"#, "header is \"yes\"; expected true or false"),
            (r#"{"encoding": "klingon"}"#, "encoding is \"klingon\"; expected a label of the Encoding Standard"),
            (
                r#"{"terminator": "z"}"#,
                "terminator is \"z\"; expected a line break: LF, CR and CRLF end a record, and nothing else does",
            ),
        ] {
            assert_eq!(FileDialect::from_json(json).unwrap_err().to_string(), expected);
        }
    }
}
