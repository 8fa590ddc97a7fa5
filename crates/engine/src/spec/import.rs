//! `import`: where records go.

use serde::{Deserialize, Serialize};

/// Where records go: into a table, a collection or a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ImportSpec {
    /// The table, without the prefix of the stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The collection, after the name of its database: `shop.products`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
    /// The connection of the stack that leads to the collection, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The queue, without the prefix of the stack. The name of a FIFO queue ends in `.fifo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The fields of the key. For a table: its partition key, and its sort key if it has one. For a collection: one field or two,
    /// which are its `_id`.
    pub key: Vec<String>,
    /// The fields that a message of the queue has beside the key; all fields if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Vec<String>>,
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
