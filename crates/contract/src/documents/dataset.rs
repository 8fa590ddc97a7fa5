//! The documents of datasets, below `joins/`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_engine::checksum::Checksum;
use sluice_engine::dataset::SetKey;
use sluice_engine::feed::{FeedFiles, FeedName};

use crate::documents::{Part, Version};
use crate::{Order, RunId};

/// A generation of a set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    /// The dataset.
    pub dataset: FeedName,
    /// The set.
    pub set: SetKey,
    /// The number of the generation, from 1.
    pub generation: u64,
}

/// `members/<run>.json`: what a join needs of a run, also when the run's own documents have expired. Written once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// The name of the feed.
    pub feed: FeedName,
    /// The text of the feed when the run began.
    pub feed_yaml: String,
    /// The files beside the feed.
    #[serde(default, skip_serializing_if = "FeedFiles::is_empty")]
    pub feed_files: FeedFiles,
    /// The name of its file.
    pub file: String,
    /// How many records its file has.
    pub read: u64,
    /// The winners of the file that the sink holds.
    pub imported: Part,
    /// The winners of the file that the sink does not hold: `stale` or `left`.
    pub overtaken: Part,
}

/// `joins/<dataset>/<set>/<generation>/join.json`: the pinned input of a join. Written once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinDocument {
    /// Version of this format.
    pub version: Version,
    /// The generation.
    pub of: Generation,
    /// The text of the dataset when the join began.
    pub dataset_yaml: String,
    /// The join's only clock: when the generation began. RFC 3339, UTC.
    pub as_of: String,
    /// The place of the set among others.
    pub place: String,
    /// The newest order of its members.
    pub newest: Order,
    /// The longest joined record in bytes.
    pub max_record_bytes: u64,
    /// The number of partitions of each level and of the output.
    pub partitions: u32,
    /// The members, in the order of the checked dataset.
    pub members: Vec<JoinMember>,
}

/// The runs of a member: the base run, and then its repairs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinMember {
    /// The name of the member.
    pub name: String,
    /// The runs, each with a [`MemberDocument`].
    pub runs: Vec<RunId>,
}

/// What a step of a join wrote, once and last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinedRows {
    /// Version of this format.
    pub version: Version,
    /// Rows with their places, sorted by place: a block of each partition of the output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placed: Vec<Spill>,
    /// Rows with the hashes of their parents' keys, sorted by them: a block of each partition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unplaced: Vec<Spill>,
    /// The hashes of keys with the places of their records, sorted by hash: a block of each partition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Spill>,
    /// Rows that are in no joined record.
    #[serde(default, skip_serializing_if = "Part::is_nothing")]
    pub orphans: Part,
    /// The same as JSON Lines.
    #[serde(default, skip_serializing_if = "Part::is_nothing")]
    pub orphan_lines: Part,
    /// The joined records.
    #[serde(default, skip_serializing_if = "Part::is_nothing")]
    pub joined: Part,
    /// The checksum of the joined records.
    #[serde(default)]
    pub joined_sum: Checksum,
    /// The checksum of the orphans as JSON Lines.
    #[serde(default)]
    pub orphan_sum: Checksum,
    /// The numbers.
    #[serde(default)]
    pub counts: JoinCounts,
}

/// An object with a sorted block for each partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spill {
    /// Key of the object.
    pub key: String,
    /// Its blocks in the order of the partitions, each with its length and checksum.
    pub blocks: Vec<Checksum>,
}

/// The numbers of a join.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinCounts {
    /// The rows of each member.
    #[serde(default)]
    pub rows: BTreeMap<String, u64>,
    /// The rows of each member that are in no joined record, by reason.
    #[serde(default)]
    pub orphans: BTreeMap<String, BTreeMap<String, u64>>,
    /// The joined records.
    #[serde(default)]
    pub joined: u64,
    /// The records of the root that have no children and are left out.
    #[serde(default)]
    pub childless: u64,
}

impl JoinCounts {
    /// The number of rows.
    #[must_use]
    pub fn all_rows(&self) -> u64 {
        self.rows.values().sum()
    }

    /// The number of orphans.
    #[must_use]
    pub fn all_orphans(&self) -> u64 {
        self.orphans.values().flat_map(BTreeMap::values).sum()
    }

    /// Counts an orphan.
    pub fn orphan(&mut self, member: &str, reason: &str) {
        let of_member = match self.orphans.get_mut(member) {
            Some(of_member) => of_member,
            None => self.orphans.entry(member.to_owned()).or_default(),
        };
        match of_member.get_mut(reason) {
            Some(count) => *count += 1,
            None => {
                of_member.insert(reason.to_owned(), 1);
            }
        }
    }
}

impl std::ops::AddAssign<&Self> for JoinCounts {
    fn add_assign(&mut self, other: &Self) {
        for (member, rows) in &other.rows {
            *self.rows.entry(member.clone()).or_default() += rows;
        }
        for (member, reasons) in &other.orphans {
            let of_member = self.orphans.entry(member.clone()).or_default();
            for (reason, count) in reasons {
                *of_member.entry(reason.clone()).or_default() += count;
            }
        }
        self.joined += other.joined;
        self.childless += other.childless;
    }
}

/// `offers/<key of the upload>.json`: a file that a join puts into the inbox, written before the file. `intake` knows by it that an
/// upload with exactly this content is a joined one, and of which order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferDocument {
    /// Version of this format.
    pub version: Version,
    /// The generation.
    pub of: Generation,
    /// The length of the file in bytes.
    pub bytes: u64,
    /// Its CRC64NVME in the notation of S3.
    pub crc64nvme: String,
    /// The place of the set among others.
    pub place: String,
    /// The newest order of its members.
    pub newest: Order,
}

/// `output/datasets/<dataset>/<set>/<generation>/report.json`: which files were joined, and what became of their rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinReport {
    /// Version of this format.
    pub version: Version,
    /// The generation.
    pub of: Generation,
    /// `PUBLISHED` or `STOPPED`.
    pub ended: JoinEnd,
    /// Why it was stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the generation began: RFC 3339, UTC.
    pub as_of: String,
    /// The files of each member.
    pub members: BTreeMap<String, Vec<JoinedFile>>,
    /// The numbers.
    pub counts: JoinCounts,
    /// The keys of the files that were put into the inbox.
    pub offered: Vec<String>,
    /// The key of the orphans; `None` if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orphans: Option<String>,
}

/// A file of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinedFile {
    /// Its run.
    pub run: RunId,
    /// Its name.
    pub file: String,
    /// How many of its records are joined.
    pub winners: u64,
}

/// How a join ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum JoinEnd {
    /// Its file was offered.
    Published,
    /// There are too many orphans: nothing was offered.
    Stopped,
    /// A member has changed in the meantime: nothing was offered.
    Superseded,
    /// Its execution failed, several times: nothing was offered.
    Failed,
}

impl JoinEnd {
    /// The name, as documents have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "PUBLISHED",
            Self::Stopped => "STOPPED",
            Self::Superseded => "SUPERSEDED",
            Self::Failed => "FAILED",
        }
    }
}
