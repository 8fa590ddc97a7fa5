//! A reject as an item of the table.
//!
//! It has `retry_feed` and `retry_at`, the keys of the index by feed and time, only while it waits to be retried.

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_contract::RunId;

use super::clip;
use crate::Fault;
use crate::aws::attributes::{Attributes, to_item};
use crate::rejects::{Block, DueReject, RejectEntry, Retry};

/// The number of shards of a feed in the index by feed. A partition key takes 1,000 writes a second, and a table that
/// is written faster than its index is throttled. Consecutive blocks are in different shards.
const SHARDS: u64 = 16;

/// The keys of a feed in the index.
pub(super) fn shards(feed: &str) -> impl Iterator<Item = String> {
    (0..SHARDS).map(move |shard| format!("{feed}#{shard}"))
}

/// The item of a reject.
pub(super) fn of(block_key: &str, block: Block, reject: &RejectEntry) -> Result<Attributes, Fault> {
    let (mut clipped, problems) = clip::clip(reject);
    let retry = clipped.retry.take();
    let mut item = to_item("a reject", &clipped)?;
    item.insert("block_key".to_owned(), AttributeValue::S(block_key.to_owned()));
    if problems > clipped.problems.len() {
        item.insert("problems_in_all".to_owned(), AttributeValue::N(problems.to_string()));
    }
    if let Some(Retry { feed, at }) = retry {
        let shard = block.shard(SHARDS);
        item.insert("retry_feed".to_owned(), AttributeValue::S(format!("{feed}#{shard}")));
        item.insert("retry_at".to_owned(), AttributeValue::N(at.to_string()));
    }
    Ok(item)
}

/// The reject of an item.
pub(super) fn read(what: &str, item: Attributes) -> Result<RejectEntry, Fault> {
    let retry = if item.contains_key("retry_feed") {
        Some(Retry { feed: feed(what, &item)?, at: number(what, &item, "retry_at")? })
    } else {
        None
    };
    let entry: RejectEntry = crate::aws::attributes::from_item(what, item)?;
    Ok(RejectEntry { retry, ..entry })
}

/// The due reject of an item of the index by feed.
pub(super) fn due(item: &Attributes) -> Result<DueReject, Fault> {
    let what = "a reject that is due to be retried";
    let run = item.get("block_key").and_then(|key| key.as_s().ok()).and_then(|key| key.rsplit_once('#'));
    let run: Option<RunId> = run.and_then(|(run, _)| run.parse().ok());
    Ok(DueReject {
        feed: feed(what, item)?,
        run: run.ok_or_else(|| corrupt(what, "block_key"))?,
        record: number(what, item, "record")?,
        attempts: number(what, item, "attempts")?,
        at: number(what, item, "retry_at")?,
    })
}

/// An attribute that is a number.
pub(super) fn number<T: std::str::FromStr>(what: &str, item: &Attributes, name: &str) -> Result<T, Fault> {
    let number = item.get(name).and_then(|number| number.as_n().ok()).and_then(|number| number.parse().ok());
    number.ok_or_else(|| corrupt(what, name))
}

fn feed(what: &str, item: &Attributes) -> Result<String, Fault> {
    let shard = item.get("retry_feed").and_then(|shard| shard.as_s().ok()).and_then(|shard| shard.rsplit_once('#'));
    shard.map(|(feed, _)| feed.to_owned()).ok_or_else(|| corrupt(what, "retry_feed"))
}

fn corrupt(what: &str, name: &str) -> Fault {
    Fault::Corrupt { what: what.to_owned(), found: format!("its {name} is missing or another kind of value") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reject_comes_back_and_is_found_when_it_is_due() {
        let run = "products-0123456789abcdef01234567";
        for entry in [
            RejectEntry::open(18_001, 2, 3, Vec::new(), 4),
            RejectEntry::open(18_001, 2, 3, Vec::new(), 4).attempts(2).retry("products", 5),
        ] {
            let item = of(&format!("{run}#18"), Block::of(18_001), &entry).unwrap();
            assert_eq!(item.contains_key("retry_feed"), entry.retry.is_some());
            assert!(!item.contains_key("retry"));
            let found = due(&item).ok();
            assert_eq!(found, entry.due(&run.parse().unwrap(), None, 5));
            assert_eq!(item.get("retry_feed").map(|shard| shard.as_s().unwrap().as_str()), found.map(|_| "products#2"));
            assert_eq!(read("it", item).unwrap(), entry);
        }
    }
}
