//! A dataset as it is written: its shape only. Every doc comment here becomes a description in
//! `datasets/dataset.schema.json`, which editors show.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::spec::{OneOrMany, Scalar};

/// A dataset: files of several feeds that belong together, and what is made of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct DatasetSpec {
    /// The name of the dataset: that of its file without `.yaml`.
    pub dataset: String,
    /// What the dataset is, for people.
    pub description: String,
    /// Which files belong together.
    pub set: SetSpec,
    /// The members by name. One has no parent: each of its records becomes a joined record.
    pub members: BTreeMap<String, MemberSpec>,
    /// How long a set may wait for its members, in whole hours, days or weeks: `24h`. Then people are told once what is missing.
    pub within: Option<Scalar>,
    /// What happens to records without a parent.
    pub orphans: OrphansSpec,
    /// What happens to a joined record of which no member has a child.
    pub childless: Childless,
    /// The feeds into whose inboxes the joined file is put.
    pub into: Vec<String>,
    /// Who receives the report of a set, in addition to the stack's operators.
    pub report: SetReportSpec,
}

/// Which files belong together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SetSpec {
    /// A regular expression with one group, which finds the key of the set in the name of a file: `_([0-9]{8})\.csv$`.
    #[serde(rename = "fromFileName")]
    pub from_file_name: String,
    /// What makes a set later than another one. Without it, a key that is a date is compared as a date, and another set by its arrival.
    pub order: Option<SetOrder>,
}

/// What makes a set later than another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SetOrder {
    /// Its key: dates as dates, whole numbers as numbers, other keys as texts.
    Key,
    /// When the first of its files was uploaded.
    Arrival,
}

/// A member of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MemberSpec {
    /// The feed that imports its files.
    pub feed: String,
    /// The fields by which children find a record: the key of the feed, or fields that are unique in its files.
    pub key: Option<OneOrMany>,
    /// The member that has the parents of its records.
    pub parent: Option<String>,
    /// The fields that hold the key of the parent.
    pub by: Option<OneOrMany>,
}

/// What happens to records without a parent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct OrphansSpec {
    /// Above this percentage of all records, nothing is published. Without it, 100.
    #[serde(rename = "maxPercent")]
    pub max_percent: Option<u8>,
    /// The feed into whose inbox the orphans are put, as JSON Lines.
    pub into: Option<String>,
}

/// What happens to a joined record of which no member has a child.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Childless {
    /// It is published, with empty lists.
    #[default]
    Keep,
    /// It is left out, and counted.
    Drop,
}

/// Who receives the report of a set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SetReportSpec {
    /// Addresses that receive every report of the dataset.
    pub recipients: Vec<String>,
}
