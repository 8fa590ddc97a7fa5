//! Files that come again: twice, repaired, corrected, late, rejected at first.

use sluice_contract::Verdict;
use sluice_contract::documents::JoinEnd;
use sluice_contract::keys;
use sluice_platform::datasets::SetState;
use sluice_platform::sink::MemorySink;

use super::world::{CUSTOMERS, DAY, FILES, ITEMS, ORDERS, Shop};
use crate::world::later;

/// John's second order costs 1 more.
fn corrected() -> String {
    ORDERS.replace("150.00", "151.00")
}

fn runs_of(shop: &Shop, feed: &str) -> Vec<sluice_contract::RunId> {
    let mut entries = shop.ledger.entries();
    entries.retain(|entry| entry.feed == feed);
    entries.sort_by_key(sluice_platform::ledger::RunEntry::order);
    entries.into_iter().map(|entry| entry.run_id).collect()
}

#[tokio::test]
async fn all_files_at_once_are_one_join() {
    let shop = Shop::new();
    let mut runs = Vec::new();
    for (member, content) in FILES {
        runs.push(shop.import(member, DAY, content).await);
    }
    let noted = futures::future::join_all(runs.iter().map(|run| shop.ended(run))).await;
    assert_eq!(noted.iter().map(|noted| noted.started.len()).sum::<usize>(), 1);
    assert_eq!(shop.settle().await, [(3, JoinEnd::Published)]);
    assert_eq!(shop.joined(DAY, 3).len(), 3);
}

#[tokio::test]
async fn of_a_member_that_comes_twice_the_later_file_counts_also_if_it_is_noted_first() {
    for later_first in [false, true] {
        let shop = Shop::new();
        let old = shop.import("orders", DAY, ORDERS).await;
        let new = shop.import("orders", DAY, &corrected()).await;
        for run in if later_first { [&new, &old] } else { [&old, &new] } {
            shop.ended(run).await;
        }
        shop.put("customers", DAY, CUSTOMERS).await;
        shop.put("items", DAY, ITEMS).await;
        let generation = if later_first { 3 } else { 4 };
        assert_eq!(shop.settle().await, [(generation, JoinEnd::Published)]);
        assert_eq!(shop.joined(DAY, generation)[0]["orders"][1]["amount"].to_string(), "151");
    }
}

#[tokio::test]
async fn the_same_content_again_is_no_other_generation() {
    let shop = Shop::new();
    shop.put_all(DAY).await;
    shop.settle().await;
    let (again, verdict) = shop.import_file("inbox/orders/again/orders_20230828.csv", ORDERS).await;
    assert_eq!(verdict, Verdict::Skipped);
    assert!(shop.ended(&again).await.started.is_empty());
    assert_eq!((shop.set(DAY).await.generation, shop.set(DAY).await.state), (3, SetState::Published));
    assert_eq!(shop.join().await, []);
    // A file that was skipped fills the slot with the run whose content it repeats.
    let (skipped, _) = shop.import_file("inbox/orders/orders_20230829.csv", ORDERS).await;
    shop.ended(&skipped).await;
    let slot = shop.set("20230829").await.slots["orders"].clone();
    assert_eq!((slot.base, slot.by), (runs_of(&shop, "orders")[0].clone(), skipped));
}

#[tokio::test]
async fn the_rows_of_a_repair_are_added() {
    for repair_is_noted_first in [false, true] {
        let shop = Shop::new();
        let base = shop.import("orders", DAY, &ORDERS.replace("150.00", "-150.00")).await;
        let rejects = shop.output(&base, keys::REJECTS_CSV).replace("-150.00", "150.00");
        let (repair, verdict) = shop.import_file("inbox/orders/fixed.csv", rejects).await;
        assert_eq!(verdict, Verdict::Imported);
        for run in if repair_is_noted_first { [&repair, &base] } else { [&base, &repair] } {
            shop.ended(run).await;
        }
        shop.put("customers", DAY, CUSTOMERS).await;
        shop.put("items", DAY, ITEMS).await;
        let ended = shop.settle().await;
        let generation = shop.set(DAY).await.generation;
        assert_eq!(ended, [(generation, JoinEnd::Published)]);
        assert_eq!(shop.set(DAY).await.runs("orders"), [base, repair]);
        let john = shop.joined(DAY, generation)[0].clone();
        let orders: Vec<String> =
            john["orders"].as_array().unwrap().iter().map(|order| order["order_id"].to_string()).collect();
        assert_eq!(orders, ["1001", "1002"], "the repaired one comes after those of the base file");
    }
}

#[tokio::test]
async fn a_repaired_record_that_is_there_already_is_an_orphan() {
    let shop = Shop::new();
    let base = shop.put("orders", DAY, &ORDERS.replace("150.00", "-150.00")).await;
    // The repair makes another order of the rejected one, which the file has.
    let rejects = shop.output(&base, keys::REJECTS_CSV).replace("-150.00", "9.00").replace("1002", "1001");
    let (repair, _) = shop.import_file("inbox/orders/fixed.csv", rejects).await;
    shop.ended(&repair).await;
    assert_eq!(shop.outcome(&repair), (0, 0, 1), "the target keeps the earlier one, too");
    shop.put("customers", DAY, CUSTOMERS).await;
    shop.put("items", DAY, ITEMS).await;
    shop.settle().await;
    let generation = shop.set(DAY).await.generation;
    assert_eq!(shop.orphans(DAY, generation), ["orders 1 duplicate-key", "items 3 no-parent"]);
    assert_eq!(shop.joined(DAY, generation)[0]["orders"][0]["amount"].to_string(), "250");
}

