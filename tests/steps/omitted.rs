//! Records without content and repeated headers are neither imported nor rejected, but counted by name.

use proptest::prelude::*;
use sluice_contract::{RunId, Tally, Verdict, keys};
use sluice_engine::{Code, Omitted};

use crate::world::{FEED, World};

const KEY: &str = "inbox/prices/a.csv";

/// Records 2, 4, 5 and 8 are omitted, records 3 and 7 rejected.
const FILE: &str = "id,price\na,1\nid,price\nb,x\n,\n \u{a0},,\nc,3\n,4\n\u{feff}id, price \nd,4\n";

/// Imports a file with the feed of this suite and `feed` added to it.
async fn imported(feed: &str, file: &str) -> (World, RunId, Verdict) {
    let world = World::new();
    world.feed("prices", &format!("{FEED}{feed}"));
    let (run, verdict) = world.import_file(KEY, file).await;
    (world, run, verdict)
}

fn counts(omitted: &Omitted) -> Vec<(&str, u64)> {
    omitted.iter().map(|(name, found)| (name, found.records)).collect()
}

#[tokio::test]
async fn records_without_content_and_repeated_headers_are_omitted() {
    let (world, run, verdict) = imported("", FILE).await;
    let document = world.tally(&run);
    let tally = Tally { read: 9, omitted: 4, imported: 3, rejected: 2, ..Tally::default() };
    assert_eq!((verdict, document.tally, tally.adds_up()), (Verdict::Imported, tally, true));
    assert_eq!(counts(&document.omitted), [("empty", 2), ("repeated-header", 2)]);
    // The other records keep their numbers, and no output lists the omitted ones.
    assert_eq!(world.output(&run, keys::IMPORTED_CSV), "_record,id,price\n1,a,1\n6,c,3\n9,d,4\n");
    let rejects: Vec<_> = world.rejects.of(&run).into_iter().map(|entry| (entry.record, entry.line)).collect();
    assert_eq!(rejects, [(3, 4), (7, 8)]);
    assert_eq!(
        document.by_code.into_iter().collect::<Vec<_>>(),
        [("constraint-error".into(), 1), ("type-error".into(), 1)]
    );

    let mail = world.mailer.sent().pop().unwrap();
    for line in [
        "  + 4  omitted    nothing in them to import: 2 empty, 2 repeated-header\n",
        "  = 9  read\n  The numbers add up.\n",
        "\nOmitted records\n  2 empty: no cell has content (lines 5, 6)\n  2 repeated-header: the same as the header (lines 3, 9)\n",
    ] {
        assert!(mail.text.contains(line), "{line}: {}", mail.text);
    }
    let sentences =
        ["2 empty, 2 repeated-header", "no cell has content (lines 5, 6)", "the same as the header (lines 3, 9)"];
    let page = world.output(&run, keys::REPORT_HTML);
    assert!(sentences.iter().all(|sentence| mail.html.contains(sentence) && page.contains(sentence)), "{}", mail.html);

    let conclusion = world.entry(&run).await.conclusion.unwrap();
    let event = world.events.published().pop().unwrap();
    let report: serde_json::Value = serde_json::from_str(&world.output(&run, keys::REPORT_JSON)).unwrap();
    assert_eq!((conclusion.tally, event.tally), (Some(tally), Some(tally)));
    assert_eq!((&conclusion.omitted, &event.omitted), (&document.omitted, &document.omitted));
    assert_eq!(report["omitted"], serde_json::to_value(&document.omitted).unwrap());
    assert_eq!(report["omitted"]["empty"]["first"][1], serde_json::json!({"record": 5, "line": 6}));
}

#[tokio::test]
async fn a_file_of_which_every_record_is_omitted_imports_nothing() {
    let (world, run, verdict) = imported("", "id,price\n,\n,,,\n\"\",\" \"\nid,price\n").await;
    let document = world.tally(&run);
    assert_eq!((verdict, document.tally), (Verdict::Imported, Tally { read: 4, omitted: 4, ..Tally::default() }));
    assert!(world.chunks(&run).len() > 1);
    assert!(world.sink.items("prices").is_empty());
    assert_eq!(world.output(&run, keys::IMPORTED_CSV), "_record,id,price\n");
    let mail = world.mailer.sent().pop().unwrap();
    assert!(mail.text.contains("all 4 records were omitted"), "{}", mail.text);
}

