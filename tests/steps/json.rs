//! JSON as a source: lines and arrays are records like those of CSV, and rejects come back.

use std::collections::BTreeSet;
use std::io::Write;

use sluice_contract::documents::{Manifest, SourceDocument};
use sluice_contract::{RunId, Tally, Verdict, keys};
use sluice_engine::Code;
use sluice_platform::rejects::RejectState;

use crate::world::World;

/// The texts after the list of `JSONTestSuite`, which the tests of the engine use too.
#[path = "../../crates/engine/src/json/tests/suite.rs"]
mod suite;

const KEY: &str = "inbox/offers/a.json";

const FEED: &str = "
version: 1
name: offers
restructure: {price: {from: /price/amount}}
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: price, type: number}
    - {name: tags, type: array}
import: {table: offers, key: [id]}
";

const LINES: &str = r#"{"id":"a","price":{"amount":12.50},"tags":["x", "y"]}
{"id":"b","price":{"amount":123456789012345678901234567890.5}}

{"id":"c","price":{"amount":"x"}}
{"id":"d","id":"e"}
{"id":"f","tags":null}
{"id":"g",
["h"]
"#;

fn world(source: &str) -> World {
    let world = World::new();
    world.feed("offers", &format!("{FEED}source: {{{source}}}\n"));
    world
}

fn tally(read: u64, imported: u64, rejected: u64) -> Tally {
    Tally { read, imported, rejected, ..Tally::default() }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Pointers are columns, numbers keep their text, and a large file has many chunks.
#[tokio::test]
async fn lines_are_imported_whatever_the_size_of_the_chunks() {
    for chunk_bytes in [1, 16, 100_000] {
        let mut world = world("format: jsonl");
        world.chunk_bytes = chunk_bytes;
        let (run, verdict) = world.import_file(KEY, LINES).await;
        assert_eq!((verdict, world.tally(&run).tally), (Verdict::Imported, tally(7, 3, 4)), "{chunk_bytes}");
        let manifest: Manifest = world.document(&keys::manifest(&run));
        assert!(if chunk_bytes < 17 { manifest.chunks.len() > 5 } else { manifest.chunks.len() == 1 });
        assert_eq!(
            world.output(&run, keys::IMPORTED_CSV),
            "_record,id,price,tags\n1,a,12.5,\"[\"\"x\"\",\"\"y\"\"]\"\n2,b,123456789012345678901234567890.5,\n5,f,,\n"
        );
        let again = world.import_file(KEY, LINES).await.0;
        assert_eq!(world.tally(&again).tally, Tally { read: 7, unchanged: 3, rejected: 4, ..Tally::default() });
    }
}

/// Conditions read pointers, also those that no field reads, in the file and in its repair.
#[tokio::test]
async fn conditions_omit_records_of_json() {
    let omit = "omit: {conditions: [{name: deleted, when: 'row[\"/state\"] == \"deleted\"'}, \
                {name: free, when: 'row[\"/price/amount\"] == \"\"'}]}";
    let file = "{\"id\":\"a\",\"state\":null,\"price\":{\"amount\":1}}\n\
                {\"id\":\"b\",\"state\":\"deleted\",\"price\":{\"amount\":\"x\"}}\n  \n\
                {\"id\":\"c\",\"price\":{\"amount\":null}}\n{\"id\":\"d\",\"price\":{\"amount\":\"x\"}}\n\
                {\"state\":\"deleted\"\n";
    let world = world(&format!("format: jsonl, {omit}"));
    let (run, verdict) = world.import_file(KEY, file).await;
    let document = world.tally(&run);
    assert_eq!((verdict, document.tally), (Verdict::Imported, Tally { omitted: 3, ..tally(6, 1, 2) }));
    let counts: Vec<_> = document.omitted.iter().map(|(name, found)| (name, found.records)).collect();
    assert_eq!(counts, [("deleted", 1), ("empty", 1), ("free", 1)]);
    let rejects = world.output(&run, keys::REJECTS_CSV);
    assert!(rejects.starts_with("/id,/price/amount,/tags,/state,_run,"), "{rejects}");
    let fixed = rejects
        .replace("d,x,,,", "d,x,,deleted,")
        .replace("\"{\"\"state\"\":\"\"deleted\"\"\"", "\"{\"\"id\"\":\"\"e\"\"}\"");
    let (repair, _) = world.import_file("inbox/offers/fix.csv", fixed).await;
    let counts: Vec<_> =
        world.tally(&repair).omitted.iter().map(|(name, found)| (name.to_owned(), found.records)).collect();
    assert_eq!(counts, [("deleted".to_owned(), 1), ("free".to_owned(), 1)]);
}

#[tokio::test]
async fn rejects_of_json_come_back_and_are_repaired() {
    let world = world("format: jsonl");
    let (monday, _) = world.import_file(KEY, LINES).await;
    let rejects = world.output(&monday, keys::REJECTS_CSV);
    assert_eq!(
        rejects.replace(monday.as_str(), "RUN"),
        "/id,/price/amount,/tags,_run,_record,_line,_errors,_raw\n\
         c,x,,RUN,3,4,\"[type-error] price (column \"\"/price/amount\"\"): \"\"x\"\" is not a decimal number, such as 12.50\",\n\
         ,,,RUN,4,5,\"[json-error] line 5, column 11: the member \"\"id\"\" occurs twice; expected each name once\",\
         \"{\"\"id\"\":\"\"d\"\",\"\"id\"\":\"\"e\"\"}\"\n\
         ,,,RUN,6,7,\"[json-error] line 7, column 11: not JSON: found the end, expected a name in double quotes\",\
         \"{\"\"id\"\":\"\"g\"\",\"\n\
         ,,,RUN,7,8,\"[json-error] line 8, column 1: the record is an array; expected an object with the members that the \
         feed reads\",\"[\"\"h\"\"]\"\n"
    );
    // A cell is corrected, a record in `_raw` is written on two lines, one is still broken, and one is moved to the columns.
    let fixed = rejects
        .replace("c,x,,", "c,3,\"[\"\"n\"\"]\",")
        .replace("\"{\"\"id\"\":\"\"d\"\",\"\"id\"\":\"\"e\"\"}\"", "\"{\"\"id\"\":\n\"\"d\"\"}\"")
        .replace("\"[\"\"h\"\"]\"", "")
        .replace(&format!(",,,{monday},7"), &format!("h,,,{monday},7"));
    let (repair, verdict) = world.import_file("inbox/offers/fix.csv", fixed).await;
    assert_eq!((verdict, world.tally(&repair).tally), (Verdict::Imported, tally(4, 3, 1)));
    assert_eq!(
        world.output(&repair, keys::IMPORTED_CSV),
        "_record,id,price,tags\n1,c,3,\"[\"\"n\"\"]\"\n2,d,,\n4,h,,\n"
    );
    let again = world.output(&repair, keys::REJECTS_CSV);
    assert!(again.contains("_raw: column 11 of the record: not JSON: found the end"), "{again}");
    assert!(again.ends_with("\"{\"\"id\"\":\"\"g\"\",\"\n"), "{again}");
    let states = |run| world.rejects.of(run).into_iter().map(|entry| (entry.record, entry.state)).collect::<Vec<_>>();
    assert_eq!(states(&monday), [3, 4, 6, 7].map(|record| (record, RejectState::Closed)));
    assert_eq!(states(&repair), [(3, RejectState::Open)]);

    // What the repair rejected is repaired in its turn.
    let (last, _) = world.import_file("inbox/offers/last.csv", again.replace("\"\"g\"\",\"\n", "\"\"g\"\"}\"\n")).await;
    assert_eq!(world.tally(&last).tally, tally(1, 1, 0));
    assert_eq!(states(&repair), [(3, RejectState::Closed)]);
    assert_eq!(world.sink.items("offers").len(), 7);
}

/// An array gives the same records as lines, plain, compressed, in UTF-16 or in an old encoding.
#[tokio::test]
async fn an_array_is_imported_as_its_elements() {
    let file = "{\"n\": 3,\n \"data\": {\"items\": [\n  {\"id\": \"ä\", \"price\": {\"amount\": 1.10}},\n  {\"id\": \"b\",\n   \"price\": {\"amount\": \"x\"}},\n  \
                {\"id\": \"c\", \"id\": 1},\n  {\"id\": \"d\"}\n]}}\n";
    let utf16: Vec<u8> = format!("\u{feff}{file}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = file.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for (encoding, bytes) in
        [("utf-8", file.as_bytes().to_vec()), ("utf-8", gzip(file)), ("auto", utf16), ("windows-1252", latin)]
    {
        let world = world(&format!("format: json, records: /data/items, encoding: {encoding}"));
        let (run, verdict) = world.import_file(KEY, bytes).await;
        assert_eq!((verdict, world.tally(&run).tally), (Verdict::Imported, tally(4, 2, 2)), "{encoding}");
        assert_eq!(world.output(&run, keys::IMPORTED_CSV), "_record,id,price,tags\n1,ä,1.1,\n4,d,,\n");
        let rejects = world.output(&run, keys::REJECTS_CSV).replace(run.as_str(), "RUN");
        assert!(rejects.contains("\nb,x,,RUN,2,4,"), "the line is that of the file: {rejects}");
        assert!(rejects.contains(",,,RUN,3,6,\"[json-error] column 11 of the record: the member"), "{rejects}");
        let source: SourceDocument = world.document(&keys::source_document(&run));
        assert_eq!(source.key, keys::source_text(&run));
        assert!(source.text.is_rewritten() && source.notes.iter().any(|note| note.message.contains("from an array")));
    }
}

#[tokio::test]
async fn an_array_that_is_broken_or_not_there_rejects_the_file() {
    for (file, reason) in [
        ("[{\"id\": \"a\"},\n {\"id\": b}]", "line 2, column 9: not JSON: found a letter, expected a value"),
        (
            "[{\"id\": \"a\"}",
            "line 1, column 13: the file ends here, and \",\" or \"]\" is missing; most likely its creation or upload was interrupted",
        ),
        (
            "{\"id\": \"a\"}",
            "line 1, column 1: the file is an object; expected an array of records. If a member of it is the array, name it in source.records, such as /items; if the file has a record on each line, write source.format: jsonl",
        ),
    ] {
        let world = world("format: json");
        let (run, verdict) = world.import_file(KEY, file).await;
        assert_eq!((verdict, world.sink.items("offers").len()), (Verdict::Rejected, 0), "{file}");
        let manifest: Manifest = world.document(&keys::manifest(&run));
        let found: Vec<_> = manifest.problems.iter().map(|problem| (problem.code, problem.message.as_str())).collect();
        assert_eq!(found, [(Code::JsonError, reason)]);
    }
    // No records are no mistake: the producer had nothing to say.
    let world = world("format: json");
    let (run, verdict) = world.import_file(KEY, "[ ]").await;
    assert_eq!((verdict, world.tally(&run).tally), (Verdict::Imported, tally(0, 0, 0)));
}

/// JSON has no header, so a name that is spelt wrong is noted.
#[tokio::test]
async fn a_member_that_no_record_has_is_noted() {
    let world = world("format: jsonl");
    let (run, _) = world.import_file(KEY, "{\"id\":1,\"price\":{\"amout\":2}}\n{\"id\":2,\"tags\":[]}\n").await;
    let manifest: Manifest = world.document(&keys::manifest(&run));
    let found: Vec<_> = manifest.notes.iter().map(|note| (note.code, note.message.as_str())).collect();
    assert_eq!(
        found,
        [(
            Code::MissingMember,
            "none of the 2 records has /price/amount, so that the field has no value there; did you mean \"/price/amout\"?"
        )]
    );
}

/// The records that a run has rejected.
fn rejected(world: &World, run: &RunId) -> BTreeSet<u64> {
    world.rejects.of(run).iter().map(|entry| entry.record).collect()
}

/// The list of `JSONTestSuite` through the whole pipeline: each text on a line, and each in an array.
#[tokio::test]
async fn what_is_json_is_the_same_in_lines_and_in_arrays() {
    let feed = "{version: 1, name: offers, source: {FORMAT}, restructure: {id: {value: '\"x\"'}, all: {from: ''}}, schema: {fields: \
                [{name: id, constraints: {required: true}}, {name: all}]}, import: {table: offers, key: [id]}}";
    let good = suite::GOOD.iter().map(|(name, text)| (*name, *text, true));
    let bad = suite::BAD.iter().chain(suite::TWICE).map(|(name, text)| (*name, *text, false));
    let all: Vec<_> = good.chain(bad).chain(suite::OPEN.iter().copied()).collect();

    // A text with a line break is not one line, and an empty one is none.
    let is_line =
        |text: &[u8]| !text.trim_ascii().is_empty() && !text.contains(&b'\n') && !text.starts_with(b"\xef\xbb\xbf");
    let lines: Vec<_> = all.iter().filter(|(_, text, _)| is_line(text)).collect();
    let file = lines.iter().map(|(_, text, _)| *text).collect::<Vec<_>>().join(&b'\n');
    let mut world = World::new();
    world.chunk_bytes = 1000;
    world.feed("offers", &feed.replace("FORMAT", "format: jsonl"));
    let (run, _) = world.import_file(KEY, file).await;
    let expected = (1..).zip(&lines).filter(|(_, (_, _, good))| !good).map(|(record, _)| record).collect();
    assert_eq!(rejected(&world, &run), expected);
    assert!(lines.len() > 300);

    for (name, text, good) in all {
        let mut world = World::new();
        world.chunk_bytes = 1000;
        world.feed("offers", &feed.replace("FORMAT", "format: json"));
        let (run, verdict) = world.import_file(KEY, [b"[0,", text, b",0]"].concat()).await;
        let rejects = rejected(&world, &run);
        // A text that breaks the array rejects the file, any other its record.
        let accepted = verdict == Verdict::Imported && rejects.is_empty();
        assert_eq!(accepted, good, "{name}: {verdict:?} {rejects:?}");
        assert!(good || verdict == Verdict::Rejected || rejects == [2].into(), "{name}: {verdict:?} {rejects:?}");
    }
}
