//! Imports into queues.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sluice_tests::local_aws::LocalAws;

use crate::imports::PATIENCE;

/// A feed with this name that imports into this queue.
fn feed(name: &str, queue: &str) -> String {
    format!(
        "version: 1\nname: {name}\nschema:\n  fields:\n    - {{name: id, constraints: {{required: true}}}}\n    \
         - {{name: price.amount, type: number}}\n    - {{name: seen}}\n\
         import: {{queue: {queue}, key: [id], message: [price.amount]}}\nreport: {{recipients: [shop@example.com]}}\n"
    )
}

/// The address of a queue of the stack.
async fn url(aws: &LocalAws, queue: &str) -> Value {
    let name = json!({ "QueueName": format!("{}{queue}", aws.target_prefix) });
    aws.call("sqs", "get_queue_url", &name).await["QueueUrl"].clone()
}

/// Takes the messages that are in a queue: their bodies, with the numbers of the records, by the run that sent them.
async fn taken(aws: &LocalAws, url: &Value) -> BTreeMap<String, Vec<(String, String)>> {
    let mut taken: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    loop {
        let asked = json!({
            "QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1, "MessageAttributeNames": ["All"],
        });
        let received = aws.call("sqs", "receive_message", &asked).await;
        let messages = received["Messages"].as_array().cloned().unwrap_or_default();
        if messages.is_empty() {
            break;
        }
        for message in messages {
            let attribute =
                |name: &str| message["MessageAttributes"][name]["StringValue"].as_str().unwrap_or_default().to_owned();
            assert!(!attribute("order").is_empty() && attribute("hash").len() == 32, "{message:#}");
            let body = message["Body"].as_str().unwrap().to_owned();
            taken.entry(attribute("run")).or_default().push((attribute("record"), body));
            let done = json!({ "QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"] });
            aws.call("sqs", "delete_message", &done).await;
        }
    }
    taken.values_mut().for_each(|messages| messages.sort());
    taken
}

/// Imports three files, and checks what was sent: all, nothing, and only what changed.
async fn three_records_once_and_a_correction(name: &str, queue: &str) {
    let aws = LocalAws::from_env().await;
    aws.put_feed(name, &feed(name, queue)).await;
    let url = url(&aws, queue).await;
    let first = "id,price.amount,seen\na,1.50,x\nb,2,x\nc,,x\n";
    let body = |id: &str, price: &str| format!(r#"{{"id":"{id}","price":{{"amount":{price}}}}}"#);
    for (file, content, imported, unchanged, expected) in [
        (
            "1.csv",
            first.to_owned(),
            3,
            0,
            vec![("1", body("a", "1.5")), ("2", body("b", "2")), ("3", r#"{"id":"c"}"#.to_owned())],
        ),
        // The field `seen` is in no message.
        ("2.csv", first.replace(",x\n", ",y\n"), 0, 3, vec![]),
        ("3.csv", first.replace("b,2,", "b,2.25,"), 1, 2, vec![("2", body("b", "2.25"))]),
    ] {
        let run = aws.upload(name, file, content).await;
        let ended = aws.concluded(&run, PATIENCE).await;
        assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{file}: {ended:#}");
        let counts =
            ["imported", "unchanged"].map(|count| ended["conclusion"]["tally"][count].as_str().unwrap().to_owned());
        assert_eq!(counts, [imported, unchanged].map(|count: u32| count.to_string()), "{file}: {ended:#}");
        let mut taken = taken(&aws, &url).await;
        let sent = taken.remove(run.as_str()).unwrap_or_default();
        let expected: Vec<(String, String)> =
            expected.into_iter().map(|(record, body)| (record.to_owned(), body)).collect();
        assert_eq!(sent, expected, "{file}");
        assert!(taken.is_empty(), "{file}: {taken:?}");
    }
}

#[tokio::test]
async fn three_records_are_three_messages_once_and_a_correction_sends_what_changed() {
    three_records_once_and_a_correction("messages-fifo", "messages.fifo").await;
}

#[tokio::test]
async fn the_same_into_a_standard_queue() {
    let aws = LocalAws::from_env().await;
    let created = json!({ "QueueName": format!("{}messages-e2e", aws.target_prefix) });
    aws.call("sqs", "create_queue", &created).await;
    three_records_once_and_a_correction("messages-standard", "messages-e2e").await;
}

#[tokio::test]
async fn a_file_for_a_queue_that_is_missing_is_refused() {
    let aws = LocalAws::from_env().await;
    aws.put_feed("messages-nowhere", &feed("messages-nowhere", "nowhere.fifo")).await;
    let run = aws.upload("messages-nowhere", "a.csv", "id,price.amount,seen\na,1,x\n").await;
    let ended = aws.concluded(&run, PATIENCE).await;
    assert_eq!(ended["conclusion"]["verdict"], "REFUSED", "{ended:#}");
    let mails = aws.mails_about(&run).await;
    assert!(mails[0].body_text.contains("target-nowhere.fifo\" does not exist."), "{}", mails[0].body_text);
}
