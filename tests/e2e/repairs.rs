//! R10 on a deployed stack: rejects come back corrected by hand, and automatically once the missing data
//! exists.

use std::time::{Duration, Instant};

use serde_json::json;
use sluice_contract::RunId;
use sluice_tests::local_aws::LocalAws;

use crate::imports::{PATIENCE, sluice};

const FEED: &str = "
version: 1
name: stock
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: article}
    - {name: quantity, type: integer}
validate:
  rules:
    - reference: {field: article, table: articles, key: id}
import: {table: stock, key: [id]}
";

/// The output of the command line.
fn said(aws: &LocalAws, arguments: &[&str]) -> String {
    let ran = sluice(&[arguments, &["--stack", &aws.stack]].concat());
    let text = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{arguments:?}: {text}");
    text
}

/// Waits until the rejects of a run have these states.
async fn rejects(aws: &LocalAws, run: &RunId, wanted: &str) -> String {
    let began = Instant::now();
    loop {
        let listed = said(aws, &["rejects", run.as_str(), "--all"]);
        if listed.contains(wanted) {
            return listed;
        }
        assert!(began.elapsed() < PATIENCE, "{wanted:?} is not said: {listed}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test]
async fn rejects_come_back_by_hand_and_by_themselves() {
    let aws = LocalAws::from_env().await;
    aws.create_target("stock").await;
    aws.create_target("articles").await;
    aws.put_feed("stock", FEED).await;
    let run = aws.upload("stock", "stock.csv", "id,article,quantity\na,1,5\nb,,=x\nc,,7\n").await;
    let ended = aws.concluded(&run, PATIENCE).await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    assert_eq!(ended["conclusion"]["tally"]["rejected"], "2", "{ended:#}");
    let listed = rejects(&aws, &run, "2 rejects: 2 open").await;
    assert!(listed.contains("reference-missing") && listed.contains("type-error"), "{listed}");

    // Automatically: the article arrives, and the rejects that wait for it are retried.
    let article = json!({ "TableName": format!("{}articles", aws.target_prefix), "Item": { "id": { "S": "1" } } });
    aws.call("dynamodb", "put_item", &article).await;
    let retried = said(&aws, &["retry", "--now", "--feed", "stock"]);
    assert!(retried.contains(&format!("{run}: 1 reject offered again")), "{retried}");
    rejects(&aws, &run, "2 rejects: 1 open, 1 closed").await;

    // By hand: the open rejects, corrected, as an ordinary file.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("open.csv");
    said(&aws, &["rejects", run.as_str(), "--export", path.to_str().unwrap()]);
    let open = std::fs::read_to_string(&path).unwrap();
    assert_eq!(open.lines().count(), 2, "{open}");
    assert!(open.contains("\nb,,'=x,"), "safe to open in a spreadsheet: {open}");
    let repair = aws.upload("stock", "corrected.csv", open.replace("'=x", "9")).await;
    let repaired = aws.concluded(&repair, PATIENCE).await;
    assert_eq!(repaired["conclusion"]["verdict"], "IMPORTED", "{repaired:#}");
    assert_eq!(repaired["origin"]["parent"], json!(run), "{repaired:#}");
    rejects(&aws, &run, "2 rejects: 0 open, 2 closed").await;

    let mut items: Vec<(String, String)> = Vec::new();
    for item in aws.items("stock").await {
        items.push((item["id"].as_str().unwrap().to_owned(), item["quantity"].as_str().unwrap().to_owned()));
    }
    items.sort();
    let expected = [("a", "5"), ("b", "9"), ("c", "7")].map(|(id, quantity)| (id.to_owned(), quantity.to_owned()));
    assert_eq!(items, expected);
}
