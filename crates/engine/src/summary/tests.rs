//! Summaries of records in memory, and what a feed may say of them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::RunContext;
use crate::feed::{FeedFiles, FeedPlan};

/// A feed of the records `time,visitor,word,amount,paid` with this `summarise`.
fn feed(summary: &str) -> Result<FeedPlan, Vec<String>> {
    let yaml = format!(
        "version: 1
name: visits
schema:
  fields:
    - {{name: time, type: number}}
    - {{name: visitor}}
    - {{name: word}}
    - {{name: amount, type: number}}
    - {{name: paid, type: boolean}}
    - {{name: at, type: datetime}}
    - {{name: secret, sensitive: true}}
summarise: [{summary}]
"
    );
    FeedPlan::from_yaml(&yaml).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// The file of the first summary, and what is unattributed, with the records divided as `lots` says: records of a lot are added up
/// before they are merged with others.
fn file(
    plan: &FeedPlan,
    records: &[[&str; 7]],
    lots: &dyn Fn(usize) -> usize,
) -> Result<(String, Unattributed), String> {
    let run = RunContext::at("2026-11-29T12:00:00Z").unwrap();
    let summary = &plan.summaries[0];
    let (mut visits, mut groups) = (Vec::new(), BTreeMap::<(usize, Group), Vec<Measure>>::new());
    let mut add = |lot: usize, group: Group| {
        let numbers = group.numbers.clone();
        let known = groups.entry((lot, group)).and_modify(|known| add_all(known, &numbers)).or_insert(numbers);
        assert!(!known.is_empty());
    };
    let mut summarizers: Vec<Summarizer<'_>> = (0..8).map(|_| Summarizer::new(summary, &plan.fields, &run)).collect();
    for (at, record) in records.iter().enumerate() {
        let mut taken = Vec::new();
        summarizers[lots(at) % 8].take(at as u64 + 1, &|field| record[field], &mut taken)?;
        for taken in taken {
            match taken {
                Taken::Group(group) => add(lots(at), decoded(&group, Group::encode, Group::decode)),
                Taken::Visit(visit) => visits.push(decoded(&visit, Visit::encode, Visit::decode)),
            }
        }
    }
    visits.sort();
    let mut unattributed = Unattributed::default();
    if let Some(mut credit) = Credit::new(summary) {
        for visit in &visits {
            if let Some(group) = credit.take(visit).unwrap() {
                add(0, group);
            }
        }
        unattributed = credit.unattributed;
    }
    let mut sums = BTreeMap::<Group, Vec<Measure>>::new();
    for ((_, group), numbers) in groups {
        sums.entry(group).and_modify(|known| add_all(known, &numbers)).or_insert(numbers);
    }
    let mut ranked: Vec<Ranked> =
        sums.into_iter().map(|(group, numbers)| summary.ranked(Group { numbers, ..group })).collect();
    ranked.sort();
    let ranked: Vec<Ranked> = ranked.iter().map(|ranked| decoded(ranked, Ranked::encode, Ranked::decode)).collect();
    let lines = Lines::new(summary);
    let mut file = lines.head().unwrap();
    file.extend(lines.of(ranked.iter().map(|ranked| &ranked.group)).unwrap());
    Ok((String::from_utf8(file).unwrap(), unattributed))
}

/// An entry after it was written and read.
fn decoded<E: Clone + PartialEq + std::fmt::Debug>(
    entry: &E,
    encode: fn(&E, &mut Vec<u8>),
    decode: fn(&[u8]) -> Option<(E, usize)>,
) -> E {
    let mut bytes = Vec::new();
    encode(entry, &mut bytes);
    let length = bytes.len();
    bytes.extend_from_slice(b"next");
    let (read, read_length) = decode(&bytes).unwrap();
    assert_eq!((&read, read_length), (entry, length));
    assert!(decode(&bytes[..length - 1]).is_none());
    read
}

fn lines(summary: &str, records: &[[&str; 7]]) -> Result<Vec<String>, String> {
    let plan = feed(summary).map_err(|problems| problems.join("\n"))?;
    let (one, unattributed) = file(&plan, records, &|_| 0)?;
    let (other, same) = file(&plan, records, &|at| at)?;
    assert_eq!((&one, &unattributed), (&other, &same));
    let mut lines: Vec<String> = one.lines().map(str::to_owned).collect();
    if unattributed.records > 0 {
        let sums: Vec<String> = unattributed
            .numbers
            .iter()
            .map(|number| number.value().map_or_else(String::new, |sum| sum.to_string()))
            .collect();
        lines.push(format!("unattributed {}: {}", unattributed.records, sums.join(" ")));
    }
    Ok(lines)
}

const fn visit<'a>(time: &'a str, visitor: &'a str, word: &'a str, amount: &'a str) -> [&'a str; 7] {
    [time, visitor, word, amount, if amount.is_empty() { "false" } else { "true" }, "", ""]
}

