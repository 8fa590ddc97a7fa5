use proptest::prelude::*;

use super::super::Restructurer;
use crate::encoding::SourceText;
use crate::feed::FeedPlan;
use crate::header;
use crate::record::{Position, Reader, Rows};
use crate::validate::{Judge, Judged, Texts};
use crate::{Problem, RunContext};

/// How the field is made, and what it is.
const FIELDS: &[(&str, &str)] = &[
    ("", ""),
    ("clean: [trim, upper]", "constraints: {pattern: '[A-Z]{2}-[0-9]{1,5}|[A-Z]+,?'}"),
    ("clean: [trim, lower]", "constraints: {pattern: '[A-Za-z]{2}-[0-9]{1,5}'}"),
    ("clean: [trim, collapse_whitespace]", "constraints: {required: true, minLength: 3, maxLength: 40}"),
    ("clean: [trim, html_to_text]", "constraints: {maxLength: 20}"),
    ("first: [x]", "constraints: {required: true}"),
    (
        "value: 'row.x', clean: [trim, {split: {by: ' > ', take: 1}}, {map: {values: {a: ab}, otherwise: keep}}]",
        "constraints: {enum: [ab, EUR, '1.5']}",
    ),
    ("clean: [upper, {default: EUR}]", "constraints: {enum: [AB, EUR, USD]}"),
    ("clean: [{default: 'a, b'}]", "constraints: {enum: ['a, b', x]}"),
    ("clean: [{replace: {text: a, with: \"\\x07\"}}]", "constraints: {enum: [x, \"\\x07\"]}"),
    ("clean: [{boolean: {true: [a, '1'], false: [b, '0']}}]", "type: boolean"),
    ("", "missingValues: [a, '0'], constraints: {enum: [b, c]}"),
    ("clean: [trim, strip_currency]", "type: number, constraints: {required: true}"),
    ("first: [x], clean: [strip_currency, trim]", "type: number"),
    ("clean: [strip_currency, {default: AB}]", "constraints: {maxLength: 4}"),
    ("clean: [trim, {strip: '€$ '}]", "type: number, constraints: {minimum: 0.5, maximum: 1000}"),
    ("clean: [{number: {decimal: '.', group: ','}}]", "type: number"),
    ("clean: [{number: {decimal: ','}}]", "type: number"),
    ("", "type: number, missingValues: ['0.00', '-1'], constraints: {enum: [0, 1.5, 2.50, 12]}"),
    ("", "type: number, constraints: {exclusiveMinimum: 0}"),
    ("clean: [{replace: {text: '.', with: ''}}]", "type: number"),
    ("clean: [trim]", "type: integer, constraints: {minimum: 0, maximum: 100}"),
    ("", "type: integer, categories: [1, 7, 12]"),
    ("clean: [trim], date: '%d.%m.%Y'", "type: date"),
    ("date: ['%m/%d/%y', '%d.%m.%Y']", "type: date, constraints: {minimum: '2000-02-29'}"),
    ("clean: [{replace: {text: '1', with: '2'}}], date: '%d.%m.%Y'", "type: date"),
    ("date: '%d.%m.%Y'", "type: date, missingValues: ['2026-11-21']"),
    ("", "type: date"),
    ("clean: [trim]", "type: date, format: '%d.%m.%Y'"),
    ("datetime: '%d.%m.%Y %H:%M', timezone: Europe/Berlin", "type: datetime"),
    ("", "format: email"),
    ("", "type: year"),
];

/// Cells of all kinds, and some that are nearly of a kind.
const CELLS: &str = "|a|b|ab|AB|EUR|eur| EUR |a > b|[ab0-9]{1,2}|true|[A-Z]{2}-[0-9]{1,6}| ?[A-Z]{1,3},?\
    |-?[0-9]{1,4}(\\.[0-9]{0,3})?|-?0(\\.0{1,3})?|-?[0-9]{17,20}|[0-9]{1,3},[0-9]{1,3}|[ -]?[$€] ?[0-9]{1,3}\\.[05]0|[0-9]{1,3}(\\.5)? ?(EUR|€|\\$) ?| [0-3][0-9]\\.11\\.2026\t?\
    |[0-3][0-9]\\.[01][0-9]\\.(19|20)[0-9]{2}|0[1-9]/2[89]/[0-9]{2}|(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]|[0-9]{2}\\.[0-9]{2}\\.[0-9]{4}\
    |21\\.11\\.2026( 02:33)?|a@b\\.de|[a-z ]{14,34}|[a-z]{3}  ?[a-z]{12,20}[,\"<ü.]?|[ -~]{0,20}|[a,\"\n\t\0\u{7f} é\u{a0}<&]{0,6}|\\PC{0,5}";

