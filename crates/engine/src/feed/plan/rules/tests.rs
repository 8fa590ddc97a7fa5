use crate::Severity;
use crate::feed::{FeedFiles, FeedPlan};
use crate::validate::Judge;
use crate::{Code, RunContext};

/// A feed with these rules and limits.
fn feed(rules: &[&str], limits: &str) -> String {
    let rules = rules.iter().fold(String::new(), |rules, rule| rules + "\n    - " + rule);
    format!(
        "
version: 1
name: p
schema:
  fields:
    - {{name: id, constraints: {{required: true}}}}
    - {{name: price, type: number}}
    - {{name: stock, type: integer}}
    - {{name: day, type: date}}
    - {{name: at, type: datetime}}
    - {{name: sold, type: boolean}}
validate:
  rules: {}
  limits: {limits}
import: {{table: p, key: [id]}}
",
        if rules.is_empty() { "[]" } else { &rules }
    )
}

fn problems(rule: &str, files: &FeedFiles) -> Vec<String> {
    let problems = FeedPlan::from_files(&feed(&[rule], "{}"), files).err().unwrap_or_default();
    problems.iter().map(|problem| problem.to_string().replace("validate.rules[0]", "…")).collect()
}

#[test]
fn table_of_references_that_mean_nothing() {
    for (rule, expected) in [
        ("reference: {field: id, table: products}", &[][..]),
        ("reference: {field: [id, price], table: lines, key: [order, line]}", &[]),
        (
            "reference: {field: idd, table: 'a b'}",
            &[
                "….reference.field: \"idd\" is not a field of the schema; did you mean \"id\"?",
                "….reference.table: \"a b\" is not a table name: a-z, A-Z, 0-9, -, _ and .",
            ],
        ),
        (
            "reference: {field: [id, id], table: a, key: b.c}",
            &[
                "….reference.field[1]: is named twice",
                "….reference.key: names 1 of the table, but field names 2: the numbers must be equal",
                "….reference.key: \"b.c\" cannot be the key of a table; give its name there in key",
            ],
        ),
        (
            "reference: {field: [id, sold, day], table: a}",
            &[
                "….reference.field: names 3 fields; the key of a table has 1 to 2",
                "….reference.field[1]: is of the type boolean, which cannot be the key of a table",
            ],
        ),
    ] {
        assert_eq!(problems(rule, &FeedFiles::default()), expected, "{rule}");
    }
}

#[test]
fn table_of_rules_that_mean_nothing() {
    let mut files = FeedFiles::default();
    files.insert("good.txt".into(), "\u{FEFF}ivory\r\n\r\nrhino horn\n".into());
    files.insert("blank.txt".into(), "ivory\n \n".into());
    files.insert("empty.txt".into(), "\n\n".into());
    for (rule, expected) in [
        ("prohibited: {fields: [id], terms: [a], file: good.txt}", &[][..]),
        ("prohibited: {fields: [id], file: good.txt}", &[]),
        ("prohibited: {fields: [id]}", &["….prohibited.terms: is empty, and there is no file with terms either"]),
        (
            "prohibited: {fields: [], terms: [a, ' ']}",
            &[
                "….prohibited.fields: is empty",
                "….prohibited.terms[1]: \" \" is blank; a term needs a letter, a digit or a sign",
            ],
        ),
        (
            "prohibited: {fields: [id, id], file: blank.txt}",
            &[
                "….prohibited.fields[1]: \"id\" is already named",
                "….prohibited.file: line 2 of \"blank.txt\": \"\" is blank; a term needs a letter, a digit or a sign",
            ],
        ),
        (
            "prohibited: {fields: [id], file: empty.txt}",
            &["….prohibited.file: \"empty.txt\" contains no terms; write one on each line"],
        ),
        (
            "prohibited: {fields: [id], file: no.txt}",
            &["….prohibited.file: there is no file \"no.txt\" beside the feed"],
        ),
        ("range: {field: stock, minimum: 1}", &[]),
        ("range: {field: stock}", &["….range: has neither minimum nor maximum"]),
        ("range: {field: id, minimum: 1}", &["….range.field: is of the type string, which has no range"]),
        ("range: {field: day, maximum: 1}", &["….range.maximum: \"1\" is not of the type date"]),
        ("one_of: {field: stock, values: [1, 2]}", &[]),
        ("one_of: {field: stock, values: []}", &["….one_of.values: is empty"]),
        ("one_of: {field: stock, values: [1, x]}", &["….one_of.values[1]: \"x\" is not of the type integer"]),
        ("compare: {left: price, is: <, right: stock}", &[]),
        ("compare: {left: id, is: '!=', right: id}", &["….compare: compares \"id\" with itself"]),
        (
            "compare: {left: day, is: <, right: at}",
            &["….compare: \"day\" is of the type date and \"at\" of datetime: they cannot be compared"],
        ),
        (
            "compare: {left: dayy, is: <, right: prize}",
            &[
                "….compare.left: \"dayy\" is not a field of the schema; did you mean \"day\"?",
                "….compare.right: \"prize\" is not a field of the schema; did you mean \"price\"?",
            ],
        ),
        ("regex: {field: id, pattern: x}", &[]),
        (
            "regex: {field: id, pattern: '(', message: ' '}",
            &[
                "….regex.pattern: is not a regular expression: unclosed group",
                "….regex.message: is blank; leave it out, or say what is expected",
            ],
        ),
        ("date_window: {field: day, notBefore: today-1y, notAfter: 2000-01-01}", &[]),
        ("date_window: {field: at, notAfter: today}", &[]),
        (
            "date_window: {field: price}",
            &[
                "….date_window: has neither notBefore nor notAfter",
                "….date_window.field: is of the type number; the rule needs a date or a datetime",
            ],
        ),
        (
            "date_window: {field: day, notBefore: yesterday, notAfter: today-1}",
            &[
                "….date_window.notBefore: \"yesterday\" is not a day: write a date such as 2026-01-31, or today, or a \
                 distance such as today-30d (d, w, m or y, up to 9999)",
                "….date_window.notAfter: \"today-1\" is not a day: write a date such as 2026-01-31, or today, or a \
                 distance such as today-30d (d, w, m or y, up to 9999)",
            ],
        ),
        (
            "date_window: {field: day, notBefore: today, notAfter: today-1d}",
            &["….date_window.notBefore: today is after notAfter, today-1d: no date passes"],
        ),
        (
            "date_window: {field: day, notBefore: 2026-02-01, notAfter: 2026-01-31}",
            &["….date_window.notBefore: 2026-02-01 is after notAfter, 2026-01-31: no date passes"],
        ),
        ("required_together: {fields: [price, stock]}", &[]),
        (
            "required_together: {fields: [price]}",
            &["….required_together.fields: names 1 fields; the rule needs two or more"],
        ),
        (
            "at_most_one: {fields: [price, price, x]}",
            &[
                "….at_most_one.fields[1]: \"price\" is already named",
                "….at_most_one.fields[2]: \"x\" is not a field of the schema",
            ],
        ),
    ] {
        assert_eq!(problems(rule, &files), expected, "{rule}");
    }
}