/// Credit by word.
fn credit(options: &str) -> String {
    format!(
        "{{file: a.tab, when: record.paid, credit: {{per: [visitor], sort: time, {options} touch: 'record.word == null ? null : \
         {{\"word\": record.word.lower()}}'}}, columns: [{{label: Word, by: touch.word}}, {{label: Sum, sum: record.amount, \
         decimals: 2}}, {{label: Orders, count: true}}], sort: [-Sum]}}"
    )
}

#[test]
fn sums_by_group_are_exact_and_sorted() {
    let summary = "{file: a.csv, columns: [{label: Word, by: record.word}, {label: Paid, by: record.paid}, {label: Sum, sum: \
                   record.amount}, {label: Count, count: true}, {label: Large, count: 'record.amount != null && record.amount > 1'}, \
                   {label: Least, min: record.amount}, {label: Most, max: record.amount}], sort: [-Sum]}";
    let records = [
        visit("1", "a", "x", "0.1"),
        visit("2", "b", "x", "0.2"),
        visit("3", "c", "x", "12345678901234567890.7"),
        visit("4", "d", "", ""),
        visit("5", "e", "y, \"z\"", "-5"),
        visit("6", "f", "X", "-5"),
    ];
    let expected = [
        "Word,Paid,Sum,Count,Large,Least,Most",
        "x,true,12345678901234567891,3,1,0.1,12345678901234567890.7",
        ",false,0,1,0,,",
        "X,true,-5,1,0,-5,-5",
        "\"y, \"\"z\"\"\",true,-5,1,0,-5,-5",
    ];
    assert_eq!(lines(summary, &records).unwrap(), expected);
    let other = summary
        .replace("a.csv,", "a.csv, delimiter: '|', labels: false, decimal: ',', group: '.',")
        .replace("[-Sum]", "[Paid, Count]");
    let expected = [
        "|false|0|1|0||",
        "X|true|-5|1|0|-5|-5",
        "\"y, \"\"z\"\"\"|true|-5|1|0|-5|-5",
        "x|true|12.345.678.901.234.567.891|3|1|0,1|12.345.678.901.234.567.890,7",
    ];
    assert_eq!(lines(&other, &records).unwrap(), expected);
}

#[test]
fn the_last_touch_gets_the_credit_or_the_first() {
    let records = [
        visit("50", "a", "", "5"),
        visit("10", "a", "Ipod", ""),
        visit("20", "a", "zune", ""),
        visit("30", "a", "", "1.005"),
        visit("20", "a", "late", ""),
        visit("40", "b", "", "7"),
        visit("9", "a", "", "100"),
        visit("60", "b", "ipod", "2"),
        visit("70", "", "nobody", ""),
        visit("80", "", "", "3"),
    ];
    assert_eq!(
        lines(&credit(""), &records).unwrap(),
        ["Word,Sum,Orders", "late,6.01,2", "ipod,2.00,1", "unattributed 3: 110 3"],
        "ties are in the order of the file; what comes before a touch is not credited to it"
    );
    assert_eq!(
        lines(&credit("model: first,"), &records).unwrap(),
        ["Word,Sum,Orders", "ipod,8.01,3", "unattributed 3: 110 3"]
    );
    assert_eq!(
        lines(&credit("gap: 19s,"), &records).unwrap(),
        ["Word,Sum,Orders", "ipod,2.00,1", "late,1.01,1", "unattributed 4: 115 4"]
    );
}

