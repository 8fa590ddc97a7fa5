//! The hash of a record's key.

use super::FeedPlan;
use crate::hash::hash;

impl FeedPlan {
    /// A hash of the key of a record: equal keys have equal hashes. `text` returns the canonical text of a field by its
    /// index.
    #[must_use]
    pub fn key_hash<'t>(&self, text: impl Fn(usize) -> &'t str) -> u128 {
        hash(self.import.key.iter().map(|index| text(*index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart() {
        let yaml = "
version: 1
name: p
schema:
  fields:
    - {name: a, constraints: {required: true}}
    - {name: b, constraints: {required: true}}
    - {name: n, type: number}
import: {table: p, key: [a, b]}
";
        let plan = FeedPlan::from_yaml(yaml).unwrap();
        let key = |texts: [&'static str; 3]| plan.key_hash(|field| texts[field]);
        assert_eq!(key(["a", "bc", "1"]), key(["a", "bc", "2"]));
        assert_ne!(key(["a", "bc", ""]), key(["ab", "c", ""]));
    }
}
