//! Writes valid records of a chunk, and the hashes of their keys. Both steps that check records use it, so their rows are alike.

use sluice_contract::KeyEntry;
use sluice_contract::documents::ValidRecords;
use sluice_engine::feed::FeedPlan;
use sluice_engine::validate::{Judged, Texts};

use crate::Fault;
use crate::key_blocks::KeyBlocks;
use crate::objects::Objects;
use crate::row_writer::RowWriter;

/// The column after the fields, in the rows of a feed that deletes items: whether the record does.
pub const DELETES: &str = "_deletes";

/// Writes valid records. Without a record there are no objects.
pub struct ValidWriter<'a> {
    plan: &'a FeedPlan,
    rows: RowWriter<'a>,
    hashes: KeyBlocks<'a>,
}

impl<'a> ValidWriter<'a> {
    /// Begins the records of a feed, with the keys of the object for rows and of that for hashes.
    #[must_use]
    pub fn new(objects: &'a dyn Objects, plan: &'a FeedPlan, rows: String, hashes: String) -> Self {
        let header = ["_record"].into_iter().chain(plan.fields.iter().map(|field| field.name.as_str()));
        let header = header.chain(plan.import.delete.as_ref().map(|_| DELETES));
        Self { plan, rows: RowWriter::new(objects, rows, header), hashes: KeyBlocks::new(objects, hashes) }
    }

    /// Adds a record. When a buffer is full, the caller must soon call [`ValidWriter::flush`], or memory grows.
    #[inline]
    pub fn add<T: Texts + ?Sized>(&mut self, record: u64, judged: &Judged<'_, T>) {
        // A record that deletes says nothing but its key.
        let unique = if judged.deletes() { &[][..] } else { &self.plan.unique };
        for (set, unique) in (0..).zip(unique) {
            if let Some(hash) = unique.hash_by(|field| judged.text(field)) {
                self.hashes.add(KeyEntry { set, hash, record });
            }
        }
        let hash = self.plan.key_hash(|field| judged.text(field));
        self.hashes.add(KeyEntry { set: KeyEntry::KEY, hash, record });
        self.rows.row(|row| {
            row.number(record);
            judged.write(row);
            if self.plan.import.delete.is_some() {
                row.cell(if judged.deletes() { "1" } else { "" });
            }
        });
    }

    /// Whether a buffer is full.
    #[inline]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.hashes.is_full() || self.rows.is_full()
    }

    /// Writes what is full.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn flush(&mut self) -> Result<(), Fault> {
        if self.hashes.is_full() {
            self.hashes.flush().await?;
        }
        if self.rows.is_full() {
            self.rows.flush().await?;
        }
        Ok(())
    }

    /// Completes the objects and describes them.
    ///
    /// # Errors
    /// If they cannot be completed.
    pub async fn finish(self) -> Result<ValidRecords, Fault> {
        let rows = self.rows.finish().await?;
        Ok(ValidRecords { rows, keys: self.hashes.finish().await? })
    }
}
