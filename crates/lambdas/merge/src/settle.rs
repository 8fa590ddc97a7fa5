//! What a repair does to the rejects that it repairs: it closes them.
//!
//! Every record that the run has read again is closed in the index, whatever has become of it: what was rejected again
//! is a reject of this run, with what is wrong with it now. The file is read as a stream, and the
//! index is told of a thousand records at a time; closing one twice changes nothing, so that this can be cut off anywhere and
//! done again.

use std::collections::HashMap;

use sluice_contract::documents::Manifest;
use sluice_engine::record::Position;
use sluice_engine::{Code, Problem, Stage};
use sluice_platform::objects::Objects;
use sluice_platform::rejects::Rejects;
use sluice_platform::run::{Bound, Run};

use crate::Error;

/// Rejects that are closed together.
const BATCH: usize = 1000;

/// How many words of 64 records the memory of what was seen has: 1,048,576 × 16 bytes are 16 MiB, and twice that in a table
/// that is half empty. That is enough for 67 million records of a file that was rejected as a whole.
const WORDS: usize = 1024 * 1024;

/// Records that are named where they are told.
const NAMED: usize = 5;

/// Closes the rejects that a run repairs, where it does, and answers what is to be told of its file.
pub(crate) async fn settle(
    objects: &dyn Objects,
    rejects: &dyn Rejects,
    run: &Run,
    manifest: &Manifest,
) -> Result<Vec<Problem>, Error> {
    let ends = (manifest.chunks.first(), manifest.chunks.last());
    let (Some(parent), (Some(first), Some(last))) = (run.repairs(), ends) else { return Ok(Vec::new()) };
    let Bound { repair_reader: Some(repair_reader), .. } = run.bind(objects, manifest.header).await? else {
        return Ok(Vec::new());
    };
    let start = Position { offset: first.start, line: first.first_line, record: first.first_record };
    let mut rows = run.records_from(objects, start, last.end).await?;
    let mut seen = Seen::default();
    let mut batch = Vec::with_capacity(BATCH);
    while rows.advance().await? {
        let row = rows.record();
        let Some(record) = repair_reader.record_of(&row) else { continue };
        seen.see(record, repair_reader.is_raw(&row));
        batch.push(record);
        if batch.len() == BATCH {
            rejects.close(parent, &batch, &run.document.run_id).await?;
            batch.clear();
        }
    }
    rejects.close(parent, &batch, &run.document.run_id).await?;
    Ok(seen.told())
}

/// Which records a file has.
#[derive(Default)]
struct Seen {
    /// A bit for each record, by their numbers divided by 64.
    words: HashMap<u64, u64>,
    /// How many rows are about a record that another row before them is about.
    again: u64,
    /// The first of these records.
    named: Vec<u64>,
    /// The record that the row before is about, where it stands in `_raw`.
    last_raw: Option<u64>,
    /// How many rows could not be looked at, because there are too many of them.
    beyond: u64,
}

impl Seen {
    /// A record that broken quotes had swallowed others in comes back as several, in `_raw` of rows that follow each
    /// other: that is what a repair of it looks like, and no repetition.
    fn see(&mut self, record: u64, is_raw: bool) {
        let before = std::mem::replace(&mut self.last_raw, is_raw.then_some(record));
        if is_raw && before == Some(record) {
            return;
        }
        let (word, bit) = (record / 64, 1 << (record % 64));
        if self.words.len() >= WORDS && !self.words.contains_key(&word) {
            self.beyond += 1;
            return;
        }
        let bits = self.words.entry(word).or_default();
        if *bits & bit == 0 {
            *bits |= bit;
            return;
        }
        self.again += 1;
        if self.named.len() < NAMED && !self.named.contains(&record) {
            self.named.push(record);
        }
    }

    fn told(self) -> Vec<Problem> {
        let mut told = Vec::new();
        let mut tell = |message| told.push(Problem::new(Stage::Import, Code::RepeatedRecord, message));
        if self.again > 0 {
            let named: Vec<String> = self.named.iter().map(ToString::to_string).collect();
            let rows = if self.again == 1 { "row is" } else { "rows are" };
            let (again, named) = (self.again, named.join(", "));
            tell(format!(
                "{again} {rows} about a record that a row before is about, such as record {named}: each is taken for a \
                 record of its own"
            ));
        }
        if self.beyond > 0 {
            let beyond = self.beyond;
            tell(format!(
                "whether another {beyond} rows are about records of rows before was not looked at: they are too many"
            ));
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_twice_is_told_with_the_first_of_it() {
        let mut seen = Seen::default();
        for record in [1, 64, 128, 64, 65, 2, 64] {
            seen.see(record, false);
        }
        // Parts of one record, then a row that repeats it.
        for is_raw in [true, true, false] {
            seen.see(7, is_raw);
        }
        let told: Vec<String> = seen.told().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "[repeated-record] 3 rows are about a record that a row before is about, such as record 64, 7: each is taken for a \
              record of its own"
            ]
        );
        assert!(Seen::default().told().is_empty());
    }

    #[test]
    fn memory_is_bounded_and_says_so() {
        let mut seen = Seen::default();
        for record in 0..=WORDS as u64 {
            seen.see(record * 64, false);
        }
        assert_eq!(seen.words.len(), WORDS);
        assert_eq!(seen.told().len(), 1);
    }
}
