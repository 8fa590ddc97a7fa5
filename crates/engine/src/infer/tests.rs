use proptest::prelude::*;

use super::*;
use crate::encoding::SourceText;
use crate::feed::FeedPlan;
use crate::record::{Position, Reader};
use crate::restructure::{Omit, Restructurer};
use crate::scan::{Scanner, Sizes};
use crate::spec::FieldType;
use crate::validate::Judge;
use crate::{RunContext, footer, header};

/// The draft for a text, and the outcome of its records.
pub(super) fn tried(text: &str) -> (String, Outcome) {
    let source = guess_source(text, true);
    let mut records = Records::new(&source);
    let mut survey = Survey::new(source);
    for part in [text, ""] {
        assert!(records.push(part, |cells| survey.record(cells)));
    }
    let draft = survey.draft(&"orders-2026".parse().unwrap(), "utf-8").located(text);
    let plan = compiled(&draft.yaml(None));
    let bound = Bound::new(plan, draft.labels()).unwrap_or_else(|| panic!("{}", draft.yaml(None)));
    let mut trial = Trial::new(&bound, SourceText::UTF_8).after(draft.lines_above()).before(draft.footer());
    assert!(trial.push(text.as_bytes()) && trial.push(b""));
    let outcome = trial.outcome();
    let yaml = draft.yaml(Some(&outcome));
    compiled(&yaml);
    (yaml, outcome)
}

fn draft(text: &str) -> String {
    tried(text).0
}

pub(super) fn compiled(yaml: &str) -> FeedPlan {
    FeedPlan::from_yaml(yaml).unwrap_or_else(|problems| panic!("{problems:#?}\n{yaml}"))
}

