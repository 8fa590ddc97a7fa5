//! The keys of datasets and of their joins.

use sluice_engine::dataset::SetKey;
use sluice_engine::feed::FeedName;

use super::{INBOX, parse_upload};
use crate::RunId;
use crate::documents::Generation;

/// The folder of the datasets.
pub const DATASETS: &str = "datasets/";

/// A dataset as its author wrote it.
#[must_use]
pub fn dataset(dataset: &FeedName) -> String {
    format!("{DATASETS}{dataset}.yaml")
}

/// The name in the key of a dataset; `None` for another key.
#[must_use]
pub fn parse_dataset(key: &str) -> Option<&str> {
    key.strip_prefix(DATASETS)?.strip_suffix(".yaml").filter(|name| !name.is_empty() && !name.contains('/'))
}

/// What a join needs of a run.
#[must_use]
pub fn member(run: &RunId) -> String {
    format!("members/{run}.json")
}

/// The folder of the intermediate objects of a join, which expire as those of runs do.
#[must_use]
pub fn join(of: &Generation) -> String {
    format!("joins/{}/{}/{}/", of.dataset, of.set, of.generation)
}

/// The pinned input of a join.
#[must_use]
pub fn join_document(of: &Generation) -> String {
    format!("{}join.json", join(of))
}

/// What the call for a member or a partition wrote.
#[must_use]
pub fn join_step(of: &Generation, step: &str, member: u32, partition: u32) -> String {
    format!("{}{step}/{member:03}-{partition:03}.json", join(of))
}

/// An object that such a call wrote.
#[must_use]
pub fn join_object(of: &Generation, step: &str, member: u32, partition: u32, object: &str, number: usize) -> String {
    format!("{}{step}/{member:03}-{partition:03}-{object}-{number:06}", join(of))
}

/// The whole joined file, and the orphans as JSON Lines, before they are put into the inbox.
#[must_use]
pub fn join_file(of: &Generation, file: &str) -> String {
    format!("{}{file}", join(of))
}

/// Marks that a joined file came to the inbox of a feed and was moved on; names the run that did it.
#[must_use]
pub fn join_taken(of: &Generation, feed: &FeedName) -> String {
    format!("{}taken-{feed}.json", join(of))
}

/// Marks that people were told how a join ended.
#[must_use]
pub fn join_told(of: &Generation) -> String {
    format!("{}told.json", join(of))
}

/// Longest key of an upload that can be an offer, in bytes: a feed, a dataset, a set and a generation with their separators have at most
/// 6 + 40 + 1 + 40 + 1 + 64 + 1 + 20 + 6.
const MAX_OFFER: usize = 179;

/// The offer under which a join puts a file into the inbox; `None` for a key that no join uses.
#[must_use]
pub fn offer(upload_key: &str) -> Option<String> {
    let file = parse_upload(upload_key)?.file;
    let may_be = upload_key.len() <= MAX_OFFER && !file.contains('/') && file.strip_suffix(".jsonl").is_some();
    may_be.then(|| format!("offers/{upload_key}.json"))
}

/// The upload of a joined file. No two generations have the same.
#[must_use]
pub fn joined_upload(feed: &FeedName, of: &Generation) -> String {
    // A set with hyphens could look like a part of the dataset's name, which has no underscore.
    let after = if of.set.as_str().contains('-') { '_' } else { '-' };
    format!("{INBOX}{feed}/{}{after}{}-{}.jsonl", of.dataset, of.set, of.generation)
}

/// A file of the output of a join: [`ORPHANS_CSV`] or [`REPORT_JSON`].
#[must_use]
pub fn join_output(of: &Generation, file: &str) -> String {
    format!("output/datasets/{}/{}/{}/{file}", of.dataset, of.set, of.generation)
}

/// Every row that is in no joined record, with its reason.
pub const ORPHANS_CSV: &str = "orphans.csv";

/// Longest name of an execution, in characters.
const MAX_EXECUTION: usize = 80;

/// The name of the execution of a join in an attempt, from 1: `<dataset>-<set>-<generation>`. No two generations have the same.
#[must_use]
pub fn join_execution(of: &Generation, attempt: u32) -> String {
    let again = if attempt > 1 { format!("_{attempt}") } else { String::new() };
    let name = |set: &str| format!("{}-{set}-{}{again}", of.dataset, of.generation);
    let plain = name(of.set.as_str());
    // A set with other characters could look like a part of the dataset's name, or of the attempt.
    let is_plain = of.set.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain && plain.len() <= MAX_EXECUTION { plain } else { name(&short(&of.set)) }
}

/// A hash of a set: letters and digits, with an underscore that no other set's name has there.
fn short(set: &SetKey) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(set.as_str().as_bytes())
        .iter()
        .take(8)
        .fold("_".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}
