//! Which records a summary counts, and what its report says.

use sluice_contract::{Tally, Verdict, keys};
use sluice_engine::Code;
use sluice_platform::rejects::RejectState;

use super::{CREDIT, KEY, SUMS, feed, file, files, imported, mail, tables, visits, world};
use crate::world::World;

/// A target, in which the later of two records of a file wins, and the word `gone` deletes.
const TABLE: &str =
    "import: {table: visits, key: [id], duplicates: last, delete: {when: 'record.word == \"gone\"', expires: 90d}}\n";

#[tokio::test]
async fn a_summary_is_of_the_winners_of_the_file_and_not_of_the_table() {
    for chunk_bytes in [1, 1 << 20] {
        let mut world = world(&feed(&[SUMS], TABLE));
        world.chunk_bytes = chunk_bytes;
        let older = world.inbox.upload(
            KEY,
            "2026-11-20T00:00:00Z",
            visits(&[
                "s,1,v,,,1",
                "i,1,v,,,2",
                "d,1,v,,,4",
                "d,1,v,,,8",
                "r,1,v,,,2000",
                "g,1,v,,gone,16",
                ",1,w,,,32",
            ]),
        );
        imported(&world, &visits(&["s,1,v,,,100"])).await;
        let run = world.deliver(&older, true).await.run_id.unwrap();
        assert_eq!(world.run(&run).await, Verdict::Imported);
        let expected =
            Tally { read: 7, imported: 2, stale: 1, duplicate: 1, deleted: 1, rejected: 2, ..Tally::default() };
        assert_eq!(world.tally(&run).tally, expected, "{chunk_bytes}");
        assert_eq!(file(&world, &run), "Visitor,Sum,Records,Least,Most\nv,11,3,1,8\n", "{chunk_bytes}");
        // The same content again changes nothing in the table, and gives the same file.
        let text = visits(&["s,1,v,,,100", "x,1,w,,,0.5"]);
        let first = imported(&world, &text).await;
        let again = imported(&world, &text).await;
        assert_eq!(world.tally(&again).tally, Tally { read: 2, unchanged: 2, ..Tally::default() });
        assert_eq!(file(&world, &again), "Visitor,Sum,Records,Least,Most\nv,100,1,100,100\nw,0.5,1,0.5,0.5\n");
        assert_eq!(file(&world, &again), file(&world, &first));
    }
}

#[tokio::test]
async fn what_a_mode_leaves_alone_counts() {
    let world = world(&feed(&[SUMS], "import: {table: visits, key: [id], mode: insert_only}\n"));
    imported(&world, &visits(&["a,1,v,,,1"])).await;
    let run = imported(&world, &visits(&["a,1,v,,,2", "b,1,v,,,4"])).await;
    assert_eq!(world.tally(&run).tally, Tally { read: 2, imported: 1, left: 1, ..Tally::default() });
    assert_eq!(file(&world, &run), "Visitor,Sum,Records,Least,Most\nv,6,2,2,4\n");
}

/// Of two records with one key that are both rejected by the gate, none counts.
#[tokio::test]
async fn what_the_gate_rejects_does_not_count() {
    let world = world(&feed(&[SUMS], "import: {table: visits, key: [id], duplicates: reject}\n"));
    let run = imported(&world, &visits(&["a,1,v,,,1", "a,1,v,,,2", "b,1,v,,,4"])).await;
    assert_eq!(world.tally(&run).tally, Tally { read: 3, imported: 1, rejected: 2, ..Tally::default() });
    assert_eq!(file(&world, &run), "Visitor,Sum,Records,Least,Most\nv,4,1,4,4\n");
}

/// A feed without `import`: the outputs are the result.
#[tokio::test]
async fn a_feed_without_a_target_ends_imported_with_its_outputs() {
    let world = world(&feed(&[SUMS], ""));
    let text = visits(&["a,1,v,,,1", "a,1,v,,x,2", "b,2,w,,,3000"]);
    for _ in 0..2 {
        let run = imported(&world, &text).await;
        assert_eq!(world.tally(&run).tally, Tally { read: 3, imported: 2, rejected: 1, ..Tally::default() });
        let expected = "_record,id,time,visitor,agent,word,amount\n1,a,1,v,,,1\n2,a,1,v,,x,2\n";
        assert_eq!(world.output(&run, keys::IMPORTED_CSV), expected);
        assert_eq!(file(&world, &run), "Visitor,Sum,Records,Least,Most\nv,3,2,1,2\n");
    }
}

