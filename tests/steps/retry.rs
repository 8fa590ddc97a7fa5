//! The workflow that tries rejects again.

use std::sync::Arc;

use sluice_contract::steps::{PinInput, RetryCollected, RetryDone, RetryInput, RetryLot, RetryOptions};
use sluice_contract::{RunId, Verdict, keys};
use sluice_engine::feed::RetryPlan;
use sluice_platform::faulty::{At, Decision, Faults, FaultyInbox, Of, Rule};
use sluice_platform::rejects::{RejectState, Rejects};
use sluice_retry::Answer;

use crate::world::World;

const PRODUCTS: &str = "
version: 1
name: products
schema: {fields: [{name: id, constraints: {required: true}}]}
import: {table: products, key: [id]}
";

pub const ORDERS: &str = "
version: 1
name: orders
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: sku}
    - {name: price, type: number}
validate: {rules: [reference: {field: sku, table: products, key: id}]}
import: {table: orders, key: [id]}
report: {recipients: [shop@example.com]}
";

pub const KEY: &str = "inbox/orders/a.csv";
/// The product A exists, B and C do not. Record 5 is not retried, because its price is no number.
const FILE: &str = "id,sku,price\n1,A,1\n2,B,2\n3,C,3\n4,,4\n5,B,five\n";

/// The clock of every run of this world, in seconds since the epoch.
pub const CLOCK: i64 = 1_795_228_380;
const HOUR: i64 = 60 * 60;

pub async fn world(orders: &str) -> World {
    let world = World::new();
    world.feed("products", PRODUCTS);
    world.feed("orders", orders);
    world.import_file("inbox/products/p.csv", "id\nA\n").await;
    world
}

async fn collect(world: &World, at: i64, options: RetryOptions) -> RetryCollected {
    let at = jiff::Timestamp::from_second(at).unwrap().to_string();
    match sluice_retry::run(&world.retry(), RetryInput::Collect { at, options }).await.unwrap() {
        Answer::Collected(collected) => collected,
        Answer::Done(done) => panic!("{done:?}"),
    }
}

async fn work(world: &World, lot: RetryInput) -> RetryDone {
    match sluice_retry::run(&world.retry(), lot).await.unwrap() {
        Answer::Done(done) => done,
        Answer::Collected(collected) => panic!("{collected:?}"),
    }
}

/// Runs the state machine that retries rejects, and imports the files that it offers. Every call comes twice, as if the first were
/// killed before its answer.
async fn retry(world: &World, at: i64) -> Vec<(RetryDone, Option<RunId>)> {
    let collected = collect(world, at, RetryOptions::default()).await;
    assert_eq!(collect(world, at, RetryOptions::default()).await, collected);
    let mut all = Vec::new();
    for lot in collected.lots {
        let done = work(world, lot.clone()).await;
        let mut run = None;
        if let Some(key) = &done.upload {
            run = Some(import(world, key).await);
        }
        // By now, the offered file is not in the inbox any more.
        assert_eq!(work(world, lot).await.run_id, done.run_id);
        assert!(done.upload.as_ref().is_none_or(|key| world.offered.bytes(key).is_none()), "it is offered twice");
        all.push((done, run));
    }
    all
}

/// Imports an offered file, which removes it from the inbox.
async fn import(world: &World, key: &str) -> RunId {
    let file = world.offered.bytes(key).unwrap().to_vec();
    world.offered.remove(key);
    let (run, verdict) = world.import_file(key, file).await;
    assert_eq!(verdict, Verdict::Imported);
    run
}

/// Record, state, attempts, and the seconds after [`CLOCK`] at which it is due.
fn states(world: &World, run: &RunId) -> Vec<(u64, RejectState, u32, Option<i64>)> {
    let of = |entry: sluice_platform::rejects::RejectEntry| {
        (entry.record, entry.state, entry.attempts, entry.retry.map(|retry| retry.at - CLOCK))
    };
    world.rejects.of(run).into_iter().map(of).collect()
}

