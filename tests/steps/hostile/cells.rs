//! Hostile cells and labels.

use sluice_contract::{Verdict, keys};
use sluice_engine::Code;

use super::{CANARY, import};
use crate::world::{FEED, World};

const KEY: &str = "inbox/prices/a.csv";

/// Texts that a browser, a spreadsheet, a mail program, a terminal or a shell may interpret.
fn texts() -> Vec<String> {
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=\"alert(1)\">",
        "\"><svg/onload=alert(1)>",
        "</td></table><b>fat</b>",
        "=cmd|' /C calc'!A0",
        "=HYPERLINK(\"http://x/?\"&A1,\"click\")",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "＝1+1",
        "\r\nBcc: x@example.com\r\n\r\n<b>",
        "\0\u{1}\u{1b}[2J\u{7f}",
        "\u{202e}desrever\u{2028}",
        "{{7*7}}${7*7}<%= 7*7 %>",
        "'; DROP TABLE runs; --",
        "[[_TOC_]] _problems _record",
    ]
    .map(|text| format!("{text} {CANARY}"))
    .into()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Whether a spreadsheet would take a cell for a formula.
fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

#[tokio::test]
async fn cells_are_data_wherever_they_are_shown() {
    let mut world = World::new();
    world.chunk_bytes = 100;
    let rows: Vec<String> = texts().iter().map(|text| format!("{0},{0}\n", quoted(text))).collect();
    let rows = rows.concat();
    let (run, verdict) = import(&world, KEY, format!("id,price\n{rows}good,1\n")).await;
    assert_eq!(verdict, Verdict::Imported);
    let tally = world.tally(&run);
    assert_eq!((tally.tally.imported, tally.tally.rejected), (1, texts().len() as u64));
    assert_eq!(tally.by_code.keys().collect::<Vec<_>>(), [Code::TypeError.as_str()]);

    let rejects = world.output(&run, keys::REJECTS_CSV);
    let mut reader = csv::Reader::from_reader(rejects.as_bytes());
    let mut found = Vec::new();
    for record in reader.records() {
        let record = record.unwrap();
        assert!(record.iter().all(|cell| !is_formula(cell)), "{record:?}");
        found.push(sluice_engine::reject::unguard(&record[0]).to_owned());
    }
    assert_eq!(found, texts(), "each comes back as it was");
}

#[tokio::test]
async fn labels_are_data_wherever_they_are_shown() {
    for text in texts() {
        // The label of an ignored column, of a column that rejects the file, and of a repeated column.
        for (policy, header, expected) in [
            ("ignore", format!("id,price,{}", quoted(&text)), Verdict::Imported),
            ("reject_file", format!("id,price,{}", quoted(&text)), Verdict::Rejected),
            ("ignore", format!("id,{0},{0}", quoted(&text)), Verdict::Rejected),
        ] {
            let world = World::new();
            let labels = format!("source: {{labels: {{extra: {policy}, missing: reject_file}}}}\nschema:");
            world.feed("prices", &FEED.replace("schema:", &labels));
            let (run, verdict) = import(&world, KEY, format!("{header}\n1,2,3\n2,x,y\n")).await;
            assert_eq!(verdict, expected, "{text:?}");
            if verdict == Verdict::Imported {
                let rejects = world.output(&run, keys::REJECTS_CSV);
                let labels = csv::Reader::from_reader(rejects.as_bytes()).headers().unwrap().clone();
                assert!(labels.iter().all(|label| !is_formula(label)), "{labels:?}");
            }
        }
    }
}

#[tokio::test]
async fn records_that_are_no_text_are_rejected_and_their_neighbours_imported() {
    let noise: Vec<u8> = (0..=255_u8).filter(|byte| !matches!(byte, b'\n' | b'\r' | b'"' | b',')).collect();
    let file = [b"id,price\n1,2\n\0,\0\n\0\0\0\n", &noise[..], b",1\n2,3\n"].concat();
    let world = World::new();
    let (run, verdict) = import(&world, KEY, file).await;
    assert_eq!(verdict, Verdict::Imported);
    let tally = world.tally(&run);
    assert_eq!((tally.tally.read, tally.tally.imported), (5, 2));
    assert_eq!(tally.by_code[Code::EncodingError.as_str()], 1, "{:?}", tally.by_code);
}

/// Either the file is rejected, or all its records are: both are correct.
#[tokio::test]
async fn nothing_of_random_bytes_is_imported() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    for _ in 0..20 {
        let noise: Vec<u8> = (0..2000).map(|_| byte()).collect();
        for head in [&b""[..], b"id,price\n", b"\x1F\x8B\x08\x00", b"\x28\xB5\x2F\xFD", b"\xFF\xFE", b"PK\x03\x04"] {
            let world = World::new();
            let (run, _) = import(&world, KEY, [head, &noise].concat()).await;
            let tally = world.tally(&run).tally;
            assert_eq!(tally.imported, 0, "{tally:?}");
        }
    }
}
