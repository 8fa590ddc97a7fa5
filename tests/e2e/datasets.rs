//! Files of a dataset through a deployed stack: joined in any order of their arrival, as messages and as items of a table.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sluice_contract::RunId;
use sluice_tests::local_aws::LocalAws;
use sluice_tests::read;

use crate::imports::PATIENCE;

const CUSTOMERS: &str = "customer_id,customer_name\n1,John Doe\n2,Jane Smith\n3,Alice Johnson\n";
const ORDERS: &str =
    "order_id,customer_id,amount\n1001,1,250.00\n1002,1,150.00\n1003,2,300.00\n1004,3,120.00\n1005,3,80.00\n";
const ITEMS: &str = "item_id,order_id\n501,1001\n502,1001\n503,1002\n504,1003\n505,1004\n506,1005\n";

/// The shipped dataset with its feeds, tables and queues.
async fn shop(aws: &LocalAws) {
    for feed in ["customers", "orders", "items", "customer-messages", "customer-totals", "orphan-messages"] {
        aws.put_feed(feed, &read(&format!("feeds/{feed}.yaml"))).await;
    }
    for (table, key) in
        [("customers", "customer_id"), ("orders", "order_id"), ("items", "item_id"), ("customer-totals", "customer_id")]
    {
        let kind = if ["orders", "items"].contains(&table) { "N" } else { "S" };
        let created = json!({
            "TableName": format!("{}{table}", aws.target_prefix), "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind}],
            "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        });
        aws.call("dynamodb", "create_table", &created).await;
    }
    for queue in ["customer-messages", "orphan-messages"] {
        let created = json!({ "QueueName": format!("{}{queue}", aws.target_prefix) });
        aws.call("sqs", "create_queue", &created).await;
    }
    aws.put_object("datasets/customer-orders.yaml", read("datasets/customer-orders.yaml").as_bytes()).await;
}

/// Takes this many messages from a queue: their bodies.
async fn taken(aws: &LocalAws, queue: &str, count: usize) -> Vec<Value> {
    let name = json!({ "QueueName": format!("{}{queue}", aws.target_prefix) });
    let url = aws.call("sqs", "get_queue_url", &name).await["QueueUrl"].clone();
    let mut bodies: Vec<Value> = Vec::new();
    let deadline = Instant::now() + Duration::from_secs(180);
    while bodies.len() < count {
        assert!(Instant::now() < deadline, "{queue}: {} of {count} messages came", bodies.len());
        let asked = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 2 });
        let received = aws.call("sqs", "receive_message", &asked).await;
        for message in received["Messages"].as_array().into_iter().flatten() {
            bodies.push(serde_json::from_str(message["Body"].as_str().unwrap()).unwrap());
            let done = json!({ "QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"] });
            aws.call("sqs", "delete_message", &done).await;
        }
    }
    bodies.sort_by_key(|body| body["customer_id"].as_str().unwrap_or_default().to_owned());
    bodies
}

async fn put(aws: &LocalAws, member: &str, day: &str, content: String) -> RunId {
    let run = aws.upload(member, &format!("{member}_{day}.csv"), content).await;
    let ended = aws.concluded(&run, PATIENCE).await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{member} {day}: {ended:#}");
    run
}

#[tokio::test]
async fn customers_with_their_orders_are_messages_in_any_order_of_arrival() {
    let aws = LocalAws::from_env().await;
    shop(&aws).await;
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (number, order) in orders.into_iter().enumerate() {
        // Each day has other contents, so that every customer is sent again.
        let day = format!("2023082{number}");
        let files = [
            ("customers", CUSTOMERS.replace("\n1,", &format!("\n7{number},gone\n1,"))),
            ("orders", ORDERS.replace(".00", &format!(".0{number}"))),
            ("items", ITEMS.replace("\n50", &format!("\n5{number}"))),
        ];
        for at in order {
            let (member, content) = &files[at];
            put(&aws, member, &day, content.clone()).await;
        }
        let messages = taken(&aws, "customer-messages", 4).await;
        let cents = |count: u32| json!(f64::from(count) * number as f64 / 100.0);
        let total = |of: u32, count: u32| format!("{}", f64::from(of) + cents(count).as_f64().unwrap());
        let john = &messages[0];
        assert_eq!(john["type"], "customer_message");
        assert_eq!((&john["customer_id"], &john["customer_name"]), (&json!("1"), &json!("John Doe")));
        assert_eq!(john["number_of_orders"], 2);
        assert_eq!(john["total_amount_spent"].to_string().parse::<f64>().unwrap().to_string(), total(400, 2));
        let item = |last: u32| 500 + 10 * u32::try_from(number).unwrap() + last;
        assert_eq!(john["orders"][0]["order_id"], 1001);
        assert_eq!(john["orders"][0]["items"], json!([item(1), item(2)]));
        assert_eq!((&john["orders"][1]["order_id"], &john["orders"][1]["items"]), (&json!(1002), &json!([item(3)])));
        assert_eq!(messages[3]["number_of_orders"], 0, "a customer without orders is kept");
    }
    // The last day once more, with one amount corrected and an order without a customer.
    put(&aws, "orders", "20230825", ORDERS.replace(".00", ".05").replace("150.05", "151.05") + "1006,99,1.00\n").await;
    let again = taken(&aws, "customer-messages", 1).await;
    assert_eq!(again[0]["customer_name"], "John Doe", "only the customer that changed is sent again: {again:?}");
    let orphan = taken(&aws, "orphan-messages", 1).await;
    assert_eq!((&orphan[0]["member"], &orphan[0]["reason"]), (&json!("orders"), &json!("no-parent")));
    let deadline = Instant::now() + Duration::from_secs(60);
    while aws.items("customer-totals").await.len() < 9 {
        assert!(Instant::now() < deadline, "{:?}", aws.items("customer-totals").await.len());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let orphans = aws.object("output/datasets/customer-orders/20230825/4/orphans.csv").await.unwrap();
    assert!(String::from_utf8(orphans).unwrap().starts_with("member,run,record,reason,row\norders,"));
}
