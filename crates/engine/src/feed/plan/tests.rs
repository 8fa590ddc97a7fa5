use super::report::DEFAULT_SUBJECT;
use super::*;

const MINIMAL: &str = "
version: 1
name: orders
schema: {fields: [{name: id, constraints: {required: true}}]}
import: {table: orders, key: [id]}
";

fn problems(yaml: &str) -> Vec<String> {
    FeedPlan::from_yaml(yaml).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn a_minimal_feed_has_defaults() {
    let plan = FeedPlan::from_yaml(MINIMAL).unwrap();
    assert_eq!(plan.dialect, Dialect::CANONICAL);
    assert_eq!(plan.mappings[0].source.names(), ["id"]);
    assert_eq!(plan.report.subject, DEFAULT_SUBJECT);
}

#[test]
fn the_shipped_feeds_are_good() {
    for yaml in [include_str!("../../../../../feeds/products.yaml"), include_str!("../../../../../feeds/sales.yaml")] {
        assert_eq!(problems(yaml), Vec::<String>::new());
    }
}

#[test]
fn every_problem_of_the_shape_is_reported_at_once() {
    let yaml = "
version: one
nmae: orders
source: {delimitr: ';'}
schema:
  fields:
    - {name: id, type: strng, constraints: {requierd: true}}
    - {type: string}
    - {name: price, type: number, constraints: {minLength: short}}
validate:
  rules:
    - prohibited: {fields: [id]}
    - rnage: {field: price}
import: {table: orders}
";
    assert_eq!(
        problems(yaml),
        [
            "name: is missing",
            "version: expected a whole number that is not negative, found the text \"one\"",
            "nmae: is not a key of the feed language; did you mean \"name\"?",
            "source.delimitr: is not a key of the feed language; did you mean \"delimiter\"?",
            "schema.fields[0].type: \"strng\" is not allowed here; did you mean \"string\"?",
            "schema.fields[1].name: \"\" cannot be a name: it is empty, or begins with _, which Sluice reserves",
            "schema.fields[2].constraints.minLength: expected a whole number that is not negative, found the text \
             \"short\"",
            "validate.rules[0].prohibited.terms: is empty, and there is no file with terms either",
            "validate.rules[1].rnage: is not a key of the feed language; did you mean \"range\"?",
            "import.key: is missing",
        ]
    );
}

#[test]
fn every_problem_of_the_meaning_is_reported_at_once() {
    let yaml = "
version: 2
name: Orders
source: {delimiter: ''}
restructure:
  prise: {from: Price}
  day: {date: '%Q'}
  price: {date: '%d.%m.%Y'}
schema:
  fields:
    - {name: id, constraints: {pattern: '('}}
    - {name: price, type: number, constraints: {minimum: 5, maximum: 1, minLength: 2, enum: [1, x]}}
    - {name: day, type: date, constraints: {minimum: yesterday}}
    - {name: _run}
    - {name: id}
validate:
  rules:
    - prohibited: {fields: [nmae], terms: []}
    - range: {field: price}
    - range: {field: id, minimum: 1}
  limits: {maxRejectPercent: 101}
import: {table: 'a b', key: [id, idd, price]}
report: {recipients: [nobody]}
";
    let found = problems(yaml);
    let paths: Vec<&str> = found.iter().map(|problem| problem.split(": ").next().unwrap()).collect();
    assert_eq!(
        paths,
        [
            "version",
            "name",
            "source.delimiter",
            "restructure.prise",
            "restructure.day.date",
            "restructure.price.date",
            "schema.fields[0].constraints.pattern",
            "schema.fields[1].constraints.minimum",
            "schema.fields[1].constraints.minLength",
            "schema.fields[1].constraints.enum[1]",
            "schema.fields[2].constraints.minimum",
            "schema.fields[3].name",
            "schema.fields[4].name",
            "validate.rules[0].prohibited.fields[0]",
            "validate.rules[0].prohibited.terms",
            "validate.rules[1].range",
            "validate.rules[2].range.field",
            "validate.limits.maxRejectPercent",
            "import.table",
            "import.key",
            "import.key[0]",
            "import.key[1]",
            "import.key[2]",
            "report.recipients[0]",
        ],
        "{found:#?}"
    );
}

#[test]
fn every_missing_part_of_a_feed_is_reported() {
    assert_eq!(
        problems("source: {quotechar: x}"),
        [
            "version: is missing",
            "name: is missing",
            "schema: is missing",
            "source.quotechar: is not a key of the feed language; did you mean \"quoteChar\"?",
        ]
    );
}

#[test]
fn a_record_may_have_as_many_fields_as_an_item_has_room_for() {
    let feed = |fields: usize, length: usize| {
        let fields: Vec<String> = (0..fields).map(|n| format!("{{name: f{n:0length$}}}")).collect();
        format!(
            "version: 1\nname: wide\nschema: {{fields: [{{name: id, constraints: {{required: true}}}}, {}]}}\n\
             import: {{table: wide, key: [id]}}\n",
            fields.join(", ")
        )
    };
    assert_eq!(problems(&feed(1_000, 4)), [""; 0]);
    assert_eq!(problems(&feed(2_000, 99)), [""; 0]);
    let reported = "schema.fields: the names of 2101 fields alone make an item of 421026 bytes, but a table holds items of up to 409600";
    assert_eq!(problems(&feed(2_100, 199)), [reported]);
}
