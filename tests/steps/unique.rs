//! Unique values, and which of several records with one key wins, compared with a simple model that has the whole file in memory.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sluice_contract::{Verdict, keys};
use sluice_engine::checksum::Checksum;

use crate::world::World;

const KEY: &str = "inbox/people/a.csv";

fn feed(schema: &str, rest: &str) -> String {
    format!(
        "
version: 1
name: people
schema:
  fields:
    - {{name: id, constraints: {{required: true}}}}
    - {{name: code}}
    - {{name: mail}}
    - {{name: born}}
    - {{name: price, type: number}}
{schema}
{rest}
"
    )
}

fn world(chunk_bytes: u64, feed: &str) -> World {
    let mut world = World::new();
    world.chunk_bytes = chunk_bytes;
    world.feed("people", feed);
    world
}

/// `record: code code` of every reject.
fn rejects(csv: &str) -> BTreeMap<u64, BTreeSet<String>> {
    let mut rejects = BTreeMap::new();
    for line in csv.lines().skip(1) {
        let cells: Vec<&str> = line.splitn(9, ',').collect();
        let codes = line.split('[').skip(1).filter_map(|part| part.split(']').next()).map(str::to_owned);
        rejects.insert(cells[6].parse().unwrap(), codes.collect());
    }
    rejects
}

#[tokio::test]
async fn the_first_record_stays_and_later_ones_are_rejected_with_their_reason() {
    for chunk_bytes in [1, 30, 10_000] {
        let world = world(
            chunk_bytes,
            &feed("  primaryKey: id\n  uniqueKeys: [[mail, born], [code]]", "import: {table: people, key: [id]}"),
        );
        let file = "id,code,mail,born,price\n1,a,m,2000,\n2,a,m,2000,\n3,,m,,\n1,b,n,,\n4,,m,,x\n4,,,,\n";
        let (run, verdict) = world.import_file(KEY, file).await;
        assert_eq!(verdict, Verdict::Imported);
        let document = world.tally(&run);
        let tally = document.tally;
        assert!(tally.adds_up(), "{tally:?}");
        assert_eq!((tally.read, tally.imported, tally.duplicate, tally.rejected), (6, 3, 0, 3));
        let codes = [("primary-key", 1), ("type-error", 1), ("unique-error", 1)];
        assert_eq!(document.by_code, codes.map(|(code, count)| (code.to_owned(), count)).into());
        assert_eq!(
            world.output(&run, keys::REJECTS_CSV).replace(run.as_str(), "RUN"),
            "id,code,mail,born,price,_run,_record,_line,_errors,_raw\n\
             2,a,m,2000,,RUN,2,3,\"[unique-error] has the same mail, born as record 1; together they must be unique in \
             the file; [unique-error] code: has the same value as record 1; it must be unique in the file\",\n\
             1,b,n,,,RUN,4,5,[primary-key] id: has the same value as record 1; the primary key of a record must be \
             unique in the file,\n\
             4,,m,,x,RUN,5,6,\"[type-error] price: \"\"x\"\" is not a decimal number, such as 12.50\",\n"
        );
        let listed = world.rejects.of(&run);
        assert_eq!(listed.iter().map(|entry| entry.record).collect::<Vec<_>>(), [2, 4, 5]);
        assert_eq!(listed[0].problems[1].value.as_deref(), Some("a"));
    }
}

#[tokio::test]
async fn what_the_gate_rejects_counts_in_its_limits() {
    for (limit, verdict) in [(2, Verdict::Imported), (1, Verdict::Rejected)] {
        let rest = format!("validate: {{limits: {{maxRejects: {limit}}}}}\nimport: {{table: people, key: [id]}}");
        let world = world(16, &feed("  primaryKey: [id]", &rest));
        let (run, found) = world.import_file(KEY, "id,code,mail,born,price\n1,,,,\n1,,,,\n2,,,,x\n").await;
        assert_eq!(found, verdict);
        let document = world.tally(&run);
        assert!(document.tally.adds_up());
        if verdict == Verdict::Rejected {
            assert!(world.sink.items("people").is_empty());
            assert_eq!((document.tally.withheld, document.tally.rejected), (2, 1));
            assert_eq!(document.reasons[0].message, "2 records were rejected; the feed allows 1");
            assert_eq!(document.by_code["primary-key"], 1);
        }
    }
}

