//! `summarise`: tables that are computed from a file.

use serde::{Deserialize, Serialize};

use super::Scalar;

/// A table that is computed from the records of a file: sums by group or, with `credit`, by what a visitor did before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SummarySpec {
    /// The name of the table's file: `{date}_Revenue.tab`. `{date}` is the day of the run, `{run}` its id, and `{file}` the name of
    /// the upload without its extension.
    pub file: String,
    /// The time zone of `{date}`, such as `America/New_York`. Default: UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The folder of the outbound bucket to which the file is delivered: `revenue/`. Without it, the file is only beside the outputs of
    /// the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver: Option<String>,
    /// The character between cells of the file.
    #[serde(default = "comma")]
    pub delimiter: String,
    /// Whether the first line of the file has the labels of the columns.
    #[serde(default = "yes")]
    pub labels: bool,
    /// The decimal mark of numbers in the file: one character.
    #[serde(default = "point")]
    pub decimal: String,
    /// The mark between groups of three digits: one character, or nothing.
    #[serde(default)]
    pub group: String,
    /// A CEL expression that is true for the records that count: `record.status == "paid"`. All records count without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Whom a record is credited to: an earlier record of the same visitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<CreditSpec>,
    /// The columns of the file, in their order.
    pub columns: Vec<SummaryColumnSpec>,
    /// The labels of the columns by which the rows are sorted; one with a `-` before it sorts from large to small. Rows that are equal
    /// in them are in the order of all their groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<String>,
    /// The number of rows that the file has at most; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<u64>,
}

/// A column of a summary: a group (`by`) or a number (`sum`, `count`, `min` or `max`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SummaryColumnSpec {
    /// The label of the column.
    pub label: String,
    /// A CEL expression that names the group of a record: `record.country`, or with `credit` also `touch.domain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// A CEL expression whose values are added up: `record.amount`. A record without a value adds nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sum: Option<String>,
    /// A CEL expression that is true for the records that are counted; `true` counts all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<Scalar>,
    /// A CEL expression of whose values the smallest is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// A CEL expression of whose values the largest is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
    /// The number of decimals of a number. Numbers with more are rounded, half away from zero. Without it, a number has as many as it
    /// needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u8>,
}

/// Credits a record to an earlier record of the same visitor, the *touch*.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreditSpec {
    /// The fields that together tell visitors apart.
    pub per: Vec<String>,
    /// The field with the time of a record: a number, a date or a datetime. Records of the same time are in the order of the file.
    pub sort: String,
    /// A CEL expression that yields a map for a record that is a touch, and `null` for any other:
    /// `record.keyword == null ? null : {"keyword": record.keyword}`.
    pub touch: String,
    /// Which touch gets the credit: the last one before the record, or the first one.
    #[serde(default)]
    pub model: CreditModel,
    /// A visitor without a record for longer than this begins anew, and earlier touches no longer count: `30m`, `12h`, `7d`. Never
    /// without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Scalar>,
}

/// Which touch gets the credit for a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CreditModel {
    /// The last touch that is not later than the record.
    #[default]
    Last,
    /// The first touch of the visitor.
    First,
}

fn comma() -> String {
    ",".to_owned()
}

fn point() -> String {
    ".".to_owned()
}

fn yes() -> bool {
    true
}
