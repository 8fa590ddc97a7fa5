//! `validate`: which records and which files are valid.

use serde::{Deserialize, Serialize};

use super::{OneOrMany, Scalar};
use crate::Severity;

/// Which records are valid, and how many rejects are acceptable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ValidateSpec {
    /// Business rules. Each checks one record.
    pub rules: Vec<RuleSpec>,
    /// What the gate accepts. It decides about the whole file before anything is written.
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
    /// The days between which a date must be.
    DateWindow(DateWindowSpec),
    /// Fields that must all have a value, or none of them.
    RequiredTogether(RequiredTogetherSpec),
    /// Fields of which at most one may have a value.
    AtMostOne(AtMostOneSpec),
    /// A key that must exist in another table.
    Reference(ReferenceSpec),
    /// A CEL expression over the target record that must be true.
    Rule(ExpressionSpec),
}

/// Terms that must not occur in given fields: whole words, ignoring case and accents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProhibitedSpec {
    /// The fields to check.
    pub fields: Vec<String>,
    /// The terms.
    #[serde(default)]
    pub terms: Vec<String>,
    /// A text file beside the feed with further terms, one on each line.
    #[serde(default)]
    pub file: Option<String>,
    /// What happens to a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// A range for a value, bounds included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RangeSpec {
    /// The field to check.
    pub field: String,
    /// The smallest value allowed.
    #[serde(default)]
    pub minimum: Option<Scalar>,
    /// The largest value allowed.
    #[serde(default)]
    pub maximum: Option<Scalar>,
    /// What happens to a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// The only values allowed in a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OneOfSpec {
    /// The field to check.
    pub field: String,
    /// The values.
    pub values: Vec<Scalar>,
    /// What happens to a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// How the values of two fields of the same type must compare. A record without one of them passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CompareSpec {
    /// The field on the left.
    pub left: String,
    /// The comparison of the left value with the right one.
    pub is: Comparison,
    /// The field on the right.
    pub right: String,
    /// What happens to a record that breaks the rule.
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
    /// The field to check.
    pub field: String,
    /// The expression.
    pub pattern: String,
    /// Whether the expression must not match.
    #[serde(default)]
    pub not: bool,
    /// The message for a record that breaks the rule, if the expression does not explain itself.
    #[serde(default)]
    pub message: Option<String>,
    /// What happens to a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// The days between which a date must be, both included: `2026-01-31`, or relative to the run's clock:
/// `today`, `today-30d`, `today+1y` (`d`, `w`, `m`, `y`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DateWindowSpec {
    /// The field to check: a date or a datetime.
    pub field: String,
    /// The first day allowed.
    #[serde(default)]
    pub not_before: Option<String>,
    /// The last day allowed.
    #[serde(default)]
    pub not_after: Option<String>,
    /// What happens to a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// Fields that must all have a value, or none of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RequiredTogetherSpec {
    /// The fields.
    pub fields: Vec<String>,
    /// What happens to a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// Fields of which at most one may have a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AtMostOneSpec {
    /// The fields.
    pub fields: Vec<String>,
    /// What happens to a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// A key that must exist in another table when the record is checked, or in the feed's own table or the same file. A record
/// without the key passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReferenceSpec {
    /// The field with the key; two if the other table has a sort key.
    pub field: OneOrMany,
    /// The other table, named as in `import.table` of a feed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Instead of another table: `self`, which is the table of this feed and the file itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ReferenceTo>,
    /// The key of the other table, if it has another name than the field: its partition key, and its sort key
    /// if it has one.
    #[serde(default)]
    pub key: Option<OneOrMany>,
    /// What happens to a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// To what a reference leads that is no other table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub enum ReferenceTo {
    /// To the records of the same file, or to the items of the feed's table.
    #[serde(rename = "self")]
    Own,
}

/// A CEL expression over the target record that must be true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExpressionSpec {
    /// The expression: `record.price` is the value of a field, `as_of` the run's clock.
    pub expression: String,
    /// The message for a record for which the expression is not true.
    pub message: String,
    /// The field to fix, if there is a single one.
    #[serde(default)]
    pub field: Option<String>,
    /// What happens to a record that breaks the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// What the gate accepts. Without limits it accepts anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct LimitsSpec {
    /// Maximum number of rejected records.
    pub max_rejects: Option<u64>,
    /// Maximum share of rejected records, in percent.
    pub max_reject_percent: Option<Scalar>,
    /// Minimum number of records in the file.
    pub min_records: Option<u64>,
    /// Control totals.
    pub totals: Vec<TotalSpec>,
}

/// The sum of a field over all records of the file that have a number there, rejected or not. It must equal a
/// given value or a cell of the footer: exactly one of `equals` and `footerCell`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TotalSpec {
    /// The field: an integer or a number.
    pub field: String,
    /// The expected sum.
    #[serde(default)]
    pub equals: Option<Scalar>,
    /// The number of the cell of the footer's first record with the sum, from 1.
    #[serde(default)]
    pub footer_cell: Option<u32>,
}