/// What becomes of a record.
#[derive(Debug, PartialEq)]
struct Outcome {
    texts: Vec<String>,
    problems: Vec<String>,
    row: Vec<u8>,
    canonical: Vec<String>,
    valid_row: Vec<u8>,
    judged: Vec<String>,
    totals: Vec<String>,
}

fn plan(mapping: &str, field: &str) -> FeedPlan {
    let comma = if field.is_empty() { "" } else { ", " };
    // A total makes the judge read every value, so only some of the feeds have one.
    let is_of = |field_type: &str| field.starts_with(&format!("type: {field_type}"));
    let rules = match (field.contains("type: number"), field.contains("required")) {
        _ if is_of("integer") => "validate: {rules: [range: {field: x, minimum: 2}, range: {field: x, maximum: 50}]}\n",
        _ if field == "type: date" => "validate: {rules: [range: {field: x, maximum: '2020-02-29', severity: warn}]}\n",
        (true, true) => "validate: {rules: [range: {field: x, minimum: 1, severity: warn}]}\n",
        (true, false) => "validate: {limits: {totals: [{field: x, equals: 0}]}}\n",
        (false, _) => "",
    };
    let feed = format!(
        "version: 1\nname: p\nrestructure: {{x: {{{mapping}}}}}\n\
         schema: {{fields: [{{name: id, constraints: {{required: true}}}}, {{name: x{comma}{field}}}, {{name: z}}]}}\n\
         {rules}import: {{table: p, key: [id]}}\n"
    );
    FeedPlan::from_yaml(&feed).map_err(|problems| format!("{feed}: {problems:?}")).unwrap()
}

/// What becomes of the records of a file. `by_all_steps` takes no fast path of a field.
fn outcomes(plan: &FeedPlan, file: &[u8], by_all_steps: bool) -> Vec<Outcome> {
    let run = RunContext::at("2026-11-21T02:33:00Z").unwrap();
    let mut reader = Reader::new(plan.dialect, Position::START);
    reader.push(file);
    reader.end();
    let labels: Vec<String> = ["id", "x", "z"].map(str::to_owned).to_vec();
    let binding = header::check(plan, &labels).binding.unwrap();
    let mut restructurer = Restructurer::new(plan, &binding, SourceText::UTF_8, &run);
    if by_all_steps {
        for (look, way) in &mut restructurer.ways {
            (look.column, way.column) = (None, None);
        }
    }
    let mut judge = Judge::new(plan, &run);
    let mut found = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        let made = restructurer.restructure(&record);
        let shown = |problems: &[Problem]| problems.iter().map(ToString::to_string).collect();
        let texts: Vec<&str> = made.texts.iter().collect();
        let problems = shown(made.problems);
        let mut row = Rows::default();
        made.texts.write(&mut row);
        for (at, field) in plan.fields.iter().enumerate().filter(|(at, _)| made.texts.text_if_sure(*at).1) {
            let mut broken = Vec::new();
            let value = field.check(texts[at], &mut broken);
            assert!(broken.is_empty(), "{:?} is sure: {broken:?}", texts[at]);
            let canonical = value.map(|value| value.canonical().into_owned()).unwrap_or_default();
            assert_eq!(field.without_zeros(texts[at]), canonical);
        }
        let mut judged_problems = made.problems.clone();
        let (canonical, valid_row) = if by_all_steps {
            canonical(&judge.judge(&texts[..], &mut judged_problems))
        } else {
            canonical(&judge.judge(&made.texts, &mut judged_problems))
        };
        found.push(Outcome {
            texts: texts.iter().map(|text| (*text).to_owned()).collect(),
            problems,
            row: row.as_bytes().to_vec(),
            canonical,
            valid_row,
            judged: shown(&judged_problems),
            totals: judge.totals().to_texts(),
        });
    }
    found
}

