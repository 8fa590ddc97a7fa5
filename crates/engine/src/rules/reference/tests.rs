use proptest::prelude::*;

use super::*;
use crate::RunContext;
use crate::feed::FeedPlan;
use crate::validate::Judge;

const FEED: &str = "
version: 1
name: orders
schema:
  missingValues: ['', '-']
  fields:
    - {name: id, constraints: {required: true}}
    - {name: sku}
    - {name: line, type: number, decimalChar: ','}
    - {name: day, type: date, format: '%d.%m.%Y'}
    - {name: iban, sensitive: true}
validate:
  rules:
    - reference: {field: sku, table: products, key: id}
    - reference: {field: [sku, line], table: lines, severity: warn}
    - reference: {field: day, table: days}
    - reference: {field: iban, table: accounts}
import: {table: orders, key: [id]}
";

fn plan() -> FeedPlan {
    FeedPlan::from_yaml(FEED).unwrap()
}

#[test]
fn table_of_records_and_the_keys_that_they_name() {
    let plan = plan();
    for (record, expected) in [
        (["1", "A", "2", "", ""], [Some(vec!["A"]), Some(vec!["A", "2"]), None, None]),
        (["1", "A", "+02,50", "", ""], [Some(vec!["A"]), Some(vec!["A", "2.5"]), None, None]),
        (["1", "A", "two", "", ""], [Some(vec!["A"]), None, None, None]),
        (["1", "-", "2", "-", "-"], [None, None, None, None]),
        (["1", "", "", "31.01.2026", "DE1"], [None, None, Some(vec!["2026-01-31"]), Some(vec!["DE1"])]),
    ] {
        let ahead: Vec<_> = plan.references.iter().map(|of| of.ahead(&plan.fields, |field| record[field])).collect();
        let ahead: Vec<_> =
            ahead.iter().map(|key| key.as_ref().map(|key| key.iter().map(AsRef::as_ref).collect())).collect();
        assert_eq!(ahead, expected, "{record:?}");
    }
}

#[test]
fn a_key_that_no_table_can_have_is_not_looked_for() {
    let plan = plan();
    let lines = &plan.references[1];
    let (long, longer) = ("x".repeat(2048), "x".repeat(2049));
    for (key, expected) in [
        ([long.as_str(), "1"], true),
        ([longer.as_str(), "1"], false),
        (["a", "1e125"], true),
        (["a", "1e126"], false),
        (["a", "0.123456789012345678901234567890123456789"], false),
    ] {
        assert_eq!(lines.may_exist(&key), expected, "{key:?}");
    }
    let number_as_text = &plan.references[0];
    assert!(number_as_text.may_exist(&["1e126"]));
}

#[test]
fn missing_keys_are_reported_without_sensitive_values() {
    let plan = plan();
    let record = ["1", "A\"", "2.5", "", "DE1"];
    let reported = |of: usize| plan.references[of].problem(&plan.fields, &plan.masks, |field| record[field]);
    assert_eq!(
        reported(0).to_string(),
        r#"[reference-missing] sku: the table "products" has no item whose id is "A\"""#
    );
    assert_eq!(reported(0).value.as_deref(), Some("A\""));
    assert_eq!(
        reported(1).to_string(),
        r#"[reference-missing, warning] sku: the table "lines" has no item whose sku is "A\"" and line is "2.5""#
    );
    let secret = reported(3);
    assert!(secret.value.is_none() && !secret.message.contains("DE1"), "{secret:?}");
    assert!(plan.references.iter().all(|_| reported(0).code.is_retryable()));
}

proptest! {
    /// The predicted key equals the one that the judge asks for, whatever the file contains.
    #[test]
    fn the_predicted_key_is_the_one_asked_for_later(
        sku in "[-A-Za-z \"\u{e9}]{0,3}", line in "[-+0-9,.e ]{0,5}", day in "(0?[1-9]|[0-4][0-9])\\.[0-1][0-9]\\.20[0-9]{2}|-|x?",
    ) {
        let plan = plan();
        let context = RunContext { as_of: jiff::Timestamp::UNIX_EPOCH };
        let mut judge = Judge::new(&plan, &context);
        let record = ["1", &sku, &line, &day, ""];
        let ahead: Vec<Option<u128>> = plan.references.iter()
            .map(|of| of.ahead(&plan.fields, |field| record[field]).map(|key| Reference::hash_of(&key))).collect();
        let judged = judge.judge(&record[..], &mut Vec::new());
        let later: Vec<Option<u128>> = plan.references.iter().map(|of| of.hash(|field| judged.text(field))).collect();
        prop_assert_eq!(ahead, later);
    }
}

#[test]
fn keys_of_two_parts_are_distinguished() {
    assert_ne!(Reference::hash_of(&["ab", "c"]), Reference::hash_of(&["a", "bc"]));
}

#[test]
fn references_to_the_feed_itself_are_a_list_of_their_own() {
    let feed = |rule: &str, import: &str| {
        let yaml = format!(
            "version: 1\nname: p\nschema:\n  fields:\n    - {{name: sku, constraints: {{required: true}}}}\n    - {{name: parent}}\n    \
             - {{name: size, type: integer}}\n    - {{name: line, type: integer, constraints: {{required: true}}}}\n\
             validate: {{rules: [reference: {rule}]}}\nimport: {import}\n"
        );
        FeedPlan::from_yaml(&yaml).map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let (rule, table) = ("{field: parent, to: self}", "{table: products, key: [sku]}");
    let plan = feed(rule, table).unwrap();
    let [own] = &plan.own_references[..] else { panic!("{:?}", plan.own_references) };
    assert!(plan.references.is_empty() && own.table == "products");
    let record = ["TEE-S", "TEE", "7", "1"];
    assert_eq!(own.hash(|field| record[field]), Some(plan.key_hash(|_| "TEE")), "a reference has the hash of its key");
    let problem = own.own_problem(&plan.fields, &plan.masks, |field| record[field]);
    let said =
        "[reference-missing] parent: neither the file nor the table \"products\" has an item whose sku is \"TEE\"";
    assert_eq!(problem.to_string(), said);
    let at = "validate.rules[0].reference";
    for (rule, import, expected) in [
        (
            "{field: parent}",
            table,
            format!("{at}: names no table: give it a `table`, or `to: self` for the feed's own table and the file"),
        ),
        (
            "{field: parent, to: self, table: products}",
            table,
            format!("{at}.table: does not go with `to: self`, which means the feed's own table and key"),
        ),
        (
            "{field: parent, to: self, key: sku}",
            table,
            format!("{at}.key: does not go with `to: self`, which means the feed's own table and key"),
        ),
        (
            "{field: parent, to: self, severity: warn}",
            table,
            format!("{at}.severity: does not go with `to: self`: the gate only rejects records whose key is nowhere"),
        ),
        (
            rule,
            "{queue: products, key: [sku]}",
            format!(
                "{at}.to: self is for a feed with a `table`, which can be asked for the keys that are not in the file"
            ),
        ),
        (
            rule,
            "{table: products, key: [sku, line]}",
            format!("{at}.to: self is for a key of one field: the feed's key has 2, and field names 1"),
        ),
        ("{field: sku, to: self}", table, format!("{at}.field: is the key itself, so every record refers to itself")),
        (
            "{field: size, to: self}",
            table,
            format!("{at}.field: is of the type integer, but the key \"sku\" is of the type string"),
        ),
    ] {
        assert_eq!(feed(rule, import).err().unwrap_or_default(), [expected], "{rule} {import}");
    }
}
