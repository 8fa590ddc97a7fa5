//! A feed as someone wrote it: shape only. [`FeedPlan`](crate::feed::FeedPlan) is what it means.
//!
//! One file per section of a feed. Every doc comment here ends up in `feeds/feed.schema.json`, where
//! editors show it: it is written for people who write feeds.

mod import;
mod problem;
mod report;
mod restructure;
mod resume;
mod retry;
mod scalar;
mod schema;
mod source;
mod validate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use import::{Duplicates, ImportSpec};
pub use problem::{FeedProblem, Position};
pub use report::{RecipientsSpec, ReportSpec};
pub use restructure::{
    BooleanSpec, CleanSpec, JoinSpec, ListSpec, MapSpec, MappingSpec, NormalForm, NumberSpec, Otherwise, ReplaceSpec,
    SplitSpec, UnitsSpec,
};
pub use resume::ResumeSpec;
pub use retry::RetrySpec;
pub use scalar::{OneOrMany, Scalar};
pub use schema::{ConstraintsSpec, FieldSpec, FieldType, FieldsMatch, MissingValue, SchemaRef, SchemaSpec};
pub use source::{BlankLines, ColumnPolicy, LabelMatch, LabelsSpec, Quotes, SameContent, SourceSpec, TrailerSpec};
pub use validate::{
    AtMostOneSpec, CompareSpec, Comparison, DateWindowSpec, ExpressionSpec, LimitsSpec, OneOfSpec, ProhibitedSpec,
    RangeSpec, ReferenceSpec, RegexSpec, RequiredTogetherSpec, RuleSpec, TotalSpec, ValidateSpec,
};

/// A feed file, version 1: what a partner's CSV looks like, what it becomes, which records are
/// acceptable, where they go and who is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FeedSpec {
    /// Version of the feed language: 1.
    pub version: u32,
    /// The feed's name: the folder into which its files are uploaded.
    pub name: String,
    /// What the feed is, for people.
    #[serde(default)]
    pub description: String,
    /// What the file looks like.
    #[serde(default)]
    pub source: SourceSpec,
    /// How columns become fields; a field that is not named here is the column of its own name.
    #[serde(default)]
    pub restructure: BTreeMap<String, MappingSpec>,
    /// What a record must look like: a Frictionless Table Schema, or the name of a file that holds one.
    pub schema: SchemaRef,
    /// Which records are acceptable, and how many may not be.
    #[serde(default)]
    pub validate: ValidateSpec,
    /// Where records go.
    pub import: ImportSpec,
    /// How often a run whose execution died is resumed by itself.
    #[serde(default)]
    pub resume: ResumeSpec,
    /// How often rejects that may succeed later are tried again.
    #[serde(default)]
    pub retry: RetrySpec,
    /// Who is told.
    #[serde(default)]
    pub report: ReportSpec,
}