/// The canonical texts of a record, and its row.
fn canonical<T: Texts + ?Sized>(judged: &Judged<'_, T>) -> (Vec<String>, Vec<u8>) {
    let mut row = Rows::default();
    judged.write(&mut row);
    (judged.texts().map(str::to_owned).collect(), row.as_bytes().to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The cells of a column, several times over, because some fields remember them.
    #[test]
    fn what_is_final_at_a_look_is_what_all_steps_make(cells in prop::collection::vec(CELLS, 1..8), quoted in any::<bool>()) {
        let mut file = Rows::default();
        for cell in cells.iter().chain(&cells) {
            file.row(["1", cell, ""]);
        }
        let mut file = file.as_bytes().to_vec();
        if quoted {
            file = String::from_utf8(file).unwrap().replace(",\n", ",\"\"\n").into_bytes();
        }
        for (plan, (mapping, field)) in plans().iter().zip(FIELDS) {
            let [quick, slow] = [false, true].map(|by_all_steps| outcomes(plan, &file, by_all_steps));
            prop_assert_eq!(quick, slow, "{} {}", mapping, field);
        }
    }
}

fn plans() -> &'static [FeedPlan] {
    static PLANS: std::sync::LazyLock<Vec<FeedPlan>> =
        std::sync::LazyLock::new(|| FIELDS.iter().map(|(mapping, field)| plan(mapping, field)).collect());
    &PLANS
}

/// A look must be sure of common cells, or it gains nothing.
#[test]
fn common_cells_are_final_at_a_look() {
    for (mapping, field, cell, expected) in [
        ("clean: [trim, upper]", "constraints: {pattern: '[A-Z]{2}-[0-9]{5}'}", "AB-00042", true),
        ("clean: [trim, upper]", "constraints: {pattern: '[A-Z]{2}-[0-9]{5}'}", "ab-00042", false),
        ("clean: [trim, collapse_whitespace]", "constraints: {minLength: 3}", "Ceramic Planter no 160", true),
        ("clean: [trim, collapse_whitespace]", "constraints: {minLength: 3}", "Ceramic  Planter", false),
        ("clean: [trim, strip_currency]", "type: number", "12.50", true),
        ("clean: [trim, strip_currency]", "type: number", "€ 12.50", true),
        ("first: [x], clean: [strip_currency]", "type: number", " 12.50 EUR ", true),
        ("clean: [trim, strip_currency]", "type: number", "-€ 12.50", false),
        ("clean: [trim, collapse_whitespace]", "constraints: {minLength: 3}", "\tCeramic Planter ", true),
        ("clean: [trim], date: '%d.%m.%Y'", "type: date", " 21.11.2026", true),
        ("clean: [trim]", "type: integer, constraints: {minimum: 0}", "12", true),
        ("clean: [trim], date: '%d.%m.%Y'", "type: date", "21.11.2026", true),
        ("clean: [trim], date: '%d.%m.%Y'", "type: date", "31.02.2026", false),
        (
            "clean: [trim, {replace: {pattern: '^[0-9.,]+ *'}}, upper, {default: EUR}]",
            "constraints: {enum: [EUR]}",
            "eur",
            true,
        ),
        (
            "clean: [trim, {replace: {pattern: '^[0-9.,]+ *'}}, upper, {default: EUR}]",
            "constraints: {enum: [EUR]}",
            "",
            true,
        ),
        ("clean: [trim]", "", "", true),
    ] {
        let plan = plan(mapping, field);
        let run = RunContext::at("2026-11-21T02:33:00Z").unwrap();
        let mut reader = Reader::new(plan.dialect, Position::START);
        reader.push(format!("1,{cell},\n1,{cell},\n").as_bytes());
        let binding = header::check(&plan, &["id", "x", "z"].map(str::to_owned)).binding.unwrap();
        let mut restructurer = Restructurer::new(&plan, &binding, SourceText::UTF_8, &run);
        for _ in 0..2 {
            let record = reader.next_record().unwrap().unwrap();
            let is_sure = restructurer.restructure(&record).texts.text_if_sure(1).1;
            if reader.position().record > 2 {
                assert_eq!(is_sure, expected, "{mapping} {field} {cell:?}");
            }
        }
    }
}