/// Limits, control totals and footers concern only records that are not omitted.
#[tokio::test]
async fn limits_and_footers_do_not_count_omitted_records() {
    let limits = |limits: &str| format!("validate: {{limits: {{{limits}}}}}\n");
    let footer =
        |count: u64| (FILE.to_owned() + &format!("END,{count}\n"), "source: {footer: {marker: END, countCell: 2}}\n");
    for (feed, file, expected) in [
        (limits("maxRejectPercent: 40"), FILE.to_owned(), None),
        (limits("maxRejectPercent: 39"), FILE.to_owned(), Some("2 of 5 records were rejected; the feed allows 39 %")),
        (limits("minRecords: 5"), FILE.to_owned(), None),
        (
            limits("minRecords: 6"),
            FILE.to_owned(),
            Some("the file has 5 records, not counting 4 omitted records; the feed asks for at least 6"),
        ),
        // The price of a record without a key counts; an omitted record has no price.
        (limits("totals: [{field: price, equals: 12}]"), FILE.to_owned(), None),
        (footer(5).1.to_owned(), footer(5).0, None),
        (
            footer(9).1.to_owned(),
            footer(9).0,
            Some(
                "the footer says 9 records, but the file has 5 between header and footer, not counting 4 omitted records",
            ),
        ),
        (
            footer(4).1.to_owned(),
            footer(4).0,
            Some(
                "the footer says 4 records, but the file has 5 between header and footer, not counting 4 omitted records",
            ),
        ),
        (
            footer(10).1.to_owned(),
            footer(10).0,
            Some("the footer (line 11) says 10 records, but the file has 9 between header and footer"),
        ),
    ] {
        let (world, run, _) = imported(&feed, &file).await;
        let reasons: Vec<_> = world.tally(&run).reasons.into_iter().map(|reason| reason.message).collect();
        assert_eq!(reasons, expected.iter().map(ToString::to_string).collect::<Vec<_>>(), "{feed}");
        assert!(world.tally(&run).tally.adds_up(), "{feed}");
    }
}

/// If the feed names the columns, the file has no header, but a record with these names still counts as a repeated header.
#[tokio::test]
async fn a_header_in_a_file_without_one_is_omitted() {
    let (world, run, _) =
        imported("source: {header: false, columns: [id, price]}\n", "id,price\na,1\n,\nid,price\n").await;
    let tally = Tally { read: 4, omitted: 3, imported: 1, ..Tally::default() };
    assert_eq!(world.tally(&run).tally, tally);
    assert_eq!(counts(&world.tally(&run).omitted), [("empty", 1), ("repeated-header", 2)]);
}

/// In a file of one column, the label may also be a value.
#[tokio::test]
async fn a_file_of_one_column_has_no_repeated_headers() {
    let world = World::new();
    let feed = "version: 1\nname: words\nschema: {fields: [{name: word, constraints: {required: true}}]}\nimport: {table: words, key: [word]}\n";
    world.feed("words", feed);
    let (run, _) = world.import_file("inbox/words/a.csv", "word\nword\n\"\"\n\" \"\nother\n").await;
    assert_eq!(world.tally(&run).tally, Tally { read: 4, omitted: 2, imported: 2, ..Tally::default() });
}

/// If the feed keeps blank lines, they are records without content.
#[tokio::test]
async fn blank_lines_that_are_kept_are_omitted() {
    let (world, run, _) = imported("source: {blankLines: keep}\n", "id,price\na,1\n\n\nb,2\n").await;
    assert_eq!(world.tally(&run).tally, Tally { read: 4, omitted: 2, imported: 2, ..Tally::default() });
    let (world, run, _) = imported("", "id,price\na,1\n\n  \nb,2\n").await;
    assert_eq!(world.tally(&run).tally, Tally { read: 3, omitted: 1, imported: 2, ..Tally::default() });
}

#[tokio::test]
async fn rows_of_a_repair_are_omitted_where_they_say_nothing_at_all() {
    let (world, monday, _) = imported("", FILE).await;
    let header = "id,price,_run,_record,_line,_errors,_raw";
    let repair = format!(
        "{header}\n,,,,,,\nb,2,{monday},3,4,,\n, ,,\n,,{monday},7,8,,\n{header}\n,,{monday},,,,\n\u{feff}{header}\n"
    );
    let (run, verdict) = world.import_file("inbox/prices/repair.csv", repair).await;
    let document = world.tally(&run);
    let tally = Tally { read: 7, omitted: 4, imported: 1, rejected: 2, ..Tally::default() };
    assert_eq!((verdict, document.tally), (Verdict::Imported, tally));
    assert_eq!(counts(&document.omitted), [("empty", 2), ("repeated-header", 2)]);
    // A row with a record number lacks a required value; a row without a number is an unknown record.
    assert_eq!(
        document.by_code.into_iter().collect::<Vec<_>>(),
        [(Code::ConstraintError.to_string(), 1), (Code::UnknownRecord.to_string(), 1)]
    );
    assert!(world.rejects.of(&monday).iter().all(|entry| entry.closed_by.as_ref() == Some(&run)));
}

/// Subtotals and remarks, each under the name that the feed gives them.
const CONDITIONS: &str = r#"
source:
  omit:
    conditions:
      - {name: subtotal, when: 'row["id"] == "" && row["price"] != ""'}
      - {name: remark, when: 'row["price"] == null'}
      - {name: free, when: 'decimal(row["price"]) == 0'}
"#;

