//! Feeds: one YAML file describes a kind of file.
//!
//! [`FeedSpec`] is what someone wrote; [`FeedPlan`] is what it means, checked and compiled. All
//! problems of a feed are reported at once, each with its path.

mod files;
#[cfg(feature = "json-schema")]
mod json_schema;
mod name;
mod plan;
mod problem;
mod read;
pub mod spec;
mod yaml;

pub use files::FeedFiles;
#[cfg(feature = "json-schema")]
pub use json_schema::json_schema;
pub use name::{FeedName, InvalidFeedName};
pub use plan::{FeedPlan, ImportPlan, Labels, Limits, ReportPlan, RetryPlan, SourcePlan, once};
pub use problem::{FeedProblem, Position};
pub use read::{files_of, misnamed, read, schema as read_schema, tree};
pub use spec::{Duplicates, FeedSpec, FieldType};