#[tokio::test]
async fn an_order_that_came_before_its_product_is_imported_when_that_is_there() {
    let world = world(ORDERS).await;
    let (run, _) = world.import_file(KEY, FILE).await;
    let open = RejectState::Open;
    assert_eq!(states(&world, &run), [(2, open, 0, Some(HOUR)), (3, open, 0, Some(HOUR)), (5, open, 0, None)]);
    assert_eq!(retry(&world, CLOCK + HOUR - 1).await, [], "nothing is due before its time");

    world.import_file("inbox/products/q.csv", "id\nB\n").await;
    let done = retry(&world, CLOCK + HOUR).await;
    let [(RetryDone { offered: 2, exhausted: 0, upload: Some(key), .. }, Some(again))] = &done[..] else {
        panic!("{done:?}")
    };
    assert_eq!(*key, format!("inbox/orders/retries/{run}-{}.csv", CLOCK + HOUR));
    let entry = world.entry(again).await;
    assert_eq!(entry.origin.parent(), Some(&run));
    assert_eq!(entry.order(), world.entry(&run).await.order(), "it never overwrites something newer");
    let tally = world.tally(again).tally;
    assert_eq!((tally.read, tally.imported, tally.rejected), (2, 1, 1));
    // Each order is in the table once: 1 and 4 from the file, 2 from the retry.
    assert_eq!(world.sink.items("orders").len(), 3);
    assert_eq!(world.sink.items("orders").iter().filter(|item| item.run() == again.as_str()).count(), 1);

    let closed = RejectState::Closed;
    assert_eq!(states(&world, &run), [(2, closed, 1, None), (3, closed, 1, None), (5, open, 0, None)]);
    assert!(world.rejects.of(&run)[..2].iter().all(|entry| entry.closed_by.as_ref() == Some(again)));
    // The record that was rejected again keeps its count of attempts, and waits twice as long.
    assert_eq!(states(&world, again), [(2, open, 1, Some(2 * HOUR))]);
    assert_eq!(retry(&world, CLOCK + HOUR).await, []);

    world.import_file("inbox/products/r.csv", "id\nC\n").await;
    let done = retry(&world, CLOCK + 2 * HOUR).await;
    assert_eq!(world.tally(done[0].1.as_ref().unwrap()).tally.imported, 1);
    assert_eq!((world.sink.items("orders").len(), states(&world, again)), (4, vec![(2, closed, 2, None)]));
    assert_eq!(retry(&world, i64::from(u32::MAX)).await, [], "nothing is left to be done");
    assert!(!world.mailer.sent().iter().any(|mail| mail.subject.contains("EXHAUSTED")));
}

/// All rows of an item are retried, also those in which nothing is wrong.
#[tokio::test]
async fn an_item_is_retried_with_all_its_records() {
    let grouped = ORDERS
        .replace(
            "validate:",
            "    - {name: line, constraints: {required: true}}\n    - {name: lines, type: array}\nvalidate:",
        )
        .replace("import:", "group: {by: id, into: {lines: [line, price]}}\nimport:");
    let world = world(&grouped).await;
    let file = "id,sku,price,line\n1,A,1,a\n1,,2,b\n2,B,3,a\n2,,4,b\n2,,5,c\n3,C,six,a\n3,,7,b\n";
    let (run, _) = world.import_file(KEY, file).await;
    let open = RejectState::Open;
    let due = |record, at| (record, open, 0, at);
    let expected = [due(3, Some(HOUR)), due(4, Some(HOUR)), due(5, Some(HOUR)), due(6, None), due(7, None)];
    assert_eq!(states(&world, &run), expected);
    world.import_file("inbox/products/q.csv", "id\nB\n").await;
    let done = retry(&world, CLOCK + HOUR).await;
    let [(RetryDone { offered: 3, .. }, Some(again))] = &done[..] else { panic!("{done:?}") };
    let tally = world.tally(again).tally;
    assert_eq!((tally.read, tally.imported), (3, 3));
    assert_eq!(world.sink.items("orders").len(), 2);
}