#[test]
fn a_column_of_the_record_stands_beside_one_of_the_touch() {
    let summary = "{file: a.csv, when: record.paid, credit: {per: [visitor], sort: at, touch: 'record.word == null ? null : {\"w\": \
                   record.word}'}, columns: [{label: Sum, sum: record.amount}, {label: From, by: record.visitor}, {label: Word, by: \
                   'touch.w + \"!\"'}]}";
    let at = |at: &'static str, word: &'static str, amount: &'static str| {
        ["", "a", word, amount, if amount.is_empty() { "false" } else { "true" }, at, ""]
    };
    let records = [
        at("2026-01-02T00:00:00Z", "", "4"),
        at("2026-01-01T23:59:59.5Z", "x", ""),
        at("2026-01-01T23:59:59Z", "y", ""),
    ];
    assert_eq!(lines(summary, &records).unwrap(), ["Sum,From,Word", "4,a,x!"]);
}

#[test]
fn what_cannot_be_said_of_a_record_is_an_error_of_it() {
    for (summary, record, expected) in [
        (credit(""), visit("", "a", "x", ""), "\"time\" has no value, so the time of the record is not known"),
        (
            "{file: a, columns: [{label: S, sum: record.word}]}".to_owned(),
            visit("1", "a", "x", "1"),
            "\"S\" has no number: it yields a text, not a number",
        ),
        (
            "{file: a, when: record.word, columns: [{label: S, count: true}]}".to_owned(),
            visit("1", "a", "x", "1"),
            "when cannot be decided: it yields a text, not a truth value",
        ),
        (
            credit("").replace("{\"word\": record.word.lower()}", "{\"wort\": 1}"),
            visit("1", "a", "x", "1"),
            "the touch cannot be decided: \"Word\" has no group: there is no \"word\"",
        ),
    ] {
        assert_eq!(lines(&summary, &[record]).unwrap_err(), expected);
    }
    let long = "x".repeat(MAX_TEXTS);
    let error = lines(&credit(""), &[visit("1", "a", &long, "1")]).unwrap_err();
    assert!(error.contains("a summary holds up to 16384"), "{error}");
}

proptest! {
    /// The file does not depend on how records are divided, and is what a simple model says.
    #[test]
    fn any_division_gives_the_file_of_the_model(
        records in prop::collection::vec((0..20_u8, 0..4_u8, 0..5_u8, 0..400_u16), 0..60),
        lots in prop::collection::vec(0..5_usize, 60),
        first: bool,
        gap in prop::option::of(1..6_i32),
    ) {
        let texts: Vec<[String; 4]> = records
            .iter()
            .map(|(time, visitor, word, amount)| [
                time.to_string(),
                visitor.to_string(),
                if *word < 3 { format!("w{word}") } else { String::new() },
                if *amount < 200 { format!("{}.{:02}", amount / 100, amount % 100) } else { String::new() },
            ])
            .collect();
        let rows: Vec<[&str; 7]> =
            texts.iter().map(|[time, visitor, word, amount]| visit(time, visitor, word, amount)).collect();
        let model = if first { "model: first," } else { "" };
        let gap_text = gap.map(|gap| format!("gap: {gap}s,")).unwrap_or_default();
        let plan = feed(&credit(&format!("{model}{gap_text}"))).unwrap();
        let (found, unattributed) = file(&plan, &rows, &|at| lots[at]).unwrap();

        // The model: goes through all records in the order of time, and remembers a touch for each visitor.
        let mut order: Vec<usize> = (0..records.len()).collect();
        order.sort_by_key(|at| records[*at].0);
        let (mut touches, mut last) = (BTreeMap::new(), BTreeMap::new());
        let (mut cents, mut missed) = (BTreeMap::<String, (u64, u64)>::new(), (0, 0));
        for at in order {
            let (time, visitor, word, amount) = records[at];
            if let Some(gap) = gap && last.get(&visitor).is_some_and(|last| i32::from(time) - i32::from(*last) > gap) {
                touches.remove(&visitor);
            }
            last.insert(visitor, time);
            if word < 3 && !(first && touches.contains_key(&visitor)) {
                touches.insert(visitor, format!("w{word}"));
            }
            if amount < 200 {
                let sum = touches.get(&visitor).map_or(&mut missed, |word| cents.entry(word.clone()).or_default());
                sum.0 += u64::from(amount);
                sum.1 += 1;
            }
        }
        let mut rows: Vec<(String, (u64, u64))> = cents.into_iter().collect();
        rows.sort_by(|(a, x), (b, y)| y.0.cmp(&x.0).then(a.cmp(b)));
        let mut expected = "Word,Sum,Orders\n".to_owned();
        for (word, (sum, orders)) in rows {
            expected.push_str(&format!("{word},{}.{:02},{orders}\n", sum / 100, sum % 100));
        }
        prop_assert_eq!(found, expected);
        prop_assert_eq!(unattributed.records, missed.1);
    }
}

