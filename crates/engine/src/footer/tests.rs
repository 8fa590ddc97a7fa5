use super::*;
use crate::dialect::Dialect;
use crate::feed::FOOTER_BYTES;
use crate::scan::{Scanner, Sizes};

fn feed(source: &str) -> FeedPlan {
    let yaml = format!(
        "version: 1\nname: a\nsource: {{{source}}}\n\
         schema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}\nimport: {{table: a, key: [id]}}\n"
    );
    FeedPlan::from_yaml(&yaml).unwrap()
}

/// The footer of a file, or the problem that it has none; and the number of records that are left.
fn taken(source: &str, file: &str) -> (Result<Option<Footer>, String>, u64) {
    let feed = feed(source);
    let layout = feed.source.layout(file.len() as u64);
    let scanner = Scanner::new(Dialect::CANONICAL, layout, Sizes { chunk: 8, record: 1 << 20 });
    let mut plan = scanner.plan(file.as_bytes()).unwrap();
    let run = RunContext::at("2026-11-21T02:33:00Z").unwrap();
    let footer = take(&feed, &mut plan, SourceText::UTF_8, &run).map_err(|problem| problem.to_string());
    assert_eq!(plan.records, plan.chunks.iter().map(|chunk| chunk.records).sum::<u64>());
    (footer, plan.records)
}

/// The first cell, the line and the number of records of a footer, and the number of records before it.
fn found(source: &str, file: &str) -> (String, u64, u64, u64) {
    let (footer, records) = taken(source, file);
    let footer = footer.unwrap().unwrap();
    (footer.cells[0].clone(), footer.position.line, footer.records, records)
}

const SHARES: &str = "id,shares,value\nAAA,10,5\nBBB,20,7\n,,\nTOTAL,30,12\n\"Exported on 22 Jun 2020\"\n";

#[test]
fn the_footer_goes_from_the_last_match_to_the_end() {
    let total = |line, records, before| ("TOTAL".to_owned(), line, records, before);
    // The record without content before it stays a record, which is omitted.
    assert_eq!(found("footer: {marker: TOTAL}", SHARES), total(5, 2, 3));
    assert_eq!(found("footer: {when: 'row[\"shares\"] == \"30\"'}", SHARES), total(5, 2, 3));
    let both = "footer: {marker: TOTAL, when: 'row[\"shares\"] == \"30\"'}";
    assert_eq!(found(both, SHARES), total(5, 2, 3));
    // A cell that the record lacks is null.
    let exported = found("footer: {when: 'row[\"shares\"] == null'}", SHARES);
    assert_eq!(exported, ("Exported on 22 Jun 2020".into(), 6, 1, 4));
    // Matches directly before it belong to it; others are data.
    let sums = "id,n\nTOTAL,1\na,2\nTOTAL,3\n,\nTOTAL,4\nby hand,\n";
    assert_eq!(found("footer: {marker: TOTAL}", sums), total(4, 4, 2));
    // Rows without content at the end of the file do not count, and belong to the footer.
    let blank = format!("id,n\na,1\nTOTAL,1\n{}", ",\n".repeat(300));
    assert_eq!(found("footer: {marker: TOTAL, within: 1}", &blank), total(3, 301, 1));
    // Without anything to look for, it is the last record with content.
    assert_eq!(found("footer: {countCell: 2}", &blank), total(3, 301, 1));
    // White space around a marker does not count.
    assert_eq!(found("footer: {marker: ' TOTAL'}", "id,n\n\"TOTAL \",1\n"), ("TOTAL ".into(), 2, 1, 0));
}

#[test]
fn a_match_before_the_last_records_is_a_record() {
    let file = format!("id\na\nTOTAL\n{}", "b\n".repeat(10));
    let (footer, records) = taken("footer: {marker: TOTAL}", &file);
    assert_eq!((footer.is_err(), records), (true, 12));
    assert_eq!(found("footer: {marker: TOTAL, within: 11}", &file), ("TOTAL".into(), 3, 11, 1));
    // Nor is it one that begins more than 64 KiB before the end.
    for (length, is_one) in [(FOOTER_BYTES - 8, true), (FOOTER_BYTES - 7, false)] {
        let file = format!("id\na\nTOTAL\n{}\n", "b".repeat(usize::try_from(length).unwrap() + 1));
        assert_eq!(taken("footer: {marker: TOTAL}", &file).0.is_ok(), is_one, "{length}");
    }
}

