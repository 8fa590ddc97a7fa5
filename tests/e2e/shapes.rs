//! Files as partners send them: items of several records, and whatever else is no plain table.

use serde_json::{Value, json};
use sluice_contract::documents::Manifest;
use sluice_contract::{RunId, keys};
use sluice_engine::feed::FeedPlan;
use sluice_tests::local_aws::LocalAws;
use sluice_tests::{read, root};

use crate::imports::{PATIENCE, document};

/// The counts of a run that ended IMPORTED, without those that are 0.
async fn counts(aws: &LocalAws, run: &RunId) -> Value {
    let ended = aws.concluded(run, PATIENCE).await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    let mut tally = ended["conclusion"]["tally"].clone();
    tally.as_object_mut().unwrap().retain(|_, count| *count != "0");
    tally
}

/// A file of a case of a shipped feed.
fn of_case(case: &str, file: &str) -> Vec<u8> {
    std::fs::read(root().join("feeds/tests").join(case).join(file)).unwrap()
}

/// Imports the file of a case in small chunks, compares the outputs with those of the case, and returns the run.
async fn import_case(aws: &LocalAws, case: &str, input: &str) -> RunId {
    let (feed, _) = case.split_once('/').unwrap();
    // Other tests have tables with the names of these feeds.
    let yaml = read(&format!("feeds/{feed}.yaml")).replace("table: ", "table: shape-");
    let plan = FeedPlan::from_yaml(&yaml).unwrap();
    aws.put_feed(feed, &yaml).await;
    let key: Vec<&str> = plan.import.key.iter().map(|field| plan.fields[*field].name.as_str()).collect();
    aws.create_target_by(&plan.import.target, &key).await;
    aws.configure("pin", &[("CHUNK_BYTES", "200")]).await;
    let run = aws.upload(feed, input, of_case(case, input)).await;
    let mut expected: Value = serde_json::from_slice(&of_case(case, "expected.json")).unwrap();
    let expected = expected["tally"].as_object_mut().unwrap();
    expected.retain(|_, count| *count != 0);
    let expected: serde_json::Map<String, Value> =
        expected.iter().map(|(name, count)| (name.clone(), count.to_string().into())).collect();
    assert_eq!(counts(aws, &run).await, Value::Object(expected), "{case}");
    aws.configure("pin", &[("CHUNK_BYTES", "32768")]).await;
    for file in [keys::IMPORTED_CSV, keys::REJECTS_CSV] {
        let output = String::from_utf8(aws.output(feed, &run, file).await.unwrap()).unwrap();
        let expected = String::from_utf8(of_case(case, file)).unwrap();
        assert_eq!(output.replace(run.as_str(), "RUN").replace("shape-", ""), expected, "{case} {file}");
    }
    run
}

/// A workbook, columns of fixed width, several header lines below a title, JSON Lines, changes with deletions and variants.
#[tokio::test]
async fn every_shape_of_the_shipped_feeds_gives_the_bytes_of_its_case() {
    let aws = LocalAws::from_env().await;
    for (case, input) in [
        ("stocktake/sheet", "input.xlsx"),
        ("postings/day", "input.txt"),
        ("stock/branches", "input.csv"),
        ("webshop/night", "input.jsonl"),
        ("catalogue/changes", "input.csv"),
    ] {
        import_case(&aws, case, input).await;
    }
    // What a record deletes stays as a mark, which an older file cannot undo.
    let items = aws.items("shape-catalogue").await;
    let deleted: Vec<&Value> = items.iter().filter(|item| item["_deleted"] == true).collect();
    assert!(deleted.len() == 1 && deleted[0]["_expires"].is_string() && deleted[0]["name"].is_null(), "{items:#?}");
}

#[tokio::test]
async fn products_of_several_rows_become_items_in_any_number_of_chunks_and_are_repaired() {
    let aws = LocalAws::from_env().await;
    let (feed, case) = ("shop-export", "shop-export/variants");
    let run = import_case(&aws, case, "input.csv").await;
    assert!(document::<Manifest>(&aws, &keys::manifest(&run)).await.chunks.len() >= 3);
    let items = aws.items("shape-shop-products").await;
    let tee = items.iter().find(|item| item["handle"] == "linen-tee").unwrap();
    assert_eq!(tee["variants"].as_array().unwrap().len(), 3, "{tee:#}");
    assert_eq!(tee["variants"][2]["options"], json!({ "Colour": "Sand", "Size": "L" }), "{tee:#}");
    assert_eq!(tee["images"][2]["image"], "https://img.example/lt4.jpg", "{tee:#}");
    let rejects = String::from_utf8(aws.output(feed, &run, keys::REJECTS_CSV).await.unwrap()).unwrap();
    let fixed = rejects.replace("Sold out", "Archived").replace("n/a", "13.00").replace("Fir Box", "Pine Box");
    let repair = aws.upload(feed, "fix.csv", fixed).await;
    assert_eq!(counts(&aws, &repair).await, json!({ "read": "4", "imported": "4" }));
    let again = aws.upload(feed, "b.csv", of_case(case, "input.csv")).await;
    let expected = json!({ "read": "10", "omitted": "1", "unchanged": "5", "rejected": "4" });
    assert_eq!(counts(&aws, &again).await, expected);
}
