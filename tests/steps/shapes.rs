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
        assert_eq!((verdict, world.tally(&run).tally), (Verdict::Imported, expected), "{reasons:?}");
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

const PREAMBLE: &str = "Stock \"of today\n\nBranch;7\n";

#[tokio::test]
async fn a_header_is_found_and_what_is_above_it_is_not_data() {
    let data = "id;name;price\n1;Axe;1.50\n2;\"a\nb\";x\nid;name;price\n3;Saw;3\n";
    let source = "{delimiter: ';', header: find}";
    let omitted = |read, imported, rejected, omitted| Tally { omitted, ..tally(read, imported, rejected) };
    let found = imported(source, &format!("{PREAMBLE}{data}"), omitted(4, 2, 1, 1)).await;
    assert_eq!(found, "_record,id,name,price\n1,1,Axe,1.5\n4,3,Saw,3\n");
    assert_eq!(imported(source, data, omitted(4, 2, 1, 1)).await, found, "a header on the first line is found too");

    let world = world(source);
    let (run, _) = world.import_file(KEY, format!("{PREAMBLE}{data}")).await;
    let notes: Vec<String> = world.tally(&run).notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        ["[preamble] the 3 lines 1 to 3 are above the header, which is on line 4: they are not read as data"]
    );
    // Lines are those of the file, and records are numbered from the header on.
    let rejects = world.output(&run, keys::REJECTS_CSV);
    assert!(rejects.contains(&format!("\n2,\"a\nb\",x,{run},2,6,")), "{rejects}");
    let (repair, _) = world.import_file("inbox/prices/b.csv", rejects.replace(",x,", ",2,")).await;
    assert_eq!(world.output(&repair, keys::IMPORTED_CSV), "_record,id,name,price\n1,2,\"a\nb\",2\n");
}

#[tokio::test]
async fn a_file_without_the_header_that_is_looked_for_is_rejected() {
    for (source, file, expected) in [
        (
            "{header: find, headerWithin: 3}",
            "Stock\nid,name\nx\nid,name,price\n1,a,1\n",
            "[dialect-error] a column that the feed reads is not in the header; the labels are on line 4: set source.headerWithin: 4",
        ),
        (
            "{header: find}",
            "Stock\nid,name,cost\n1,a,1\n",
            "[missing-label] no record on the lines 1 to 20 has all columns that the feed needs; the one on line 2 comes nearest and \
             lacks \"price\"; if the header is further below, raise source.headerWithin",
        ),
        (
            "{header: find}",
            "\n\n",
            "[source-error] the file has no records: nothing stands in it but blank lines or comments; expected a header and records",
        ),
        (
            "{headerRows: 2}",
            "id,name,price\n1,a,1\n",
            "[dialect-error] 3 columns that the feed reads are not in the header; they are in one record: remove source.headerRows",
        ),
    ] {
        let world = world(source);
        let (run, verdict) = world.import_file(KEY, file).await;
        let reasons: Vec<String> = world.tally(&run).reasons.iter().map(ToString::to_string).collect();
        assert_eq!((verdict, reasons), (Verdict::Rejected, vec![expected.to_owned()]), "{file}");
    }
}

