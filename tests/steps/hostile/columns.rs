//! Too many columns, cells or wrong fields, and too long labels.

use std::time::{Duration, Instant};

use sluice_contract::documents::Manifest;
use sluice_contract::{Verdict, keys};
use sluice_engine::Code;

use super::import;
use crate::world::{FEED, World};

const KEY: &str = "inbox/prices/a.csv";
const COLUMNS: usize = 10_000;

fn world(policy: &str) -> World {
    let mut world = World::new();
    world.chunk_bytes = 1 << 20;
    let labels = format!("source: {{labels: {{{policy}}}}}\nschema:");
    world.feed("prices", &FEED.replace("schema:", &labels));
    world
}

fn row(first: &str, cell: impl Fn(usize) -> String) -> String {
    let cells: Vec<String> = (0..COLUMNS).map(cell).collect();
    format!("{first},{}\n", cells.join(","))
}

#[tokio::test]
async fn ten_thousand_columns_are_read_or_refused() {
    let began = Instant::now();
    let file =
        row("id,price", |n| format!("column {n}")) + &row("1,2", |n| n.to_string()) + &row("2,x", |_| "=1".into());
    let ignoring = world("extra: ignore");
    let (run, verdict) = import(&ignoring, KEY, file.clone()).await;
    assert_eq!(verdict, Verdict::Imported);
    let tally = ignoring.tally(&run).tally;
    assert_eq!((tally.imported, tally.rejected), (1, 1));

    let refusing = world("extra: reject_file");
    let (run, verdict) = import(&refusing, KEY, file).await;
    assert_eq!(verdict, Verdict::Rejected);
    let manifest: Manifest = refusing.document(&keys::manifest(&run));
    assert_eq!(manifest.problems.len(), COLUMNS, "all of them are in the manifest");
    // The ledger keeps some of them, and the number of the others.
    let conclusion = refusing.entry(&run).await.conclusion.unwrap();
    assert!(conclusion.reasons.last().unwrap().message.contains("9950 more"), "{:?}", conclusion.reasons.last());
    assert!(began.elapsed() < Duration::from_mins(1), "{:?}", began.elapsed());
}

#[tokio::test]
async fn ten_thousand_columns_of_one_name_are_one_problem() {
    let file = row("id,price", |_| "price".into()) + &row("1,2", |_| "3".into());
    let world = world("duplicate: reject_file");
    let (run, verdict) = import(&world, KEY, file).await;
    assert_eq!(verdict, Verdict::Rejected);
    assert_eq!(world.document::<Manifest>(&keys::manifest(&run)).problems[0].code, Code::DuplicateLabel);
}

#[tokio::test]
async fn ten_thousand_cells_too_many_are_one_problem() {
    let world = world("extra: ignore");
    let file = format!("id,price\n1,2\n{}3,4\n", row("2,3", |n| n.to_string()));
    let (run, verdict) = import(&world, KEY, file).await;
    assert_eq!(verdict, Verdict::Imported);
    let tally = world.tally(&run);
    assert_eq!((tally.tally.imported, tally.tally.rejected), (2, 1));
    assert_eq!(tally.by_code[Code::ExtraCell.as_str()], 1);
}

#[tokio::test]
async fn a_label_of_half_a_megabyte_is_reported_in_short() {
    let label = "x".repeat(500_000);
    for policy in ["extra: reject_file", "extra: ignore"] {
        let world = world(policy);
        let (_, verdict) = import(&world, KEY, format!("id,price,{label}\n1,2,3\n")).await;
        assert_eq!(verdict == Verdict::Rejected, policy.contains("reject"), "{policy}");
    }
}

/// Every field of a record is wrong, each with a value of its own. The index keeps a bounded part, and says so.
#[tokio::test]
async fn a_record_that_is_wrong_in_every_field_is_one_reject() {
    let fields: Vec<String> = (0..200).map(|n| format!("    - {{name: f{n}, type: number}}\n")).collect();
    let world = World::new();
    let feed = FEED.replace("    - {name: price, type: number}\n", &fields.concat());
    world.feed("prices", &feed);
    let labels: Vec<String> = (0..200).map(|n| format!("f{n}")).collect();
    let cells = vec!["y".repeat(3000); 200].join(",");
    let (run, verdict) = import(&world, KEY, format!("id,{}\n1,{cells}\n", labels.join(","))).await;
    assert_eq!(verdict, Verdict::Imported);
    assert_eq!(world.tally(&run).by_code[Code::TypeError.as_str()], 1, "one record");
}