#[test]
fn a_file_without_its_footer_is_reported() {
    let end = "the end of the file may be lost: it ends with a record that begins with";
    for (source, file, expected) in [
        (
            "footer: {marker: TRL, countCell: 2}",
            "id\n",
            "the file ends without a footer; expected a record among the last 10 that begins with \"TRL\", with the number \
             of records in cell 2"
                .to_owned(),
        ),
        (
            "footer: {marker: TRL, within: 2}",
            "id\n1\n2\n3\n\n",
            format!(
                "none of the last records (lines 3 to 4) is a footer, so {end} \"3\"; expected a record among the last 2 \
                 that begins with \"TRL\""
            ),
        ),
        (
            "footer: {marker: TRL, within: 1}",
            "id\n1\n 2\n",
            format!("the last record (line 3) is no footer, so {end} \"2\"; expected a last record that begins with \"TRL\""),
        ),
        // A condition that cannot be decided is no match.
        (
            "footer: {when: 'row[\"other\"] == null'}",
            "id\n1\n",
            format!(
                "the last record (line 2) is no footer, so {end} \"1\"; expected a record among the last 10 for which \
                 source.footer.when is true"
            ),
        ),
    ] {
        let (footer, _) = taken(source, file);
        assert_eq!(footer, Err(format!("[missing-footer] {expected}")), "{file:?}");
    }
    assert_eq!(taken("", SHARES), (Ok(None), 5));
}

#[test]
fn labels_are_those_of_the_feed() {
    let source = "header: false, columns: [Id, shares, value], labels: {match: loose}, footer: {when: 'row[\"ID\"] == \"TOTAL\"'}";
    assert_eq!(found(source, SHARES), ("TOTAL".into(), 5, 2, 4));
}

#[test]
fn the_count_is_of_records_that_are_not_omitted() {
    let plan = feed("footer: {countCell: 2}").source.footer.unwrap();
    let reported = |count: &str, records, omitted| {
        let cells = ["END".to_owned(), count.to_owned()];
        Footer::check_count(&plan, &cells, records, omitted).map(|problem| problem.to_string())
    };
    assert_eq!((reported(" 010 ", 10, 0), reported("10", 10, 3)), (None, None));
    for (count, records, omitted, expected) in [
        ("9", 10, 0, "says 9 records, but the file has 10 between header and footer"),
        ("10", 9, 1, "says 10 records, but the file has 9 between header and footer, not counting 1 omitted record"),
        ("10", 8, 2, "says 10 records, but the file has 8 between header and footer, not counting 2 omitted records"),
    ] {
        assert_eq!(reported(count, records, omitted), Some(format!("[wrong-record-count] the footer {expected}")));
    }
    let without = feed("footer: {marker: END}").source.footer.unwrap();
    assert_eq!(Footer::check_count(&without, &["END".to_owned()], 1, 0), None);
}

#[test]
fn a_wrong_count_is_reported() {
    let plan = feed("footer: {marker: TRL, countCell: 2}").source.footer.unwrap();
    let reported = |cells: &[&str]| {
        let position = Position { offset: 90, line: 12, record: 11 };
        let footer = Footer { position, cells: cells.iter().map(|cell| (*cell).to_owned()).collect(), records: 1 };
        footer.check(&plan, 10).map(|problem| problem.to_string())
    };
    // A count that is too low is reported at once; one that is too high only when the omitted records are known.
    for cells in [&["TRL", "10"][..], &[" TRL ", " 0000000010 ", "99.50"], &["TRL", "9"]] {
        assert_eq!(reported(cells), None);
    }
    for (cells, expected) in [
        (&["TRL"][..], "the footer (line 12) has 1 cells; expected the number of records in cell 2"),
        (&["TRL", "11"], "the footer (line 12) says 11 records, but the file has 10 between header and footer"),
        (&["TRL", "ten"], "cell 2 of the footer (line 12) holds \"ten\"; expected the number of records"),
        (&["TRL", "-10"], "cell 2 of the footer (line 12) holds \"-10\"; expected the number of records"),
    ] {
        assert_eq!(reported(cells), Some(format!("[wrong-record-count] {expected}")));
    }
}

#[test]
fn a_footer_of_several_records_is_noted() {
    let (footer, _) = taken("footer: {marker: TOTAL}", SHARES);
    assert_eq!(
        footer.unwrap().unwrap().note().map(|note| note.to_string()).as_deref(),
        Some("[footer] the footer begins on line 5 and has 2 records up to the end of the file; they are not imported")
    );
    let (footer, _) = taken("footer: {marker: TOTAL}", "id\nTOTAL\n");
    assert_eq!(footer.unwrap().unwrap().note(), None);
}

/// A trailer is often shorter than the records, also than their first column.
#[test]
fn the_footer_of_fixed_width_may_be_short() {
    let yaml = "version: 1\nname: a\nsource:\n  format: fixed\n  fixed: {columns: [{label: id, width: 10}, {label: name, width: 6}]}\n  \
                footer: {marker: END}\nschema: {fields: [{name: id, constraints: {required: true}}, {name: name}]}\n\
                import: {table: a, key: [id]}\n";
    let plan = FeedPlan::from_yaml(yaml).unwrap();
    let text = b"A001      Apple \nA002      Bird  \nEND\n";
    let sizes = crate::scan::Sizes { chunk: 1 << 20, record: 1 << 20 };
    let layout = plan.source.layout(text.len() as u64);
    let mut file = crate::scan::Scanner::new(plan.dialect, layout, sizes).plan(text).unwrap();
    let context = RunContext::at("2026-11-21T02:33:00Z").unwrap();
    let footer = take(&plan, &mut file, SourceText::UTF_8, &context).unwrap().unwrap();
    assert_eq!((file.records, footer.cells[0].as_str()), (2, "END"));
}
