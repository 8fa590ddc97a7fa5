//! One test for each contradiction.

use serde_json::json;
use sluice_engine::Omitted;

use super::*;
use crate::ChunkNo;

const RUN: &str = "prices-000000000000000000000001";

fn chunk() -> Chunk {
    Chunk { chunk: ChunkNo(2), start: 10, end: 90, first_record: 11, first_line: 12, records: 9 }
}

fn manifest() -> Manifest {
    let first = Chunk { chunk: ChunkNo(1), start: 0, end: 10, first_record: 1, first_line: 2, records: 10 };
    let value = json!({
        "version": 1, "run_id": RUN, "header": {"start": 0, "end": 0}, "records": 19, "problems": [], "notes": [],
        "chunks": [first, chunk()],
    });
    serde_json::from_value(value).unwrap()
}

fn part(records: u64) -> serde_json::Value {
    json!({"key": "k", "header_bytes": 1, "bytes": 2, "records": records, "crc64nvme": ""})
}

fn check() -> CheckOutcome {
    let value = json!({
        "version": 1, "run_id": RUN, "chunk": 2, "first_record": 11, "read": 9, "valid": 7, "rejected": 1,
        "omitted": {"empty": {"records": 1, "first": [{"record": 12, "line": 14}]}}, "by_code": {}, "settled": {"rows": part(4), "keys": {"key": "k", "blocks": []}}, "accepted": part(3),
        "keys": {"key": "k", "blocks": []}, "rejects": part(1),
        "usage": {"invocations": 1, "mb_ms": 1, "writes": 0},
    });
    serde_json::from_value(value).unwrap()
}

fn import() -> ImportOutcome {
    let value = json!({
        "version": 1, "run_id": RUN, "chunk": 2,
        "counts": {
            "read": 7, "imported": 1, "unchanged": 2, "duplicate": 1, "stale": 1, "rejected": 2, "rejected_by_gate": 1,
        },
        "by_code": {}, "imported": [part(1), part(2)], "rejects": [part(2)],
        "usage": {"invocations": 1, "mb_ms": 1, "writes": 0},
    });
    serde_json::from_value(value).unwrap()
}

#[test]
fn what_adds_up_contradicts_nothing() {
    assert!(manifest().contradictions().is_empty());
    assert!(check().contradictions(&chunk()).is_empty());
    assert!(import().contradictions(&chunk(), &check()).is_empty());
}

/// The contradictions of a changed manifest.
fn manifest_with(change: impl FnOnce(&mut Manifest)) -> Vec<String> {
    let mut manifest = manifest();
    change(&mut manifest);
    manifest.contradictions()
}

#[test]
fn records_between_two_chunks_contradict() {
    let found = manifest_with(|manifest| manifest.chunks[1].first_record = 12);
    assert_eq!(found, ["chunk 2 (records 12 to 20): it begins with record 12, but the one before ends with record 10"]);
}

#[test]
fn records_in_two_chunks_contradict() {
    let found = manifest_with(|manifest| manifest.chunks[1].first_record = 10);
    assert_eq!(found, ["chunk 2 (records 10 to 18): it begins with record 10, but the one before ends with record 10"]);
}

#[test]
fn records_behind_the_last_chunk_contradict() {
    let found = manifest_with(|manifest| manifest.records = 20);
    assert_eq!(found, ["the file: it has 20 records, but its chunks hold 19"]);
}

/// The contradictions of a changed check outcome.
fn check_with(change: impl FnOnce(&mut CheckOutcome)) -> String {
    let mut check = check();
    change(&mut check);
    let found = check.contradictions(&chunk()).join(" | ");
    found.replace("chunk 2 (records 11 to 19): ", "")
}

#[test]
fn an_outcome_of_another_chunk_contradicts() {
    let expected = "its outcome is that of chunk 3, which begins with record 11";
    assert_eq!(check_with(|check| check.chunk = ChunkNo(3)), expected);
    let expected = "its outcome is that of chunk 2, which begins with record 12";
    assert_eq!(check_with(|check| check.first_record = 12), expected);
}

#[test]
fn a_record_that_was_not_checked_contradicts() {
    let found = check_with(|check| {
        (check.read, check.valid, check.settled.rows.records) = (8, 6, 3);
    });
    assert_eq!(found, "the file has 9 records there, but 8 were checked");
}

#[test]
fn a_record_that_is_neither_valid_nor_rejected_nor_omitted_contradicts() {
    let found = check_with(|check| (check.valid, check.accepted.records) = (6, 2));
    assert_eq!(found, "9 records were checked, but 6 are valid, 1 rejected and 1 omitted");
    let found = check_with(|check| check.omitted = Omitted::default());
    assert_eq!(found, "9 records were checked, but 7 are valid, 1 rejected and 0 omitted");
}

#[test]
fn a_valid_record_that_was_not_written_contradicts() {
    for part in [
        |check: &mut CheckOutcome| check.accepted.records = 2,
        |check: &mut CheckOutcome| check.settled.rows.records = 3,
    ] {
        assert_eq!(check_with(part), "7 records are valid, but 6 were written for the import");
    }
}

#[test]
fn a_reject_that_was_written_twice_contradicts() {
    let found = check_with(|check| check.rejects.records = 3);
    assert_eq!(found, "1 records were rejected when they were checked, but 3 were written to its rejects");
}

/// The contradictions of a changed import outcome.
fn import_with(change: impl FnOnce(&mut ImportOutcome)) -> String {
    let mut import = import();
    change(&mut import);
    import.contradictions(&chunk(), &check()).join(" | ").replace("chunk 2 (records 11 to 19): ", "")
}

#[test]
fn an_import_of_another_chunk_contradicts() {
    assert_eq!(import_with(|import| import.chunk = ChunkNo(3)), "its outcome is that of chunk 3");
}

#[test]
fn a_valid_record_that_did_not_come_to_the_import_contradicts() {
    let found = import_with(|import| (import.counts.read, import.counts.duplicate) = (6, 0));
    assert_eq!(found, "7 records are valid, but 6 reached the import");
}

#[test]
fn a_record_that_came_to_the_import_and_became_nothing_contradicts() {
    let found = import_with(|import| import.counts.stale = 0);
    assert_eq!(found, "7 records reached the import, but 6 are accounted for");
}

#[test]
fn an_imported_record_that_was_not_written_out_contradicts() {
    let found = import_with(|import| import.imported.truncate(1));
    assert_eq!(found, "the table holds 3 records of it, but 1 were written to its part of imported.csv");
}

#[test]
fn a_refused_record_that_was_not_written_out_contradicts() {
    let found = import_with(|import| import.rejects.clear());
    assert_eq!(found, "2 records were rejected when they were imported, but 0 were written to its rejects");
}

#[test]
fn more_rejects_for_the_gate_than_in_all_contradict() {
    let found = import_with(|import| import.counts.rejected_by_gate = 3);
    assert_eq!(found, "3 records were rejected by the gate, but only 2 in all");
}
