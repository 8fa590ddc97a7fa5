//! A feed as it is written: its shape only. [`FeedPlan`](super::FeedPlan) is its meaning.
//!
//! One file per section of a feed. Every doc comment here becomes a description in `feeds/feed.schema.json`,
//! which editors show, so it is written for people who write feeds.

mod expect;
mod group;
mod import;
mod omit;
mod problem;
mod report;
mod restructure;
mod resume;
mod retry;
mod scalar;
mod schema;
mod source;
mod summarise;
mod validate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use expect::ExpectSpec;
pub use group::GroupSpec;
pub use import::{DeleteSpec, Duplicates, Empty, ImportSpec, Mode};
pub use omit::{ConditionSpec, OmitSpec};
pub use problem::{FeedProblem, Position};
pub use report::{RecipientsSpec, ReportSpec};
pub use restructure::{
    BooleanSpec, CleanSpec, JoinSpec, ListSpec, MapSpec, MappingSpec, Negative, NormalForm, NumberSpec, Otherwise,
    PairsSpec, Percent, ReplaceSpec, SplitSpec, UnitsSpec,
};
pub use resume::ResumeSpec;
pub use retry::RetrySpec;
pub use scalar::{OneOrMany, Scalar};
pub use schema::{ConstraintsSpec, FieldSpec, FieldType, FieldsMatch, MissingValue, SchemaRef, SchemaSpec};
pub use source::{
    BlankLines, ColumnPolicy, FixedColumnSpec, FixedSpec, FooterSpec, HeaderPlace, LabelMatch, LabelsSpec, Quotes,
    SameContent, ShortLines, SourceFormat, SourceSpec, TrailingDelimiter,
};
pub use summarise::{CreditModel, CreditSpec, SummaryColumnSpec, SummarySpec};
pub use validate::{
    AtMostOneSpec, CompareSpec, Comparison, DateWindowSpec, ExpressionSpec, LimitsSpec, OneOfSpec, ProhibitedSpec,
    RangeSpec, ReferenceSpec, ReferenceTo, RegexSpec, RequiredTogetherSpec, RuleSpec, TotalSpec, ValidateSpec,
};

/// A feed file, version 1: the format of a partner's CSV, how it is transformed, which records are valid,
/// where they go and who gets the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FeedSpec {
    /// Version of the feed language: 1.
    pub version: u32,
    /// The name of the feed: the folder into which its files are uploaded.
    pub name: String,
    /// What the feed is, for people.
    #[serde(default)]
    pub description: String,
    /// The format of the file.
    #[serde(default)]
    pub source: SourceSpec,
    /// How columns become fields. A field that is not listed here is read from the column of the same name.
    #[serde(default)]
    pub restructure: BTreeMap<String, MappingSpec>,
    /// How several records become one item. Without it, each record is an item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupSpec>,
    /// The structure of a record: a Frictionless Table Schema, or the name of a file with one.
    pub schema: SchemaRef,
    /// Which records are valid, and how many rejects are acceptable.
    #[serde(default)]
    pub validate: ValidateSpec,
    /// Where records go. Without it, the outputs of a run are the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<ImportSpec>,
    /// The tables that are computed from a file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summarise: Vec<SummarySpec>,
    /// How often a file comes.
    #[serde(default)]
    pub expect: ExpectSpec,
    /// How often a run whose execution died is resumed by itself.
    #[serde(default)]
    pub resume: ResumeSpec,
    /// How often retryable rejects are retried.
    #[serde(default)]
    pub retry: RetrySpec,
    /// Who receives the report.
    #[serde(default)]
    pub report: ReportSpec,
}

impl FeedSpec {
    /// The fields of the key; none without a target.
    pub(crate) fn key(&self) -> &[String] {
        self.import.as_ref().map(|import| &import.key[..]).unwrap_or_default()
    }
}
