//! Datasets: files of several feeds that belong together, and how they are joined.
//!
//! A dataset is one YAML file. [`DatasetSpec`] is a dataset as it is written, [`DatasetPlan`] its checked form. [`SetKey`] names a set of
//! files that belong together. [`Assembler`] makes the joined records of sorted rows.

mod assemble;
mod feeds;
#[cfg(feature = "json-schema")]
mod json_schema;
mod plan;
mod set;
mod spec;

pub use assemble::{Assembler, Finished, Node, Place, Row};
#[cfg(feature = "json-schema")]
pub use json_schema::json_schema;
pub use plan::{DatasetPlan, MemberPlan, OrphansPlan, key_hash};
pub use set::{InvalidSetKey, SetKey, SetPlan};
pub use spec::{Childless, DatasetSpec, MemberSpec, OrphansSpec, SetOrder, SetReportSpec, SetSpec};
