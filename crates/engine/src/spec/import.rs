//! `import`: where records go.

use serde::{Deserialize, Serialize};

/// Where records go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ImportSpec {
    /// The table.
    pub table: String,
    /// The fields of its key: the partition key, and the sort key if the table has one.
    pub key: Vec<String>,
    /// Which of several records with the same key wins.
    #[serde(default)]
    pub duplicates: Duplicates,
}

/// Which of several records with the same key wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// The last valid one in the file.
    #[default]
    Last,
    /// The first valid one in the file.
    First,
    /// None: all of them are rejected.
    Reject,
}
