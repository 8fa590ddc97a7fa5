//! Summaries: tables that are computed from a file, whatever its chunks, whatever fails, and which file of several is delivered.

mod chunks;
mod delivery;
mod hits;
mod kills;
mod oracle;
mod records;

use std::collections::BTreeMap;

use sluice_contract::documents::SummariesDocument;
use sluice_contract::{RunId, Verdict, keys};
use sluice_engine::report::SummaryTable;

use crate::world::World;

/// Where the files of most tests are uploaded.
const KEY: &str = "inbox/visits/a.csv";

/// Visits of a shop: who came, for which word, and who paid how much.
const VISITS: &str = "
version: 1
name: visits
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: time, type: number}
    - {name: visitor}
    - {name: agent}
    - {name: word}
    - {name: amount, type: number, constraints: {maximum: 1000}}
report: {recipients: [ops@example.com]}
";

/// Credit by word, delivered.
const CREDIT: &str = "{file: '{date}/words.tab', deliver: words/, delimiter: \"\\t\", when: record.amount != null, credit: {per: [visitor], \
                      sort: time, touch: 'record.word == null ? null : {\"word\": record.word}'}, columns: [{label: Word, by: touch.word}, \
                      {label: Sum, sum: record.amount, decimals: 2}, {label: Orders, count: true}], sort: [-Sum]}";

/// Sums by visitor.
const SUMS: &str = "{file: visitors.csv, columns: [{label: Visitor, by: record.visitor}, {label: Sum, sum: record.amount}, {label: Records, \
                    count: true}, {label: Least, min: record.amount}, {label: Most, max: record.amount}]}";

/// What `summary` delivers in this world.
const DELIVERED: &str = "words/2026-11-21/words.tab";

/// The feed of visits with these summaries, and with other keys.
fn feed(summaries: &[&str], more: &str) -> String {
    format!("{VISITS}summarise:\n  - {}\n{more}", summaries.join("\n  - "))
}

/// A world with this feed of visits.
fn world(feed: &str) -> World {
    let world = World::new();
    world.feed("visits", feed);
    world
}

/// A file of visits with these records.
fn visits(records: &[&str]) -> String {
    format!("id,time,visitor,agent,word,amount\n{}\n", records.join("\n"))
}

/// What the summaries of a run say.
fn tables(world: &World, run: &RunId) -> Vec<SummaryTable> {
    world.document::<SummariesDocument>(&keys::summaries(run)).summaries
}

/// The files of the summaries of a run, by name.
fn files(world: &World, run: &RunId) -> BTreeMap<String, String> {
    let text = |key: &str| String::from_utf8(world.objects.bytes(key).unwrap().to_vec()).unwrap();
    tables(world, run).into_iter().map(|table| (table.file, text(&table.key))).collect()
}

/// The file of the only summary of a run.
fn file(world: &World, run: &RunId) -> String {
    let mut files = files(world, run);
    assert_eq!(files.len(), 1);
    files.pop_first().unwrap().1
}

/// What was delivered under a key; nothing if there is no such file.
fn delivered(world: &World, key: &str) -> String {
    world.outbound.files().get(key).map(|bytes| String::from_utf8(bytes.clone()).unwrap()).unwrap_or_default()
}

/// The text of the mail with this index, each run of white space as a space, because long lines are wrapped.
fn mail(world: &World, index: usize) -> String {
    world.mailer.sent()[index].text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Imports a file of visits, which must end IMPORTED.
async fn imported(world: &World, text: &str) -> RunId {
    let (run, verdict) = world.import_file(KEY, text).await;
    assert_eq!(verdict, Verdict::Imported, "{:?}", world.tally(&run).reasons);
    assert!(world.tally(&run).tally.adds_up());
    run
}
