//! `sluice dataset` and `sluice run --dataset`, as a shell sees them, with the shipped dataset and its feeds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

const CUSTOMERS: &str = "customer_id,customer_name\n1,John Doe\n2,Jane Roe\n";
const ORDERS: &str = "order_id,customer_id,amount\n1001,1,250\n1002,1,150.50\n1003,9,70\n";
const ITEMS: &str = "item_id,order_id\n501,1001\n502,1001\n503,1002\n504,1003\n";

/// A folder with files; `here` in it is the lasting folder.
struct Shop(TempDir);

impl Shop {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// Runs the shipped dataset for these files.
    fn run(&self, files: &[&str]) -> (Option<i32>, String) {
        let files: Vec<String> = files.iter().map(|file| self.path(file)).collect();
        let (dataset, feeds, here) = (project("datasets/customer-orders.yaml"), project("feeds"), self.path("here"));
        let mut words = vec!["run", "--dataset", &dataset, "--feed", &feeds, "--into", &here];
        words.extend(files.iter().map(String::as_str));
        sluice(&words)
    }

    fn status(&self, more: &[&str]) -> String {
        let here = self.path("here");
        let (code, said) = sluice(&[&["dataset", "status", "customer-orders", "--into", &here], more].concat());
        assert_eq!(code, Some(0), "{said}");
        said
    }

    /// The bytes of the table of totals.
    fn table(&self) -> Vec<u8> {
        std::fs::read(self.path("here/tables/customer-totals.jsonl.gz")).unwrap()
    }

    /// The totals by customer. The last line of a customer counts.
    fn totals(&self) -> BTreeMap<String, Value> {
        let (bytes, mut text) = (self.table(), String::new());
        std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(&bytes[..]), &mut text).unwrap();
        let items = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        items.map(|item| (item["customer_id"].as_str().unwrap().to_owned(), item)).collect()
    }
}

fn project(file: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file).to_str().unwrap().to_owned()
}

