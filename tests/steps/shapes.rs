//! Shapes of files other than one delimiter and one header: the records are the same however the file is split, and rejects come back.

use sluice_contract::documents::Manifest;
use sluice_contract::{Tally, Verdict, keys};

use crate::world::World;

const KEY: &str = "inbox/prices/a.csv";

const SCHEMA: &str = "
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: name}
    - {name: price, type: number}
import: {table: prices, key: [id]}
";

fn world(source: &str) -> World {
    let world = World::new();
    world.feed("prices", &format!("version: 1\nname: prices\nsource: {source}{SCHEMA}"));
    world
}

fn tally(read: u64, imported: u64, rejected: u64) -> Tally {
    Tally { read, imported, rejected, ..Tally::default() }
}

/// Imports a file, cut into chunks and ranges of several sizes, and returns what was imported each time.
async fn imported(source: &str, text: &str, expected: Tally) -> String {
    let mut outputs = Vec::new();
    // All in one request, in parts of one pass, and in ranges of several calls.
    for (chunk_bytes, one_pass_bytes, read_bytes) in
        [(1, 1 << 20, 5), (7, 3, 2), (16, 64, 64), (1 << 20, 1 << 20, 1 << 20)]
    {
        let mut world = world(source);
        (world.chunk_bytes, world.one_pass_bytes, world.read_bytes) = (chunk_bytes, one_pass_bytes, read_bytes);
        let (run, verdict) = world.import_file(KEY, text).await;
        let reasons = world.tally(&run).reasons;
        assert_eq!((verdict, world.tally(&run).tally), (Verdict::Imported, expected.clone()), "{reasons:?}");
        let manifest: Manifest = world.document(&keys::manifest(&run));
        assert!((manifest.chunks.len() > 1) == (chunk_bytes < 1 << 20), "{chunk_bytes}");
        let rejects = if expected.rejected > 0 { world.output(&run, keys::REJECTS_CSV) } else { String::new() };
        outputs.push((world.output(&run, keys::IMPORTED_CSV), rejects.replace(run.as_str(), "RUN")));
    }
    assert!(outputs.windows(2).all(|pair| pair[0] == pair[1]), "{outputs:?}");
    outputs.remove(0).0
}

#[tokio::test]
async fn a_delimiter_of_several_characters_is_one_wherever_the_file_is_cut() {
    let text = "id||name||price\r\n1||Axe | large||12.50\r\n2||\"a||b\r\nc\"||3\r\n3||x||y||z\r\n4|||c||4\r\n5||\"a\"|b||5\r\n";
    let found = imported("{delimiter: '||'}", text, tally(5, 3, 2)).await;
    assert_eq!(found, "_record,id,name,price\n1,1,Axe | large,12.5\n2,2,\"a||b\r\nc\",3\n4,4,|c,4\n");

    let accents = text.replace("||", "\u{a6}").replace("4|c", "4\u{a6}|c");
    let found = imported("{delimiter: ¦, quotes: lenient}", &accents, tally(5, 4, 1)).await;
    assert!(found.ends_with("5,5,a|b,5\n"), "{found}");
}

#[tokio::test]
async fn a_reject_with_a_long_delimiter_is_repaired_in_it() {
    let world = world("{delimiter: '~|~'}");
    let (run, _) = world.import_file(KEY, "id~|~name~|~price\n1~|~a~|~b~|~c\n2~|~a~|~x\n").await;
    assert_eq!(world.tally(&run).tally, tally(2, 0, 2));
    let rejects = world.output(&run, keys::REJECTS_CSV);
    let repair = rejects.replace("1~|~a~|~b~|~c", "1~|~a~b~|~5").replace("2,a,x", "2,a,6");
    assert_ne!(rejects, repair);
    let (repaired, _) = world.import_file("inbox/prices/repair.csv", repair).await;
    assert_eq!(world.output(&repaired, keys::IMPORTED_CSV), "_record,id,name,price\n1,1,a~b,5\n2,2,a,6\n");
}
