//! The permissions of each function, checked by IAM on a deployed stack: no less than it needs, and no more.

use serde_json::{Value, json};
use sluice_contract::documents::Manifest;
use sluice_contract::{RunId, keys};
use sluice_tests::local_aws::LocalAws;
use sluice_tests::permissions::{ROWS, Row};

use crate::emulator::event;
use crate::imports::{PATIENCE, document, sample};

/// Calls the function of a row with its event.
async fn call(aws: &LocalAws, row: &Row, run: &RunId, manifest: &Manifest, restructured: &Value) -> Value {
    if row.event == "intake" {
        let entry = aws.ledger(run).await.unwrap();
        let [version, etag] = ["version_id", "etag"].map(|name| entry["upload"][name].as_str().unwrap().to_owned());
        let bytes = entry["upload"]["bytes"].as_str().unwrap().parse().unwrap();
        return aws.deliver_again("products", "permissions.csv", &version, bytes, &etag).await;
    }
    let mut event = event(row.event, run, manifest);
    if event.get("restructured").is_some() && !restructured.is_null() {
        event["restructured"] = restructured.clone();
    }
    aws.invoke(row.function, &event).await
}

#[tokio::test]
async fn every_function_fails_without_a_permission_that_it_needs() {
    let aws = LocalAws::from_env().await;
    let run = aws.upload("products", "permissions.csv", sample("products.csv")).await;
    aws.concluded(&run, PATIENCE).await;
    let manifest: Manifest = document(&aws, &keys::manifest(&run)).await;
    let chunk = format!("{:06}", manifest.chunks[2].chunk.0);
    let mut restructured = Value::Null;
    for row in ROWS {
        for part in row.again {
            let prefix = format!("runs/{run}/{}", part.replace("{chunk}", &chunk));
            for key in aws.keys(&aws.data, &prefix).await {
                aws.s3.delete_object().bucket(&aws.data).key(&key).send().await.unwrap();
            }
        }
        let taken = aws.forbid(row.function, row.needs).await;
        let refused = call(&aws, &row, &run, &manifest, &restructured).await;
        aws.permit(taken).await;
        assert_eq!(refused["error"], true, "{row:?}: {refused}");
        assert_eq!(refused["payload"]["errorType"], "Misconfigured", "{row:?}: {refused}");
        let answered = call(&aws, &row, &run, &manifest, &restructured).await;
        assert_ne!(answered["payload"]["errorType"], "Misconfigured", "{row:?}: {answered}");
        if row.function == "restructure" {
            restructured = answered["payload"].clone();
        }
    }
    // The removed objects are back, so the work was done again.
    let tally: Value = document(&aws, &keys::tally(&run)).await;
    assert_eq!(tally["verdict"], "IMPORTED");
}

#[tokio::test]
async fn every_function_is_refused_what_it_must_not_do() {
    let aws = LocalAws::from_env().await;
    for row in ROWS {
        let (service, operation, parameters) = row.must_not;
        let parameters = [
            ("{data}", &aws.data),
            ("{inbox}", &aws.inbox),
            ("{runs}", &aws.runs),
            ("{rejects}", &aws.rejects),
            ("{target}", &aws.target_prefix),
        ]
        .into_iter()
        .fold(parameters.to_owned(), |text, (name, value)| text.replace(name, value));
        let parameters = serde_json::from_str(&parameters).unwrap();
        let refused = aws.call_as(row.function, service, operation, &parameters).await;
        let code = refused["error"].as_str().unwrap_or_else(|| panic!("{} may {operation}: {refused}", row.function));
        assert!(["AccessDenied", "AccessDeniedException"].contains(&code), "{row:?}: {refused}");
        // The role itself was refused, not an unknown caller.
        assert!(refused["message"].as_str().unwrap().contains(":assumed-role/"), "{refused}");
    }
}

/// Only Lambda can assume the roles.
#[tokio::test]
async fn a_function_does_not_take_the_role_of_another() {
    let aws = LocalAws::from_env().await;
    let name = json!({ "FunctionName": format!("{}-import", aws.stack) });
    let role = aws.call("lambda", "get_function_configuration", &name).await["Role"].clone();
    let assume = json!({ "RoleArn": role, "RoleSessionName": "another" });
    for function in ["intake", "restructure", "report"] {
        let refused = aws.call_as(function, "sts", "assume_role", &assume).await;
        assert_eq!(refused["error"], "AccessDenied", "{function}: {refused}");
    }
}
