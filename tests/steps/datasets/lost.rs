//! Events that get lost or come twice, members that never come, and joins that die.

use jiff::Timestamp;
use sluice_contract::documents::JoinEnd;
use sluice_platform::datasets::SetState;

use super::world::{CUSTOMERS, DAY, FILES, ITEMS, ORDERS, Shop};
use crate::world::later;

/// Two days after the files came.
fn two_days_later() -> Timestamp {
    later() + jiff::SignedDuration::from_hours(46)
}

#[tokio::test]
async fn a_lost_event_is_made_up_for_and_a_second_one_changes_nothing() {
    let mut shop = Shop::new();
    let mut runs = Vec::new();
    for (member, content) in FILES {
        runs.push(shop.import(member, DAY, content).await);
    }
    shop.ended(&runs[1]).await;
    shop.ended(&runs[1]).await;
    shop.sweep().await;
    assert_eq!(shop.set(DAY).await.generation, 1, "the runs have just ended: their events may be on their way");
    shop.0.clock = later;
    shop.sweep().await;
    assert_eq!((shop.set(DAY).await.generation, shop.set(DAY).await.state), (3, SetState::Joining));
    let set = shop.set(DAY).await;
    for run in &runs {
        shop.ended(run).await;
    }
    shop.sweep().await;
    assert_eq!(shop.set(DAY).await, set);
    assert_eq!(shop.joins.started().len(), 1);
    assert_eq!(shop.settle().await, [(3, JoinEnd::Published)]);
}

#[tokio::test]
async fn people_are_told_once_what_is_missing() {
    let mut shop = Shop::new();
    shop.put("customers", DAY, CUSTOMERS).await;
    let rejected = ORDERS.replace("order_id", "id");
    shop.put("orders", DAY, &rejected).await;
    let about = |shop: &Shop| {
        let mails = shop.mailer.sent();
        mails.into_iter().filter(|mail| mail.subject.starts_with("INCOMPLETE")).collect::<Vec<_>>()
    };
    shop.0.clock = later;
    assert_eq!(shop.sweep().await.sets, 0);
    shop.0.clock = two_days_later;
    assert_eq!((shop.sweep().await.sets, shop.sweep().await.sets), (1, 0));
    let mails = about(&shop);
    let to: Vec<_> = mails.iter().flat_map(|mail| mail.to.clone()).collect();
    assert_eq!(to, ["ops@example.com", "orders@example.com"]);
    for part in [
        "waits for orders and items",
        "orders: orders_20230828.csv came, and its run",
        "REJECTED",
        "items: no file came",
        "customers: customers_20230828.csv",
    ] {
        assert!(mails[0].text.contains(part), "{part}: {}", mails[0].text);
    }
    assert_eq!(shop.joins.started(), [], "nothing partial is published");
    // What comes late completes the set all the same.
    shop.put("orders", DAY, ORDERS).await;
    shop.put("items", DAY, ITEMS).await;
    assert_eq!(shop.settle().await, [(3, JoinEnd::Published)]);
}

#[tokio::test]
async fn a_join_that_dies_is_started_again_a_few_times() {
    let mut shop = Shop::new();
    shop.put_all(DAY).await;
    shop.0.clock = later;
    assert_eq!(shop.sweep().await.joins, 0, "it is at work");
    let names = ["customer-orders-20230828-3", "customer-orders-20230828-3_2", "customer-orders-20230828-3_3"];
    for (number, name) in names.iter().enumerate() {
        assert_eq!(shop.joins.started().last().unwrap().0, *name);
        shop.joins.end(name, "FAILED");
        shop.0.clock = [
            || later() + jiff::SignedDuration::from_hours(1),
            || later() + jiff::SignedDuration::from_hours(2),
            || later() + jiff::SignedDuration::from_hours(3),
        ][number];
        let swept = shop.sweep().await;
        assert_eq!((swept.joins, swept.sets), if number < 2 { (1, 0) } else { (0, 1) }, "{name}");
    }
    assert_eq!(shop.set(DAY).await.state, SetState::Failed);
    let mails = shop.mailer.sent();
    assert!(mails.iter().any(|mail| mail.subject == "FAILED: customer-orders: 20230828"), "{mails:?}");
    assert_eq!(shop.sweep().await.sets, 0);
    // Another file begins the next generation.
    shop.put("orders", DAY, &ORDERS.replace("80.00", "81.00")).await;
    assert_eq!(shop.settle().await, [(4, JoinEnd::Published)]);
}

#[tokio::test]
async fn a_join_that_was_not_started_is_started_by_the_sweep() {
    use sluice_platform::faulty::{At, Decision, Faults, Of, Rule};
    use sluice_platform::world::FaultyWorld;

    let mut shop = Shop::new();
    shop.put("customers", DAY, CUSTOMERS).await;
    shop.put("orders", DAY, ORDERS).await;
    let run = shop.import("items", DAY, ITEMS).await;
    let faults = Faults::none();
    faults.arm(&[Rule { decision: Decision::CrashBefore, of: Of::Operation("start a join"), at: At::Only(1) }]);
    let deps = sluice_dataset::Deps::new(&FaultyWorld::new(&**shop, &faults), shop.join);
    let input = sluice_contract::steps::DatasetInput::Ended { run_id: run };
    tokio::select! {
        biased;
        answer = sluice_dataset::run(&deps, input) => panic!("{answer:?}"),
        () = faults.crashed() => {}
    }
    assert_eq!((shop.set(DAY).await.state, shop.joins.started().len()), (SetState::Joining, 0));
    shop.0.clock = later;
    assert_eq!(shop.sweep().await.joins, 1);
    assert_eq!(shop.settle().await, [(3, JoinEnd::Published)]);
}
