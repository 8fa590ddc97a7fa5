//! Closes the rejects that a repair has read again.
//!
//! It closes every record of the repair in the index, whatever its outcome: a record that was rejected again is now a reject of this
//! run, with its current problems. It reads the file as a stream, and closes a thousand records at a time. Closing a record twice
//! changes nothing, so this can be killed anywhere and called again.

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

/// Most words of 64 bits in [`Seen`]: 1,048,576 × 16 bytes are 16 MiB, or twice that in a half-empty table. That is enough for 67
/// million consecutive records.
const WORDS: usize = 1024 * 1024;

/// Repeated records that a note names.
const NAMED: usize = 5;

/// Closes the rejects that a run repairs, and returns notes about records that its file repeats. Does nothing if the run is no
/// repair.
pub(crate) async fn settle(
    objects: &dyn Objects,
    rejects: &dyn Rejects,
    run: &Run,
    manifest: &Manifest,
) -> Result<Vec<Problem>, Error> {
    let ends = (manifest.chunks.first(), manifest.chunks.last());
    let (Some(parent), (Some(first), Some(last))) = (run.repairs(), ends) else { return Ok(Vec::new()) };
    let Bound { row_reader, .. } = run.bind(objects, manifest.header).await?;
    let Some(repair_reader) = row_reader.as_ref().and_then(|reader| reader.repair()) else { return Ok(Vec::new()) };
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
    Ok(seen.notes())
}

/// The records that a repair has, to find those that it repeats.
#[derive(Default)]
struct Seen {
    /// A bit for each record. The key is the record number divided by 64.
    words: HashMap<u64, u64>,
    /// Rows about a record that has an earlier row.
    again: u64,
    /// The first of these records.
    named: Vec<u64>,
    /// The record of the previous row, if that row has it in `_raw`.
    last_raw: Option<u64>,
    /// Rows that were not compared, because `words` is full.
    beyond: u64,
}

impl Seen {
    /// Notes the record of a row. Broken quotes can join several records into one reject; its repair has them in `_raw` of consecutive
    /// rows with the same number. That is no repetition.
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

    /// A note for the repeated records, and one for the rows that were not compared.
    fn notes(self) -> Vec<Problem> {
        let mut notes = Vec::new();
        let mut note = |message| notes.push(Problem::new(Stage::Import, Code::RepeatedRecord, message));
        if self.again > 0 {
            let named: Vec<String> = self.named.iter().map(ToString::to_string).collect();
            let rows = if self.again == 1 { "row is" } else { "rows are" };
            let (again, named) = (self.again, named.join(", "));
            note(format!(
                "{again} {rows} about a record that a row before is about, such as record {named}: each is taken for a \
                 record of its own"
            ));
        }
        if self.beyond > 0 {
            let beyond = self.beyond;
            note(format!(
                "whether another {beyond} rows are about records of rows before was not looked at: they are too many"
            ));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_records_are_noted_with_the_first_of_them() {
        let mut seen = Seen::default();
        for record in [1, 64, 128, 64, 65, 2, 64] {
            seen.see(record, false);
        }
        // Parts of one record, then a row that repeats it.
        for is_raw in [true, true, false] {
            seen.see(7, is_raw);
        }
        let notes: Vec<String> = seen.notes().iter().map(ToString::to_string).collect();
        assert_eq!(
            notes,
            [
                "[repeated-record] 3 rows are about a record that a row before is about, such as record 64, 7: each is taken for a \
              record of its own"
            ]
        );
        assert!(Seen::default().notes().is_empty());
    }

    #[test]
    fn memory_is_bounded_and_says_so() {
        let mut seen = Seen::default();
        for record in 0..=WORDS as u64 {
            seen.see(record * 64, false);
        }
        assert_eq!(seen.words.len(), WORDS);
        assert_eq!(seen.notes().len(), 1);
    }
}
