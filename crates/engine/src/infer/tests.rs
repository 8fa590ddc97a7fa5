use proptest::prelude::*;

use super::*;
use crate::feed::FeedPlan;

fn draft(text: &str) -> String {
    let source = guess_source(text, true);
    let mut records = Records::new(&source);
    let mut survey = Survey::new(source);
    for part in [text, ""] {
        assert!(records.push(part, |cells| survey.record(cells)));
    }
    survey.draft("Orders 2026.csv", "utf-8").yaml()
}

fn compiled(yaml: &str) -> FeedPlan {
    FeedPlan::from_yaml(yaml).unwrap_or_else(|problems| panic!("{problems:#?}\n{yaml}"))
}

#[test]
fn a_file_as_spreadsheets_of_germany_export_it() {
    let yaml =
        draft("Artikel-Nr;Preis;Aktiv;Stand;PLZ\nA-1;1.234,50;ja;31.01.2026;01067\nA-2; 2,00;nein;01.02.2026;10115\n");
    compiled(&yaml);
    assert_eq!(
        yaml,
        "# yaml-language-server: $schema=feed.schema.json
# A first feed, made from 2 records. What held for all of them is
# written as type and constraint; what is only seen or guessed, as a comment.
version: 1
name: orders-2026
description: \"\"

source:
  delimiter: \";\"

restructure:
  artikel_nr: {from: Artikel-Nr}
  preis: {from: Preis, clean: [trim, {number: {decimal: \",\", group: \".\"}}]}
  aktiv: {from: Aktiv, clean: [{boolean: {\"true\": [ja], \"false\": [nein]}}]}
  stand: {from: Stand, date: \"%d.%m.%Y\"}
  plz: {from: PLZ}

schema:
  fields:
    # every record has a value, each another one; 3 characters
    - {name: artikel_nr, type: string, constraints: {required: true}}
    # every record has a value, each another one
    - {name: preis, type: number, constraints: {required: true}}
    # every record has a value, each another one
    - {name: aktiv, type: boolean, constraints: {required: true}}
    # every record has a value, each another one
    - {name: stand, type: date, constraints: {required: true}}
    # every record has a value, each another one; 5 characters
    # digits, of which some begin with 0: a code, and no number
    - {name: plz, type: string, constraints: {required: true}}

import:
  table: orders-2026
  key: [artikel_nr]
  duplicates: last

report:
  recipients: []
"
    );
}

#[test]
fn what_is_odd_is_told_and_the_feed_still_stands() {
    let yaml = draft("a,,a,b\n1,x,y,1/2/2026\n1,x,y,3/4/2026\n1,x\n");
    compiled(&yaml);
    for expected in [
        "# 1 of them have more or fewer cells than the first",
        "# Column 3 is named as column 1, and is not read.\n  labels: {duplicate: ignore}\n",
        "# Column 2 has no name, and is not read.",
        "# a guess: every value could also be %d/%m/%Y",
        "key: [b]",
    ] {
        assert!(yaml.contains(expected), "{expected}\n{yaml}");
    }
    assert!(draft("a,b\n1,x\n1,x\n").contains("this key is a guess"));
    assert!(draft("a,b\n1,x\n1,y\n2,x\n2,y\n").contains("key: [a, b]"));
    assert!(draft("4,x\n5,y\n").contains("header: false\n  columns: [column_1, column_2]"));
}

#[test]
fn few_values_in_many_records_are_all_that_is_allowed() {
    let records: Vec<String> = (0..60).map(|n| format!("{n},{}", ["open", "no", "a@b.de"][n % 3])).collect();
    let records = records.join("\n");
    assert!(!draft(&format!("id,mail\n{records}")).contains("enum"));
    let yaml = draft(&format!("id,state\n{}", records.replace("a@b.de", "\"in, part\"")));
    assert!(yaml.contains("enum: [\"in, part\", \"no\", open]"), "{yaml}");
    compiled(&yaml);
}

#[test]
fn regression_truth_values_that_must_be_the_key_are_texts() {
    let yaml = draft("active\ntrue\nfalse\n");
    assert!(yaml.contains("{name: active, type: string"), "{yaml}");
    compiled(&yaml);
}

#[test]
fn the_parts_in_which_a_file_comes_do_not_matter() {
    let text = "preamble\n\nid;näme\n1;\"a\nb\"\n2;c\n";
    let source = SourceGuess { skip_lines: 2, ..guess_source("id;n\n1;2\n", true) };
    let read = |size: usize| {
        let mut records = Records::new(&source);
        let mut all = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = (size..=rest.len()).find(|at| rest.is_char_boundary(*at)).unwrap_or(rest.len());
            records.push(&rest[..end], |cells| all.push(cells.join("|")));
            rest = &rest[end..];
        }
        records.push("", |cells| all.push(cells.join("|")));
        all
    };
    for size in 1..text.len() {
        assert_eq!(read(size), ["id|näme", "1|a\nb", "2|c"], "{size}");
    }
}

proptest! {
    /// Whatever a file holds, the feed that is made from it can be compiled.
    #[test]
    fn every_draft_is_a_feed(
        labels in prop::collection::vec("(\\PC|[\t\u{7f}\u{85}\u{2028}\"'#:{}]){0,8}|id|Name", 1..6),
        cells in prop::collection::vec("\\PC{0,6}|[0-9]{1,12}|-?[0-9]{1,3}[.,][0-9]{3}|0?[1-9]/1?[1-9]/(20)?26|true|Ja|nein| x ", 0..60),
        delimiter in prop::sample::select(vec![b',', b';', b'\t']),
    ) {
        let mut text = Vec::new();
        {
            let mut writer = csv::WriterBuilder::new().delimiter(delimiter).flexible(true).from_writer(&mut text);
            writer.write_record(&labels).unwrap();
            for record in cells.chunks(labels.len()) {
                writer.write_record(record).unwrap();
            }
        }
        let yaml = draft(&String::from_utf8(text).unwrap());
        // A file of which no column has a name makes a feed without a field.
        if yaml.contains("- {name:") {
            let problems = FeedPlan::from_yaml(&yaml).err().unwrap_or_default();
            prop_assert!(problems.is_empty(), "{problems:#?}\n{yaml}");
        }
    }
}
