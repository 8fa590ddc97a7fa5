//! Contradictions between the documents of a run. Any of them means that the numbers do not add up, and the
//! run is INCONSISTENT.
//!
//! Each sentence names the chunk with its records and both conflicting numbers, because people read it in a
//! mail.

use crate::Chunk;
use crate::documents::{CheckOutcome, ImportCounts, ImportOutcome, Manifest, Part};

impl Manifest {
    /// Contradictions of the chunks, which must cover each record of the file exactly once.
    #[must_use]
    pub fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut next = 1;
        for chunk in &self.chunks {
            if chunk.first_record != next {
                found.push(format!(
                    "{}: it begins with record {}, but the one before ends with record {}",
                    name(chunk),
                    chunk.first_record,
                    next - 1
                ));
            }
            next = chunk.first_record.saturating_add(chunk.records);
        }
        let held: u64 = self.chunks.iter().map(|chunk| chunk.records).sum();
        if held != self.records {
            found.push(format!("the file: it has {} records, but its chunks hold {held}", self.records));
        }
        found
    }
}

impl CheckOutcome {
    /// Contradictions between the outcome of a chunk and the manifest, or within it.
    #[must_use]
    pub fn contradictions(&self, chunk: &Chunk) -> Vec<String> {
        let (Self { read, valid, rejected, .. }, omitted) = (self, self.omitted.records());
        let mut found = Contradictions { chunk, sentences: Vec::new() };
        found.holds(self.chunk == chunk.chunk && self.first_record == chunk.first_record, || {
            format!("its outcome is that of chunk {}, which begins with record {}", self.chunk, self.first_record)
        });
        found.holds(*read == chunk.records, || {
            format!("the file has {} records there, but {read} were checked", chunk.records)
        });
        found.holds(*read == valid.saturating_add(*rejected).saturating_add(omitted), || {
            format!("{read} records were checked, but {valid} are valid, {rejected} rejected and {omitted} omitted")
        });
        let written = self.valid_parts().iter().map(|part| part.records).fold(0, u64::saturating_add);
        let items = self.valid_items();
        found.holds(items == written, || {
            format!("{items} {} are valid, but {written} were written for the import", things(self.items))
        });
        let written = self.rejects.records;
        found.holds(*rejected == written, || {
            format!(
                "{rejected} records were rejected when they were checked, but {written} were written to its rejects"
            )
        });
        found.sentences
    }
}

impl ImportOutcome {
    /// Contradictions between the outcomes of importing and of checking a chunk, or within it.
    #[must_use]
    pub fn contradictions(&self, chunk: &Chunk, check: &CheckOutcome) -> Vec<String> {
        let ImportCounts {
            read,
            imported,
            unchanged,
            duplicate,
            stale,
            left,
            deleted,
            rejected,
            rejected_by_gate,
            items,
        } = self.counts;
        let mut found = Contradictions { chunk, sentences: Vec::new() };
        found.holds(self.chunk == chunk.chunk, || format!("its outcome is that of chunk {}", self.chunk));
        let valid = check.valid;
        found.holds(read == valid, || format!("{valid} records are valid, but {read} reached the import"));
        let outcomes = [imported, unchanged, duplicate, stale, left, deleted, rejected];
        let accounted = outcomes.into_iter().fold(0, u64::saturating_add);
        found.holds(read == accounted, || {
            format!("{read} records reached the import, but {accounted} are accounted for")
        });
        let (held, written) = (self.counts.held_items(), records(&self.imported));
        found.holds(held == written, || {
            let things = things(items);
            format!("the table holds {held} {things} of it, but {written} were written to its part of imported.csv")
        });
        let written = records(&self.rejects);
        found.holds(rejected == written, || {
            format!(
                "{rejected} records were rejected when they were imported, but {written} were written to its rejects"
            )
        });
        found.holds(rejected_by_gate <= rejected, || {
            format!("{rejected_by_gate} records were rejected by the gate, but only {rejected} in all")
        });
        found.sentences
    }
}

/// What a number counts, which is given if items are counted apart.
fn things(items: Option<u64>) -> &'static str {
    if items.is_some() { "items" } else { "records" }
}

fn records(parts: &[Part]) -> u64 {
    parts.iter().map(|part| part.records).fold(0, u64::saturating_add)
}

/// Collects the contradictions of a chunk.
struct Contradictions<'a> {
    chunk: &'a Chunk,
    sentences: Vec<String>,
}

impl Contradictions<'_> {
    fn holds(&mut self, holds: bool, sentence: impl FnOnce() -> String) {
        if !holds {
            self.sentences.push(format!("{}: {}", name(self.chunk), sentence()));
        }
    }
}

/// A chunk with its records according to the manifest.
fn name(Chunk { chunk, first_record, records, .. }: &Chunk) -> String {
    match records {
        0 => format!("chunk {chunk} (no records)"),
        1 => format!("chunk {chunk} (record {first_record})"),
        _ => format!("chunk {chunk} (records {first_record} to {})", first_record.saturating_add(records - 1)),
    }
}

#[cfg(test)]
mod tests;
