//! Lost events: the file is found nevertheless.

use serde_json::{Value, json};
use sluice_contract::RunId;
use sluice_tests::local_aws::LocalAws;

use crate::chaos::assert_undisturbed;
use crate::imports::sample;

/// An upload of which intake does not hear.
pub struct Unheard {
    /// Its run.
    pub run: RunId,
    /// The event that intake would get.
    pub event: Value,
}

/// Uploads a file without an event.
pub async fn upload_unheard(aws: &LocalAws, feed: &str, file: &str, content: Vec<u8>) -> Unheard {
    let rule = json!({ "Name": format!("{}-upload", aws.stack) });
    aws.call("events", "disable_rule", &rule).await;
    let key = format!("inbox/{feed}/{file}");
    let size = content.len();
    let put = aws.s3.put_object().bucket(&aws.inbox).key(&key).body(content.into()).send().await.unwrap();
    let [version, etag] = [put.version_id(), put.e_tag()].map(|of| of.unwrap().to_owned());
    aws.call("events", "enable_rule", &rule).await;
    let run = RunId::derive(&feed.parse().unwrap(), &aws.inbox, &key, &version);
    let object = json!({ "key": key, "version-id": version, "size": size, "etag": etag });
    Unheard { run, event: json!({ "detail": { "bucket": { "name": aws.inbox }, "object": object } }) }
}

/// Sweeps like the schedule, but without waiting for things to settle.
async fn sweep(aws: &LocalAws) -> Value {
    aws.configure("sweep", &[("SETTLED_MINUTES", "0")]).await;
    let swept = aws.invoke("sweep", &json!({})).await;
    aws.configure("sweep", &[("SETTLED_MINUTES", "10")]).await;
    assert_eq!(swept["error"], false, "{swept}");
    swept["payload"].clone()
}

/// R1: an upload without any event.
#[tokio::test]
async fn an_upload_whose_event_is_lost_is_found_by_the_sweep() {
    let aws = LocalAws::from_env().await;
    let Unheard { run, .. } = upload_unheard(&aws, "products", "unheard.csv", sample("products.csv")).await;
    assert_eq!(aws.ledger(&run).await, None);
    let swept = sweep(&aws).await;
    assert!(swept["offered"].as_u64() >= Some(1), "{swept}");
    assert_undisturbed(&aws, &run).await;
}

/// R1: intake failed between its two writes in every attempt, and no further event will come.
#[tokio::test]
async fn a_run_that_intake_could_not_start_is_started_by_the_sweep() {
    let aws = LocalAws::from_env().await;
    let Unheard { run, event } = upload_unheard(&aws, "products", "unstarted.csv", sample("products.csv")).await;
    let taken = aws.forbid("intake", "states:StartExecution").await;
    let failed = aws.invoke("intake", &event).await;
    aws.permit(taken).await;
    assert_eq!(failed["payload"]["errorType"], "Misconfigured", "{failed}");
    assert_eq!(aws.ledger(&run).await.unwrap()["stage"], "REGISTERED");
    sweep(&aws).await;
    assert_undisturbed(&aws, &run).await;
}