/// A feed without the line breaks of its comments.
pub(super) fn unwrapped(yaml: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in yaml.lines() {
        match (line.trim_start().strip_prefix("# "), lines.last_mut()) {
            (Some(remark), Some(last)) if last.trim_start().starts_with("# ") => *last += &format!(" {remark}"),
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}

/// Reads a text with a feed, and compares every accepted value with its cell. Returns the number of accepted
/// records.
fn unchanged(yaml: &str, text: &str) -> usize {
    let plan = compiled(yaml);
    let located = header::locate(&plan, SourceText::UTF_8, text.as_bytes());
    let located = located.filter(|_| plan.source.columns.is_none());
    let start = located.as_ref().map_or(0, |located| usize::try_from(located.data.offset).unwrap());
    let mut reader = match start {
        0 => Reader::new(plan.dialect, Position::START_OF_DATA).skip_lines(plan.source.skip_lines),
        _ => Reader::new(plan.dialect, Position { offset: start as u64, ..Position::START_OF_DATA }),
    };
    let layout = plan.source.layout(text.len() as u64);
    let sizes = Sizes { chunk: 1 << 20, record: 1 << 20 };
    let mut file = Scanner::new(plan.dialect, layout, sizes).plan(text.as_bytes()).unwrap();
    let context = RunContext { as_of: jiff::Timestamp::UNIX_EPOCH };
    let footer = footer::take(&plan, &mut file, SourceText::UTF_8, &context).unwrap();
    let end = footer.map_or(text.len(), |footer| usize::try_from(footer.position.offset).unwrap());
    reader.push(&text.as_bytes()[start..end.max(start)]);
    reader.end();
    let labels: Vec<String> = match &plan.source.columns {
        Some(columns) => columns.clone(),
        None => {
            let labels = located.unwrap().labels;
            labels.iter().map(|label| String::from_utf8_lossy(label).trim().to_owned()).collect()
        }
    };
    let binding = header::check(&plan, &labels).binding.unwrap();
    let mut restructurer = Restructurer::new(&plan, &binding, SourceText::UTF_8, &context);
    let mut judge = Judge::new(&plan, &context);
    let mut accepted = 0;
    let omit = Omit::new(&plan, &binding.labels, SourceText::UTF_8);
    while let Some(record) = reader.next_record().unwrap() {
        if omit.name(&record).is_some() {
            continue;
        }
        let made = restructurer.restructure(&record);
        if made.omitted.is_some()
            || made.problems.iter().any(|problem| problem.field.is_none() && !problem.is_warning())
        {
            continue;
        }
        let judged = judge.judge(&made.texts, made.problems);
        if !made.problems.iter().all(crate::Problem::is_warning) {
            continue;
        }
        accepted += 1;
        for (at, field) in plan.fields.iter().enumerate() {
            let Some(place) = binding.column(at).and_then(|label| labels.iter().position(|other| other == label))
            else {
                continue;
            };
            let cell = std::str::from_utf8(record.get(place).unwrap()).unwrap();
            let value = judged.text(at);
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            match field.field_type {
                FieldType::String => {
                    let formula = cell.strip_prefix("=\"").and_then(|text| text.strip_suffix('"'));
                    let is_same = value == cell || value == cell.trim() || Some(value) == formula;
                    assert!(is_same, "{value:?} {cell:?}\n{yaml}");
                }
                FieldType::Integer | FieldType::Number => {
                    let (value, cell) = (digits(value), digits(cell));
                    let (value, cell) = (value.trim_matches('0'), cell.trim_matches('0'));
                    assert_eq!(value, cell, "{yaml}");
                }
                _ => {}
            }
        }
    }
    accepted
}

#[test]
fn a_file_as_spreadsheets_of_germany_export_it() {
    let yaml =
        draft("Artikel-Nr;Preis;Aktiv;Stand;PLZ\nA-1;1.234,50;ja;31.01.2026;01067\nA-2; 2,00;nein;01.02.2026;10115\n");
    assert_eq!(
        yaml,
        "# yaml-language-server: $schema=feed.schema.json
# A first feed, made by `sluice feed new` from 2 records. Tried on them, it rejects none. Types and
# constraints hold for nearly all records; mere observations and guesses are comments.
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
    # every record has a value, all distinct; 3 characters
    - {name: artikel_nr, type: string, constraints: {required: true}}
    # every record has a value, all distinct
    - {name: preis, type: number, constraints: {required: true}}
    # every record has a value, all distinct
    - {name: aktiv, type: boolean, constraints: {required: true}}
    # every record has a value, all distinct
    - {name: stand, type: date, constraints: {required: true}}
    # every record has a value, all distinct; 5 characters
    # digits, some with a leading 0: a code, not a number
    - {name: plz, type: string, constraints: {required: true}}

validate:
  limits:
    minRecords: 1
    maxRejectPercent: 5

import:
  # A guess: the values are distinct, and the column has the label of an identifier.
  table: orders-2026
  key: [artikel_nr]
  duplicates: reject  # rejects all records of the same key; last and first choose one of them

report:
  recipients: []
"
    );
}

/// Shapes of files, required parts of the feed, and the number of accepted records.
#[expect(clippy::too_many_lines, reason = "it is a table")]
#[test]
fn table_of_shapes() {
    let rows = |row: &dyn Fn(usize) -> String| (1..=20).map(row).collect::<String>();
    for (text, expected, accepted) in [
        (
            format!("id,name,maker,price\n{}", rows(&|n| format!("{n},Axe{n},H{n},{n}.50,\n"))),
            &[
                "Records end with a delimiter that the header lacks. The empty cell behind it is left out.",
                "trailingDelimiter: ignore",
                "- {name: maker, type: string",
                "maxRejectPercent: 5",
            ][..],
            20,
        ),
        (
            format!("id,name,price,\n{}", rows(&|n| format!("{n},Axe,{n}.50\n"))),
            &["The header ends with a delimiter", "trailingDelimiter: ignore", "key: [id]"],
            20,
        ),
        (
            format!("id,name,price,\n{}", rows(&|n| format!("{n},Axe,{n}.50,\n"))),
            &["Header and records end with a delimiter.", "trailingDelimiter: ignore", "key: [id]"],
            20,
        ),
        (
            "\"sku\", \"name\", \"price\"\n\"A1\", \"Cup, blue\", \"1.50\"\n\"A2\", \"Jug \"\"x\"\"\", \"2.50\"\n".to_owned(),
            &["skipInitialSpace: true", "- {name: sku,", "- {name: price, type: number"],
            2,
        ),
        (
            "\"A\",\"B\"\n\"TIME\",\"RECORD\",\"Ux\",\"co2\"\n\"TS\",\"RN\",\"m/s\",\"mg\"\n\"\",\"\",\"Smp\",\"Smp\"\n\
             \"2012-06-07 13:00:00\",111,0.4,6.5\n\"2012-06-07 13:00:01\",112,0.6,\"NAN\"\n"
                .to_owned(),
            &[
                "Line 1 is above the labels and is not read",
                "Line 3, record 1, is below the labels",
                "Line 4, record 2, is below the labels",
                "not like data: it is omitted.",
                "- {name: units, when: 'row[\"TIME\"] == \"TS\"'}",
                "- {name: units-2, when: 'row[\"Ux\"] == \"Smp\"'}",
                "The labels are on line 2.",
                "  header: find\n",
                "- {name: co2, type: number, missingValues: [\"\", \"NAN\"]}",
                "key: [record]",
                "maxRejectPercent: 5",
            ],
            2,
        ),
        (
            "Product,,Price,\nSKU,Name,Net,Gross\nA1,Cup,1.00,1.19\nA2,Jug,2.00,2.38\n".to_owned(),
            &[
                "Lines 1 and 2 are the header: line 1 has titles of groups of columns (\"Product\", \"Price\")",
                "  headerRows: 2\n",
                "product_sku: {from: Product SKU}",
                "key: [product_sku]",
            ],
            2,
        ),
        (
            "Security,Shares,Value\nAAA,10,1.50\nBBB,20,2.50\n,,\nTOTAL:,30,4.00\n\"Exported on 22 Jun \
             2020\"\n".to_owned(),
            &[
                "The last 2 records with content, from number 4 (\"TOTAL:\") on, look like a footer: not imported.",
                "footer: {marker: \"TOTAL:\"}",
                "Records that are empty: 1. They are omitted.",
                "maxRejectPercent: 5",
            ],
            2,
        ),
        (
            "Security,Shares\nAAA,10\nTotal,10\nBBB,20\nTotal,20\nCCC,1\n".to_owned(),
            &["pattern: \"(?i)^\\\\s*(total):?\\\\s*$\""],
            3,
        ),
        (
            "id;price\n1;5\n2;6\n3;7\nEND;3;18;\n".to_owned(),
            &["1 record has more or fewer cells than there are columns, and is rejected: number 4."],
            3,
        ),
        (
            "id;name;price\n1;a;5\n2;b;6\n3;c;7\nEND;3\n;;\n".to_owned(),
            &["The last record, number 4 (\"END\"), looks like a footer", "footer: {marker: END, countCell: 2}"],
            3,
        ),
        (
            "id,name\n1,a\n2,b\n3,c\nExported on 22 Jun 2020\n".to_owned(),
            &["footer: {when: 'row[\"id\"].startsWith(\"Exported on \")'}"],
            3,
        ),
        (
            "id||na\u{a0}me||price\n1||Axe|large||12.50\n2||Saw||9.00\n3||Pen||1.00\n".to_owned(),
            &["  # \"||\" separates cells", "  delimiter: \"||\"\n", "from: \"na\\U000000A0me\""],
            3,
        ),
        (
            format!("id,name\n{}5,\"5\" screen\"\n", rows(&|n| format!("{n},\"Axe, {n}\"\n"))),
            &["Rejected, quote-error: 1, number 21.", "quoteChar: null is right", "quotes: lenient reads"],
            20,
        ),
        (
            "id\tname\n1\tplain\n2\t\"2\" clamp\n3\t\"Best\" of show\n4\tend\n".to_owned(),
            &["a quote is read as a character like any other", "quoteChar: null"],
            4,
        ),
        (
            "id,amount,count\n1,\"($1,200.50)\",(3)\n2,30.00-,4\n3,$7.25,5-\n".to_owned(),
            &[
                "{number: {decimal: \".\", group: \",\", negative: [parentheses, trailing]}}",
                "count: {clean: [{number: {negative: [parentheses, trailing]}}]}",
                "some negative numbers are written another way: parentheses, trailing",
            ],
            3,
        ),
        (
            "sku;price\n=\"00123\";1,50\n=\"00124\";2,50\n125;3,50\n".to_owned(),
            &[
                "- {name: sku, type: string, constraints: {required: true}}",
                "written as a formula, such as \"=\\\"00123\\\"\": 2 of 3",
                "sku: {clean: [{replace: {pattern: '^=\"(.*)\"$', with: \"$1\"}}]}",
            ],
            3,
        ),
        ("sep=;\na;b\n1;x\n2;y\n".to_owned(), &["names the delimiter for spreadsheets", "skipLines: 1"], 2),
        (
            "id,weight\n1,1.000\n2,2.500\n3,12\n".to_owned(),
            &[
                "a guess: '.' is read as a group mark, because other numbers lack it",
                "if it is the decimal mark, write clean: [{number: {decimal: \".\"}}]",
                "{number: {decimal: \",\", group: \".\"}}",
            ],
            3,
        ),
        (
            "Handle,Title,Variant SKU,Variant Price\ntee,Tee,T-S,29.00\ntee,,T-M,29.00\ntee,,,\nbowl,Bowl,B-1,42.50\n".to_owned(),
            &["Choose the key", "key: [variant_sku]", "duplicates: reject"],
            3,
        ),
        (
            "date,time,price,note\n2026-01-01,10:00,1.50,a b\n2026-01-02,10:01,2.50,c d\n".to_owned(),
            &["Choose the key", "key: [record_key]", "join: {columns: [date, time, price, note], with: \"|\"}"],
            2,
        ),
        (
            format!("line,order_id,sku\n{}", rows(&|n| format!("{},{},S{}\n", n % 2, n / 2, n % 3))),
            &["key: [line, order_id]"],
            20,
        ),
        (
            format!("id,price,born\n{}", rows(&|n| match n {
                7 => "7,on request,2020-01-07\n".to_owned(),
                9 => "9,n/a,unknown\n".to_owned(),
                _ => format!("{n},{n}.50,2020-01-{n:02}\n"),
            })),
            &[
                "treated as no value: \"n/a\"",
                "rejected as type-error: record 7 (\"on request\")",
                "- {name: price, type: number, missingValues: [\"\", \"n/a\"]}",
                "rejected as type-error: record 9 (\"unknown\")",
                "- {name: born, type: date",
                "maxRejectPercent: 10",
            ],
            18,
        ),
        (
            "id;price;day\n1;1,50;n/a\n2;n/a;31.01.2026\n3;2,50;01.02.2026\n".to_owned(),
            &["{map: {values: {\"n/a\": \"\"}, otherwise: keep}}, {number: {decimal: \",\"}}"],
            3,
        ),
        (
            "id,unit_price,zip,stock\n1,10,10115,7\n2,20,10117,8\n".to_owned(),
            &["- {name: unit_price, type: number", "fractions may follow", "- {name: zip, type: string", "- {name: stock, type: integer"],
            2,
        ),
        (
            "ean;name\n4,00638E+12;Pen\n4.00638133E+12;Pencil\n4006381333931;Marker\n".to_owned(),
            &["a spreadsheet has destroyed their digits", "- {name: ean, type: string"],
            3,
        ),
        (
            "id,amount\n1,349.00 EUR\n2,20.00 USD\n".to_owned(),
            &["amounts in several currencies", "- {name: amount, type: string"],
            2,
        ),
        (
            "id,amount\n1,349.00 EUR\n2,20.00 EUR\n".to_owned(),
            &["the currency, \"EUR\", is removed", "- {name: amount, type: number"],
            2,
        ),
        (
            "id,,id,b\n1,x,y,2\n2,x,y,3\n".to_owned(),
            &[
                "Column 2 has no name, and is kept. Column 3 has the same name as column 1, and is kept.",
                "labels: {extra: keep, duplicate: keep, keepIn: other_columns}",
                "- {name: other_columns, type: object}",
            ],
            2,
        ),
        (
            format!("sku,description\n{}", rows(&|n| format!("S{},{}{n}\n", n % 2, "long text ".repeat(300)))),
            &["Choose the key", "key: [sku]"],
            20,
        ),
    ] {
        let (yaml, outcome) = tried(&text);
        let reported = unwrapped(&yaml);
        for expected in expected {
            assert!(reported.contains(expected), "{expected}\n{yaml}");
        }
        assert_eq!(outcome.records - outcome.rejected, accepted as u64, "{yaml}");
        assert_eq!(unchanged(&yaml, &text), accepted, "{yaml}");
    }
}

#[test]
fn columns_that_change_places_are_read_by_their_labels() {
    let day1 = "id,name,maker\n1,Axe,Hulda\n2,Saw,Nordlys\n";
    let yaml = draft(day1);
    assert_eq!(unchanged(&yaml, "id,maker,name\n1,Hulda,Axe\n2,Nordlys,Saw\n"), 2);
}

#[test]
fn what_the_feed_says_of_delimiters_at_the_end_of_lines_is_true() {
    for text in [
        "Export\nid,name,price\n1,Axe,1.50,\n2,Saw,2.50,\n",
        "Export\nid,name,price,\n1,Axe,1.50\n2,Saw,2.50\n",
        "Export\nid,name,price,\n1,Axe,1.50,\n2,Saw,2.50,\n",
    ] {
        let yaml = draft(text);
        assert!(yaml.contains("  trailingDelimiter: ignore\n"), "{yaml}");
        assert_eq!(unchanged(&yaml, text), 2, "{yaml}");
        assert!(!yaml.contains("has no name"), "{yaml}");
    }
}

#[test]
fn what_the_feed_says_of_the_other_reading_of_a_mark_is_true() {
    for text in ["id,w\n1,1.000\n2,2.500\n3,12\n", "id,w\n1,\"1,000\"\n2,\"2,500\"\n", "id;w\n1;1,000\n2;2,500\n"] {
        let yaml = draft(text);
        let reported = unwrapped(&yaml);
        let other = reported.split("write clean: [").nth(1).and_then(|rest| rest.split("}}]").next()).unwrap();
        let entry = yaml.lines().find(|line| line.starts_with("  w: {")).unwrap_or_else(|| panic!("{yaml}"));
        let changed = yaml.replace(entry, &format!("  w: {{clean: [{other}}}}}]}}"));
        assert_ne!(changed, yaml);
        assert_eq!(unchanged(&changed, text), unchanged(&yaml, text), "{changed}");
    }
}

#[test]
fn what_is_odd_is_reported_and_the_feed_still_stands() {
    let yaml = draft("a,,a,b\n1,x,y,1/2/2026\n1,x,y,3/4/2026\n1,x\n");
    for expected in [
        "# 1 record has more or fewer cells than there are columns, and is rejected: number 3.",
        "a guess: every value could also be %d/%m/%Y",
        "# Choose the key",
    ] {
        assert!(unwrapped(&yaml).contains(expected), "{expected}\n{yaml}");
    }
    assert!(unwrapped(&draft("a,b\n1,x\n1,x\n")).contains("the key is the text of all columns"));
    assert!(draft("a,b\n1,x\n1,y\n2,x\n2,y\n").contains("key: [a, b]"));
    assert!(draft("4,x\n5,y\n").contains("header: false\n  columns: [column_1, column_2]"));
}

#[test]
fn few_plain_and_frequent_values_in_many_records_are_all_that_is_allowed() {
    let records =
        |third: &str| (0..60).map(|n| format!("{n},{}", ["open", "no", third][n % 3])).collect::<Vec<_>>().join("\n");
    let yaml = draft(&format!("id,state\n{}", records("in part")));
    assert!(yaml.contains("enum: [in part, \"no\", open]"), "{yaml}");
    // Markup is not a value, nor is a rare text or a title for people.
    let rare = format!("{}\n60,opne", records("in part"));
    for (label, records) in [
        ("state", records("<script>alert(1)</script>")),
        ("state", records("a@b.de")),
        ("state", rare),
        ("name", records("x")),
    ] {
        let yaml = draft(&format!("id,{label}\n{records}"));
        assert!(!yaml.contains("enum"), "{yaml}");
    }
}

#[test]
fn a_key_is_what_a_table_can_hold_and_no_date_price_or_text_for_people() {
    let values = |n: usize| {
        [format!("2026-01-{n:02}"), format!("1{n}:00"), format!("{n}.50"), format!("Cup {n}"), format!("X{n}")]
    };
    for (labels, key) in [
        ("date,time,price,description,colour", "[colour]"),
        ("date,time,price,description,sku", "[sku]"),
        ("id,time,price,description,sku", "[sku]"),
        ("date,time,price,description,number", "[number]"),
    ] {
        let records: String = (1..=9).map(|n| values(n).join(",") + "\n").collect();
        let yaml = draft(&format!("{labels}\n{records}"));
        assert!(yaml.contains(&format!("key: {key}")), "{yaml}");
    }
    let long = |bytes: usize| format!("id,n\n{},1\n{},2\n", "a".repeat(bytes), "b".repeat(bytes));
    assert!(draft(&long(2048)).contains("key: [id]"));
    assert!(!draft(&long(2049)).contains("key: [id]"));
}

#[test]
fn columns_beyond_what_a_feed_has_room_for_are_kept_while_they_fit() {
    let file = |columns: usize| {
        let row = |what: &dyn Fn(usize) -> String| (0..columns).map(what).collect::<Vec<_>>().join(",") + "\n";
        let cells = |record: usize| row(&|n| format!("v{n}-{record}"));
        format!("{}{}{}", row(&|n| format!("c{n}")), cells(1), cells(2))
    };
    let (yaml, kept) = (draft(&file(4_100)), "keepIn: other_columns");
    assert!(yaml.contains(kept) && unwrapped(&yaml).contains("100 columns more have no field"));
    let yaml = draft(&file(20_000));
    assert!(!yaml.contains(kept) && unwrapped(&yaml).contains("They are not imported."));
    let yaml = draft(&file(2_000));
    assert!(!yaml.contains(kept) && yaml.contains("name: c1999"));
}

#[test]
fn regression_truth_values_that_must_be_the_key_are_texts() {
    let yaml = draft("active\ntrue\nfalse\n");
    assert!(yaml.contains("{name: active, type: string"), "{yaml}");
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
    /// For any file, the drafted feed compiles, and the accepted values equal those of the file.
    #[test]
    fn every_draft_is_a_feed_that_loses_nothing(
        labels in prop::collection::vec("(\\PC|[\t\u{7f}\u{85}\u{2028}\"'#:{}]){0,8}|id|Name|price", 1..6),
        cells in prop::collection::vec(
            "\\PC{0,6}|[0-9]{1,12}|-?[0-9]{1,3}[.,][0-9]{3}|0?[1-9]/1?[1-9]/(20)?26|true|Ja|nein| x |n/a|EUR [0-9]\\.50|",
            0..60,
        ),
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
        let text = String::from_utf8(text).unwrap();
        let source = guess_source(&text, true);
        let mut records = Records::new(&source);
        let mut survey = Survey::new(source);
        for part in [&*text, ""] {
            prop_assume!(records.push(part, |cells| survey.record(cells)));
        }
        // A file without any column name yields a feed without fields.
        if survey.labels().iter().any(|label| !label.is_empty()) {
            let (yaml, outcome) = tried(&text);
            prop_assert_eq!(unchanged(&yaml, &text) as u64, outcome.records - outcome.rejected, "{}", yaml);
        }
    }
}

/// Each of these is read by a pattern or a step that a comment explains, and so is in the draft.
#[test]
fn notations_with_a_meaning_of_their_own_are_drafted() {
    let rows = |row: &dyn Fn(u32) -> String| (1..=12).map(row).collect::<String>();
    let text = format!(
        "id,order_date,created_at,stamp,booked,amount,margin,year\n{}",
        rows(&|n| {
            let (month, word) = ([("M\u{e4}rz"), ("Mai"), ("Dezember")][n as usize % 3], ["DR", "CR"][n as usize % 2]);
            format!(
                "{n},{},{},{},{n}. {month} 2026,{n}.50 {word},{n}.5 %,2026\n",
                45000 + n,
                1_700_000_000 + n,
                45000 + n
            )
        })
    );
    let (yaml, outcome) = tried(&text);
    let found = unwrapped(&yaml);
    for expected in [
        "  order_date: {date: spreadsheet-1900}\n",
        "  created_at: {datetime: epoch-seconds}\n",
        "  booked: {date: \"%d. %B %Y\", language: de}\n",
        "  amount: {clean: [{number: {decimal: \".\", negative: [words]}}]}\n",
        "  margin: {clean: [{number: {decimal: \".\", percent: drop}}]}\n",
        "numbers from 45001 to 45012, which spreadsheet-1900 reads as 2023-03-16",
        "which epoch-seconds reads as 2023-11-14T22:13:21Z to ",
        "every value has a percent sign, which is removed",
        // A name that does not say so, and values that are too small.
        "- {name: stamp, type: integer",
        "- {name: year, type: integer",
    ] {
        assert!(found.contains(expected), "{expected}\n{yaml}");
    }
    assert_eq!((outcome.records, outcome.rejected), (12, 0), "{yaml}");
}