#[test]
fn values_without_an_order_are_equal_or_not() {
    let yaml = feed(&["compare: {left: id, is: <, right: name}"], "{}")
        .replace("{name: sold", "{name: name}\n    - {name: sold");
    let problems = FeedPlan::from_yaml(&yaml).err().unwrap();
    assert_eq!(
        problems[0].to_string(),
        "validate.rules[0].compare.is: compares by order, but values of the type string have none; only = and != are \
         allowed"
    );
    assert!(FeedPlan::from_yaml(&yaml.replace("is: <", "is: =")).is_ok());
}

#[test]
fn table_of_limits_that_mean_nothing() {
    for (limits, expected) in [
        ("{minRecords: 1, totals: [{field: price, equals: 12.50}]}", &[][..]),
        ("{minRecords: -1}", &["minRecords: expected a whole number that is not negative, found the number -1"]),
        (
            "{totals: [{field: id, equals: 1}]}",
            &["totals[0].field: is of the type string; only fields of the types integer and number have a sum"],
        ),
        ("{totals: [{field: price, equals: x}]}", &["totals[0].equals: not a decimal number"]),
        (
            "{totals: [{field: price}]}",
            &["totals[0]: has neither equals nor footerCell; one of them says what the sum must be"],
        ),
        (
            "{totals: [{field: price, equals: 1, footerCell: 2}]}",
            &["totals[0]: has both equals and footerCell; a total is compared with one of them"],
        ),
        (
            "{totals: [{field: price, footerCell: 0}]}",
            &[
                "totals[0].footerCell: names a cell of the footer, but the feed has no source.footer",
                "totals[0].footerCell: is 0, but cells are counted from 1",
            ],
        ),
    ] {
        let problems = FeedPlan::from_yaml(&feed(&[], limits)).err().unwrap_or_default();
        let problems: Vec<_> =
            problems.iter().map(|problem| problem.to_string().replace("validate.limits.", "")).collect();
        assert_eq!(problems, expected, "{limits}");
    }
}

#[test]
fn every_rule_reports_with_its_own_severity() {
    let rules = [
        "prohibited: {fields: [id], terms: [a]}",
        "range: {field: price, minimum: 1, severity: warn}",
        "one_of: {field: stock, values: [1], severity: abort}",
    ];
    let plan = FeedPlan::from_yaml(&feed(&rules, "{}")).unwrap();
    let context = RunContext { as_of: jiff::Timestamp::UNIX_EPOCH };
    let mut problems = Vec::new();
    Judge::new(&plan, &context).judge(&["a", "0", "2", "", "", ""][..], &mut problems);
    let found: Vec<_> = problems.iter().map(|problem| (problem.code, problem.severity)).collect();
    assert_eq!(
        found,
        [(Code::Prohibited, Severity::Reject), (Code::Range, Severity::Warn), (Code::OneOf, Severity::Abort)]
    );
}
