//! Writes valid records of a chunk, and the hashes of their keys. Both steps that check records use it, so their rows are alike.

use sluice_contract::KeyEntry;
use sluice_contract::documents::{Part, ValidRecords};
use sluice_engine::feed::FeedPlan;
use sluice_engine::group::RecordNumbers;
use sluice_engine::record::Rows;
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
    /// The number of records, if several may be an item.
    records: Option<u64>,
    /// What the records refer to in the same file: a row for each that refers to something, with a cell for each reference. `None` for a
    /// feed without references to itself.
    references: Option<RowWriter<'a>>,
}

/// The keys of the objects for rows, for hashes, and for references.
pub type ValidKeys = [String; 3];

impl<'a> ValidWriter<'a> {
    /// Begins the records of a feed.
    #[must_use]
    pub fn new(objects: &'a dyn Objects, plan: &'a FeedPlan, [rows, hashes, references]: ValidKeys) -> Self {
        let header = plan.leading().iter().copied().chain(plan.fields.iter().map(|field| field.name.as_str()));
        let header = header.chain(plan.import.delete.as_ref().map(|_| DELETES));
        let references = (!plan.own_references.is_empty()).then(|| {
            let names = (1..=plan.own_references.len()).map(|number| number.to_string());
            RowWriter::new(objects, references, ["_record".to_owned()].into_iter().chain(names))
        });
        let records = plan.group.is_some().then_some(0);
        let (rows, hashes) = (RowWriter::new(objects, rows, header), KeyBlocks::new(objects, hashes));
        Self { plan, rows, hashes, records, references }
    }

    /// Adds a record. When a buffer is full, the caller must soon call [`ValidWriter::flush`], or memory grows.
    #[inline]
    pub fn add<T: Texts + ?Sized>(&mut self, record: u64, judged: &Judged<'_, T>) {
        self.add_hashes(record, judged);
        self.rows.row(|row| {
            row.number(record);
            write(self.plan, row, judged);
        });
    }

    /// Adds an item of the records `first` and `others`, as [`ValidWriter::add`] does.
    pub fn add_item<T: Texts + ?Sized>(&mut self, first: u64, others: &RecordNumbers, judged: &Judged<'_, T>) {
        self.add_hashes(first, judged);
        self.records = self.records.map(|records| records + 1 + others.len());
        self.rows.row(|row| {
            row.number(first);
            row.cell(others.to_string());
            write(self.plan, row, judged);
        });
    }

    #[inline]
    fn add_hashes<T: Texts + ?Sized>(&mut self, record: u64, judged: &Judged<'_, T>) {
        // A record that deletes says nothing but its key.
        let unique = if judged.deletes() { &[][..] } else { &self.plan.unique };
        for (set, unique) in (0..).zip(unique) {
            if let Some(hash) = unique.hash_by(|field| judged.text(field)) {
                self.hashes.add(KeyEntry { set, hash, record });
            }
        }
        if self.plan.import.key.is_empty() {
            return;
        }
        let hash = self.plan.key_hash(|field| judged.text(field));
        self.hashes.add(KeyEntry { set: KeyEntry::KEY, hash, record });
        if self.references.is_some() {
            self.add_references(record, hash, judged);
        }
    }

    /// Adds what a record refers to in the same file, and whether it deletes the item of its key, which has this hash.
    #[inline(never)]
    fn add_references<T: Texts + ?Sized>(&mut self, record: u64, key: u128, judged: &Judged<'_, T>) {
        if judged.deletes() {
            self.hashes.add(KeyEntry::deletion(key, record));
            return;
        }
        let own = &self.plan.own_references;
        let mut refers = false;
        for (index, reference) in (0..).zip(own) {
            if let Some(hash) = reference.hash(|field| judged.text(field)) {
                self.hashes.add(KeyEntry::reference(index, hash, record));
                refers = true;
            }
        }
        if let (true, Some(references)) = (refers, &mut self.references) {
            references.row(|row| {
                row.number(record);
                let texts = own.iter().flat_map(|reference| &reference.key).map(|key| judged.text(key.field));
                texts.for_each(|text| row.cell(text));
            });
        }
    }

    /// Whether a buffer is full.
    #[inline]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.hashes.is_full() || self.rows.is_full() || self.references.as_ref().is_some_and(RowWriter::is_full)
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
        match &mut self.references {
            Some(references) if references.is_full() => references.flush().await,
            _ => Ok(()),
        }
    }

    /// Completes the objects and describes them.
    ///
    /// # Errors
    /// If they cannot be completed.
    pub async fn finish(self) -> Result<ValidRecords, Fault> {
        let rows = self.rows.finish().await?;
        let references = match self.references {
            Some(references) => references.finish().await?,
            None => Part::default(),
        };
        Ok(ValidRecords { rows, records: self.records, keys: self.hashes.finish().await?, references })
    }
}

/// Writes the fields of a record and, if the feed deletes, whether it does.
#[inline]
fn write<T: Texts + ?Sized>(plan: &FeedPlan, row: &mut Rows, judged: &Judged<'_, T>) {
    judged.write(row);
    if plan.import.delete.is_some() {
        row.cell(if judged.deletes() { "1" } else { "" });
    }
}
