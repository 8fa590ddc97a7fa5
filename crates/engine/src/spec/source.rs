//! `source`: what the file looks like.

use serde::{Deserialize, Serialize};

use super::Scalar;

/// What the file looks like, in the names of the Frictionless Table Dialect where it has one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct SourceSpec {
    /// Between cells: one ASCII character, also a control character.
    pub delimiter: String,
    /// Around cells that hold a delimiter or a line break: one ASCII character. `null` where the
    /// file has no quotes and a quote is a character like any other.
    pub quote_char: Option<String>,
    /// Whether a quote within a quoted cell is written twice.
    pub double_quote: bool,
    /// What becomes of a record whose quotes are broken.
    pub quotes: Quotes,
    /// The character that takes the meaning of the next one away, within quotes: one ASCII
    /// character. Without a `quoteChar` it does so everywhere, also before a line break.
    pub escape_char: Option<String>,
    /// The character at the start of a line that makes it a comment, up to its line break: one ASCII
    /// character.
    pub comment_char: Option<String>,
    /// Whether spaces at the start of a cell do not count, also before a quote.
    pub skip_initial_space: bool,
    /// Lines before the header that are not read, whatever is in them.
    pub skip_lines: u64,
    /// Whether the file has a header.
    pub header: bool,
    /// The names of the columns of a file without a header, in their order.
    pub columns: Vec<String>,
    /// What becomes of a line without a character.
    pub blank_lines: BlankLines,
    /// The last record, where it is no data but says what the file should hold.
    pub trailer: Option<TrailerSpec>,
    /// The character encoding: `utf-8`, `utf-16`, `windows-1252`, or any label of the WHATWG
    /// Encoding Standard; `auto` looks at the file. A byte order mark always decides. A byte that is no
    /// character in it makes its record a reject.
    pub encoding: String,
    /// How many times its size a compressed upload (gzip, Zstandard) may have when it is expanded.
    /// Up to 1 MiB it always may.
    pub max_expansion: u32,
    /// What becomes of a file that holds exactly what the file of an earlier run held.
    pub same_content: SameContent,
    /// How labels are found, and what becomes of columns that are not as expected.
    pub labels: LabelsSpec,
}

impl Default for SourceSpec {
    fn default() -> Self {
        Self {
            delimiter: ",".into(),
            quote_char: Some("\"".into()),
            double_quote: true,
            quotes: Quotes::Strict,
            escape_char: None,
            comment_char: None,
            skip_initial_space: false,
            skip_lines: 0,
            header: true,
            columns: Vec::new(),
            blank_lines: BlankLines::Skip,
            trailer: None,
            encoding: "utf-8".into(),
            max_expansion: 100,
            same_content: SameContent::Import,
            labels: LabelsSpec::default(),
        }
    }
}

/// What becomes of a record whose quotes are broken: text follows a closing quote, or a delimiter between two quotes
/// of unquoted cells may belong to the text. Such a record may have swallowed others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Quotes {
    /// It is rejected.
    #[default]
    Strict,
    /// It is read as most programs read it: a quote opens a cell only as its first character, text behind a closing
    /// quote belongs to the cell, and every other quote is text.
    Lenient,
}

/// What becomes of a line without a character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BlankLines {
    /// It is no record.
    #[default]
    Skip,
    /// It is a record with one empty cell.
    Keep,
}

/// What becomes of a file that holds exactly what the file of an earlier run held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SameContent {
    /// It is told, and the file is imported as any other.
    #[default]
    Import,
    /// It is told, and where that run ended IMPORTED, this one ends SKIPPED: nothing is checked or written.
    Skip,
}

/// The last record, where it is no data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TrailerSpec {
    /// What its first cell holds: a file whose last record does not begin with it has lost its end.
    /// White space around it does not count.
    #[serde(default)]
    pub marker: Option<Scalar>,
    /// The number of the cell, from 1, that says how many records come before, the header not among
    /// them; they are counted.
    #[serde(default)]
    pub count_cell: Option<u32>,
}

/// How labels are found, and what becomes of columns that are not as expected. Whatever was found is
/// told in the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct LabelsSpec {
    /// What makes a label the name of a column.
    pub r#match: LabelMatch,
    /// A column that no field reads. `keep` puts it into `keepIn`.
    pub extra: ColumnPolicy,
    /// A column that a field reads and the file does not have. `ignore` leaves the field without a value.
    pub missing: ColumnPolicy,
    /// A second column of one name. `ignore` reads the first; `keep` reads the first and puts the
    /// others into `keepIn`.
    pub duplicate: ColumnPolicy,
    /// Columns in another order than `columns`, or than the feed first names them.
    pub reordered: ColumnPolicy,
    /// The field, of the type `object`, that takes what is kept: a JSON object of labels and texts.
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

/// What makes a label the name of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LabelMatch {
    /// The same characters; white space around them does not count.
    #[default]
    Exact,
    /// The same letters and digits: case, spaces and punctuation do not count.
    Loose,
}

/// What becomes of a column that is not as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ColumnPolicy {
    /// The file is rejected as a whole.
    RejectFile,
    /// It is told, and the file is read.
    Ignore,
    /// It is told, and what it holds is kept.
    Keep,
}
