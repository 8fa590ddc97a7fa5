//! `import`: where records go.

use serde::{Deserialize, Serialize};

use super::Scalar;

/// Where records go: into a table, a collection or a queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// What an empty cell means for an item that the target has.
    #[serde(default)]
    pub empty: Empty,
    /// Whether records may add items, change items, or both.
    #[serde(default)]
    pub mode: Mode,
    /// Which records delete the item of their key. Only for a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<DeleteSpec>,
}

/// What an empty cell means for an item that the target has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Empty {
    /// The item loses the field.
    #[default]
    Remove,
    /// The item keeps what it has in the field.
    Keep,
}

/// Whether records may add items, change items, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// They add items and change items.
    #[default]
    Upsert,
    /// They add items, and leave alone those that exist.
    InsertOnly,
    /// They change items that exist, and add none.
    UpdateOnly,
}

impl Mode {
    /// Whether a record leaves its key alone, on which there is an item or none.
    #[must_use]
    pub fn leaves(self, is_there: bool) -> bool {
        match self {
            Self::Upsert => false,
            Self::InsertOnly => is_there,
            Self::UpdateOnly => !is_there,
        }
    }
}

/// Which records delete the item of their key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteSpec {
    /// A CEL expression over the target record that is true for them: `record.status == "gone"`. Of such a record, only the key
    /// is checked.
    pub when: String,
    /// How long the table keeps the mark of a deleted item, in whole days or weeks: `90d`. At least 90 days, at most `366d`; for ever
    /// if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Scalar>,
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