/// The exit code and the output of a command.
fn sluice(words: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_sluice")).args(words).output().unwrap();
    (output.status.code(), [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat())
}

/// Asserts that an item has these values.
fn has(item: &Value, values: &Value) {
    for (name, value) in values.as_object().unwrap() {
        assert_eq!(&item[name], value, "{name} of {item}");
    }
}

#[test]
fn files_of_a_set_are_imported_joined_and_imported_again() {
    let shop = Shop::new();
    shop.write("customers_20230828.csv", CUSTOMERS);
    shop.write("orders_20230828.csv", ORDERS);
    shop.write("items_20230828.csv", ITEMS);

    // Two of three files are no set.
    let (code, said) = shop.run(&["items_20230828.csv", "orders_20230828.csv"]);
    assert!(code == Some(0) && said.contains("There is nothing to join: files are missing"), "{said}");
    let said = shop.status(&[]);
    assert!(said.starts_with("20230828  WAITING") && said.contains("\n  customers: missing"), "{said}");
    assert!(said.contains("\n  items: items_20230828.csv (items-"), "{said}");

    let (code, said) = shop.run(&["customers_20230828.csv"]);
    assert!(code == Some(0) && said.contains("PUBLISHED: customer-orders 20230828"), "{said}");
    let totals = shop.totals();
    let john =
        json!({"customer_name": "John Doe", "number_of_orders": 2, "number_of_items": 3, "total_amount_spent": 400.5});
    has(&totals["1"], &john);
    has(&totals["2"], &json!({"customer_name": "Jane Roe", "number_of_orders": 0, "total_amount_spent": 0}));
    assert_eq!(totals.len(), 2);
    let orphans = std::fs::read_to_string(shop.path("here/output/datasets/customer-orders/20230828/3/orphans.csv"));
    let orphans = orphans.unwrap();
    let lines: Vec<&str> = orphans.lines().collect();
    assert!(lines.len() == 3 && lines[1].contains("no-parent") && lines[2].contains("parent-orphan"), "{orphans}");
    let said = shop.status(&["20230828"]);
    assert!(said.contains("generation 3 ended PUBLISHED") && said.contains("2 records, 2 orphans"), "{said}");
    assert!(shop.status(&["20230829"]).contains("There is no such set yet"));

    // A second run of the same files changes nothing.
    let before = shop.table();
    let (code, said) = shop.run(&["customers_20230828.csv", "orders_20230828.csv", "items_20230828.csv"]);
    assert!(code == Some(0) && !said.contains("PUBLISHED"), "{said}");
    assert_eq!(shop.table(), before);
    assert!(shop.status(&[]).contains("generation 3 ended PUBLISHED"));

    // A correction is joined anew.
    shop.write("orders_20230828.csv", &ORDERS.replace("150.50", "50"));
    let (code, said) = shop.run(&["orders_20230828.csv"]);
    assert!(code == Some(0) && said.contains("PUBLISHED"), "{said}");
    has(&shop.totals()["1"], &json!({"total_amount_spent": 300}));
    assert!(shop.status(&[]).contains("generation 4 ended PUBLISHED"));
}

#[test]
fn a_file_without_a_key_is_imported_and_named() {
    let shop = Shop::new();
    shop.write("customers.csv", CUSTOMERS);
    let (code, said) = shop.run(&["customers.csv"]);
    let why = "customers.csv is imported, but joined with nothing: its name has no key of a set";
    assert!(code == Some(0) && said.contains(why), "{said}");
    let said = shop.status(&[]);
    assert!(said.contains("In no set, because their names have no key of one"), "{said}");
    assert!(said.contains("\n  customers: customers.csv (customers-"), "{said}");
}

#[test]
fn what_is_no_file_of_a_dataset_is_refused_before_anything_is_imported() {
    let shop = Shop::new();
    shop.write("customers_20230828.csv", CUSTOMERS);
    shop.write("products_20230828.csv", "id\n1\n");
    let (code, said) = shop.run(&["customers_20230828.csv", "products_20230828.csv"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("products_20230828.csv is of no member") && said.contains("customers, orders, items"),
        "{said}"
    );
    assert!(!Path::new(&shop.path("here")).exists());
}

#[test]
fn a_dataset_is_checked_against_its_feeds() {
    let shop = Shop::new();
    let feeds = project("feeds");
    let check = |path: &str| sluice(&["dataset", "check", path, "--feeds", &feeds]);
    let (code, said) = check(&project("datasets/customer-orders.yaml"));
    assert!(code == Some(0) && said.contains("customers, orders below customers, items below orders"), "{said}");

    let shipped = std::fs::read_to_string(project("datasets/customer-orders.yaml")).unwrap();
    let wrong = shipped.replace("by: order_id", "by: order_di").replace("customer-messages,", "customer-mesages,");
    let (code, said) = check(&shop.write("orders.yaml", &wrong));
    assert_eq!(code, Some(4), "{said}");
    for part in [
        "is \"customer-orders\", but its file is named \"orders\"",
        "\"order_di\" is not a field of the feed items",
        "did you mean \"order_id\"?",
        "there is no feed \"customer-mesages\"",
        "cannot be used: 3 errors",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn a_first_dataset_is_written_for_feeds() {
    let shop = Shop::new();
    let feeds = ["customers", "orders", "items"].map(|name| project(&format!("feeds/{name}.yaml")));
    let out = shop.path("shop.yaml");
    let mut words = vec!["dataset", "new"];
    words.extend(feeds.iter().map(String::as_str));
    let (code, said) = sluice(&[&words[..], &["--out", &out]].concat());
    assert!(code == Some(0) && said.contains("sluice dataset check"), "{said}");
    let yaml = std::fs::read_to_string(&out).unwrap();
    assert!(
        yaml.contains("dataset: shop\n") && yaml.contains("items: {feed: items, parent: orders, by: order_id"),
        "{yaml}"
    );
    let (code, said) = sluice(&[&words[..], &["--out", &out]].concat());
    assert!(code == Some(2) && said.contains("exists; --force overwrites it"), "{said}");

    // With a feed for the joined file, it can be used.
    shop.write("shop.yaml", &yaml.replace("into: []", "into: [customer-totals]"));
    let (code, said) = sluice(&["dataset", "check", &out, "--feeds", &project("feeds")]);
    assert_eq!(code, Some(0), "{said}");
}
