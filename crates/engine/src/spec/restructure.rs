//! `restructure`: how columns become fields.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{OneOrMany, Scalar};

/// How a field is made: from one column (`from`), the first of several that holds something (`first`), several one
/// after the other (`join`) or an expression (`value`), of which a field has at most one; then cleaned, step by step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MappingSpec {
    /// The column, or the names it may have; without it, the column of the field's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<OneOrMany>,
    /// Several columns, of which the first that is not empty is taken; at least one must be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Vec<String>>,
    /// Several columns, one after the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join: Option<JoinSpec>,
    /// A CEL expression over the record: `row["Label"]` is the text of a column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is done to the text, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clean: Vec<CleanSpec>,
    /// How a date is written in the file (strptime), or the ways in which it may be; it becomes ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<OneOrMany>,
    /// How a date with time is written in the file (strptime), or the ways; it becomes ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datetime: Option<OneOrMany>,
    /// The time zone of a `datetime` that does not say its own, as `Europe/Berlin`; it becomes UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
}

/// Several columns, one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct JoinSpec {
    /// The columns.
    pub columns: Vec<String>,
    /// What stands between two that are not empty.
    #[serde(default)]
    pub with: String,
}

/// A step of cleaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CleanSpec {
    /// Removes white space at both ends.
    Trim,
    /// Makes one space of every run of white space, and trims.
    CollapseWhitespace,
    /// To upper case.
    Upper,
    /// To lower case.
    Lower,
    /// The first letter of every word to upper case, the others to lower case.
    Title,
    /// Removes every occurrence of these characters.
    Strip(String),
    /// What to take where the text is empty.
    Default(Scalar),
    /// Replaces a text, or what a regular expression finds.
    Replace(ReplaceSpec),
    /// Looks the whole text up in a table.
    Map(MapSpec),
    /// Takes a part between separators.
    Split(SplitSpec),
    /// Takes what a regular expression finds: its first group, or all of it; nothing where it finds nothing.
    Extract(String),
    /// Reads a number written with these marks, and writes it as `1234.5`.
    Number(NumberSpec),
    /// Removes the signs and codes of currencies at either end.
    StripCurrency,
    /// A Unicode normal form.
    Normalize(NormalForm),
    /// Makes text of HTML: no tags, entities as the characters they stand for.
    HtmlToText,
    /// Reads a number with a unit, and converts it: `1.2 kg`.
    Units(UnitsSpec),
    /// Reads a truth value from given words, whatever their case; it becomes `true` or `false`.
    Boolean(BooleanSpec),
    /// Makes a JSON array of texts out of a text with separators.
    List(ListSpec),
}

/// Replaces a text, or what a regular expression finds: one of `text` and `pattern`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReplaceSpec {
    /// A text, as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What comes in its place; `$1` is the first group of a pattern.
    #[serde(default)]
    pub with: String,
}

/// Looks the whole text up in a table: one of `values` and `file`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MapSpec {
    /// What becomes of each text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Scalar>,
    /// A CSV file beside the feed, with two columns and no header: the text, and what becomes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What becomes of a text that is not in the table.
    #[serde(default)]
    pub otherwise: Otherwise,
}

/// What becomes of a text that is not in a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// The record is rejected.
    #[default]
    Reject,
    /// It stays as it is.
    Keep,
    /// It becomes empty.
    Empty,
}

/// Takes a part between separators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SplitSpec {
    /// The separator.
    pub by: String,
    /// Which part: 1 is the first, -1 the last. Where there is no such part, the text is empty.
    pub take: i32,
}

/// How a number is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NumberSpec {
    /// Before the fraction: one character.
    pub decimal: String,
    /// Between groups of digits: these characters; white space of any kind for a space.
    pub group: String,
}

impl Default for NumberSpec {
    fn default() -> Self {
        Self { decimal: ".".into(), group: String::new() }
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
    /// Composed, and compatible characters made one: `ﬁ` is `fi`, `²` is `2`.
    Nfkc,
    /// Decomposed, and compatible characters made one.
    Nfkd,
}

/// Reads a number with a unit, and converts it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UnitsSpec {
    /// What each unit is worth in the unit of the field: `{kg: 1, g: 0.001}`.
    pub factors: BTreeMap<String, Scalar>,
    /// The unit of a number that has none; without it, such a record is rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// The words for a truth value.
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
    /// What stands between two elements; white space around an element does not count.
    pub separator: String,
}