#[tokio::test]
async fn a_missing_reference_is_exhausted_after_its_attempts_and_mailed_once() {
    let world = world(ORDERS).await;
    let (mut run, _) = world.import_file(KEY, "id,sku,price\n1,X,1\n2,A,2\n3,Y,3\n").await;
    for attempts in 0..5 {
        let wait = RetryPlan::wait(attempts);
        assert!(states(&world, &run).iter().all(|(_, _, of, at)| (*of, *at) == (attempts, Some(wait))), "{attempts}");
        let done = retry(&world, CLOCK + wait).await;
        assert_eq!((done.len(), done[0].0.offered), (1, 2), "{done:?}");
        run = done[0].1.clone().unwrap();
        assert_eq!(world.tally(&run).tally.rejected, 2);
    }
    let mails = world.mailer.sent().len();
    // It is exhausted at once, without another wait.
    let done = retry(&world, CLOCK).await;
    assert_eq!((done.len(), done[0].0.exhausted, done[0].0.offered), (1, 2, 0), "{done:?}");
    let exhausted = RejectState::Exhausted;
    assert_eq!(states(&world, &run), [(1, exhausted, 5, None), (2, exhausted, 5, None)]);
    let mail = world.mailer.sent().split_off(mails);
    let [mail, other] = &mail[..] else { panic!("{} mails", mail.len()) };
    assert_eq!(mail.subject, "EXHAUSTED: orders: 2 rejects given up");
    assert_eq!(
        (&mail.to[..], &other.to[..]),
        (&["ops@example.com".to_owned()][..], &["shop@example.com".to_owned()][..])
    );
    assert_eq!(mail.text, other.text);
    let location = format!("memory://output/orders/{run}/rejects.csv");
    for part in ["2  reference-missing", "5 times", &location] {
        assert!(mail.text.contains(part), "{part}: {}", mail.text);
    }
    assert_eq!(retry(&world, i64::from(u32::MAX)).await, []);

    // A repair by hand still works, and closes the rejects.
    let rejects = world.output(&run, keys::REJECTS_CSV).replace("1,X,1", "1,A,1");
    world.import_file("inbox/orders/by-hand.csv", rejects).await;
    assert_eq!(world.sink.items("orders").len(), 2);
    assert!(states(&world, &run).iter().all(|(_, state, ..)| *state == RejectState::Closed));
}

#[tokio::test]
async fn two_executions_never_offer_an_attempt_twice() {
    let world = world(ORDERS).await;
    world.import_file(KEY, FILE).await;
    let first = collect(&world, CLOCK + HOUR, RetryOptions::default()).await.lots;
    let second = collect(&world, CLOCK + HOUR + 1, RetryOptions::default()).await.lots;
    assert_eq!((first.len(), second.len()), (1, 1));
    let (first, second) = (work(&world, first[0].clone()).await, work(&world, second[0].clone()).await);
    assert_eq!((first.offered, second.offered, second.upload), (2, 0, None));
}

#[tokio::test]
async fn a_reject_that_was_repaired_in_the_meantime_is_not_offered() {
    let world = world(ORDERS).await;
    let (run, _) = world.import_file(KEY, FILE).await;
    let lot = collect(&world, CLOCK + HOUR, RetryOptions::default()).await.lots.remove(0);
    let rejects = world.output(&run, keys::REJECTS_CSV).replace("2,B,2", "2,A,2");
    world.import_file("inbox/orders/by-hand.csv", rejects).await;
    let done = work(&world, lot).await;
    assert_eq!((done.offered, done.upload), (0, None));
}

#[tokio::test]
async fn an_offer_that_was_killed_goes_on_and_puts_its_file_there_once() {
    let at = CLOCK + HOUR;
    // As if killed after it has claimed some rejects.
    let world = world(ORDERS).await;
    let (run, _) = world.import_file(KEY, FILE).await;
    let lot = collect(&world, at, RetryOptions::default()).await.lots.remove(0);
    assert!(world.rejects.postpone(&run, 2, 1, at + RetryPlan::wait(1)).await.unwrap());
    let done = work(&world, lot.clone()).await;
    assert_eq!(done.offered, 2);
    let file = String::from_utf8(world.offered.bytes(done.upload.as_ref().unwrap()).unwrap().to_vec()).unwrap();
    let rows: Vec<&str> = file.lines().collect();
    assert!(rows.len() == 3 && rows[0].ends_with(",_attempt") && rows[1].ends_with(",1"), "{file}");
    // As if killed before its file was complete.
    let key = done.upload.as_ref().unwrap();
    world.offered.remove(key);
    assert_eq!(work(&world, lot).await, done);
    assert_eq!(world.offered.bytes(key).unwrap(), file);
    // Without another call, the attempt is lost, but not the reject: it becomes due again.
    assert_eq!(collect(&world, at + RetryPlan::wait(1), RetryOptions::default()).await.lots.len(), 1);
}

