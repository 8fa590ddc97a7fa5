//! Answers that get lost, and a server that goes away: every document is written once, and every item has its answer.

use std::time::Duration;

use mongodb::bson::{Document, doc};
use sluice_platform::sink::Written;
use sluice_tests::mongod::{Lossy, Mongod, collection};

use crate::shop::{Shop, items, run};

/// Lets a command of the sink fail as the server can be told to.
async fn fail_once(shop: &Shop, mut how: Document) {
    how.insert("appName", "sluice");
    let admin = shop.client.database("admin");
    admin.run_command(doc! {"configureFailPoint": "failCommand", "mode": {"times": 1}, "data": how}).await.unwrap();
}

/// Writes as a second run what a first run wrote, half of it changed, and asserts the answers.
async fn write_over(shop: &Shop) {
    let mut all = items(200, "XL");
    all.splice(..100, items(100, "L"));
    let written = shop.write(&run(2), &all).await.unwrap();
    let unchanged = written.iter().take_while(|written| **written == Written::Unchanged).count();
    assert_eq!(unchanged, 100, "{written:?}");
    assert!(written[100..].iter().all(|written| *written == Written::Imported));
}

async fn written_before(shop: &Shop) {
    assert_eq!(shop.write(&run(1), &items(200, "L")).await.unwrap(), vec![Written::Imported; 200]);
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_write_changes_nothing() {
    let mongod = Mongod::from_env();
    let lossy = Lossy::before(&mongod.writer, 2).await;
    let uri = lossy.uri(&mongod.writer);
    let shop = Shop::through(mongod, &uri, collection("shop.lossy", &[("id", false)])).await;
    written_before(&shop).await;
    write_over(&shop).await;
    assert_eq!(lossy.left(), 0, "every answer was lost that should be");
}

#[tokio::test]
async fn a_command_that_fails_is_repeated() {
    let shop = Shop::new("failing").await;
    written_before(&shop).await;
    for how in [
        doc! {"failCommands": ["update"], "closeConnection": true},
        doc! {"failCommands": ["update"], "errorCode": 10107},
        doc! {"failCommands": ["update"], "writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}},
        doc! {"failCommands": ["find"], "closeConnection": true},
        doc! {"failCommands": ["find"], "errorCode": 11602},
    ] {
        shop.documents.delete_many(doc! {}).await.unwrap();
        written_before(&shop).await;
        fail_once(&shop, how).await;
        write_over(&shop).await;
    }
}

#[tokio::test]
async fn a_run_that_is_overtaken_between_read_and_write_is_stale() {
    let shop = Shop::new("overtaken").await;
    assert_eq!(shop.write(&run(1), &items(20, "S")).await.unwrap(), vec![Written::Imported; 20]);
    fail_once(&shop, doc! {"failCommands": ["update"], "blockConnection": true, "blockTimeMS": 2000}).await;
    let all = items(20, "L");
    let (early, late) = (run(2), run(3));
    let overtake = async {
        // The early run has read the documents by now.
        tokio::time::sleep(Duration::from_millis(700)).await;
        shop.write(&late, &all[5..10]).await.unwrap()
    };
    let (written, overtaking) = tokio::join!(shop.write(&early, &all), overtake);
    assert_eq!(overtaking, vec![Written::Imported; 5]);
    let stale: Vec<bool> = written.unwrap().iter().map(|written| *written == Written::Stale).collect();
    assert!(stale.iter().enumerate().all(|(at, stale)| *stale == (5..10).contains(&at)), "{stale:?}");
    let of_late = shop.documents.count_documents(doc! {"_run": late.0.as_str()}).await.unwrap();
    assert_eq!(of_late, 5);
}

/// Both runs find no document, and both insert it.
#[tokio::test]
async fn of_two_runs_that_insert_the_same_document_the_later_one_has_it() {
    let shop = Shop::new("inserted").await;
    for (first, second, expected) in [
        (run(2), run(3), [Written::Stale, Written::Imported]),
        // It comes second, and finds the same content.
        (run(3), run(2), [Written::Unchanged, Written::Imported]),
    ] {
        shop.documents.delete_many(doc! {}).await.unwrap();
        fail_once(&shop, doc! {"failCommands": ["insert"], "blockConnection": true, "blockTimeMS": 1500}).await;
        let one = items(1, "L");
        let between = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            shop.write(&second, &one).await.unwrap()
        };
        let (blocked, between) = tokio::join!(shop.write(&first, &one), between);
        let written = [blocked.unwrap().remove(0), between.into_iter().next().unwrap()];
        assert_eq!(written, expected);
        let later = if first.1.as_str() > second.1.as_str() { &first } else { &second };
        assert_eq!(shop.document("00000").await.get_str("_run").unwrap(), later.0.as_str());
    }
}

#[tokio::test]
async fn a_primary_that_steps_down_between_batches_loses_nothing() {
    let shop = Shop::new("stepped-down").await;
    written_before(&shop).await;
    let down = async {
        let command = doc! {"replSetStepDown": 5, "secondaryCatchUpPeriodSecs": 0, "force": true};
        shop.client.database("admin").run_command(command).await.unwrap();
    };
    let ((), ()) = tokio::join!(down, write_over(&shop));
}

/// The process ends between two instructions, in the middle of batches, and comes back with what it had acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_in_the_middle_of_batches_loses_nothing() {
    let shop = Shop::new("killed").await;
    let all = items(20_000, "L");
    let (first, mongod) = (run(1), shop.mongod.clone());
    let outage = tokio::task::spawn_blocking(move || {
        std::thread::sleep(Duration::from_millis(400));
        mongod.tool("kill");
        mongod.tool("restart");
    });
    let (mut at, mut failed) = (0, 0);
    while at < all.len() {
        let batch = &all[at..all.len().min(at + 500)];
        match shop.write(&first, batch).await {
            Ok(written) => {
                assert_eq!(written, vec![Written::Imported; batch.len()], "{at}");
                at += batch.len();
            }
            // As the state machine does: it calls the function again.
            Err(fault) => {
                failed += 1;
                assert!(failed < 10, "{fault}");
            }
        }
    }
    outage.await.unwrap();
    assert_eq!(shop.documents.count_documents(doc! {"_run": first.0.as_str()}).await.unwrap(), 20_000);
    let second = shop.write(&run(2), &all[..1_000]).await.unwrap();
    assert_eq!(second, vec![Written::Unchanged; 1_000]);
}
