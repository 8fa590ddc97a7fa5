use proptest::prelude::*;

use super::*;
use crate::Severity;
use crate::feed::FeedPlan;
use crate::{Code, Problem, RunContext};

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

/// The canonical texts, the problems and the sum of one record. `broken` are fields with problems that were
/// reported before; no further problems are reported for them.
fn judge(texts: &[&str], broken: &[&str]) -> (Vec<String>, Vec<Problem>, String) {
    let plan = FeedPlan::from_yaml(FEED).unwrap();
    let reported =
        |field: &&str| Problem::new(crate::Stage::Restructure, Code::ConversionError, "reported").field(field);
    let mut problems: Vec<Problem> = broken.iter().map(reported).collect();
    let context = RunContext { as_of: jiff::Timestamp::UNIX_EPOCH };
    let mut judge = Judge::new(&plan, &context);
    // The state of the previous record must not leak into the next.
    judge.judge(&["other", "77", "other"][..], &mut Vec::new());
    let before = judge.totals().clone();
    let texts = judge.judge(texts, &mut problems).texts().map(str::to_owned).collect();
    let number = |totals: &Totals| totals.to_texts()[0].parse::<crate::decimal::Decimal>().unwrap();
    let sum = (&number(judge.totals()) - &number(&before)).to_string();
    (texts, problems.split_off(broken.len()), sum)
}

#[test]
fn what_could_not_be_read_is_reported_once() {
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
fn what_is_canonical_already_stays_and_the_rest_is_written_anew() {
    for (texts, canonical) in [
        (["a", "5", "EUR"], ["a", "5", "EUR"]),
        (["a", "+05.50", "EUR"], ["a", "5.5", "EUR"]),
        (["a", " 1e2", ""], ["a", "100", ""]),
        (["a", "five", "EUR"], ["a", "", "EUR"]),
    ] {
        assert_eq!(judge(&texts, &[]).0, canonical, "{texts:?}");
    }
}

#[test]
fn a_total_counts_every_number_that_could_be_read() {
    for (texts, number) in [
        (["a", "5", "EUR"], "5"),
        (["a", "500", "EUR"], "500"),
        (["much-too-long", "5", ""], "5"),
        (["a", "five", "EUR"], "0"),
        (["a", "", ""], "0"),
    ] {
        assert_eq!(judge(&texts, &[]).2, number, "{texts:?}");
    }
}

#[test]
fn a_record_with_a_warning_is_held_against_the_limits_of_the_sink() {
    let digits = format!("0.{}", "1".repeat(60));
    let (_, problems, _) = judge(&["a", &digits, "EUR"], &[]);
    let found: Vec<_> = problems.iter().map(|problem| (problem.code, problem.severity)).collect();
    assert_eq!(found, [(Code::Range, Severity::Warn), (Code::SinkRefused, Severity::Reject)]);
}

#[test]
fn a_severity_is_written_only_where_it_says_something() {
    let (_, problems, _) = judge(&["a", "0", "EUR"], &[]);
    let json = serde_json::to_value(&problems[0]).unwrap();
    assert_eq!(json["severity"], "warn");
    assert_eq!(problems[0].to_string(), "[range, warning] price: 0 is below 1, the minimum of this rule");
    let json = serde_json::to_value(Problem::new(crate::Stage::Gate, Code::ControlTotal, "x")).unwrap();
    assert!(json.get("severity").is_none());
    assert_eq!(serde_json::from_value::<Problem>(json).unwrap().severity, Severity::Reject);
}

#[test]
fn what_is_only_warned_of_is_a_value_and_is_judged() {
    let plan = FeedPlan::from_yaml(FEED).unwrap();
    let context = RunContext { as_of: jiff::Timestamp::UNIX_EPOCH };
    let mut judge = Judge::new(&plan, &context);
    for (id, codes) in
        [("a\0", &[Code::ControlCharacter][..]), ("long\0", &[Code::ControlCharacter, Code::ConstraintError])]
    {
        let warning = Problem::new(crate::Stage::Restructure, Code::ControlCharacter, "warned").field("id");
        let mut problems = vec![warning.severity(Severity::Warn)];
        let text = judge.judge(&[id, "5", "EUR"][..], &mut problems).text(0).to_owned();
        let reported: Vec<_> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!((text.as_str(), &reported[..]), (id, codes));
    }
}

proptest! {
    /// A control total sends every record the slow way, and changes nothing else.
    #[test]
    fn a_record_that_surely_holds_has_nothing_wrong_with_it(
        id in "|a|abc|abcd| ", price in "|0|1|7\\.5|1\\.50|100|101|1e2|x|-0", currency in "|EUR| ",
    ) {
        let without = FEED.replace("  limits: {totals: [{field: price, equals: 0}]}\n", "");
        assert_ne!(without, FEED);
        let [quick, slow] = [&without[..], FEED].map(|feed| {
            let plan = FeedPlan::from_yaml(feed).unwrap();
            let context = RunContext { as_of: jiff::Timestamp::UNIX_EPOCH };
            let (mut judge, mut problems) = (Judge::new(&plan, &context), Vec::new());
            let given = [&id[..], &price[..], &currency[..]];
            let texts: Vec<String> = judge.judge(&given[..], &mut problems).texts().map(str::to_owned).collect();
            (texts, problems)
        });
        prop_assert_eq!(quick, slow);
    }
}