/// Pin writes a mark before it moves the file out of the inbox, so that offer always finds one of them.
#[tokio::test]
async fn an_offered_file_that_was_taken_is_not_offered_again() {
    let world = world(ORDERS).await;
    let (run, _) = world.import_file(KEY, FILE).await;
    let lot = collect(&world, CLOCK + HOUR, RetryOptions::default()).await.lots.remove(0);
    let done = work(&world, lot.clone()).await;
    let key = done.upload.as_ref().unwrap();
    let upload = world.upload(key, world.offered.bytes(key).unwrap().to_vec());
    let again = world.deliver(&upload, true).await.run_id.unwrap();

    let faults = Faults::none();
    faults.arm(&[Rule { decision: Decision::CrashBefore, of: Of::Operation("remove an upload"), at: At::Only(1) }]);
    let pin =
        sluice_pin::Deps { inbox: Arc::new(FaultyInbox::new(Arc::new(world.inbox.clone()), &faults)), ..world.pin() };
    let input = PinInput { run_id: again.clone(), execution: again.to_string() };
    tokio::select! {
        biased;
        pinned = sluice_pin::run(&pin, input) => panic!("it was to be killed before it removes the upload: {pinned:?}"),
        () = faults.crashed() => {}
    }
    assert!(world.objects.bytes(&keys::retry_taken(&run, CLOCK + HOUR)).is_some());
    world.offered.remove(key);
    assert_eq!(work(&world, lot).await, done);
    assert!(world.offered.bytes(key).is_none(), "it is offered twice");
}

#[tokio::test]
async fn rejects_without_attempts_left_or_of_a_stopped_file_are_not_retried() {
    let never = format!("{ORDERS}retry: {{attempts: 0}}\n");
    let stops = ORDERS.replace("validate: {", "validate: {limits: {maxRejects: 1}, ");
    for (feed, key, verdict, waits) in [
        (ORDERS, KEY, Verdict::Imported, 2),
        (&never, KEY, Verdict::Imported, 0),
        (ORDERS, "inbox/orders/dry-run/a.csv", Verdict::Passed, 0),
        (&stops, KEY, Verdict::Rejected, 2),
    ] {
        let world = world(feed).await;
        let (run, ended) = world.import_file(key, FILE).await;
        assert_eq!(ended, verdict);
        let waiting = states(&world, &run).iter().filter(|(.., at)| at.is_some()).count();
        assert_eq!(waiting, waits, "{feed}");
        if verdict == Verdict::Rejected {
            // The uploader corrects such a file as a whole, and the report has said so: no further mail.
            let mails = world.mailer.sent().len();
            let done = retry(&world, CLOCK + HOUR).await;
            assert_eq!((done.len(), done[0].0.exhausted), (1, 2));
            assert_eq!(world.mailer.sent().len(), mails);
        }
    }
}

#[tokio::test]
async fn rejects_of_a_run_that_has_not_ended_are_left_alone() {
    let world = world(ORDERS).await;
    let upload = world.upload(KEY, FILE);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    world.until_checked(&run).await;
    let collected = collect(&world, CLOCK + HOUR, RetryOptions::default()).await;
    assert_eq!(collected, RetryCollected { lots: Vec::new(), left: 2 });
}

#[tokio::test]
async fn by_hand_what_is_not_due_is_taken_and_what_is_under_way_is_not() {
    let world = world(ORDERS).await;
    let (run, _) = world.import_file(KEY, FILE).await;
    let now = |feed: &str| RetryOptions { now: true, feed: Some(feed.to_owned()) };
    assert_eq!(collect(&world, CLOCK, now("products")).await.lots, []);
    let lots = collect(&world, CLOCK, now("orders")).await.lots;
    assert_eq!(lots, [RetryInput::Offer(RetryLot { run_id: run, at: CLOCK })]);
    assert_eq!(work(&world, lots[0].clone()).await.offered, 2);
    assert_eq!(collect(&world, CLOCK + 60, now("orders")).await.lots, []);
    assert_eq!(collect(&world, CLOCK + 16 * 60, now("orders")).await.lots.len(), 1);
}
