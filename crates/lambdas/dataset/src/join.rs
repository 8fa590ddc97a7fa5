//! What the steps of a join share: the pinned input, the keys of rows, and where things lie.

use sluice_contract::documents::{Generation, JoinDocument, JoinedRows};
use sluice_contract::keys;
use sluice_engine::dataset::{DatasetPlan, MemberPlan, Place};
use sluice_platform::Fault;
use sluice_platform::datasets::DatasetError;
use sluice_platform::documents::{find_json, put_json_once, read_json};
use sluice_platform::objects::Objects;

use crate::spill::SpillWriter;
use crate::{Deps, Error};

/// The step that sorts, in keys.
pub(crate) const SORT: &str = "sort";
/// The step that links, in keys.
pub(crate) const LINK: &str = "link";
/// The step that merges, in keys.
pub(crate) const MERGE: &str = "merge";

/// Where the number of the run begins in a position: a record has a number of 48 bits, so a file has up to 2.8 x 10^14.
const RUN_AT: u32 = 48;

/// A pinned join.
pub(crate) struct Join {
    pub(crate) document: JoinDocument,
    pub(crate) plan: DatasetPlan,
}

impl Join {
    /// Reads the pinned input of a join.
    pub(crate) async fn load(objects: &dyn Objects, of: &Generation) -> Result<Self, Error> {
        Self::of(read_json(objects, &keys::join_document(of)).await?)
    }

    /// The join with this pinned input.
    pub(crate) fn of(document: JoinDocument) -> Result<Self, Error> {
        let plan = DatasetPlan::from_yaml(&document.dataset_yaml).map_err(DatasetError::Problems)?;
        Ok(Self { document, plan })
    }

    /// A member, by its index.
    pub(crate) fn member(&self, member: u32) -> Result<&MemberPlan, Error> {
        let unknown = || Error::Input(format!("the dataset has no member {member}"));
        self.plan.members.get(member as usize).ok_or_else(unknown)
    }

    /// The object that a call writes.
    pub(crate) fn object(
        &self,
        (step, member, partition): At,
        name: &'static str,
    ) -> impl Fn(usize) -> String + Send + Sync + use<> {
        let of = self.document.of.clone();
        move |number| keys::join_object(&of, step, member, partition, name, number)
    }

    /// A writer of rows that are sorted by hashes.
    pub(crate) fn by_hash<'a>(&self, deps: &'a Deps, at: At, name: &'static str) -> SpillWriter<'a> {
        let partitions = self.document.partitions;
        SpillWriter::new(&*deps.objects, deps.config.buffer, self.object(at, name), partitions, move |key| {
            // Hashes are spread evenly, so equal parts of their range have about as many of them.
            let first = key.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
            u32::try_from((u64::from(first) * u64::from(partitions)) >> 32).unwrap_or(0)
        })
    }

    /// A writer of rows that are sorted by their places. `records` is the number of records in the base file of the root.
    pub(crate) fn by_place<'a>(&self, deps: &'a Deps, at: At, records: u64) -> SpillWriter<'a> {
        let partitions = self.document.partitions;
        SpillWriter::new(&*deps.objects, deps.config.buffer, self.object(at, "placed"), partitions, move |place| {
            let (run, record) = split(Place::root_position(place));
            // Repairs come after the base file.
            let part = record.saturating_mul(u64::from(partitions)) / records.saturating_add(1);
            if run == 0 { u32::try_from(part).unwrap_or(u32::MAX) } else { u32::MAX }
        })
    }
}

/// A call: the step, the member and the partition.
pub(crate) type At = (&'static str, u32, u32);

/// The position of a record in the files of its member: the number of the run, and that of the record.
pub(crate) fn position(run: usize, record: u64) -> u64 {
    (run as u64) << RUN_AT | record
}

/// The number of the run, and that of the record.
pub(crate) fn split(position: u64) -> (usize, u64) {
    (usize::try_from(position >> RUN_AT).unwrap_or(usize::MAX), position & ((1 << RUN_AT) - 1))
}

/// A key of rows that are sorted by a hash, and then by position.
pub(crate) fn hash_key(hash: u128, position: u64) -> [u8; 24] {
    let mut key = [0; 24];
    key[..16].copy_from_slice(&hash.to_be_bytes());
    key[16..].copy_from_slice(&position.to_be_bytes());
    key
}

/// The hash in such a key.
pub(crate) fn hash_of(key: &[u8]) -> u128 {
    key.first_chunk().map_or(0, |bytes| u128::from_be_bytes(*bytes))
}

/// The position at the end of such a key, or of a place.
pub(crate) fn position_of(key: &[u8]) -> u64 {
    key.last_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// What an earlier call wrote, if it came to its end.
pub(crate) async fn done(
    deps: &Deps,
    of: &Generation,
    (step, member, partition): At,
) -> Result<Option<JoinedRows>, Fault> {
    find_json(&*deps.objects, &keys::join_step(of, step, member, partition)).await
}

/// Notes what a call wrote, last and once.
pub(crate) async fn note(
    deps: &Deps,
    of: &Generation,
    (step, member, partition): At,
    rows: &JoinedRows,
) -> Result<(), Fault> {
    put_json_once(&*deps.objects, &keys::join_step(of, step, member, partition), rows).await.map(drop)
}

/// Reads what a call wrote.
pub(crate) async fn read(deps: &Deps, of: &Generation, (step, member, partition): At) -> Result<JoinedRows, Fault> {
    read_json(&*deps.objects, &keys::join_step(of, step, member, partition)).await
}