/// A record of which a summary cannot say what it adds is rejected, with all its summaries, and not written to the table.
#[tokio::test]
async fn a_record_whose_expression_fails_is_rejected() {
    let numbers =
        "{file: n.csv, columns: [{label: Visitor, by: record.visitor}, {label: N, sum: decimal(record.word)}]}";
    for (more, chunk_bytes) in [("", 1), (TABLE, 1), ("", 1 << 20), (TABLE, 1 << 20)] {
        let mut world = world(&feed(&[SUMS, numbers], more));
        world.chunk_bytes = chunk_bytes;
        let run = imported(&world, &visits(&["a,1,v,,1,1", "b,2,v,,two,2", "c,3,v,,3,4", "d,4,v,,4,5000"])).await;
        let document = world.tally(&run);
        assert_eq!(document.tally, Tally { read: 4, imported: 2, rejected: 2, ..Tally::default() }, "{more}");
        assert_eq!(document.by_code["expression-error"], 1, "{more}");
        let files = files(&world, &run);
        assert_eq!(files["visitors.csv"], "Visitor,Sum,Records,Least,Most\nv,5,2,1,4\n", "{more}");
        assert_eq!(files["n.csv"], "Visitor,N\nv,4\n", "{more}");
        assert!(!world.output(&run, keys::IMPORTED_CSV).contains("two"), "{more}");
        let rejects = world.output(&run, keys::REJECTS_CSV);
        assert!(
            rejects.contains("what it adds to the summary n.csv cannot be said: \"\"N\"\" has no number"),
            "{rejects}"
        );
        let open: Vec<_> = world.rejects.of(&run).into_iter().map(|entry| (entry.record, entry.state)).collect();
        assert_eq!(open, [(2, RejectState::Open), (4, RejectState::Open)], "{more}");
        assert_eq!(world.rejects.of(&run)[0].problems[0].code, Code::ExpressionError, "{more}");
        assert_eq!(world.sink.items("visits").len(), if more.is_empty() { 0 } else { 2 });
        let text = mail(&world, 0);
        assert!(text.contains("2 rejected records are not in the summary"), "{text}");
    }
}

#[tokio::test]
async fn the_first_rows_are_the_file_and_the_report_says_so() {
    let world = world(&feed(&[&SUMS.replace("columns", "sort: [-Sum], top: 2, columns")], ""));
    let run = imported(&world, &visits(&["1,1,a,,,1", "2,1,b,,,3", "3,1,c,,,2", "4,1,d,,,3"])).await;
    assert_eq!(file(&world, &run), "Visitor,Sum,Records,Least,Most\nb,3,1,3,3\nd,3,1,3,3\n");
    let table = &tables(&world, &run)[0];
    assert_eq!((table.groups, table.rows, table.bytes), (4, 2, file(&world, &run).len() as u64));
    let text = mail(&world, 0);
    assert!(text.contains("The feed asks for the first 2 of 4 groups; 2 groups are left out."), "{text}");
}

#[tokio::test]
async fn several_summaries_of_one_feed() {
    let marks = "{file: '{file}-{run}.txt', labels: false, delimiter: ';', decimal: ',', group: '.', columns: [{label: S, sum: \
                 record.amount, decimals: 1}]}";
    let world = world(&feed(&[SUMS, CREDIT, marks], ""));
    let records: Vec<String> = (1..=12).map(|at| format!("{at},{at},v,,w{},999.95", at % 2)).collect();
    let run = imported(&world, &visits(&records.iter().map(String::as_str).collect::<Vec<_>>())).await;
    let files = files(&world, &run);
    assert_eq!(files["visitors.csv"], "Visitor,Sum,Records,Least,Most\nv,11999.4,12,999.95,999.95\n");
    assert_eq!(files["2026-11-21/words.tab"], "Word\tSum\tOrders\nw0\t5999.70\t6\nw1\t5999.70\t6\n");
    assert_eq!(files[&format!("a-{run}.txt")], "11.999,4\n");
    assert_eq!(world.outbound.files().len(), 1, "only what the feed delivers");
    let page = world.output(&run, keys::REPORT_HTML);
    for name in files.keys() {
        assert!(page.contains(name.as_str()), "{name}: {page}");
    }
}

#[tokio::test]
async fn the_date_is_that_of_the_run_in_the_zone_of_the_feed() {
    let world = world(&feed(&[&CREDIT.replace("deliver:", "timezone: America/New_York, deliver:")], ""));
    let run = imported(&world, &visits(&["1,1,a,,,1"])).await;
    assert_eq!(tables(&world, &run)[0].file, "2026-11-20/words.tab", "02:33 in UTC is the evening before");
}

