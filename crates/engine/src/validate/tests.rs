use super::*;
use crate::feed::spec::Severity;

const FEED: &str = "
version: 1
name: p
schema:
  fields:
    - {name: id, constraints: {required: true, maxLength: 3}}
    - {name: price, type: number, constraints: {maximum: 100}}
    - {name: currency}
validate:
  rules:
    - range: {field: price, minimum: 1, severity: warn}
    - required_together: {fields: [price, currency]}
  limits: {totals: [{field: price, equals: 0}]}
import: {table: p, key: [id]}
";

fn judge(texts: &[&str], broken: &[&str]) -> (Judged, Vec<Problem>) {
    let plan = FeedPlan::from_yaml(FEED).map_err(|problems| format!("{problems:?}")).unwrap();
    let mut problems = Vec::new();
    let context = RunContext { as_of: jiff::Timestamp::UNIX_EPOCH };
    let judged = validate(&plan, &context, texts, broken, &mut problems);
    (judged, problems)
}

#[test]
fn what_could_not_be_read_is_told_once() {
    for (texts, broken, expected) in [
        (["a", "5", "EUR"], &[][..], &[][..]),
        (["a", "five", "EUR"], &[], &[Code::TypeError]),
        (["a", "", "EUR"], &["price"], &[]),
        (["a", "", "EUR"], &[], &[Code::RequiredTogether]),
        (["", "5", "EUR"], &[], &[Code::ConstraintError]),
    ] {
        let codes: Vec<_> = judge(&texts, broken).1.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, expected, "{texts:?}");
    }
}

#[test]
fn a_total_counts_every_number_that_could_be_read() {
    for (texts, number) in [
        (["a", "5", "EUR"], Some("5")),
        (["a", "500", "EUR"], Some("500")),
        (["much-too-long", "5", ""], Some("5")),
        (["a", "five", "EUR"], None),
        (["a", "", ""], None),
    ] {
        let totals = judge(&texts, &[]).0.totals;
        assert_eq!(totals, [number.map(|number| number.parse().unwrap())], "{texts:?}");
    }
}

#[test]
fn a_record_with_a_warning_is_held_against_the_limits_of_the_sink() {
    let digits = format!("0.{}", "1".repeat(60));
    let (_, problems) = judge(&["a", &digits, "EUR"], &[]);
    let found: Vec<_> = problems.iter().map(|problem| (problem.code, problem.severity)).collect();
    assert_eq!(found, [(Code::Range, Severity::Warn), (Code::SinkRefused, Severity::Reject)]);
}

#[test]
fn a_severity_is_written_only_where_it_says_something() {
    let (_, problems) = judge(&["a", "0", "EUR"], &[]);
    let json = serde_json::to_value(&problems[0]).unwrap();
    assert_eq!(json["severity"], "warn");
    assert_eq!(problems[0].to_string(), "[range, warning] price: 0 is below 1, the least this rule allows");
    let json = serde_json::to_value(Problem::new(crate::Stage::Gate, Code::ControlTotal, "x")).unwrap();
    assert!(json.get("severity").is_none());
    assert_eq!(serde_json::from_value::<Problem>(json).unwrap().severity, Severity::Reject);
}
