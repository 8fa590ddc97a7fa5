//! Feeds: one YAML file describes a kind of file.
//!
//! [`FeedSpec`] is a feed as it is written; [`FeedPlan`] is its checked and compiled form. All problems of a
//! feed are reported at once, each with its path.

mod files;
#[cfg(feature = "json-schema")]
mod json_schema;
mod name;
mod plan;
mod read;
mod yaml;

pub use files::FeedFiles;
#[cfg(feature = "json-schema")]
pub use json_schema::json_schema;
pub use name::{FeedName, InvalidFeedName};
pub use plan::{
    Condition, DeletePlan, Every, Expected, FOOTER_BYTES, FeedPlan, FooterPlan, GroupPlan, HeaderPlan, ImportPlan,
    InvalidEvery, ItemPart, Labels, Limits, ListPlan, OmitPlan, ReportPlan, ResumePlan, RetryPlan, SourcePlan, Total,
    UniqueSet, WorkbookPlan, every_of, once,
};
pub use read::{files_of, misnamed, read, schema as read_schema, tree};
pub(crate) use read::{locate_in as locate, read_as};
