//! Tests of the checks of datasets.

use super::*;
use crate::feed::FeedPlan;

const YAML: &str = r"dataset: customer-orders
set: {fromFileName: '_([0-9]{8})\.csv$'}
members:
  customers: {feed: customers, key: customer_id}
  orders: {feed: orders, parent: customers, by: customer_id, key: order_id}
  items: {feed: items, parent: orders, by: order_id}
into: [messages]
";

fn problems(yaml: &str) -> Vec<String> {
    DatasetPlan::from_yaml(yaml).err().unwrap_or_default().iter().map(FeedProblem::located).collect()
}

#[test]
fn parents_come_before_their_children() {
    let plan = DatasetPlan::from_yaml(YAML).unwrap();
    let found: Vec<_> = plan.members.iter().map(|m| (m.name.as_str(), m.parent, m.depth, &m.children[..])).collect();
    let expected: [(&str, _, _, &[usize]); 3] =
        [("customers", None, 0, &[1]), ("orders", Some(0), 1, &[2]), ("items", Some(1), 2, &[])];
    assert_eq!(found, expected);
    assert_eq!((plan.member_of("items"), plan.member_of("messages")), (Some(2), None));
    assert_eq!((plan.orphans.max_percent, plan.childless), (100, Childless::Keep));
    let set = |name: &str| plan.set.of_file(name).unwrap().map(|set| set.to_string());
    assert_eq!(set("customers_20230828.csv").as_deref(), Some("20230828"));
    assert_eq!(set("customers.csv"), None);
}

#[test]
fn every_problem_is_found_at_its_place() {
    assert_eq!(problems(YAML), Vec::<String>::new());
    for (from, to, expected) in [
        ("dataset: customer-orders\n", "", "dataset: is missing"),
        ("dataset: customer-orders", "dataset: My set", "line 1, column 10: dataset: \"My set\" is not a name"),
        ("'_([0-9]{8})\\.csv$'", "'_[0-9]{8}'", "line 2, column 21: set.fromFileName: has 0 groups"),
        ("'_([0-9]{8})\\.csv$'", "'_([0-9'", "line 2, column 21: set.fromFileName: is not a regular expression"),
        ("set: {", "sets: {", "sets: is not a key of the language of datasets; did you mean \"set\"?"),
        (
            "  orders: {feed: orders,",
            "  orders: {feed: customers,",
            "members.orders.feed: is \"customers\", as that of customers",
        ),
        ("parent: customers, by: customer_id, ", "", "members: has 2 members without a parent (customers, orders)"),
        (
            "{feed: customers, key",
            "{feed: customers, parent: items, by: customer_id, key",
            "members: has no member without a parent",
        ),
        (
            "parent: orders",
            "parent: order",
            "members.items.parent: \"order\" is not a member; did you mean \"orders\"?",
        ),
        ("parent: customers, by", "parent: items, by", "members.items.parent: leads in a circle"),
        (", by: order_id", "", "members.items.by: is missing"),
        ("{feed: customers, key", "{feed: customers, by: a, key", "members.customers.by: needs a parent"),
        (", key: order_id", "", "members.orders.key: is missing"),
        ("by: order_id}", "by: [order_id, other]}", "members.items.by: names 2 fields; the key of the parent has 1"),
        ("into: [messages]\n", "", "into: is missing"),
        ("[messages]", "[messages, items]", "into[1]: is \"items\", the feed of the member items"),
        ("[messages]", "[messages, messages]", "into[1]: \"messages\" is listed twice"),
        ("into: [", "within: daily\ninto: [", "within: \"daily\" is no time"),
        ("into: [", "orphans: {maxPercent: 101}\ninto: [", "orphans.maxPercent: is 101"),
        ("into: [", "orphans: {into: messages}\ninto: [", "into[0]: \"messages\" gets the orphans"),
        (
            "into: [",
            "report: {recipients: [nobody]}\ninto: [",
            "report.recipients[0]: \"nobody\" is not a mail address",
        ),
    ] {
        let broken = YAML.replacen(from, to, 1);
        let found = problems(&broken);
        assert!(found.iter().any(|found| found.contains(expected)), "{expected}: {found:?}\n{broken}");
    }
}

fn feed(name: &str, fields: &str, key: &str) -> FeedPlan {
    let yaml =
        format!("version: 1\nname: {name}\nschema: {{fields: [{fields}]}}\nimport: {{table: t, key: [{key}]}}\n");
    FeedPlan::from_yaml(&yaml).unwrap()
}

#[test]
fn a_dataset_is_checked_against_its_feeds() {
    let required = |name: &str, of: &str| format!("{{name: {name}, type: {of}, constraints: {{required: true}}}}");
    let id = |of: &str| required("customer_id", of);
    let customers = feed("customers", &id("string"), "customer_id");
    let orders = feed("orders", &format!("{}, {}", required("order_id", "integer"), id("string")), "order_id");
    let items =
        feed("items", &format!("{}, {{name: order_id, type: number}}", required("item_id", "string")), "item_id");
    let found = |yaml: &str, feeds: &[&FeedPlan]| -> Vec<String> {
        let plan = DatasetPlan::from_yaml(yaml).unwrap();
        let problems = plan.check_feeds(yaml, |name| feeds.iter().find(|feed| feed.name == *name).copied());
        problems.iter().map(FeedProblem::located).collect()
    };
    let messages = feed("messages", &id("string"), "customer_id");
    let all = [&customers, &orders, &items, &messages];
    assert_eq!(found(YAML, &all), Vec::<String>::new());
    assert!(found(YAML, &all[..3])[0].starts_with("line 7, column 8: into[0]: there is no feed \"messages\""));
    let other = feed("orders", &format!("{}, {}", required("order_id", "integer"), id("integer")), "order_id");
    let wrong = found(YAML, &[&customers, &other, &items, &messages]);
    assert!(
        wrong[0].contains("members.orders.by: \"customer_id\" and \"customer_id\" of customers have different types"),
        "{wrong:?}"
    );
    let not_unique = found(&YAML.replace("key: order_id", "key: customer_id"), &all);
    assert!(not_unique[0].contains("members.orders.key: is neither the key of the feed nor unique"), "{not_unique:?}");
    let unknown = found(&YAML.replace("by: order_id", "by: ordr_id"), &all);
    assert!(
        unknown[0]
            .contains("members.items.by: \"ordr_id\" is not a field of the feed items; did you mean \"order_id\"?"),
        "{unknown:?}"
    );
    let both =
        feed("orders", &format!("{}, {}, {{name: items}}", required("order_id", "integer"), id("string")), "order_id");
    let both = found(YAML, &[&customers, &both, &items, &messages]);
    assert!(both[0].contains("members.items: is a field of the feed orders, too"), "{both:?}");
}