#[test]
fn mistakes_in_a_summary_are_reported_at_their_places() {
    let ok = "columns: [{label: S, count: true}]";
    for (summary, expected) in [
        (
            format!("{{file: '{{day}}.csv', timezone: Mars, deliver: out, delimiter: ';;', decimal: ',', group: ',', top: 0, {ok}}}"),
            &[
                "summarise[0].file: {day} is not known; expected {date}, {run} or {file}",
                "summarise[0].timezone: \"Mars\" is not a time zone of the IANA database, such as Europe/Berlin",
                "summarise[0].deliver: \"out\" is no folder of the outbound bucket: expected a prefix that ends in /, such as \
                 revenue/",
                "summarise[0].delimiter: \";;\" is not one character that can stand there",
                "summarise[0].group: is the decimal mark, too",
                "summarise[0].top: is 0, so the file would have no row",
            ][..],
        ),
        (
            "{file: a, columns: [{label: A, by: touch.x}, {label: A, sum: record.amonut}, {by: record.word, sum: '1'}, {label: E}], sort: \
             [-B, A, A]}"
                .to_owned(),
            &[
                "summarise[0].columns[0].by: reads the touch, which only a summary with `credit` has",
                "summarise[0].columns[1].label: \"A\" is the label of another column",
                "summarise[0].columns[1].sum: \"amonut\" is not a field of the schema; did you mean \"amount\"?",
                "summarise[0].columns[2].label: is missing or empty",
                "summarise[0].columns[2]: has both by and sum; a column is one of by, sum, count, min and max",
                "summarise[0].columns[3]: says nothing of its content: give it one of by, sum, count, min and max",
                "summarise[0].sort[0]: \"-B\" is not the label of a column",
                "summarise[0].sort[2]: is named twice",
            ],
        ),
        (
            "{file: a, credit: {per: [], sort: word, touch: 'record.x', gap: 30 min}, columns: [{label: A, by: record.word, decimals: 2}]}"
                .to_owned(),
            &[
                "summarise[0].credit.per: is empty; name the fields that tell visitors apart",
                "summarise[0].credit.sort: \"word\" is of the type string, which is no time: expected integer, number, date or datetime",
                "summarise[0].credit.touch: \"x\" is not a field of the schema",
                "summarise[0].credit.gap: \"30 min\" is no pause: write whole seconds, minutes, hours or days, such as 90s, 30m, 12h \
                 or 7d",
                "summarise[0].columns[0].decimals: is for numbers; the column is a group",
                "summarise[0].columns: has no number: give it a column with sum, count, min or max",
            ],
        ),
        (format!("{{file: a, {ok}}}, {{file: a, {ok}}}"), &["summarise[1].file: is already the file of another summary"]),
    ] {
        let mut found = feed(&summary).err().unwrap_or_default();
        let mut expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{summary}");
    }
}

#[test]
fn a_summary_of_a_sensitive_field_is_sensitive() {
    let of = |by: &str| feed(&format!("{{file: a, columns: [{{label: A, by: {by}}}, {{label: N, count: true}}]}}"));
    assert!(of("record.secret").unwrap().summaries[0].is_sensitive);
    assert!(!of("record.word").unwrap().summaries[0].is_sensitive);
}

#[test]
fn the_shipped_feed_says_which_words_brought_revenue() {
    let mut files = FeedFiles::default();
    let engines = include_str!("../../../../feeds/search-engines.csv");
    files.insert("search-engines.csv".to_owned(), engines.to_owned());
    let plan = FeedPlan::from_files(include_str!("../../../../feeds/hits.yaml"), &files);
    let plan = plan.map_err(|problems| format!("{problems:?}")).unwrap();
    assert!(plan.notes.is_empty(), "{:?}", plan.notes);
    let run = RunContext::at("2026-11-29T23:30:00Z").unwrap();
    assert_eq!(plan.summaries[0].file_of("r", "data.tsv", &run), "2026-11-29/2026-11-29_SearchKeywordPerformance.tab");
}