#[tokio::test]
async fn a_killed_importer_rejects_the_same_when_it_is_called_again() {
    let world = world(10_000, &feed("  primaryKey: id", "import: {table: people, key: [id]}"));
    let upload = world.upload(KEY, "id,code,mail,born,price\n1,,,,\n1,,,,\n2,,,,\n2,,,,\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    assert!(world.gate(&run).await);
    for _ in 0..2 {
        world.import_chunks(&run, &split).await;
        let chunk = world.chunks(&run)[0].chunk;
        assert!(world.objects.remove(&keys::outcome(&run, sluice_contract::Phase::Import, chunk)));
    }
    world.import_chunks(&run, &split).await;
    assert_eq!(world.finish(&run).await, Verdict::Imported);
    assert_eq!(world.tally(&run).tally.rejected, 2);
    assert_eq!(rejects(&world.output(&run, keys::REJECTS_CSV)).into_keys().collect::<Vec<_>>(), [2, 4]);
}

#[tokio::test]
async fn losers_that_are_lost_make_the_run_inconsistent() {
    let world = world(10_000, &feed("  primaryKey: code", "import: {table: people, key: [id]}"));
    let upload = world.upload(KEY, "id,code,mail,born,price\n1,a,,,\n2,a,,,\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    assert!(world.gate(&run).await);
    // As if the gate had counted a loser, but written none for this chunk.
    let key = keys::losers(&run, world.chunks(&run)[0].chunk);
    world.objects.insert(&key, sluice_contract::loser::seal(&key, Checksum::default()).to_vec());
    world.import_chunks(&run, &split).await;
    assert_eq!(world.finish(&run).await, Verdict::Inconsistent);
    let contradictions = world.tally(&run).contradictions;
    assert_eq!(contradictions, ["the file: 0 records were rejected by the gate, but it named 1"]);
}

/// A record: key, three cells that may be empty, and whether it is valid.
type Cells = (u8, [Option<u8>; 3], bool);

/// What the feed declares: a primary key on `code`, `unique` on `mail`, a unique key on `mail` and `born`.
#[derive(Clone, Copy, Debug)]
struct Declared {
    primary: bool,
    unique: bool,
    together: bool,
    rule: &'static str,
}

/// The codes of every record that is not imported; no code for a duplicate.
fn model(records: &[Cells], declared: Declared) -> BTreeMap<u64, BTreeSet<String>> {
    let mut out: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    let mut valid = Vec::new();
    for (number, (id, cells, good)) in (1..).zip(records) {
        let mut codes = BTreeSet::new();
        if !good {
            codes.insert("type-error".to_owned());
        }
        if declared.primary && cells[0].is_none() {
            codes.insert("constraint-error".to_owned());
        }
        if codes.is_empty() {
            valid.push((number, *id, *cells));
        } else {
            out.insert(number, codes);
        }
    }
    let sets: [(bool, &[usize], &str); 3] = [
        (declared.primary, &[0], "primary-key"),
        (declared.unique, &[1], "unique-error"),
        (declared.together, &[1, 2], "unique-error"),
    ];
    for (_, fields, code) in sets.into_iter().filter(|(declared, ..)| *declared) {
        for (place, (number, _, cells)) in valid.iter().enumerate() {
            let values: Vec<_> = fields.iter().map(|field| cells[*field]).collect();
            let same = |other: &[Option<u8>; 3]| fields.iter().map(|field| other[*field]).collect::<Vec<_>>() == values;
            if values.iter().all(Option::is_some) && valid[..place].iter().any(|(.., other)| same(other)) {
                out.entry(*number).or_default().insert(code.to_owned());
            }
        }
    }
    let left: Vec<_> = valid.iter().filter(|(number, ..)| !out.contains_key(number)).collect();
    for (place, (number, id, _)) in left.iter().enumerate() {
        let has = |others: &[&(u64, u8, [Option<u8>; 3])]| others.iter().any(|(_, other, _)| other == id);
        let (before, after) = (has(&left[..place]), has(&left[place + 1..]));
        match declared.rule {
            "last" if after => drop(out.insert(*number, BTreeSet::new())),
            "first" if before => drop(out.insert(*number, BTreeSet::new())),
            "reject" if before || after => drop(out.insert(*number, ["duplicate-key".to_owned()].into())),
            _ => {}
        }
    }
    out
}

fn declared() -> impl Strategy<Value = Declared> {
    (any::<bool>(), any::<bool>(), any::<bool>(), prop_oneof![Just("last"), Just("first"), Just("reject")])
        .prop_map(|(primary, unique, together, rule)| Declared { primary, unique, together, rule })
}

fn cells() -> impl Strategy<Value = Cells> {
    let cell = || prop::option::weighted(0.8, 0..4_u8);
    (0..5_u8, [cell(), cell(), cell()], prop::bool::weighted(0.9))
}

async fn is_as_the_model(records: &[Cells], chunk_bytes: u64, declared: Declared) {
    let mut schema = String::new();
    if declared.primary {
        schema.push_str("  primaryKey: code\n");
    }
    if declared.together {
        schema.push_str("  uniqueKeys: [[mail, born]]\n");
    }
    let mut feed = feed(&schema, &format!("import: {{table: people, key: [id], duplicates: {}}}", declared.rule));
    if declared.unique {
        feed = feed.replace("{name: mail}", "{name: mail, constraints: {unique: true}}");
    }
    let cell = |cell: &Option<u8>| cell.map(|cell| cell.to_string()).unwrap_or_default();
    let mut file = "id,code,mail,born,price\n".to_owned();
    for (id, cells, good) in records {
        let [code, mail, born] = cells.each_ref().map(cell);
        file.push_str(&format!("{id},{code},{mail},{born},{}\n", if *good { "1" } else { "x" }));
    }
    let world = world(chunk_bytes, &feed);
    let (run, verdict) = world.import_file(KEY, file.clone()).await;
    let document = world.tally(&run);
    assert_eq!(verdict, Verdict::Imported, "{:?}", document.contradictions);

    let expected = model(records, declared);
    let imported = world.output(&run, keys::IMPORTED_CSV);
    let imported: BTreeSet<u64> =
        imported.lines().skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
    let left = (1..=records.len() as u64).filter(|record| !expected.contains_key(record));
    assert_eq!(imported, left.collect());
    let rejected: BTreeMap<_, _> = expected
        .iter()
        .filter(|(_, codes)| !codes.is_empty())
        .map(|(record, codes)| (*record, codes.clone()))
        .collect();
    assert_eq!(rejects(&world.output(&run, keys::REJECTS_CSV)), rejected);
    let tally = document.tally;
    assert!(tally.adds_up());
    assert_eq!(tally.duplicate, (expected.len() - rejected.len()) as u64);
    let mut by_code = BTreeMap::new();
    rejected.values().flatten().for_each(|code| *by_code.entry(code.clone()).or_insert(0) += 1);
    assert_eq!(document.by_code, by_code);

    // A dry run predicts the same.
    let (run, verdict) = world.import_file("inbox/people/dry-run/a.csv", file).await;
    let dry = world.tally(&run);
    assert_eq!(verdict, Verdict::Passed);
    let would = dry.would.unwrap();
    assert_eq!((would.imported, would.duplicate), (tally.imported, tally.duplicate));
    assert_eq!(would.rejected + dry.tally.rejected, tally.rejected);
    assert_eq!(dry.by_code, by_code);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rejects_and_duplicates_are_those_of_a_simple_model(
        records in prop::collection::vec(cells(), 0..40),
        chunk_bytes in 1..200_u64,
        declared in declared(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(is_as_the_model(&records, chunk_bytes, declared));
    }
}
