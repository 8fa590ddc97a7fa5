//! The contract of an index of rejects.

use sluice_engine::{Code, Problem, Stage};

use super::run;
use crate::rejects::{Block, DueReject, RejectEntry, RejectState, Rejects};

/// Tests an index of rejects.
///
/// # Panics
/// If it does not.
pub async fn rejects(rejects: &dyn Rejects) {
    entered_by_block(rejects).await;
    closed_for_good(rejects).await;
    retried_until_exhausted(rejects).await;
}

async fn entered_by_block(rejects: &dyn Rejects) {
    let run = run(1);
    // More than two batches of DynamoDB, in two blocks, in no order.
    let mut entries: Vec<RejectEntry> = (970..=1029).rev().map(entry).collect();
    for _ in 0..2 {
        rejects.record(&run, &entries).await.unwrap();
    }
    rejects.record(&run, &[entry(2001)]).await.unwrap();
    rejects.record(&run, &[]).await.unwrap();

    entries.reverse();
    let list = async |record| rejects.list(&run, Block::of(record)).await.unwrap();
    assert_eq!(list(1).await, entries[..30], "by record number, and each of them once");
    assert_eq!(list(1000).await, entries[30..]);
    assert_eq!(list(2000).await, [entry(2001)]);
    assert_eq!(list(3000).await, []);
    assert_eq!(rejects.list(&super::run(9), Block::of(1)).await.unwrap(), []);
}

async fn closed_for_good(rejects: &dyn Rejects) {
    let (run, by, other) = (run(2), super::run(3), super::run(4));
    let entries: Vec<RejectEntry> = [5, 6, 1005].map(entry).into();
    rejects.record(&run, &entries).await.unwrap();
    // Closing a reject that does not exist is no error, and creates no entry.
    rejects.close(&run, &[5, 7, 1005], &by).await.unwrap();
    rejects.close(&run, &[5], &other).await.unwrap();
    // A late entry does not open a closed reject again.
    rejects.record(&run, &entries).await.unwrap();

    let closed = |record| RejectEntry { state: RejectState::Closed, closed_by: Some(by.clone()), ..entry(record) };
    assert_eq!(rejects.list(&run, Block::of(5)).await.unwrap(), [closed(5), entry(6)]);
    assert_eq!(rejects.list(&run, Block::of(1005)).await.unwrap(), [closed(1005)]);
    assert!(!rejects.exhaust(&run, 5).await.unwrap());
    assert!(!rejects.exhaust(&run, 7).await.unwrap());
    assert_eq!(rejects.list(&run, Block::of(5)).await.unwrap(), [closed(5), entry(6)]);
}

async fn retried_until_exhausted(rejects: &dyn Rejects) {
    let (run, by) = (run(5), super::run(6));
    let waits = |record, at| entry(record).retry("suite", at);
    let entries = [waits(1, 100), waits(1001, 200), waits(2, 300), entry(3), entry(4).retry("suite-2", 100)];
    rejects.record(&run, &entries).await.unwrap();
    let due = async |now, limit| {
        let mut due = rejects.due(Some("suite"), now, limit).await.unwrap();
        due.sort_by_key(|due| due.record);
        due
    };
    let expected = |record, attempts, at| DueReject { feed: "suite".into(), run: run.clone(), record, attempts, at };
    assert_eq!(due(99, 9).await, []);
    assert_eq!(due(200, 9).await, [expected(1, 0, 100), expected(1001, 0, 200)]);
    assert_eq!(due(300, 2).await.len(), 2);
    let of_any = rejects.due(None, 100, 9).await.unwrap();
    let mut feeds: Vec<_> = of_any.into_iter().filter(|due| due.run == run).map(|due| due.feed).collect();
    feeds.sort();
    assert_eq!(feeds, ["suite", "suite-2"]);

    for (attempt, until, done) in [(1, 400, true), (1, 400, true), (1, 500, false), (2, 500, true), (1, 600, false)] {
        assert_eq!(rejects.postpone(&run, 1, attempt, until).await.unwrap(), done, "{attempt} until {until}");
    }
    assert_eq!(due(500, 9).await[0], expected(1, 2, 500));
    assert!(!rejects.postpone(&run, 3, 1, 400).await.unwrap(), "it was never to be retried");
    assert!(!rejects.postpone(&run, 9, 1, 400).await.unwrap(), "it is not there");

    for _ in 0..2 {
        assert!(rejects.exhaust(&run, 1).await.unwrap());
    }
    rejects.close(&run, &[1001], &by).await.unwrap();
    assert!(!rejects.postpone(&run, 1001, 1, 900).await.unwrap());
    assert_eq!(due(500, 9).await, [expected(2, 0, 300)]);
    let exhausted = RejectEntry { state: RejectState::Exhausted, ..entry(1).attempts(2) };
    assert_eq!(rejects.list(&run, Block::of(1)).await.unwrap()[0], exhausted);
    // An exhausted reject can still be repaired.
    rejects.close(&run, &[1], &by).await.unwrap();
    let repaired = RejectEntry { state: RejectState::Closed, closed_by: Some(by), ..exhausted };
    assert_eq!(rejects.list(&run, Block::of(1)).await.unwrap()[0], repaired);
}

fn entry(record: u64) -> RejectEntry {
    let problem = Problem::new(Stage::Validate, Code::ConstraintError, "must not be empty").column("SKU").value("");
    RejectEntry::open(record, record + 1, record * 100, vec![problem.clone(), problem.field("sku")], 4_102_444_800)
}
