//! `source.omit`: records that hold nothing to import.

use serde::{Deserialize, Serialize};

/// The records that are neither imported nor rejected, but counted by name, because they hold nothing to import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct OmitSpec {
    /// Whether records without content are omitted, as `empty`.
    pub empty: bool,
    /// Whether records that repeat the header are omitted, as `repeated-header`.
    pub repeated_header: bool,
    /// Other records to omit, each under the name of the first condition that is true for it.
    pub conditions: Vec<ConditionSpec>,
}

impl Default for OmitSpec {
    fn default() -> Self {
        Self { empty: true, repeated_header: true, conditions: Vec::new() }
    }
}

/// A condition with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConditionSpec {
    /// The name under which these records are counted: 1 to 40 of `a-z`, `0-9` and `-`, beginning with a
    /// letter.
    pub name: String,
    /// An expression in CEL over the cells of a record by label: `row["SKU"] == "pcs"`. A cell that the record
    /// lacks is `null`; in JSON, it is empty. If it cannot be decided, the record is rejected.
    pub when: String,
}
