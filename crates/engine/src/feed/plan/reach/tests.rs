mod tables;

use proptest::prelude::*;

use super::judge::{Judge, Verdict};
use crate::clean::CleanStep;
use crate::feed::{FeedFiles, FeedPlan, read};
use crate::spec::FeedProblem;

/// A feed with a field `f`, with this mapping and description.
fn feed(mapping: &str, field: &str, rules: &str) -> String {
    format!(
        "version: 1
name: p
restructure:
  f: {{{mapping}}}
schema:
  fields:
    - {{name: id, constraints: {{required: true}}}}
    - {{name: f{field}}}
validate: {{rules: [{rules}]}}
import: {{table: p, key: [id]}}
"
    )
}

/// Everything that is reported for a feed: errors unchanged, notes with the prefix `note: `.
fn reported(yaml: &str) -> Vec<String> {
    match FeedPlan::from_yaml(yaml) {
        Ok(plan) => plan.notes.iter().map(|note| format!("note: {note}")).collect(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn table_of_what_can_never_pass() {
    let mut otherwise = Vec::new();
    for (mapping, field, rules, expected) in tables::NEVER {
        let reported = reported(&feed(mapping, field, rules));
        if reported != [*expected] {
            otherwise.push(format!("{mapping}{field}\n  reported {reported:?}\n  expected {expected:?}"));
        }
    }
    assert!(otherwise.is_empty(), "{}", otherwise.join("\n"));
}

#[test]
fn what_can_pass_is_not_reported() {
    for (mapping, field, rules) in tables::MAY {
        assert_eq!(reported(&feed(mapping, field, rules)), Vec::<String>::new(), "{mapping}{field}");
    }
}

#[test]
fn what_is_in_a_file_beside_the_feed_is_reported_where_that_is_named() {
    let yaml = feed("clean: [lower, {map: {file: kinds.csv}}]", ", constraints: {enum: [Kitchen]}", "");
    let mut files = FeedFiles::default();
    let old: Vec<String> = (1..=7).map(|n| format!("old {n},Gone")).collect();
    files.insert("kinds.csv".into(), format!("kit,Kitchen\nGRD,Garden\n{}\n", old.join("\n")));
    let plan = FeedPlan::from_files(&yaml, &files).unwrap();
    let notes: Vec<String> = plan.notes.iter().map(FeedProblem::located).collect();
    assert_eq!(notes.len(), 7, "{notes:#?}");
    let place = "line 4, column 35: restructure.f.clean[1].map.file: ";
    assert!(notes.iter().all(|note| note.starts_with(place)), "{notes:#?}");
    let unfound = "has the entry \"GRD\", which can never match: restructure.f.clean[0] (lower) produces no such text";
    let rejecting = "has the entry \"old 1\", which rejects every record that gets it: \"Gone\" is not one of Kitchen \
                     (constraint \"enum\")";
    for message in [unfound, rejecting, "has 2 more of these"] {
        assert!(notes.contains(&format!("{place}{message}")), "{message} {notes:#?}");
    }
}

#[test]
fn each_report_has_its_place() {
    let yaml = feed("clean: [lower]", ", constraints: {enum: [Online]}", "");
    let problems = FeedPlan::from_yaml(&yaml).err().unwrap_or_default();
    assert!(
        problems[0].located().starts_with("line 8, column 31: schema.fields[1].constraints.enum: "),
        "{problems:?}"
    );
    let yaml = feed("clean: [trim, {default: n/a}]", ", type: number", "");
    let problems = FeedPlan::from_yaml(&yaml).err().unwrap_or_default();
    assert!(problems[0].located().starts_with("line 4, column 31: restructure.f.clean[1].default: "), "{problems:?}");
}

/// Mappings and fields, some of which fit together and some of which do not.
const MAPPINGS: [&str; 24] = [
    "",
    "clean: [lower]",
    "clean: [upper]",
    "clean: [title]",
    "clean: [trim, lower]",
    "clean: [upper, {strip: '- '}]",
    "clean: [lower, {replace: {text: o, with: O}}]",
    "clean: [{map: {values: {on: Online, 'off': Offline}}}]",
    "clean: [lower, {map: {values: {ON: Online, b: B}, otherwise: keep}}]",
    "clean: [upper, {map: {values: {ON: Online, b: B}, otherwise: empty}}]",
    "clean: [{boolean: {true: [x, 'on'], false: [o]}}]",
    "clean: [{number: {decimal: ','}}]",
    "clean: [{units: {factors: {kg: 1, g: 0.001}, unit: kg}}]",
    "clean: [{extract: '[a-z]+'}, upper]",
    "clean: [{split: {by: '/', take: 1}}]",
    "clean: [{split: {by: '-', take: -1}}, lower]",
    "clean: [{strip: '/'}], date: '%d/%m/%y'",
    "date: '%d/%m/%y'",
    "clean: [lower], date: ['%d-%b-%Y', '%Y%m%d']",
    "datetime: '%d.%m.%Y %H:%M', timezone: Europe/Berlin",
    "value: 'row.f == \"x\" ? \"Online\" : \"off\"'",
    "clean: [{default: Online}, lower]",
    "clean: [lower, {default: Online}]",
    "clean: [{list: {separator: '-'}}]",
];
const FIELDS: [&str; 23] = [
    "",
    ", constraints: {enum: [Online]}",
    ", constraints: {enum: [ONLINE, 'off', x-y]}",
    ", constraints: {enum: ['true', B]}",
    ", categories: [online, offline]",
    ", constraints: {pattern: '[a-z]+'}",
    ", constraints: {pattern: '[A-Z]{2,}'}",
    ", constraints: {pattern: '[A-Z][a-z]+', maxLength: 4}",
    ", constraints: {pattern: '[0-9]+-[0-9]+'}",
    ", constraints: {pattern: '[A-Z]{5}', maxLength: 3}",
    ", constraints: {minLength: 7}",
    ", format: email",
    ", format: uuid",
    ", type: integer",
    ", type: number, constraints: {minimum: 1, enum: [0, 5]}",
    ", type: boolean",
    ", type: boolean, trueValues: [ON], falseValues: [x]",
    ", type: date",
    ", type: date, format: '%m/%d/%y'",
    ", type: date, format: '%Y-%d-%m'",
    ", type: datetime",
    ", type: datetime, format: '%Y-%m-%dT%H:%M:%S'",
    ", type: array",
];
const RULES: [&str; 5] = [
    "",
    "{one_of: {field: f, values: [Online, '5', 'true', 2026-11-21, '[]']}}",
    "{prohibited: {fields: [f], terms: [online]}}",
    "{regex: {field: f, pattern: '^[0-9]', not: true}}",
    "{one_of: {field: f, values: [Online], severity: warn}}",
];

/// Texts of a file, among them those that the fields above accept.
fn text() -> impl Strategy<Value = String> {
    let given = [
        "",
        "on",
        "ON",
        "off",
        "Online",
        "ONLINE",
        "online",
        "x",
        "x-y",
        "B",
        "b",
        "true",
        "5",
        "0",
        "1,5",
        "5 kg",
        "AB",
        "21/11/26",
        "21112026",
        "20261121",
        "21-Nov-2026",
        "21.11.2026 02:33",
        "08.10.2014 14:05",
        "2026-11-21",
        "2026-11-21T02:33:44",
        "a@b.de",
        "12-34",
        "95ecc380-afe9-11e4-9b6c-751b66dd541e",
        "[]",
        "a/b",
        " on ",
        "SS",
        "ß",
    ];
    prop_oneof![prop::sample::select(given.to_vec()).prop_map(str::to_owned), "[A-Za-z0-9/. @-]{0,10}", ".{0,6}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    /// No false alarms: if a feed is refused because nothing can pass, then nothing does.
    #[test]
    fn what_can_never_pass_never_does(
        mapping in prop::sample::select(MAPPINGS.to_vec()),
        field in prop::sample::select(FIELDS.to_vec()),
        rules in prop::sample::select(RULES.to_vec()),
        texts in prop::collection::vec(text(), 30),
    ) {
        let yaml = feed(mapping, field, rules);
        let Ok((spec, _)) = read::read(&yaml) else { panic!("{yaml}") };
        // Compiles without the check under test; feeds with other problems are skipped.
        let Ok(plan) = FeedPlan::compile_parts(&spec, &FeedFiles::default(), Vec::new(), false) else { return Ok(()) };
        let problems = FeedPlan::compile(&spec, &FeedFiles::default(), Vec::new()).err().unwrap_or_default();
        let (of_default, never): (Vec<FeedProblem>, Vec<FeedProblem>) =
            problems.into_iter().partition(|problem| problem.path.ends_with(".default"));
        let judge = Judge { index: 1, fields: &plan.fields, rules: &plan.rules };
        let mapping = &plan.mappings[1];
        if !of_default.is_empty() {
            let refused = match mapping.read("") {
                Ok(text) => !matches!(judge.text(&text), Verdict::Passes),
                Err(_) => true,
            };
            prop_assert!(refused, "{yaml}{of_default:?}");
        }
        // Swapped days and months are read but are wrong.
        if never.iter().all(|problem| problem.message.contains(", which reads 20")) {
            return Ok(());
        }
        let outcomes = match &mapping.source {
            crate::mapping::Source::Value(expression) => expression.outcomes().unwrap_or_default(),
            _ => Vec::new(),
        };
        let has_default = mapping.clean.iter().any(|step| matches!(step, CleanStep::Default(_)));
        let default = mapping.read("").ok().filter(|_| has_default);
        for text in texts.iter().filter(|_| outcomes.is_empty()).chain(&outcomes) {
            if let Ok(made) = mapping.read(text)
                && default.as_ref() != Some(&made)
            {
                prop_assert!(!matches!(judge.text(&made), Verdict::Passes), "{yaml}{never:?}: {text:?} {made:?}");
            }
        }
    }
}
