//! The files beside a feed that it refers to: a schema, terms, tables.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::spec::{CleanSpec, FeedSpec, RuleSpec, SchemaRef};

/// The texts of the files that a feed refers to, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeedFiles(BTreeMap<String, String>);

impl FeedFiles {
    /// Adds a file.
    pub fn insert(&mut self, name: String, text: String) {
        self.0.insert(name, text);
    }

    /// The text of a file.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The files by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The names of the files that a feed refers to. They are in the feed's folder. Names that would lead
/// elsewhere are left out here and reported as missing when the feed is compiled.
#[must_use]
pub fn named_files(spec: &FeedSpec) -> BTreeSet<String> {
    let schema = match &spec.schema {
        SchemaRef::File(name) => Some(name),
        SchemaRef::Inline(_) => None,
    };
    let maps = spec.restructure.values().flat_map(|mapping| &mapping.clean).filter_map(|step| match step {
        CleanSpec::Map(map) => map.file.as_ref(),
        _ => None,
    });
    let terms = spec.validate.rules.iter().filter_map(|rule| match rule {
        RuleSpec::Prohibited(rule) => rule.file.as_ref(),
        _ => None,
    });
    let beside = |name: &&String| !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
    schema.into_iter().chain(maps).chain(terms).filter(beside).cloned().collect()
}
