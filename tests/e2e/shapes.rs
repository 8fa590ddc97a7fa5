//! Files as partners send them: items of several records, and whatever else is no plain table.

use serde_json::{Value, json};
use sluice_contract::documents::Manifest;
use sluice_contract::{RunId, keys};
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

/// The input of a case of a shipped feed.
fn input(case: &str) -> Vec<u8> {
    std::fs::read(root().join("feeds/tests").join(case)).unwrap()
}

#[tokio::test]
async fn products_of_several_rows_become_items_in_any_number_of_chunks_and_are_repaired() {
    let aws = LocalAws::from_env().await;
    let feed = "shop-export";
    aws.put_feed(feed, &read("feeds/shop-export.yaml")).await;
    aws.create_target_by("shop-products", "handle").await;
    aws.configure("pin", &[("CHUNK_BYTES", "200")]).await;
    let run = aws.upload(feed, "a.csv", input("shop-export/variants/input.csv")).await;
    let expected = json!({ "read": "10", "omitted": "1", "imported": "5", "rejected": "4" });
    assert_eq!(counts(&aws, &run).await, expected);
    aws.configure("pin", &[("CHUNK_BYTES", "32768")]).await;
    assert!(document::<Manifest>(&aws, &keys::manifest(&run)).await.chunks.len() >= 3);
    let [imported, rejects] = [keys::IMPORTED_CSV, keys::REJECTS_CSV]
        .map(async |file| String::from_utf8(aws.output(feed, &run, file).await.unwrap()).unwrap());
    let (imported, rejects) = (imported.await, rejects.await);
    assert_eq!(imported, read("feeds/tests/shop-export/variants/imported.csv"));
    assert_eq!(rejects.replace(run.as_str(), "RUN"), read("feeds/tests/shop-export/variants/rejects.csv"));

    let items = aws.items("shop-products").await;
    let tee = items.iter().find(|item| item["handle"] == "linen-tee").unwrap();
    assert_eq!(tee["variants"].as_array().unwrap().len(), 3, "{tee:#}");
    assert_eq!(tee["variants"][2]["options"], json!({ "Colour": "Sand", "Size": "L" }), "{tee:#}");
    assert_eq!(tee["images"][2]["image"], "https://img.example/lt4.jpg", "{tee:#}");
    let fixed = rejects.replace("Sold out", "Archived").replace("n/a", "13.00").replace("Fir Box", "Pine Box");
    let repair = aws.upload(feed, "fix.csv", fixed).await;
    assert_eq!(counts(&aws, &repair).await, json!({ "read": "4", "imported": "4" }));
    let again = aws.upload(feed, "b.csv", input("shop-export/variants/input.csv")).await;
    let expected = json!({ "read": "10", "omitted": "1", "unchanged": "5", "rejected": "4" });
    assert_eq!(counts(&aws, &again).await, expected);
}