#[tokio::test]
async fn several_header_lines_are_joined_into_labels() {
    let world = World::new();
    world.feed(
        "prices",
        "
version: 1
name: prices
source: {header: find, headerRows: 2}
restructure: {id: {from: Product SKU}, net: {from: Price Net}, gross: {from: Price Gross}, paris: {from: Stock Paris}}
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: net, type: number}
    - {name: gross, type: number}
    - {name: paris, type: integer}
import: {table: prices, key: [id]}
",
    );
    let header = "Product,,Price,,Stock,\nSKU,Name,Net,Gross,Berlin,Paris\n";
    let file = format!("Report\n{header}A1,Cup,1.00,1.19,5,6\n{header}A2,Jug,2.00,2.38,7,x\n");
    let (run, verdict) = world.import_file(KEY, file).await;
    let found = world.tally(&run);
    assert_eq!((verdict, found.tally), (Verdict::Imported, Tally { omitted: 2, ..tally(4, 1, 1) }));
    assert_eq!(world.output(&run, keys::IMPORTED_CSV), "_record,id,net,gross,paris\n1,A1,1,1.19,6\n");
    let rejects = world.output(&run, keys::REJECTS_CSV);
    assert!(
        rejects.starts_with("Product SKU,Product Name,Price Net,Price Gross,Stock Berlin,Stock Paris,_run,"),
        "{rejects}"
    );
    let (repair, _) = world.import_file("inbox/prices/b.csv", rejects.replace("7,x", "7,8")).await;
    assert_eq!(world.output(&repair, keys::IMPORTED_CSV), "_record,id,net,gross,paris\n1,A2,2,2.38,8\n");
}

const LAYOUT: &str = "{format: fixed, fixed: {columns: [{label: id, width: 4}, {label: name, width: 6}, {label: price, start: 13, end: 19}]}, \
                      skipLines: 1, omit: {conditions: [{name: pages, when: 'row[\"id\"] == \"PAGE\"'}]}, footer: {marker: END, countCell: 2}";

/// A page number, a short line, text behind the last column, and a value that is none, among good lines.
const LINES: &str = "HEADER 2026-11-30\r\n0001Axe   x   12.50\r\n0002S\u{e4}ge  y    9.00  \r\nPAGE 1\r\n\r\n0003Pen\r\n\
                     0004Cup        1.00 !\r\n0005Jug        1,00\r\nEND      5          \r\n";

#[tokio::test]
async fn lines_of_fixed_width_are_records_of_their_parts() {
    let source = format!("{LAYOUT}}}");
    let expected = Tally { omitted: 1, ..tally(6, 2, 3) };
    let found = imported(&source, LINES, expected).await;
    assert_eq!(found, "_record,id,name,price\n1,0001,Axe,12.5\n2,0002,S\u{e4}ge,9\n");
    let latin1: Vec<u8> = LINES.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let world = world(&source.replace("format", "encoding: latin1, format"));
    let (run, _) = world.import_file(KEY, latin1).await;
    assert_eq!(world.output(&run, keys::IMPORTED_CSV), found, "a character is one whatever its bytes");
    let rejects = world.output(&run, keys::REJECTS_CSV);
    for found in [
        ",4,6,\"[missing-cell] has 7 characters, but its columns take 19: \"\"name\"\", \"\"price\"\" is cut off or missing; ",
        ",5,7,\"[extra-cell] has text behind character 19, with which its last column ends\",0004Cup        1.00 !\n",
        "\n0005,Jug,\"1,00\",",
    ] {
        assert!(rejects.contains(found), "{found} {rejects}");
    }
    // Two are corrected in `_raw`, one of them still too long, and one in its cell.
    let repair = rejects.replace("0003Pen\n", "0003Pen        3.00\n").replace("Jug,\"1,00\",", "Jug,1.00,");
    assert_ne!(repair, rejects);
    let (repair, _) = world.import_file("inbox/prices/b.csv", repair).await;
    assert_eq!(world.output(&repair, keys::IMPORTED_CSV), "_record,id,name,price\n1,0003,Pen,3\n3,0005,Jug,1\n");
    assert_eq!(world.tally(&repair).by_code, [("extra-cell".to_owned(), 1)].into());
}

#[tokio::test]
async fn short_lines_may_be_filled_with_spaces() {
    let source = format!("{}}}", LAYOUT.replace("end: 19}]", "end: 19}], shortLines: fill"));
    let found = imported(&source, LINES, Tally { omitted: 1, ..tally(6, 3, 2) }).await;
    assert_eq!(found, "_record,id,name,price\n1,0001,Axe,12.5\n2,0002,S\u{e4}ge,9\n4,0003,Pen,\n");
}
