//! Sets of datasets: which files of a set are there, and what became of them.

mod dynamo;
mod entry;
mod files;
mod load;
mod memory;

use async_trait::async_trait;
use sluice_engine::dataset::SetKey;
use sluice_engine::feed::FeedName;

pub use dynamo::DynamoDatasets;
pub use entry::{Ended, Filled, JoinEnding, RepairRun, RunNote, SetEntry, SetState, Slot};
pub use files::FileDatasets;
pub use load::{DatasetError, LoadedDataset, list, load};
pub use memory::MemoryDatasets;

use crate::Fault;

/// The table of sets: an entry for each set of each dataset.
///
/// All changes are made to an entry in memory, and stored on the condition that nobody has changed it in the meantime. So two calls that
/// complete a set at once are one after the other.
#[async_trait]
pub trait Datasets: Send + Sync {
    /// The entry of a set; `None` if it is unknown. Strongly consistent.
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn get(&self, dataset: &FeedName, set: &SetKey) -> Result<Option<SetEntry>, Fault>;

    /// Stores an entry with the next version, if the stored one still has the version of this one; version 0 means that there is none.
    /// Returns whether it was stored.
    ///
    /// # Errors
    /// If the table cannot be written.
    async fn put(&self, entry: &SetEntry) -> Result<bool, Fault>;

    /// A page of the entries of a dataset, by set. `from` is the `next` of the previous page.
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn page(&self, dataset: &FeedName, from: Option<&str>) -> Result<SetPage, Fault>;
}

/// A page of entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetPage {
    /// The entries.
    pub sets: Vec<SetEntry>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<String>,
}

impl SetPage {
    /// A page of these entries, which are sorted by set.
    fn of(mut sets: Vec<SetEntry>, from: Option<&str>, page: usize) -> Self {
        sets.retain(|entry| from.is_none_or(|from| entry.set.as_str() > from));
        let next = (sets.len() > page).then(|| sets[page - 1].set.to_string());
        sets.truncate(page);
        Self { sets, next }
    }
}

/// How often a change is tried if others change the same entry at the same time.
const TRIES: usize = 50;

/// Changes an entry: `change` is given the entry as it is, and returns whether it changed it. Returns the entry as it is stored then, and
/// whether this call changed it. A change must be one that changes nothing when it is repeated.
///
/// # Errors
/// If the table cannot be read or written, or if others always changed the entry first.
pub async fn change(
    datasets: &dyn Datasets,
    new: impl Fn() -> SetEntry,
    mut change: impl FnMut(&mut SetEntry) -> bool,
) -> Result<(SetEntry, bool), Fault> {
    let empty = new();
    for _ in 0..TRIES {
        let mut entry = datasets.get(&empty.dataset, &empty.set).await?.unwrap_or_else(&new);
        if !change(&mut entry) {
            return Ok((entry, false));
        }
        if datasets.put(&entry).await? {
            entry.version += 1;
            return Ok((entry, true));
        }
    }
    let what = format!("change the set {} of the dataset {}", empty.set, empty.dataset);
    Err(Fault::Transient { what, source: "others change it all the time".into() })
}
