//! Writes valid records of a chunk, and the hashes of their keys. Both steps that check records use it, so their rows are alike.

use sluice_contract::KeyEntry;
use sluice_contract::documents::ValidRecords;
use sluice_engine::feed::FeedPlan;
use sluice_engine::group::RecordNumbers;
use sluice_engine::validate::{Judged, Texts};

use crate::Fault;
use crate::key_blocks::KeyBlocks;
use crate::objects::Objects;
use crate::row_writer::RowWriter;

/// Writes valid records. Without a record there are no objects.
pub struct ValidWriter<'a> {
    plan: &'a FeedPlan,
    rows: RowWriter<'a>,
    hashes: KeyBlocks<'a>,
    /// The number of records, if several may be an item.
    records: Option<u64>,
}

impl<'a> ValidWriter<'a> {
    /// Begins the records of a feed, with the keys of the object for rows and of that for hashes.
    #[must_use]
    pub fn new(objects: &'a dyn Objects, plan: &'a FeedPlan, rows: String, hashes: String) -> Self {
        let header = plan.leading().iter().copied().chain(plan.fields.iter().map(|field| field.name.as_str()));
        let records = plan.group.is_some().then_some(0);
        Self { plan, rows: RowWriter::new(objects, rows, header), hashes: KeyBlocks::new(objects, hashes), records }
    }

    /// Adds a record. When a buffer is full, the caller must soon call [`ValidWriter::flush`], or memory grows.
    #[inline]
    pub fn add<T: Texts + ?Sized>(&mut self, record: u64, judged: &Judged<'_, T>) {
        self.add_hashes(record, judged);
        self.rows.row(|row| {
            row.number(record);
            judged.write(row);
        });
    }

    /// Adds an item of the records `first` and `others`, as [`ValidWriter::add`] does.
    pub fn add_item<T: Texts + ?Sized>(&mut self, first: u64, others: &RecordNumbers, judged: &Judged<'_, T>) {
        self.add_hashes(first, judged);
        self.records = self.records.map(|records| records + 1 + others.len());
        self.rows.row(|row| {
            row.number(first);
            row.cell(others.to_string());
            judged.write(row);
        });
    }

    #[inline]
    fn add_hashes<T: Texts + ?Sized>(&mut self, record: u64, judged: &Judged<'_, T>) {
        for (set, unique) in (0..).zip(&self.plan.unique) {
            if let Some(hash) = unique.hash_by(|field| judged.text(field)) {
                self.hashes.add(KeyEntry { set, hash, record });
            }
        }
        let hash = self.plan.key_hash(|field| judged.text(field));
        self.hashes.add(KeyEntry { set: KeyEntry::KEY, hash, record });
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
        Ok(ValidRecords { rows, records: self.records, keys: self.hashes.finish().await? })
    }
}
