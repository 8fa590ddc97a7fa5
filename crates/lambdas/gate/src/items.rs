//! Counts the records of items that lose.
//!
//! The hashes know an item by its first record. How many records it has is in its row, which is read again, but only in chunks with
//! losers, and only if the feed has groups.

use std::collections::BTreeMap;

use sluice_contract::documents::Part;
use sluice_contract::{Chunk, Loser, RunId, keys, loser};
use sluice_engine::feed::FeedPlan;
use sluice_engine::group::RecordNumbers;
use sluice_engine::record::Record;
use sluice_platform::Fault;
use sluice_platform::documents::read_all;
use sluice_platform::objects::Objects;
use sluice_platform::records::Records;

use crate::duplicates::LoserCounts;
use crate::losers::Count;

/// Counts the losers of all chunks in records. `valid` are the objects of valid records of each chunk.
pub(crate) async fn in_records(
    objects: &dyn Objects,
    run: &RunId,
    chunks: &[Chunk],
    valid: &[[Part; 2]],
    plan: &FeedPlan,
) -> Result<LoserCounts, Fault> {
    let mut count = Count::of(plan);
    for (chunk, parts) in chunks.iter().zip(valid) {
        let key = keys::losers(run, chunk.chunk);
        let bytes = read_all(objects, &key, None).await?;
        let corrupt = |found| Fault::Corrupt { what: format!("object {key}"), found };
        let losers: Vec<Loser> = loser::unseal(&key, &bytes).map_err(corrupt)?.iter().map(Loser::from_bytes).collect();
        if losers.is_empty() {
            continue;
        }
        let mut records: BTreeMap<u64, u64> = losers.iter().map(|loser| (loser.record, 1)).collect();
        for part in parts.iter().filter(|part| part.records > 0) {
            let mut rows = Records::written(objects, part).await?;
            rows.advance().await?;
            while rows.advance().await? {
                let corrupt =
                    || Fault::Corrupt { what: format!("object {}", part.key), found: "a row is no item".to_owned() };
                let (first, others) = item(&rows.record()).ok_or_else(corrupt)?;
                if let Some(records) = records.get_mut(&first) {
                    *records += others.len();
                }
            }
        }
        for loser in losers {
            count.take(loser, records.get(&loser.record).copied().unwrap_or(1));
        }
    }
    Ok(count.finish())
}

/// The first record of the item in a row, and the numbers of the others.
fn item(row: &Record<'_>) -> Option<(u64, RecordNumbers)> {
    let cell = |at| std::str::from_utf8(row.get(at)?).ok();
    Some((cell(0)?.parse().ok()?, cell(1)?.parse().ok()?))
}
