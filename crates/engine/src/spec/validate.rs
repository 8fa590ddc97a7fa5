//! `validate`: which records are acceptable, and which files.

use serde::{Deserialize, Serialize};

use super::{OneOrMany, Scalar};
use crate::Severity;

/// Which records are acceptable, and how many may not be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ValidateSpec {
    /// Business rules, each of which looks at one record.
    pub rules: Vec<RuleSpec>,
    /// What the gate lets pass: decided about the file as a whole, before anything is written.
    pub limits: LimitsSpec,
}

/// A business rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RuleSpec {
    /// Terms that must not occur.
    Prohibited(ProhibitedSpec),
    /// A range in which a value must lie.
    Range(RangeSpec),
    /// The only values allowed.
    OneOf(OneOfSpec),
    /// How the values of two fields must compare.
    Compare(CompareSpec),
    /// A regular expression that must, or must not, match.
    Regex(RegexSpec),
    /// The days between which a date must lie.
    DateWindow(DateWindowSpec),
    /// Fields that have a value all together, or none of them.
    RequiredTogether(RequiredTogetherSpec),
    /// Fields of which at most one has a value.
    AtMostOne(AtMostOneSpec),
    /// A key that must be in another table.
    Reference(ReferenceSpec),
    /// A CEL expression over the target record that must be true.
    Rule(ExpressionSpec),
}

/// Terms that must not occur in given fields: whole words, whatever their case and accents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProhibitedSpec {
    /// The fields to look at.
    pub fields: Vec<String>,
    /// The terms.
    #[serde(default)]
    pub terms: Vec<String>,
    /// A text file beside the feed with further terms, one on a line.
    #[serde(default)]
    pub file: Option<String>,
    /// What becomes of a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// A range in which a value must lie, ends included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RangeSpec {
    /// The field to look at.
    pub field: String,
    /// The smallest value allowed.
    #[serde(default)]
    pub minimum: Option<Scalar>,
    /// The largest value allowed.
    #[serde(default)]
    pub maximum: Option<Scalar>,
    /// What becomes of a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// The only values allowed in a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OneOfSpec {
    /// The field to look at.
    pub field: String,
    /// The values.
    pub values: Vec<Scalar>,
    /// What becomes of a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// How the values of two fields of one type must compare; a record without one of them passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CompareSpec {
    /// The field on the left.
    pub left: String,
    /// How it must compare to the one on the right.
    pub is: Comparison,
    /// The field on the right.
    pub right: String,
    /// What becomes of a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub enum Comparison {
    /// Less.
    #[serde(rename = "<")]
    Less,
    /// Less or equal.
    #[serde(rename = "<=")]
    LessOrEqual,
    /// Equal.
    #[serde(rename = "=")]
    Equal,
    /// Not equal.
    #[serde(rename = "!=")]
    NotEqual,
    /// More or equal.
    #[serde(rename = ">=")]
    MoreOrEqual,
    /// More.
    #[serde(rename = ">")]
    More,
}

/// A regular expression that must match somewhere in the text of a field, or must not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RegexSpec {
    /// The field to look at.
    pub field: String,
    /// The expression.
    pub pattern: String,
    /// Whether it must not match.
    #[serde(default)]
    pub not: bool,
    /// What is told, where the expression does not speak for itself.
    #[serde(default)]
    pub message: Option<String>,
    /// What becomes of a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// The days between which a date must lie, ends included: `2026-01-31`, or days from the run's
/// clock: `today`, `today-30d`, `today+1y` (`d`, `w`, `m`, `y`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DateWindowSpec {
    /// The field to look at: a date or a datetime.
    pub field: String,
    /// The first day allowed.
    #[serde(default)]
    pub not_before: Option<String>,
    /// The last day allowed.
    #[serde(default)]
    pub not_after: Option<String>,
    /// What becomes of a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// Fields that have a value all together, or none of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RequiredTogetherSpec {
    /// The fields.
    pub fields: Vec<String>,
    /// What becomes of a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// Fields of which at most one has a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AtMostOneSpec {
    /// The fields.
    pub fields: Vec<String>,
    /// What becomes of a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// A key that must be in another table when the record is checked; a record without it passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReferenceSpec {
    /// The field that names the key; two where the other table has a sort key.
    pub field: OneOrMany,
    /// The other table, named as in the `import.table` of a feed.
    pub table: String,
    /// The key of the other table, where it is not called like the field: its partition key, and where it has one, its
    /// sort key.
    #[serde(default)]
    pub key: Option<OneOrMany>,
    /// What becomes of a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// A CEL expression over the target record that must be true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExpressionSpec {
    /// The expression: `record.price` is the value of a field, `as_of` the run's clock.
    pub expression: String,
    /// What is told of a record for which it is not true.
    pub message: String,
    /// The field that is to be fixed, where it is one.
    #[serde(default)]
    pub field: Option<String>,
    /// What becomes of a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// What the gate lets pass. Without a limit, anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct LimitsSpec {
    /// At most so many records are rejected.
    pub max_rejects: Option<u64>,
    /// At most this share of the records is rejected, in percent.
    pub max_reject_percent: Option<Scalar>,
    /// At least so many records are in the file.
    pub min_records: Option<u64>,
    /// Sums that must come out.
    pub totals: Vec<TotalSpec>,
}

/// The sum of a field over all records of the file that have a number there, rejected or not; it equals
/// a given value, or a cell of the trailer: one of `equals` and `trailerCell`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TotalSpec {
    /// The field: an integer or a number.
    pub field: String,
    /// What the sum must be.
    #[serde(default)]
    pub equals: Option<Scalar>,
    /// The number of the trailer's cell, from 1, that holds it.
    #[serde(default)]
    pub trailer_cell: Option<u32>,
}
