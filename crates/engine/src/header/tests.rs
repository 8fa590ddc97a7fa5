use super::*;
use crate::Code;
use crate::Problem;
use crate::feed::FeedPlan;

fn plan(more: &str) -> FeedPlan {
    let yaml = format!(
        "
version: 1
name: products
{more}
restructure: {{id: {{from: [SKU, Article]}}, price: {{from: Price}}}}
schema:
  fields: [{{name: id, constraints: {{required: true}}}}, {{name: price, type: number}}, {{name: more, type: object}}]
import: {{table: products, key: [id]}}
"
    );
    FeedPlan::from_yaml(&yaml).unwrap()
}

/// A feed with a policy for labels, whose file has a column for every field.
fn policy(labels: &str) -> FeedPlan {
    plan(&format!("source: {{labels: {{keepIn: more, {labels}}}}}"))
}

fn reported(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

const KEPT: &str = "extra: keep";

#[test]
fn binds_by_name_in_any_order_and_tells_it() {
    let check = check(&policy(KEPT), &["Price", "Note", " Article "]);
    let binding = check.binding.unwrap();
    assert_eq!(binding.reads, [Reads::Column(2), Reads::Column(0), Reads::Kept(vec![("Note".into(), 1)])]);
    assert_eq!((binding.column(0), binding.column(2), binding.place("Note")), (Some("Article"), None, Some(1)));
    assert_eq!(
        reported(&check.notes),
        [
            "[incorrect-label] Price: comes before \"Article\", but the feed has it after; columns are read by name",
            "[extra-label] Note: column 2 is not read by the feed; it is kept",
        ]
    );
}

#[test]
fn tells_what_is_missing_and_what_may_have_been_meant() {
    let check = check(&policy(KEPT), &["SKU", "Prcie"]);
    assert!(check.binding.is_none());
    assert_eq!(
        reported(&check.problems),
        ["[missing-label] price: the header has no column \"Price\"; did you mean \"Prcie\"?"]
    );
}

#[test]
fn what_is_missing_may_be_left_out_where_the_field_is_not_required() {
    let plan = policy("extra: keep, missing: ignore");
    let with = check(&plan, &["SKU"]);
    assert_eq!(with.binding.unwrap().reads[1], Reads::Nothing);
    assert_eq!(
        reported(&with.notes),
        ["[missing-label] price: the header has no column \"Price\", so that the field has no value"]
    );
    let without = check(&plan, &["Price"]);
    assert_eq!(
        reported(&without.problems),
        ["[missing-label] id: the header has none of the columns \"SKU\", \"Article\", and the field is required"]
    );
}

#[test]
fn case_spaces_and_punctuation_need_not_matter() {
    let exact = check(&policy(KEPT), &["s.k.u", "PRICE "]);
    assert_eq!(
        reported(&exact.problems)[1],
        "[missing-label] price: the header has no column \"Price\"; did you mean \"PRICE\"? (source.labels.match: loose takes it)"
    );
    let loose = check(&policy("extra: keep, match: loose"), &["s.k.u", "PRICE "]);
    let binding = loose.binding.unwrap();
    assert_eq!(binding.reads[..2], [Reads::Column(0), Reads::Column(1)]);
    assert_eq!(binding.place("Sku"), Some(0));
}

#[test]
fn two_columns_for_one_field_are_not_guessed_between() {
    let rejected = check(&policy(KEPT), &["SKU", "Article", "Price", ""]);
    assert_eq!(
        reported(&rejected.problems),
        ["[duplicate-label] id (column \"SKU\"): the columns 1 (\"SKU\"), 2 (\"Article\") could all be read; \
          expected exactly one of \"SKU\", \"Article\""]
    );
    assert_eq!(rejected.notes[0].code, Code::BlankLabel);
    let ignored = check(&policy("extra: keep, duplicate: ignore"), &["Article", "SKU", "Price"]);
    assert_eq!(ignored.binding.unwrap().reads[..2], [Reads::Column(1), Reads::Column(2)], "the feed names SKU first");
    let kept = check(&policy("duplicate: keep"), &["SKU", "Price", "Price", "Note"]);
    assert_eq!(kept.binding.unwrap().reads[2], Reads::Kept(vec![("Price".into(), 2)]));
    assert_eq!(
        reported(&kept.notes)[0],
        "[duplicate-label] price (column \"Price\"): the columns 2 (\"Price\"), 3 (\"Price\") could all be read; \
         expected exactly one of \"Price\"; \"Price\" is read, and the others are kept"
    );
}

#[test]
fn kept_columns_of_one_name_are_distinguished() {
    let check = check(&policy(KEPT), &["SKU", "Price", "Note", "Note", ""]);
    let kept = vec![("Note".into(), 2), ("Note (column 4)".into(), 3), ("column 5".into(), 4)];
    assert_eq!(check.binding.unwrap().reads[2], Reads::Kept(kept));
}

#[test]
fn a_file_can_be_rejected_for_more_and_other_columns() {
    let check =
        check(&policy("extra: reject_file, duplicate: keep, reordered: reject_file"), &["Price", "SKU", "Note", ""]);
    assert_eq!(
        reported(&check.problems),
        [
            "[incorrect-label] Price: comes before \"SKU\", but the feed has it after",
            "[extra-label] Note: column 3 is not read by the feed; extra columns are not allowed",
            "[blank-label] column 4 has no name; extra columns are not allowed",
        ]
    );
}

#[test]
fn a_schema_from_elsewhere_says_how_columns_may_differ() {
    let feed = |matching: &str| {
        format!(
            "version: 1\nname: p\nschema: {{fieldsMatch: {matching}, fields: [{{name: a}}, {{name: b}}, \
             {{name: id, constraints: {{required: true}}}}]}}\nimport: {{table: p, key: [id]}}\nrestructure: {{id: {{from: a}}}}\n"
        )
    };
    for (matching, header, fits) in [
        ("exact", vec!["a", "b"], true),
        ("exact", vec!["b", "a"], false),
        ("[exact]", vec!["a", "b", "c"], false),
        ("equal", vec!["b", "a"], true),
        ("equal", vec!["a", "b", "c"], false),
        ("subset", vec!["b", "a", "c"], true),
        ("subset", vec!["a", "c"], false),
        ("superset", vec!["a"], true),
        ("superset", vec!["a", "c"], false),
        ("partial", vec!["a", "c"], true),
        ("partial", vec!["c"], false),
    ] {
        let plan = FeedPlan::from_yaml(&feed(matching)).unwrap();
        assert_eq!(check(&plan, &header).binding.is_some(), fits, "{matching} {header:?}");
    }
}