#[tokio::test]
async fn a_file_without_records_makes_a_file_without_rows() {
    for (summary, expected) in [
        (CREDIT, "Word\tSum\tOrders\n"),
        (SUMS, "Visitor,Sum,Records,Least,Most\n"),
        (&CREDIT.replace("when", "labels: false, when"), ""),
    ] {
        let world = world(&feed(&[summary], ""));
        let run = imported(&world, "id,time,visitor,agent,word,amount\n").await;
        assert_eq!(file(&world, &run), expected);
        let table = &tables(&world, &run)[0];
        assert_eq!((table.groups, table.rows), (0, 0));
    }
}

/// Neither mails nor events nor the index of rejects show what is sensitive, also if an expression fails on it.
#[tokio::test]
async fn a_sensitive_field_is_shown_in_no_mail() {
    let sensitive = |summary: &str| feed(&[summary], "").replace("name: word", "name: word, sensitive: true");
    let looked_up = "{file: words.csv, columns: [{label: Word, by: '{\"731055\": \"731055\"}[record.word]'}, {label: N, count: true}]}";
    let by_word = "{file: words.csv, columns: [{label: Word, by: record.word}, {label: N, sum: decimal(record.word)}]}";
    for (summary, words, rows) in [
        (CREDIT, ["S3CRET", "S3CRET"], "Word\tSum\tOrders\nS3CRET\t7310.55\t2\n"),
        (looked_up, ["731055", "S3CRET"], "Word,N\n731055,1\n"),
        (by_word, ["731055", "S3CRET"], "Word,N\n731055,731055\n"),
        (
            &CREDIT.replace("record.word == null ? null : {\"word\": record.word}", "{\"word\": decimal(record.word)}"),
            ["731055", "S3CRET"],
            "Word\tSum\tOrders\n731055\t310.55\t1\n",
        ),
    ] {
        let yaml = sensitive(summary).replace(", constraints: {maximum: 1000}", "");
        let world = world(&yaml);
        let rejects = summary != CREDIT;
        let records = [format!("1,1,v,,{},310.55", words[0]), format!("2,2,v,,{},7000", words[1])];
        let run = imported(&world, &visits(&[&records[0], &records[1]])).await;
        assert_eq!(file(&world, &run), rows, "{summary}");
        assert_eq!(world.tally(&run).tally.rejected, u64::from(rejects), "{summary}");
        let index = format!("{:?}", world.rejects.of(&run));
        let report = world.output(&run, keys::REPORT_JSON);
        let page = world.output(&run, keys::REPORT_HTML);
        let events = format!("{:?}", world.events.published());
        let sent = world.mailer.sent();
        let mails = sent.iter().flat_map(|mail| [&mail.subject, &mail.text, &mail.html]);
        for shown in mails.chain([&index, &report, &page, &events]) {
            assert!(!shown.contains("S3CRET") && !shown.contains("731055"), "{summary}\n{shown}");
        }
        assert!(mail(&world, 0).contains("The rows are not shown, because they depend on a sensitive field."));
    }
}

/// A summary of a feed with groups is of its items.
#[tokio::test]
async fn a_summary_of_items() {
    let yaml = "
version: 1
name: visits
group: {by: order, into: {lines: [sku, price]}}
schema:
  fields:
    - {name: order, constraints: {required: true}}
    - {name: country}
    - {name: sku, constraints: {required: true}}
    - {name: price, type: number}
    - {name: place, type: integer}
    - {name: lines, type: array}
summarise:
  - file: countries.csv
    columns:
      - {label: Country, by: record.country}
      - {label: Orders, count: true}
      - {label: Places, min: record.place}
      - {label: Lines, sum: json(record.lines).size()}
";
    for chunk_bytes in [1, 1 << 20] {
        let mut world = World::new();
        world.chunk_bytes = chunk_bytes;
        world.feed("visits", yaml);
        let text = "order,country,place,sku,price\na,FR,7,A,1\na,,,B,2\nb,DE,5,C,3\nc,FR,3,D,4\nd,FR,1,,5\nd,,,F,6\n";
        let run = imported(&world, text).await;
        assert_eq!(world.tally(&run).tally, Tally { read: 6, imported: 4, rejected: 2, ..Tally::default() });
        assert_eq!(file(&world, &run), "Country,Orders,Places,Lines\nDE,1,5,1\nFR,2,3,3\n", "{chunk_bytes}");
    }
}
