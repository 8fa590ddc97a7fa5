//! Random files of three levels, joined as an independent program joins them in memory.

use std::io::Write;
use std::process::{Command, Stdio};

use fastrand::Rng;
use serde::Deserialize;
use serde_json::{Value, json};
use sluice_contract::documents::JoinEnd;
use sluice_contract::keys;
use sluice_tests::root;

use super::world::{DAY, Shop};

/// The expected result.
#[derive(Debug, Deserialize, PartialEq)]
struct Expected {
    joined: Vec<Value>,
    /// Member, record and reason of each, sorted.
    orphans: Vec<String>,
}

/// Asks the oracle.
fn ask(scenario: &Value) -> Expected {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let mut oracle = Command::new(python)
        .arg(root().join("tests/oracle/join.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    oracle.stdin.take().unwrap().write_all(scenario.to_string().as_bytes()).unwrap();
    let output = oracle.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Random files: some orders without a customer, some items without an order, in any order of their rows.
struct Files {
    customers: String,
    orders: String,
    items: String,
    /// The orders that are rejected at first, as they should be. They have a comma in a quoted cell or none.
    repaired: Vec<(u64, String)>,
}

fn files(random: &mut Rng) -> Files {
    let (customers, orders, items) = (random.u64(1..9), random.u64(1..25), random.u64(1..60));
    let shuffled = |random: &mut Rng, mut rows: Vec<String>| {
        random.shuffle(&mut rows);
        rows.join("\n") + "\n"
    };
    let names = ["Ann", "\"Bob, Jr.\"", "\"a \"\"b\"\"\"", "Zoë", "\\"];
    let customer = |at: u64, random: &mut Rng| format!("{at},{}", names[random.usize(0..names.len())]);
    let rows = (0..customers).map(|at| customer(at, random)).collect();
    let customers_csv = "customer_id,customer_name\n".to_owned() + &shuffled(random, rows);
    let mut rows = Vec::new();
    for at in 0..orders {
        let amount = if random.u8(0..5) == 0 {
            "bad".to_owned()
        } else {
            format!("{}.{:02}", random.u32(0..500), random.u32(0..100))
        };
        rows.push(format!("{at},{},{amount}", random.u64(0..customers + 2)));
    }
    random.shuffle(&mut rows);
    let mut repaired = Vec::new();
    for (record, row) in (1..).zip(&rows).filter(|(_, row)| row.ends_with("bad")) {
        // Some repairs have the key of another order.
        let (id, rest) = row.split_once(',').unwrap();
        let id = if random.u8(0..3) == 0 { random.u64(0..orders).to_string() } else { id.to_owned() };
        repaired.push((record, format!("{id},{}", rest.replace("bad", "7"))));
    }
    let orders_csv = "order_id,customer_id,amount\n".to_owned() + &rows.join("\n") + "\n";
    let rows = (0..items).map(|at| format!("{at},{}", random.u64(0..orders + 3))).collect();
    let items_csv = "item_id,order_id\n".to_owned() + &shuffled(random, rows);
    Files { customers: customers_csv, orders: orders_csv, items: items_csv, repaired }
}

#[tokio::test]
async fn random_files_are_joined_as_in_memory() {
    for seed in 0..24 {
        let mut random = Rng::with_seed(seed);
        let files = files(&mut random);
        let mut shop = Shop::new();
        // From all in one partition and in memory to a block for each row.
        shop.0.join.partition_bytes = [1 << 20, 300, 40][random.usize(0..3)];
        shop.0.join.buffer = [1, 200, 1 << 20][random.usize(0..3)];
        shop.put("items", DAY, &files.items).await;
        let base = shop.put("orders", DAY, &files.orders).await;
        let mut repairs = Vec::new();
        if !files.repaired.is_empty() {
            let rejects = shop.output(&base, keys::REJECTS_CSV);
            let mut lines = rejects.lines();
            let labels = lines.next().unwrap();
            let mut text = labels.to_owned() + "\n";
            let header: Vec<&str> = labels.split(',').collect();
            let at = |name: &str| header.iter().position(|label| *label == name).unwrap();
            for (line, (record, row)) in lines.zip(&files.repaired) {
                let mut cells: Vec<String> = csv::ReaderBuilder::new()
                    .has_headers(false)
                    .from_reader(line.as_bytes())
                    .into_records()
                    .next()
                    .unwrap()
                    .unwrap()
                    .iter()
                    .map(str::to_owned)
                    .collect();
                assert_eq!(cells[at("_record")], record.to_string());
                for (name, cell) in ["order_id", "customer_id", "amount"].iter().zip(row.split(',')) {
                    cells[at(name)] = cell.to_owned();
                }
                let mut writer = csv::Writer::from_writer(Vec::new());
                writer.write_record(&cells).unwrap();
                text.push_str(&String::from_utf8(writer.into_inner().unwrap()).unwrap());
            }
            let (repair, _) = shop.import_file("inbox/orders/fixed.csv", text).await;
            shop.ended(&repair).await;
            repairs = files.repaired.iter().map(|(_, row)| row.clone()).collect();
        }
        shop.put("customers", DAY, &files.customers).await;
        let generation = shop.set(DAY).await.generation;
        assert_eq!(shop.join().await, [(generation, JoinEnd::Published)]);
        let expected = ask(&json!({
            "customers": [files.customers], "orders": [files.orders, "order_id,customer_id,amount\n".to_owned() + &repairs.join("\n")],
            "items": [files.items],
        }));
        let mut orphans = shop.orphans(DAY, generation);
        orphans.sort();
        let found = Expected { joined: shop.joined(DAY, generation), orphans };
        let of = |id: &Value, of: &Expected| {
            of.joined.iter().find(|record| record["customer_id"] == *id).map(Value::to_string)
        };
        for record in &expected.joined {
            let id = &record["customer_id"];
            assert_eq!(of(id, &found), of(id, &expected), "seed {seed}");
        }
        assert_eq!(found, expected, "seed {seed}");
    }
}
