//! `source`: the format of the file.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{OmitSpec, Scalar};

/// The format of the file, with the names of the Frictionless Table Dialect where it has one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct SourceSpec {
    /// The format of the file: CSV, JSON Lines, an array of JSON, lines with columns of fixed width, or an Excel workbook. The
    /// columns of JSON are JSON pointers, such as `/price/amount`, and only `records`, `encoding`, `maxExpansion` and `sameContent`
    /// go with it. A workbook has no encoding and no delimiters.
    pub format: SourceFormat,
    /// The sheet of a workbook with `format: xlsx`, by its name. Default: the first sheet that is not hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The JSON pointer to the array of records of a file with `format: json`, such as `/data/items`. Default: the
    /// file is the array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<String>,
    /// The columns of a file with `format: fixed`. Only `skipLines`, `omit`, `footer`, `labels`, `encoding`, `maxExpansion` and
    /// `sameContent` go with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed: Option<FixedSpec>,
    /// The delimiter between cells: one character, possibly a control character, or several, of at most eight bytes in
    /// UTF-8.
    pub delimiter: String,
    /// The quote around cells that contain a delimiter or a line break: one ASCII character. `null` if the
    /// file has no quotes, so that a quote is an ordinary character.
    pub quote_char: Option<String>,
    /// Whether a quote within a quoted cell is doubled.
    pub double_quote: bool,
    /// How a record with broken quotes is treated.
    pub quotes: Quotes,
    /// The escape character: it makes the next character ordinary, within quotes. One ASCII character.
    /// Without a `quoteChar` it works everywhere, even before a line break.
    pub escape_char: Option<String>,
    /// The character that turns a line into a comment if the line begins with it: one ASCII character.
    pub comment_char: Option<String>,
    /// Whether spaces at the start of a cell are ignored, even before a quote.
    pub skip_initial_space: bool,
    /// What happens to a delimiter at the end of the header or of records, behind which nothing comes.
    pub trailing_delimiter: TrailingDelimiter,
    /// The number of lines to skip before the header.
    pub skip_lines: u64,
    /// Whether the file has a header. `find`: its header is the first record within `headerWithin` lines that has all
    /// labels that the fields need.
    pub header: HeaderPlace,
    /// With `header: find`, the number of lines, after those of `skipLines`, on which the header may begin: 1 to 1000,
    /// and 20 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_within: Option<u64>,
    /// The number of records of which the header consists, 1 to 5. The label of a column is made of its texts in all of
    /// them, joined by spaces.
    pub header_rows: u64,
    /// The names of the columns of a file without a header, in order.
    pub columns: Vec<String>,
    /// How an empty line is treated.
    pub blank_lines: BlankLines,
    /// The records that hold nothing to import.
    pub omit: OmitSpec,
    /// The footer: the last records, which are not data and may state what the file should contain.
    pub footer: Option<FooterSpec>,
    /// The character encoding: `utf-8`, `utf-16`, `windows-1252`, or any label of the WHATWG Encoding
    /// Standard; `auto` detects it. A byte order mark always wins. A byte that is invalid in the encoding
    /// rejects its record.
    pub encoding: String,
    /// Maximum ratio of expanded to compressed size of a compressed upload (gzip, Zstandard, ZIP) or of a workbook. Up
    /// to 1 MiB is always allowed.
    pub max_expansion: u32,
    /// How a file with exactly the same content as an earlier one is treated.
    pub same_content: SameContent,
    /// How labels are found, and how unexpected columns are treated.
    pub labels: LabelsSpec,
}

impl Default for SourceSpec {
    fn default() -> Self {
        Self {
            format: SourceFormat::Csv,
            sheet: None,
            records: None,
            fixed: None,
            delimiter: ",".into(),
            quote_char: Some("\"".into()),
            double_quote: true,
            quotes: Quotes::Strict,
            escape_char: None,
            comment_char: None,
            skip_initial_space: false,
            trailing_delimiter: TrailingDelimiter::Keep,
            skip_lines: 0,
            header: HeaderPlace::First,
            header_within: None,
            header_rows: 1,
            columns: Vec::new(),
            blank_lines: BlankLines::Skip,
            omit: OmitSpec::default(),
            footer: None,
            encoding: "utf-8".into(),
            max_expansion: 100,
            same_content: SameContent::Import,
            labels: LabelsSpec::default(),
        }
    }
}

/// The format of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SourceFormat {
    /// Cells between delimiters.
    #[default]
    Csv,
    /// JSON Lines: a value on each line.
    Jsonl,
    /// JSON: an array of values, alone in the file or within it.
    Json,
    /// Lines with columns of fixed width.
    Fixed,
    /// An Excel workbook (`.xlsx`): the rows of a sheet.
    Xlsx,
}

impl SourceFormat {
    /// Whether the columns of the file are pointers into JSON.
    #[must_use]
    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }
}

/// The columns of a file of fixed width.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FixedSpec {
    /// The columns, from left to right.
    pub columns: Vec<FixedColumnSpec>,
    /// How a line is treated that ends before its last column does.
    #[serde(default)]
    pub short_lines: ShortLines,
}

