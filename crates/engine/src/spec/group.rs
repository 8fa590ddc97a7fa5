//! `group`: one thing over several records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::OneOrMany;

/// Consecutive records with the same value of a field become one item, with a list of what each record adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GroupSpec {
    /// The field whose value the records of an item share.
    pub by: String,
    /// The lists of an item, by the field of the type `array` that receives each: `variants: [sku, price]` makes an object of
    /// these fields for each record, `images: image` a list of the values of one field.
    pub into: BTreeMap<String, OneOrMany>,
    /// Columns in which an empty cell means the content of the record above in the same item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fill_down: Vec<String>,
    /// Largest size of the records of an item together, in bytes: 1024 to 16777216; by default 1048576. A file with a larger
    /// item is rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_group: Option<u64>,
}
