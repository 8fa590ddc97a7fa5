use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use sluice_engine::Code;
use sluice_engine::record::Rows;
use sluice_platform::objects::MemoryObjects;

use super::*;

const FEED: &str = "
version: 1
name: orders
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: sku}
    - {name: line, type: integer}
validate:
  rules:
    - reference: {field: sku, table: products, key: id}
    - reference: {field: [sku, line], table: lines}
import: {table: orders, key: [id]}
";

const OBJECT: &str = "runs/r/restructured/0.csv";

/// Tables that have every key whose last digit is even, and count the requests.
#[derive(Default)]
struct EvenKeys {
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    most_keys: AtomicUsize,
    asked: AtomicUsize,
    /// The call, from 1, that fails; 0 for none.
    failing: usize,
}

fn is_even(key: &[String]) -> bool {
    key.iter().all(|part| part.ends_with(['0', '2', '4', '6', '8']))
}

#[async_trait]
impl References for EvenKeys {
    async fn existing(&self, target: &Target, keys: &[Vec<String>]) -> Result<Vec<bool>, Fault> {
        assert!(keys.iter().all(|key| key.len() == target.key.len()));
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len(), "a batch names a key twice");
        let call = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        if call == self.failing {
            return Err(Fault::Transient { what: "look up keys".into(), source: "no answer".into() });
        }
        self.most_keys.fetch_max(keys.len(), Ordering::Relaxed);
        let under_way = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_under_way.fetch_max(under_way, Ordering::Relaxed);
        // Later calls get their answers first.
        for _ in 0..(100 - call % 100) {
            tokio::task::yield_now().await;
        }
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        Ok(keys.iter().map(|key| is_even(key)).collect())
    }
}

fn plan(yaml: &str) -> FeedPlan {
    FeedPlan::from_yaml(yaml).map_err(|problems| format!("{problems:?}")).unwrap()
}

/// The rows of records `sku, line`, as `restructure` writes them.
fn objects(records: &[[String; 2]]) -> MemoryObjects {
    let mut rows = Rows::default();
    rows.row(["_record", "_line", "_offset", "_problems", "id", "sku", "line"]);
    for (number, [sku, line]) in (1..).zip(records) {
        let own = [number.to_string(), String::new(), String::new(), String::new(), number.to_string()];
        rows.row(own.iter().chain([sku, line]));
    }
    let objects = MemoryObjects::new();
    objects.insert(OBJECT, rows.as_bytes().to_vec());
    objects
}

/// For each record, the tables of its missing references.
async fn missing(tables: &EvenKeys, records: &[[String; 2]]) -> Result<Vec<Vec<String>>, Fault> {
    let (plan, objects) = (plan(FEED), objects(records));
    let mut lookups = Lookups::open(&objects, tables, &plan, OBJECT).await?.unwrap();
    let mut missing = Vec::new();
    for [sku, line] in records {
        if !lookups.advance_at_hand() {
            lookups.advance().await?;
        }
        let mut problems = Vec::new();
        lookups.check(|field| ["", sku.as_str(), line.as_str()][field], &mut problems).unwrap();
        assert!(problems.iter().all(|problem| problem.code == Code::ReferenceMissing));
        missing.push(problems.iter().map(|problem| problem.message.split('"').nth(1).unwrap().to_owned()).collect());
    }
    Ok(missing)
}

/// Records of which many share a key, and some have none. Equal arguments give equal records.
fn records(count: u64, multiplier: u64, different: u64) -> Vec<[String; 2]> {
    let of = |number: u64| {
        let mixed = number.wrapping_mul(multiplier) % different;
        let part = |skip: u64| if mixed.is_multiple_of(skip) { String::new() } else { mixed.to_string() };
        [part(7), part(11)]
    };
    (0..count).map(of).collect()
}

/// The result of a straight-line program for the same records.
fn expected(records: &[[String; 2]]) -> Vec<Vec<String>> {
    let is_missing = |key: &[String]| key.iter().all(|part| !part.is_empty()) && !is_even(key);
    let of = |record: &[String; 2]| {
        let products = is_missing(&record[..1]).then(|| "products".to_owned());
        products.into_iter().chain(is_missing(record).then(|| "lines".to_owned())).collect()
    };
    records.iter().map(of).collect()
}

proptest! {
    #[test]
    fn each_record_is_checked_against_its_own_keys(
        records in prop::collection::vec(("[0-9]{0,3}", "(0|[1-9][0-9]?)?"), 0..400),
    ) {
        let records: Vec<[String; 2]> = records.into_iter().map(|(sku, line)| [sku, line]).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(missing(&EvenKeys::default(), &records)).unwrap();
        prop_assert_eq!(found, expected(&records));
    }
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_file_and_lookups_keep_their_limits() {
    for (count, multiplier, different) in [(0, 1, 1), (1, 1, 3), (99, 1, 1000), (5000, 7919, 6000), (9000, 31, 40)] {
        let (tables, records) = (EvenKeys::default(), records(count, multiplier, different));
        let found = missing(&tables, &records).await.unwrap();
        assert_eq!(found, expected(&records), "{count} records");
        let (keys, under_way) = (tables.most_keys.into_inner(), tables.most_under_way.into_inner());
        assert!(keys <= LIMITS.keys + 1 && under_way <= LIMITS.ahead, "{keys} keys at once, {under_way} lookups");
        assert!(count < 5000 || different < 100 || under_way == LIMITS.ahead, "only {under_way} under way");
        // The first window asks for all 40 different keys, and their answers are remembered.
        assert!(different > 40 || tables.asked.into_inner() <= 2 * LIMITS.ahead);
    }
}

#[tokio::test]
async fn a_lookup_that_fails_fails_the_chunk() {
    let records = records(5000, 7919, 6000);
    for failing in [1, 2, 9] {
        let found = missing(&EvenKeys { failing, ..EvenKeys::default() }, &records).await;
        assert!(matches!(found, Err(Fault::Transient { .. })), "{failing}");
    }
}

#[tokio::test]
async fn a_feed_without_references_looks_nothing_up() {
    let rules = FEED.find("validate:").unwrap()..FEED.find("import:").unwrap();
    let mut without = FEED.to_owned();
    without.replace_range(rules, "");
    let (feed, without) = (plan(FEED), plan(&without));
    let tables: Arc<dyn References> = Arc::new(EvenKeys::default());
    assert!(Lookups::open(&objects(&[]), &*tables, &feed, OBJECT).await.unwrap().is_some());
    // Without references, no object is read: there is none.
    assert!(Lookups::open(&MemoryObjects::new(), &*tables, &without, OBJECT).await.unwrap().is_none());
}