/// A column of fixed width. Positions are numbers of characters, the first of which is 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FixedColumnSpec {
    /// Its name.
    pub label: String,
    /// The position of its first character. Default: right behind the column before it.
    #[serde(default)]
    pub start: Option<u64>,
    /// The number of its characters.
    #[serde(default)]
    pub width: Option<u64>,
    /// The position of its last character, instead of `width`. The last column may have neither: then it goes to the end of
    /// the line.
    #[serde(default)]
    pub end: Option<u64>,
}

/// How a line of fixed width is treated that ends before its last column does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ShortLines {
    /// It is rejected, because its end may be lost.
    #[default]
    Reject,
    /// It is read as if spaces followed.
    Fill,
}

impl fmt::Display for SourceFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Json => "json",
            Self::Fixed => "fixed",
            Self::Xlsx => "xlsx",
        })
    }
}

/// Whether a file has a header, and where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeaderPlace {
    /// `true`: the first record.
    #[default]
    First,
    /// `false`: nowhere.
    None,
    /// `find`: it is looked for.
    Find,
}

impl From<bool> for HeaderPlace {
    fn from(has_header: bool) -> Self {
        if has_header { Self::First } else { Self::None }
    }
}

impl Serialize for HeaderPlace {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::First => serializer.serialize_bool(true),
            Self::None => serializer.serialize_bool(false),
            Self::Find => serializer.serialize_str("find"),
        }
    }
}

impl<'de> Deserialize<'de> for HeaderPlace {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Bool(has_header) => Ok(has_header.into()),
            serde_json::Value::String(word) if word == "find" => Ok(Self::Find),
            _ => Err(serde::de::Error::custom("expected true, false or find")),
        }
    }
}

#[cfg(feature = "json-schema")]
impl schemars::JsonSchema for HeaderPlace {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "HeaderPlace".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"enum": [true, false, "find"]})
    }
}

/// How a record with broken quotes is treated: text follows a closing quote, or a delimiter between two
/// quotes of unquoted cells may belong to the text. Such a record may have swallowed others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Quotes {
    /// It is rejected.
    #[default]
    Strict,
    /// It is read as most programs read it: a quote opens a cell only as its first character, text after a
    /// closing quote belongs to the cell, and every other quote is text.
    Lenient,
}

/// What happens to a delimiter at the end of a line, behind which nothing comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrailingDelimiter {
    /// It separates an empty cell, like any other.
    #[default]
    Keep,
    /// The empty cell is left out: the last label if it is empty, and the last cell of a record if it is empty and the
    /// only one too many.
    Ignore,
}

/// How an empty line is treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BlankLines {
    /// It is skipped.
    #[default]
    Skip,
    /// It is a record with one empty cell.
    Keep,
}

/// How a file with exactly the same content as an earlier one is treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SameContent {
    /// The report mentions it, and the file is imported like any other.
    #[default]
    Import,
    /// If the earlier run ended IMPORTED, this one ends SKIPPED: nothing is checked or written. Otherwise as
    /// `import`.
    Skip,
}

/// The footer: from the last record that matches, together with matching ones directly before it, to the end of the
/// file. It begins in the last 64 KiB.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FooterSpec {
    /// The content of its first cell. White space around it is ignored. A file without it has lost its end.
    #[serde(default)]
    pub marker: Option<Scalar>,
    /// An expression in CEL that is true for it, over its cells by label: `row["Total"] != ""`. A cell that the
    /// record lacks is `null`.
    #[serde(default)]
    pub when: Option<String>,
    /// The number of last records with content among which it begins: 10 by default.
    #[serde(default)]
    pub within: Option<u32>,
    /// The number of the cell of its first record, from 1, with the count of records (header and footer
    /// excluded). The count is checked.
    #[serde(default)]
    pub count_cell: Option<u32>,
}

/// How labels are found, and how unexpected columns are treated. The report mentions whatever was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct LabelsSpec {
    /// When a label counts as the name of a column.
    pub r#match: LabelMatch,
    /// A column that no field reads. `keep` puts it into `keepIn`.
    pub extra: ColumnPolicy,
    /// A column that a field reads and the file lacks. `ignore` leaves the field without a value.
    pub missing: ColumnPolicy,
    /// A second column of the same name. `ignore` reads the first; `keep` reads the first and puts the others
    /// into `keepIn`.
    pub duplicate: ColumnPolicy,
    /// Columns in another order than in `columns`, or than the feed first names them.
    pub reordered: ColumnPolicy,
    /// The field of type `object` that receives the kept columns: a JSON object of labels and texts.
    pub keep_in: Option<String>,
}

impl Default for LabelsSpec {
    fn default() -> Self {
        Self {
            r#match: LabelMatch::Exact,
            extra: ColumnPolicy::Ignore,
            missing: ColumnPolicy::RejectFile,
            duplicate: ColumnPolicy::RejectFile,
            reordered: ColumnPolicy::Ignore,
            keep_in: None,
        }
    }
}

/// When a label counts as the name of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LabelMatch {
    /// Same characters; white space around them is ignored.
    #[default]
    Exact,
    /// Same letters and digits; case, spaces and punctuation are ignored.
    Loose,
}

/// How an unexpected column is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ColumnPolicy {
    /// The file is rejected as a whole.
    RejectFile,
    /// The report mentions it, and the file is read.
    Ignore,
    /// The report mentions it, and its content is kept.
    Keep,
}
