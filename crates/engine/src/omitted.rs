//! Omitted records, counted by name, with the places of the first ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The name of records without content.
pub const EMPTY: &str = "empty";

/// The name of records that repeat the header.
pub const REPEATED_HEADER: &str = "repeated-header";

/// The omitted records of a chunk or a file by name: how many there are, and where the first ones are.
///
/// Adding up those of all chunks in order gives those of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Omitted(BTreeMap<String, OmittedRecords>);

/// The omitted records under one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OmittedRecords {
    /// The number of records.
    pub records: u64,
    /// The places of the first ones, in the order of the file: at most [`Omitted::FIRST`].
    pub first: Vec<Place>,
}

/// The place of a record in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Number of the record, from 1.
    pub record: u64,
    /// The line on which it begins, from 1.
    pub line: u64,
}

impl Omitted {
    /// Maximum number of places kept under a name.
    pub const FIRST: usize = 5;

    /// Counts a record.
    pub fn add(&mut self, name: &str, place: Place) {
        // Copies the name only the first time, because this runs for each omitted record.
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), OmittedRecords::default());
        }
        if let Some(found) = self.0.get_mut(name) {
            found.records += 1;
            if found.first.len() < Self::FIRST {
                found.first.push(place);
            }
        }
    }

    /// Adds the omitted records of a later part of the file.
    pub fn extend(&mut self, later: &Self) {
        for (name, more) in &later.0 {
            let found = self.0.entry(name.clone()).or_default();
            found.records = found.records.saturating_add(more.records);
            let room = Self::FIRST.saturating_sub(found.first.len());
            found.first.extend(more.first.iter().take(room));
        }
    }

    /// The number of records under all names.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.0.values().map(|found| found.records).fold(0, u64::saturating_add)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The records by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &OmittedRecords)> {
        self.0.iter().map(|(name, found)| (name.as_str(), found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two of every three records are empty.
    fn omitted(records: std::ops::Range<u64>) -> Omitted {
        let mut omitted = Omitted::default();
        for record in records {
            let name = if record % 3 == 0 { "repeated-header" } else { "empty" };
            omitted.add(name, Place { record, line: record + 1 });
        }
        omitted
    }

    #[test]
    fn what_chunks_have_omitted_adds_up_to_what_the_file_has() {
        for cut in [1, 2, 9, 30] {
            let mut sum = omitted(1..cut);
            sum.extend(&omitted(cut..30));
            assert_eq!(sum, omitted(1..30), "{cut}");
        }
        let all = omitted(1..30);
        assert_eq!((all.records(), all.is_empty()), (29, false));
        let counts: Vec<_> = all.iter().map(|(name, found)| (name, found.records, found.first.len())).collect();
        assert_eq!(counts, [("empty", 20, Omitted::FIRST), ("repeated-header", 9, Omitted::FIRST)]);
    }

    #[test]
    fn the_document_names_the_first_places() {
        let json = serde_json::to_string(&omitted(3..4)).unwrap();
        assert_eq!(json, r#"{"repeated-header":{"records":1,"first":[{"record":3,"line":4}]}}"#);
        assert_eq!(serde_json::from_str::<Omitted>(&json).unwrap(), omitted(3..4));
    }
}
