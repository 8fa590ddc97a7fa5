//! A record that the table refuses is rejected, and its neighbours are imported, once.

use std::sync::Arc;
use std::time::Duration;

use sluice_contract::documents::{ImportCounts, ImportOutcome};
use sluice_contract::{Phase, Verdict, keys};
use sluice_platform::Call;
use sluice_platform::sink::Written;

use crate::table::{Table, prices};
use crate::world::World;

const RECORDS: u64 = 9;

/// Imports a file of records `1,1` to `9,1` into a table that refuses some of them, and checks the result.
async fn refuses(records: &[u64], refusal: &Written, code: &str) {
    let mut world = World::new();
    let (run, input) = world.until_gated(&prices(RECORDS)).await;
    let table = Arc::new(Table::new(Duration::from_millis(5)).refusing(records, refusal));
    let output = sluice_import::run(&world.importer(&table), input.clone(), &Call::local()).await.unwrap();
    assert!(output.done);

    let rejected = records.len() as u64;
    let outcome: ImportOutcome = world.document(&keys::outcome(&run, Phase::Import, input.chunk.chunk));
    let counts = ImportCounts { read: RECORDS, imported: RECORDS - rejected, rejected, ..ImportCounts::default() };
    assert_eq!(outcome.counts, counts);
    assert_eq!(outcome.by_code, [(code.to_owned(), rejected)].into());
    assert!(table.sent().values().all(|times| *times == 1), "{:?}", table.sent());
    assert_eq!(table.sent().len() as u64, RECORDS);
    assert_eq!(table.sink.items("prices").len() as u64, RECORDS - rejected);

    assert_eq!(world.finish(&run).await, Verdict::Imported);
    let rejects = world.output(&run, keys::REJECTS_CSV);
    let numbers: Vec<String> = rejects.lines().skip(1).map(|line| line.split(',').nth(3).unwrap().to_owned()).collect();
    assert_eq!(numbers, records.iter().map(u64::to_string).collect::<Vec<_>>());
    let expected = format!("[{code}] the table refused the record: for what it is");
    assert!(rejects.lines().skip(1).all(|line| line.contains(&expected)), "{rejects}");
    let imported = world.output(&run, keys::IMPORTED_CSV);
    let of = |record: &u64| format!("\n{record},{record},1\n");
    assert!((1..=RECORDS).all(|record| imported.contains(&of(&record)) != records.contains(&record)), "{imported}");
}

async fn refused(records: &[u64]) {
    refuses(records, &Written::Refused("for what it is".to_owned()), "sink-refused").await;
}

#[tokio::test(start_paused = true)]
async fn two_adjacent_records_that_the_table_refuses_are_rejected_and_their_neighbours_imported() {
    refused(&[4, 5]).await;
}

#[tokio::test(start_paused = true)]
async fn a_first_record_that_the_table_refuses_is_rejected_and_its_neighbours_imported() {
    refused(&[1]).await;
    refused(&[1, 2]).await;
}

#[tokio::test(start_paused = true)]
async fn a_last_record_that_the_table_refuses_is_rejected_and_its_neighbours_imported() {
    refused(&[9]).await;
    refused(&[8, 9]).await;
}

#[tokio::test(start_paused = true)]
async fn records_that_the_table_refuses_all_are_rejected_all() {
    refused(&[1, 2, 3, 4, 5, 6, 7, 8, 9]).await;
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_too_large_for_the_table_is_rejected_as_that() {
    refuses(&[3], &Written::TooLarge("for what it is".to_owned()), "item-too-large").await;
}
