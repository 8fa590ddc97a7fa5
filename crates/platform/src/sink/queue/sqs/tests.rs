//! What becomes of the answers of SQS.

use super::*;
use crate::aws::scripted::{Answer, Scripted};
use crate::sink::queue::message::Attributes;

fn message() -> Message {
    let attributes = Attributes { run: "p-1".into(), record: 7, feed: "p".into(), order: "o".into(), hash: "h".into() };
    let text = |text: &str| text.to_owned();
    Message { body: text("{}"), attributes, group: text("g"), deduplication: text("d"), entry: text("e") }
}

fn queue() -> Queue {
    Queue { url: "http://sqs/1/s-target-q.fifo".into(), is_fifo: true, message_bytes: 1 << 20 }
}

async fn queues(answers: &[(u16, &str)]) -> SqsQueues {
    let answers: Vec<Answer> =
        answers.iter().map(|(status, body)| Answer::Response(*status, (*body).to_owned())).collect();
    SqsQueues::new(&Scripted::new(&answers).aws().await, "s-target-")
}

#[tokio::test]
async fn a_queue_is_found_with_the_size_of_its_messages() {
    let url = (200, r#"{"QueueUrl": "http://sqs/1/s-target-q"}"#);
    let gone = (400, r#"{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no"}"#);
    let found = queues(&[url, (200, r#"{"Attributes": {"MaximumMessageSize": "2048"}}"#)]).await.find("q").await;
    let expected = Queue { url: "http://sqs/1/s-target-q".into(), is_fifo: false, message_bytes: 2048 };
    assert_eq!(found.unwrap(), Ok(expected));
    for answers in [vec![gone], vec![url, gone]] {
        let found = queues(&answers).await.find("q.fifo").await.unwrap();
        assert_eq!(found, Err("The queue \"s-target-q.fifo\" does not exist.".to_owned()));
    }
    let found = queues(&[]).await.find(&"q".repeat(72)).await.unwrap();
    assert!(found.is_err_and(|why| why.ends_with("has 81 characters; SQS takes 80.")));
    let denied = (403, r#"{"__type": "AccessDeniedException", "message": "no"}"#);
    assert!(matches!(queues(&[denied]).await.find("q").await, Err(Fault::Misconfigured { .. })));
}

#[tokio::test]
async fn each_message_has_an_answer_of_its_own() {
    let failed = |id: u32, fault: bool, code: &str| {
        format!(r#"{{"Id": "{id}", "SenderFault": {fault}, "Code": "{code}", "Message": "why"}}"#)
    };
    let all = [
        failed(1, true, "InvalidMessageContents"),
        failed(2, false, "InternalError"),
        failed(3, true, "RequestThrottled"),
        failed(4, true, "KmsAccessDenied"),
        failed(5, false, "ServiceUnavailable"),
    ];
    let sent = r#"{"Id": "0", "MessageId": "m", "MD5OfMessageBody": "x"}"#;
    let body = format!(r#"{{"Successful": [{sent}], "Failed": [{}]}}"#, all.join(", "));
    let message = message();
    let deliveries = queues(&[(200, &body)]).await.send(&queue(), &[&message; 7]).await.unwrap();
    let kinds: Vec<&str> = deliveries
        .iter()
        .map(|delivery| match delivery {
            Delivery::Sent => "sent",
            Delivery::Refused(why) => why,
            Delivery::Failed(fault) => fault.name().as_str(),
        })
        .collect();
    assert_eq!(
        kinds,
        ["sent", "InvalidMessageContents: why", "Transient", "Throttled", "Misconfigured", "Transient", "Corrupt"]
    );
}

/// The importer slows down; a client that tried again by itself would find no second answer.
#[tokio::test]
async fn throttling_comes_back_at_once() {
    let throttled = (400, r#"{"__type": "com.amazonaws.sqs#RequestThrottled", "message": "slow down"}"#);
    let answer = queues(&[throttled]).await.send(&queue(), &[&message()]).await;
    assert!(matches!(answer, Err(Fault::Throttled { .. })), "{answer:?}");
}
