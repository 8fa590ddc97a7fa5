//! What an index of rejects must do.

use sluice_contract::ChunkNo;
use sluice_engine::{Code, Problem, Stage};

use super::run;
use crate::rejects::{RejectEntry, Rejects};

/// What every index of rejects must do.
///
/// # Panics
/// Where it does not.
pub async fn rejects(rejects: &dyn Rejects) {
    let run = run(1);
    // More than two batches of DynamoDB, and not in order.
    let mut entries: Vec<RejectEntry> = (1..=60).rev().map(entry).collect();
    for _ in 0..2 {
        rejects.record(&run, ChunkNo(2), &entries).await.unwrap();
    }
    rejects.record(&run, ChunkNo(3), &[entry(61)]).await.unwrap();
    rejects.record(&run, ChunkNo(4), &[]).await.unwrap();

    entries.reverse();
    assert_eq!(rejects.list(&run, ChunkNo(2)).await.unwrap(), entries, "by record number, and each of them once");
    assert_eq!(rejects.list(&run, ChunkNo(3)).await.unwrap(), [entry(61)]);
    assert_eq!(rejects.list(&run, ChunkNo(4)).await.unwrap(), []);
    assert_eq!(rejects.list(&super::run(2), ChunkNo(2)).await.unwrap(), []);
}

fn entry(record: u64) -> RejectEntry {
    let problem = Problem::new(Stage::Validate, Code::ConstraintError, "must not be empty").column("SKU").value("");
    RejectEntry {
        record,
        line: record + 1,
        offset: record * 100,
        problems: vec![problem.clone(), problem.field("sku")],
        expires: 4_102_444_800,
    }
}