#[tokio::test]
async fn records_are_omitted_by_the_conditions_of_the_feed() {
    let file = "id,price\na,1\n,7\nnothing else\nb,0.00\nc,x\nd,\"2\"x\ne,2\n,\n";
    let (world, run, verdict) = imported(CONDITIONS, file).await;
    let document = world.tally(&run);
    let tally = Tally { read: 8, omitted: 4, imported: 2, rejected: 2, ..Tally::default() };
    assert_eq!((verdict, document.tally, tally.adds_up()), (Verdict::Imported, tally, true));
    assert_eq!(counts(&document.omitted), [("empty", 1), ("free", 1), ("remark", 1), ("subtotal", 1)]);
    assert_eq!(
        document.by_code.into_iter().collect::<Vec<_>>(),
        [("expression-error".into(), 1), ("quote-error".into(), 1)]
    );
    let mail = world.mailer.sent().pop().unwrap();
    assert!(mail.text.contains("1 subtotal: by a condition of the feed (line 3)"), "{}", mail.text);

    // A repair is judged in the same way, and a reject that is no record after all is closed.
    let rejects = world.output(&run, keys::REJECTS_CSV).replace("c,x,", "c,0,");
    let (repair, verdict) = world.import_file("inbox/prices/repair.csv", rejects).await;
    let document = world.tally(&repair);
    let tally = Tally { read: 2, omitted: 1, rejected: 1, ..Tally::default() };
    assert_eq!((verdict, document.tally), (Verdict::Imported, tally));
    assert_eq!(counts(&document.omitted), [("free", 1)]);
    assert!(world.rejects.of(&run).iter().all(|entry| entry.closed_by.as_ref() == Some(&repair)));
}

/// A delimiter at the end of a line is no cell where the feed says so, in records that are imported, rejected, omitted and repaired.
#[tokio::test]
async fn a_delimiter_at_the_end_of_a_line_separates_nothing() {
    let ignore = "source: {trailingDelimiter: ignore}\n";
    for header in ["id,price", "id,price,"] {
        let file = format!("{header}\na,1,\nb,2\nc,x,\n{header}\nid,price,\nd,1,,\ne,1,z\n");
        let (world, run, _) = imported(ignore, &file).await;
        let document = world.tally(&run);
        assert_eq!(
            document.tally,
            Tally { read: 7, omitted: 2, imported: 2, rejected: 3, ..Tally::default() },
            "{header}"
        );
        assert_eq!(counts(&document.omitted), [("repeated-header", 2)]);
        assert_eq!(
            document.by_code.into_iter().collect::<Vec<_>>(),
            [("extra-cell".into(), 2), ("type-error".into(), 1)]
        );
        let rejects = world.output(&run, keys::REJECTS_CSV);
        assert!(rejects.starts_with("id,price,_run,"), "{rejects}");
        assert!(rejects.contains(&format!("\nc,x,{run},3,")), "a readable record is in its columns: {rejects}");
        let repaired = rejects.replace("c,x,", "c,3,").replace("\"d,1,,\"", "\"d,1,\"").replace("\"e,1,z\"", "\"e,1\"");
        let (repair, _) = world.import_file("inbox/prices/repair.csv", repaired).await;
        assert_eq!(world.tally(&repair).tally, Tally { read: 3, imported: 3, ..Tally::default() }, "{header}");
    }
    let (world, run, _) = imported("", "id,price\na,1,\nb,2\n").await;
    assert_eq!(world.tally(&run).tally, Tally { read: 2, imported: 1, rejected: 1, ..Tally::default() });
}

/// The outputs and numbers of a file that is split into chunks of about `chunk_bytes`.
async fn cut(chunk_bytes: u64, file: &str) -> (String, String, Tally, Omitted) {
    let mut world = World::new();
    world.feed("prices", &format!("{FEED}{CONDITIONS}"));
    world.chunk_bytes = chunk_bytes;
    let (run, _) = world.import_file(KEY, file).await;
    let document = world.tally(&run);
    assert!(document.tally.adds_up() && document.contradictions.is_empty(), "{document:?}");
    let rejects = world.output(&run, keys::REJECTS_CSV).replace(run.as_str(), "RUN");
    (world.output(&run, keys::IMPORTED_CSV), rejects, document.tally, document.omitted)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Wherever a file is cut, even if a chunk begins with a header, or holds nothing else.
    #[test]
    fn what_is_omitted_does_not_depend_on_the_chunks(
        records in proptest::collection::vec(
            proptest::sample::select(vec![
                "a,1", "b,2", "c,x", "id,price", "\u{feff}id,price", "\"id\", price", ",", "", "  ", ",,,", "\"\",\"\n\"", ",5", "a",
                "b,0",
            ]),
            0..20,
        ),
        chunk_bytes in 1_u64..40,
    ) {
        let file = format!("id,price\n{}\n", records.join("\n"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            assert_eq!(cut(chunk_bytes, &file).await, cut(10_000, &file).await, "{file:?} by {chunk_bytes}");
        });
    }
}
