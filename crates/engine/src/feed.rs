//! Feeds: one YAML file describes a kind of file.
//!
//! [`FeedSpec`] is what someone wrote; [`FeedPlan`] is what it means, checked and compiled. All
//! problems of a feed are reported at once, each with its path.

mod name;
mod plan;
mod problem;
mod read;
mod spec;

pub use name::{FeedName, InvalidFeedName};
pub use plan::{FeedPlan, ImportPlan, Limits, ReportPlan};
pub use problem::FeedProblem;
pub use spec::{
    Aliases, CleanSpec, ConstraintsSpec, Duplicates, FeedSpec, FieldSpec, FieldType, ImportSpec, LimitsSpec,
    MappingSpec, ProhibitedSpec, RangeSpec, ReportSpec, RuleSpec, Scalar, SchemaSpec, SourceSpec, ValidateSpec,
};