#[tokio::test]
async fn a_rerun_takes_the_place_of_its_run() {
    let mut shop = Shop::new();
    let feed = sluice_tests::read("feeds/orders.yaml");
    shop.0.feed("orders", &feed.replace("minimum: 0}", "minimum: 200}").replace("{sameContent: skip}", "{}"));
    shop.put_all(DAY).await;
    shop.settle().await;
    let base = runs_of(&shop, "orders")[0].clone();
    assert_eq!(shop.joined(DAY, 3)[0]["orders"].as_array().unwrap().len(), 1);
    shop.0.feed("orders", &feed.replace("{sameContent: skip}", "{}"));
    shop.0.clock = later;
    let rerun = shop.rerun(&MemorySink::new()).begin(&base).await.unwrap();
    assert_eq!(shop.run(&rerun).await, Verdict::Imported);
    shop.ended(&rerun).await;
    assert_eq!(shop.settle().await, [(4, JoinEnd::Published)]);
    assert_eq!(shop.set(DAY).await.runs("orders"), [rerun]);
    assert_eq!(shop.joined(DAY, 4)[0]["orders"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn after_a_correction_only_the_records_that_changed_are_sent_again() {
    let mut shop = Shop::new();
    shop.put_all(DAY).await;
    shop.settle().await;
    shop.0.clock = later;
    shop.put("orders", DAY, &corrected()).await;
    assert_eq!(shop.settle().await, [(4, JoinEnd::Published)]);
    for feed in ["customer-messages", "customer-totals"] {
        let runs = runs_of(&shop, feed);
        assert_eq!(shop.outcome(&runs[0]), (3, 0, 0), "{feed}");
        assert_eq!(shop.outcome(&runs[1]), (1, 2, 0), "{feed}");
    }
}

#[tokio::test]
async fn an_older_set_that_completes_after_a_newer_one_changes_nothing_newer() {
    let shop = Shop::new();
    let [(customers, _), (orders, _), (items, _)] = FILES;
    // Other contents, so that no file repeats another one.
    let monday = |content: &str| content.replace("150.00", "140.00").replace("Doe", "Roe") + "\n\n";
    shop.put(customers, "20230827", &monday(CUSTOMERS)).await;
    shop.put(orders, "20230827", &monday(ORDERS)).await;
    shop.put_all(DAY).await;
    assert_eq!(shop.settle().await, [(3, JoinEnd::Published)]);
    shop.put(items, "20230827", &monday(ITEMS)).await;
    assert_eq!(shop.settle().await, [(3, JoinEnd::Published)]);
    for feed in ["customer-messages", "customer-totals"] {
        // By their order, the run of the older set comes first, although it began later.
        let runs = runs_of(&shop, feed);
        assert_eq!(shop.outcome(&runs[0]), (0, 0, 3), "{feed}");
        assert_eq!(shop.outcome(&runs[1]), (3, 0, 0), "{feed}");
    }
}

#[tokio::test]
async fn a_member_that_is_rejected_fills_no_slot_until_it_is_right() {
    let shop = Shop::new();
    shop.0.feed("orders", &(sluice_tests::read("feeds/orders.yaml") + "validate: {limits: {maxRejects: 0}}\n"));
    shop.put("customers", DAY, CUSTOMERS).await;
    shop.put("items", DAY, ITEMS).await;
    let rejected = shop.put("orders", DAY, &ORDERS.replace("150.00", "many")).await;
    let set = shop.set(DAY).await;
    assert_eq!((set.state, &set.missing[..], set.generation), (SetState::Waiting, &["orders".to_owned()][..], 2));
    assert_eq!((&set.notes["orders"].run, set.notes["orders"].verdict), (&rejected, Verdict::Rejected));
    assert_eq!(shop.settle().await, []);
    shop.put("orders", DAY, ORDERS).await;
    assert_eq!(shop.settle().await, [(3, JoinEnd::Published)]);
    assert!(shop.set(DAY).await.notes.is_empty());
}

#[tokio::test]
async fn winners_that_the_target_does_not_hold_are_joined_too() {
    let shop = Shop::new();
    // The customers and orders of a newer day are in the tables already.
    shop.put("orders", DAY, ORDERS).await;
    let old = shop.import("orders", DAY, &ORDERS.replace("150.00", "140.00")).await;
    assert_eq!(shop.outcome(&old), (1, 4, 0));
    let late = shop.upload("inbox/orders/orders_20230827.csv", ORDERS.replace("80.00", "70.00"));
    let earlier = shop.inbox.upload(
        "inbox/orders/early/orders_20230826.csv",
        "2020-01-01T00:00:00Z",
        ORDERS.replace("80.00", "60.00"),
    );
    drop(late);
    let run = shop.deliver(&earlier, true).await.run_id.unwrap();
    assert_eq!(shop.run(&run).await, Verdict::Imported);
    assert_eq!(shop.outcome(&run), (0, 0, 5));
    let overtaken = shop.output(&run, keys::OVERTAKEN_CSV);
    assert!(overtaken.starts_with("_record,order_id,customer_id,amount,_outcome\n1,1001,1,250,stale\n"), "{overtaken}");
    shop.ended(&run).await;
    shop.put("customers", "20230826", CUSTOMERS).await;
    shop.put("items", "20230826", ITEMS).await;
    shop.settle().await;
    assert_eq!(shop.joined("20230826", 3)[2]["orders"][1]["amount"].to_string(), "60");
}
