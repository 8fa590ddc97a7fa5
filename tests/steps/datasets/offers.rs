//! What is published, and by whom: generations that are overtaken, and uploads by others under the name of a joined file.

use sluice_contract::Verdict;
use sluice_contract::documents::{JoinEnd, Origin};
use sluice_contract::steps::DatasetInput;
use sluice_platform::datasets::SetState;
use sluice_tests::read;

use super::world::{CUSTOMERS, DAY, ITEMS, ORDERS, Shop, of};

/// Everything of a join but its last step.
async fn until_publish(shop: &Shop, generation: u64) {
    let run = async |input| sluice_dataset::run(&shop.steps().dataset, input).await.unwrap();
    let sluice_dataset::Answer::Planned(planned) = run(DatasetInput::Plan(of(DAY, generation))).await else { panic!() };
    let links = planned.levels.into_iter().flat_map(|level| level.links);
    for input in planned.sorts.into_iter().chain(links).chain(planned.merges) {
        run(input).await;
    }
}

async fn publish(shop: &Shop, generation: u64) -> JoinEnd {
    let input = DatasetInput::Publish(of(DAY, generation));
    match sluice_dataset::run(&shop.steps().dataset, input).await.unwrap() {
        sluice_dataset::Answer::Published(published) => published.ended,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_generation_that_is_overtaken_while_it_is_joined_publishes_nothing() {
    let shop = Shop::new();
    shop.put_all(DAY).await;
    until_publish(&shop, 3).await;
    shop.put("orders", DAY, &ORDERS.replace("150.00", "151.00")).await;
    assert_eq!(publish(&shop, 3).await, JoinEnd::Superseded);
    assert_eq!(publish(&shop, 3).await, JoinEnd::Superseded);
    assert!(shop.offered.keys("inbox/").is_empty());
    assert_eq!((shop.set(DAY).await.state, shop.set(DAY).await.generation), (SetState::Joining, 4));
    // One that is overtaken before it begins has nothing to join.
    assert_eq!(shop.join_of(&of(DAY, 2)).await, JoinEnd::Superseded);
    shop.joins.end("customer-orders-20230828-3", "SUCCEEDED");
    assert_eq!(shop.settle().await, [(4, JoinEnd::Published)]);
    assert_eq!(shop.joined(DAY, 4)[0]["orders"][1]["amount"].to_string(), "151");
}

#[tokio::test]
async fn a_generation_that_is_overtaken_after_its_claim_is_followed_by_the_next() {
    let shop = Shop::new();
    shop.put_all(DAY).await;
    until_publish(&shop, 3).await;
    assert_eq!(publish(&shop, 3).await, JoinEnd::Published);
    shop.put("orders", DAY, &ORDERS.replace("150.00", "151.00")).await;
    // Step Functions calls it once more, late.
    assert_eq!(publish(&shop, 3).await, JoinEnd::Published);
    shop.joins.end("customer-orders-20230828-3", "SUCCEEDED");
    assert_eq!(shop.join().await, [(4, JoinEnd::Published)]);
    assert_eq!(publish(&shop, 3).await, JoinEnd::Published, "it says how it ended, and publishes nothing");
    shop.deliver_offers().await;
    let john = shop
        .items("customer-totals")
        .iter()
        .map(|item| format!("{item:?}"))
        .find(|item| item.contains("John"))
        .unwrap();
    assert!(john.contains("401"), "{john}");
}

#[tokio::test]
async fn an_upload_by_somebody_else_under_the_name_of_a_joined_file_is_an_ordinary_one() {
    let key = "inbox/customer-totals/customer-orders-20230828-3.jsonl";
    let line = "{\"customer_id\": \"9\", \"customer_name\": \"Eve\", \"orders\": []}\n";
    for before in [true, false] {
        let shop = Shop::new();
        if before {
            // It lies in the inbox when the join offers its file.
            shop.offered.insert(key, line);
        }
        shop.put_all(DAY).await;
        assert_eq!(shop.join().await, [(3, JoinEnd::Published)]);
        shop.deliver_offers().await;
        let (run, verdict) = shop.import_file(key, line).await;
        assert_eq!((verdict, shop.entry(&run).await.origin), (Verdict::Imported, Origin::Upload), "{before}");
        assert_eq!(shop.items("customer-totals").len(), 4);
        // With as many bytes, too.
        let archived =
            shop.objects.keys("archive/customer-totals/").into_iter().filter_map(|key| shop.objects.bytes(&key));
        let joined = archived.into_iter().find(|bytes| bytes.windows(4).any(|word| word == b"John")).unwrap();
        let other = String::from_utf8(joined.to_vec()).unwrap().replace("John", "Jack");
        let (run, _) = shop.import_file(key, other).await;
        assert_eq!(shop.entry(&run).await.origin, Origin::Upload);
        // The very same bytes are the joined file, and change nothing.
        let (run, _) = shop.import_file(key, joined.to_vec()).await;
        assert!(matches!(shop.entry(&run).await.origin, Origin::Join { .. }));
        assert_eq!(shop.outcome(&run).0, 0);
    }
}

#[tokio::test]
async fn a_joined_run_is_older_than_an_upload_of_the_same_feed_after_the_day_of_the_set() {
    let shop = Shop::new();
    let line = "{\"customer_id\": \"1\", \"customer_name\": \"Jo\", \"orders\": []}\n";
    shop.import_file("inbox/customer-totals/by-hand.jsonl", line).await;
    shop.put_all(DAY).await;
    shop.join().await;
    let runs = shop.deliver_offers().await;
    let totals = runs.iter().find(|run| run.feed() == "customer-totals").unwrap();
    assert_eq!(shop.outcome(totals), (2, 0, 1));
}

#[tokio::test]
async fn orphans_are_listed_counted_and_offered_to_a_feed_of_their_own() {
    let shop = Shop::new();
    shop.put("customers", DAY, CUSTOMERS).await;
    shop.put("orders", DAY, &(ORDERS.to_owned() + "1006,4,10.00\n")).await;
    shop.put("items", DAY, &(ITEMS.to_owned() + "507,1006\n508,1007\n")).await;
    assert_eq!(shop.settle().await, [(3, JoinEnd::Published)]);
    let mut orphans = shop.orphans(DAY, 3);
    orphans.sort();
    assert_eq!(orphans, ["items 7 parent-orphan", "items 8 no-parent", "orders 6 no-parent"]);
    assert_eq!(shop.items("orphan-messages").len(), 3);
    let report = shop.report(DAY, 3);
    assert_eq!((report.counts.all_rows(), report.counts.all_orphans(), report.counts.joined), (17, 3, 3));
    assert_eq!(shop.set(DAY).await.ends[0].orphans, 3);
    assert_eq!(report.members["orders"][0].file, "orders_20230828.csv");
    let mails = shop.mailer.sent();
    let mail = mails.iter().find(|mail| mail.subject == "PUBLISHED: customer-orders: 20230828").unwrap();
    for part in
        ["orders: orders_20230828.csv, 6 records", "1 orders: no-parent", "1 items: parent-orphan", "orphans.csv"]
    {
        assert!(mail.text.contains(part), "{part}: {}", mail.text);
    }
}

#[tokio::test]
async fn too_many_orphans_stop_a_generation_and_not_the_next() {
    let yaml = read("datasets/customer-orders.yaml").replace("maxPercent: 100", "maxPercent: 10");
    let shop = Shop::with(&yaml);
    shop.put("customers", DAY, CUSTOMERS).await;
    shop.put("items", DAY, ITEMS).await;
    shop.put("orders", DAY, &ORDERS.replace("1001,", "9001,")).await;
    assert_eq!(shop.join().await, [(3, JoinEnd::Stopped)]);
    assert!(shop.offered.keys("inbox/").is_empty());
    assert_eq!((shop.set(DAY).await.state, shop.orphans(DAY, 3).len()), (SetState::Stopped, 2));
    let reason = shop.report(DAY, 3).reason.unwrap();
    assert_eq!(reason, "2 orphans of 14 rows are more than the 10 percent that the dataset allows");
    shop.put("orders", DAY, ORDERS).await;
    assert_eq!(shop.settle().await, [(4, JoinEnd::Published)]);
}

#[tokio::test]
async fn customers_without_orders_are_kept_or_dropped_as_the_dataset_says() {
    let yaml = read("datasets/customer-orders.yaml");
    for (childless, expected) in [("keep", 4), ("drop", 3)] {
        let shop = Shop::with(&yaml.replace("childless: keep", &format!("childless: {childless}")));
        shop.put("customers", DAY, &(CUSTOMERS.to_owned() + "4,Bob\n")).await;
        shop.put("orders", DAY, ORDERS).await;
        shop.put("items", DAY, ITEMS).await;
        shop.settle().await;
        let joined = shop.joined(DAY, 3);
        assert_eq!(joined.len(), expected, "{childless}");
        assert_eq!(shop.report(DAY, 3).counts.childless, 4 - expected as u64);
        assert!(childless == "drop" || joined[3]["orders"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_joined_record_that_is_too_large_is_an_orphan_with_everything_below_it() {
    let mut shop = Shop::new();
    shop.0.join.max_record_bytes = 200;
    shop.put_all(DAY).await;
    shop.settle().await;
    let reasons: Vec<String> = shop.orphans(DAY, 3);
    assert_eq!(
        reasons,
        [
            "customers 1 too-large",
            "orders 1 too-large",
            "items 1 too-large",
            "items 2 too-large",
            "orders 2 too-large",
            "items 3 too-large",
            "customers 3 too-large",
            "orders 4 too-large",
            "items 5 too-large",
            "orders 5 too-large",
            "items 6 too-large",
        ]
    );
    assert_eq!(shop.joined(DAY, 3).len(), 1);
}
