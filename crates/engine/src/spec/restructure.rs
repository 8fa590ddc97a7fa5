//! `restructure`: how columns become fields.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{OneOrMany, Scalar};

/// How a field is made: from one column (`from`), the first non-empty one of several (`first`), several
/// joined (`join`), several as a list (`collect`) or as names and values (`pairs`), or an expression (`value`), of which a field has
/// at most one; then cleaned step by step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MappingSpec {
    /// The column, or its possible names. Default: the column with the field's name. In JSON, a pointer such as
    /// `/price/amount`; of several, the first that is not empty is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<OneOrMany>,
    /// Several columns; the first that is not empty is used. At least one must exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Vec<String>>,
    /// Several columns, joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join: Option<JoinSpec>,
    /// The columns whose content becomes a list, without the empty ones, for a field of the type `array`. A `*` stands for any text:
    /// `Image *`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collect: Option<OneOrMany>,
    /// The columns that hold names and values, for a field of the type `object`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<PairsSpec>,
    /// A CEL expression over the record: `row["Label"]` is the text of a column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The cleaning steps, applied in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clean: Vec<CleanSpec>,
    /// The format or formats of a date in the file: patterns of strptime, or `spreadsheet-1900` and
    /// `spreadsheet-1904` for the days that spreadsheets count. It becomes ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<OneOrMany>,
    /// The format or formats of a date with time in the file: patterns of strptime, or `epoch-seconds`,
    /// `epoch-milliseconds`, `spreadsheet-1900` and `spreadsheet-1904`. It becomes ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datetime: Option<OneOrMany>,
    /// The time zone of a `datetime` without an offset, such as `Europe/Berlin`. The result is UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The language of the names of months and days in the file, such as `de`. English names are read too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The last two-digit year (`%y`) of the 21st century: with 30, `30` is 2030 and `31` is 1931. Default: 68.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pivot: Option<u8>,
}

/// Several columns, joined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct JoinSpec {
    /// The columns.
    pub columns: Vec<String>,
    /// The text between two columns that are not empty.
    #[serde(default)]
    pub with: String,
}

/// Columns that hold names and values. A `*` stands for any text, which is the same in both: `Option* Name` and `Option* Value`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PairsSpec {
    /// The columns with the names.
    pub names: String,
    /// The columns with the values.
    pub values: String,
}

/// A cleaning step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CleanSpec {
    /// Removes white space at both ends.
    Trim,
    /// Replaces every run of white space by one space, and trims.
    CollapseWhitespace,
    /// Converts to upper case.
    Upper,
    /// Converts to lower case.
    Lower,
    /// Converts the first letter of every word to upper case and the others to lower case.
    Title,
    /// Removes every occurrence of these characters.
    Strip(String),
    /// The value of an empty text.
    Default(Scalar),
    /// Replaces a text, or the matches of a regular expression.
    Replace(ReplaceSpec),
    /// Looks up the whole text in a table.
    Map(MapSpec),
    /// Takes one of the parts between separators.
    Split(SplitSpec),
    /// Takes the match of a regular expression: its first group, or all of it. Without a match, the result is
    /// empty.
    Extract(String),
    /// Reads a number in this notation and writes it as `1234.5`.
    Number(NumberSpec),
    /// Removes currency signs and codes at either end.
    StripCurrency,
    /// Converts to a Unicode normal form.
    Normalize(NormalForm),
    /// Converts HTML to text: removes tags and decodes entities.
    HtmlToText,
    /// Reads a number with a unit and converts it: `1.2 kg`.
    Units(UnitsSpec),
    /// Reads a truth value from the given words, ignoring case. It becomes `true` or `false`.
    Boolean(BooleanSpec),
    /// Converts a text with separators to a JSON array of texts.
    List(ListSpec),
}

/// Replaces a text, or the matches of a regular expression: exactly one of `text` and `pattern`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReplaceSpec {
    /// The literal text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The replacement; `$1` is the first group of a pattern.
    #[serde(default)]
    pub with: String,
}

/// Looks up the whole text in a table: exactly one of `values` and `file`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MapSpec {
    /// The replacement of each text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Scalar>,
    /// A CSV file beside the feed with two columns and no header: the text and its replacement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How a text that is not in the table is treated.
    #[serde(default)]
    pub otherwise: Otherwise,
}

/// How a text that is not in a table is treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// The record is rejected.
    #[default]
    Reject,
    /// It stays unchanged.
    Keep,
    /// It becomes empty.
    Empty,
}

/// Takes one of the parts between separators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SplitSpec {
    /// The separator.
    pub by: String,
    /// The number of the part: 1 is the first, -1 the last. If there is no such part, the result is empty.
    pub take: i32,
}

/// The notation of a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NumberSpec {
    /// The decimal mark: one character.
    pub decimal: String,
    /// The characters between groups of digits. A space stands for any white space.
    pub group: String,
    /// How a negative number may be written, besides with a minus before it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub negative: Vec<Negative>,
    /// What happens to a percent sign behind the number. Without this, such a text is not a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
}

/// A notation of negative numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Negative {
    /// `(30.00)`.
    Parentheses,
    /// `30.00-`; then `30.00+` is positive.
    Trailing,
    /// `30.00 DR` or `minus 30.00`; then `30.00 CR` is positive.
    Words,
}

/// What happens to a percent sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Percent {
    /// It is removed, if there is one: `12.5%` is 12.5.
    Drop,
    /// The number is divided by 100: `12.5%` is 0.125. A number without the sign is rejected.
    Divide,
}

impl Default for NumberSpec {
    fn default() -> Self {
        Self { decimal: ".".into(), group: String::new(), negative: Vec::new(), percent: None }
    }
}

/// A Unicode normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum NormalForm {
    /// Composed: `é` is one character.
    Nfc,
    /// Decomposed: `é` is two.
    Nfd,
    /// Composed, with compatible characters unified: `ﬁ` is `fi`, `²` is `2`.
    Nfkc,
    /// Decomposed, with compatible characters unified.
    Nfkd,
}

/// Reads a number with a unit and converts it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UnitsSpec {
    /// The value of each unit in the unit of the field: `{kg: 1, g: 0.001}`.
    pub factors: BTreeMap<String, Scalar>,
    /// The unit of a number without one. If this is not given, such a record is rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// The words for truth values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BooleanSpec {
    /// The words for true.
    pub r#true: Vec<Scalar>,
    /// The words for false.
    pub r#false: Vec<Scalar>,
}

/// A text with separators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ListSpec {
    /// The text between two elements. White space around an element is removed.
    pub separator: String,
}
