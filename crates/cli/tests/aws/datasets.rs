//! `sluice dataset push`.

use tempfile::TempDir;

use super::fake::{Answer, Buckets, FakeAws, Request};
use super::stdout;

const DATASET: &str = "dataset: shop\nset: {fromFileName: '_([0-9]+)'}\nmembers:\n  customers: {feed: customers, key: id}\n  \
    orders: {feed: orders, parent: customers, by: customer}\ninto: [totals]\n";

/// A feed with these fields, of which the first is the key.
fn feed(name: &str, fields: [&str; 2]) -> String {
    let [first, second] = fields;
    format!(
        "version: 1\nname: {name}\nschema: {{fields: [{{name: {first}, constraints: {{required: true}}}}, {{name: {second}}}]}}\n\
         import: {{table: {name}, key: [{first}]}}\n"
    )
}

#[test]
fn a_dataset_is_pushed_if_the_feeds_of_the_stack_fit() {
    let (buckets, here) = (Buckets::default(), TempDir::new().unwrap());
    let answers = buckets.clone();
    let aws = FakeAws::with_stack(move |request: &Request| -> Answer { answers.answer(request) });
    let path = here.path().join("shop.yaml");
    std::fs::write(&path, DATASET).unwrap();
    let push = |code| stdout(&aws.sluice(&["dataset", "push", path.to_str().unwrap()]), code);
    buckets.put("data/feeds/customers.yaml", &feed("customers", ["id", "name"]));
    buckets.put("data/feeds/orders.yaml", &feed("orders", ["id", "customer"]));

    let said = push(4);
    assert!(said.contains("there is no feed \"totals\"") && said.contains("cannot be used: 1 error"), "{said}");
    assert_eq!(buckets.get("data/datasets/shop.yaml"), None);

    buckets.put("data/feeds/totals.yaml", &feed("totals", ["id", "orders"]));
    let said = push(0);
    assert!(said.starts_with("datasets/shop.yaml: new\n") && said.contains("sluice dataset status shop"), "{said}");
    assert_eq!(buckets.get("data/datasets/shop.yaml").as_deref(), Some(DATASET));
    assert_eq!(push(0), "datasets/shop.yaml: unchanged\n");

    std::fs::write(&path, DATASET.replace("into:", "within: 24h\ninto:")).unwrap();
    assert!(push(0).starts_with("datasets/shop.yaml: changed\n"));
}
