//! The contract suite of the platform's traits, over the AWS backends.
//!
//! The same suite runs over memory and files in `crates/platform`. Here each backend gets its own bucket,
//! table and bus, separate from those of the stack.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex,
    GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType as Type,
};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use bytes::Bytes;
use serde_json::json;
use sluice_contract::{Order, RunId};
use sluice_engine::checksum::Checksum;
use sluice_platform::datasets::DynamoDatasets;
use sluice_platform::events::BusEvents;
use sluice_platform::executions::SfnExecutions;
use sluice_platform::inbox::S3Inbox;
use sluice_platform::joins::SfnJoins;
use sluice_platform::ledger::DynamoLedger;
use sluice_platform::mail::SesMailer;
use sluice_platform::objects::{ContentType, Existing, Objects, S3Objects};
use sluice_platform::outbound::S3Outbound;
use sluice_platform::references::DynamoReferences;
use sluice_platform::rejects::DynamoRejects;
use sluice_platform::sink::queue::{DynamoEntries, SqsQueues};
use sluice_platform::sink::{
    Attribute, ContentHash, Deletion, DynamoSink, Item, QueueSink, Sink, Stamp, Target, Written,
};
use sluice_platform::{Aws, contract_suite as suite};
use sluice_tests::local_aws::{LocalAws, sdk_config};

/// Creates a table with a key.
async fn table(config: &SdkConfig, name: &str, key: &[(&str, Type)]) {
    let client = aws_sdk_dynamodb::Client::new(config);
    let mut request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for (index, (attribute, kind)) in key.iter().enumerate() {
        let key_type = if index == 0 { KeyType::Hash } else { KeyType::Range };
        let definition = AttributeDefinition::builder().attribute_name(*attribute).attribute_type(kind.clone());
        request = request
            .key_schema(KeySchemaElement::builder().attribute_name(*attribute).key_type(key_type).build().unwrap())
            .attribute_definitions(definition.build().unwrap());
    }
    request.send().await.unwrap();
}

/// Creates a table of rejects with the keys and the index of the template.
async fn rejects_table(config: &SdkConfig, name: &str) {
    let attribute = |name: &str, kind| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build();
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let attempts =
        Projection::builder().projection_type(ProjectionType::Include).non_key_attributes("attempts").build();
    let index = GlobalSecondaryIndex::builder()
        .index_name("open-retryable")
        .key_schema(key("retry_feed", KeyType::Hash))
        .key_schema(key("retry_at", KeyType::Range))
        .projection(attempts);
    let attributes = [("block_key", Type::S), ("record", Type::N), ("retry_feed", Type::S), ("retry_at", Type::N)];
    let request = aws_sdk_dynamodb::Client::new(config)
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.map(|(name, kind)| attribute(name, kind).unwrap()).into()))
        .key_schema(key("block_key", KeyType::Hash))
        .key_schema(key("record", KeyType::Range))
        .global_secondary_indexes(index.build().unwrap());
    request.send().await.unwrap();
}

/// Adds an index over two texts to a table, as in the template.
async fn index(config: &SdkConfig, table: &str, name: &str, [hash, range]: [&str; 2], has: ProjectionType) {
    let key =
        |attribute: &str, kind| KeySchemaElement::builder().attribute_name(attribute).key_type(kind).build().unwrap();
    let text = |attribute: &str| {
        AttributeDefinition::builder().attribute_name(attribute).attribute_type(Type::S).build().unwrap()
    };
    let create = CreateGlobalSecondaryIndexAction::builder()
        .index_name(name)
        .key_schema(key(hash, KeyType::Hash))
        .key_schema(key(range, KeyType::Range))
        .projection(Projection::builder().projection_type(has).build())
        .build()
        .unwrap();
    let client = aws_sdk_dynamodb::Client::new(config);
    let update =
        client.update_table().table_name(table).attribute_definitions(text(hash)).attribute_definitions(text(range));
    let update = update.global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().create(create).build());
    update.send().await.unwrap();
}

/// S3's checksum of a whole object equals the computed one; S3 may have none for an object that came in
/// parts.
async fn checksums(objects: &dyn Objects) {
    let bytes = Bytes::from("id,price\n1,2\n");
    assert!(objects.put("suite/checksum", ContentType::Csv, bytes, Existing::Replace).await.unwrap());
    let expected = Checksum::of(b"id,price\n1,2\n").to_base64();
    assert_eq!(objects.head("suite/checksum").await.unwrap().unwrap().crc64nvme, Some(expected));
    assert_eq!(objects.head("suite/no-such-object").await.unwrap(), None);
    let mut writer = objects.create("suite/checksum", ContentType::Csv).await.unwrap();
    let long = vec![b'x'; 20 << 20];
    writer.write(&long).await.unwrap();
    writer.finish().await.unwrap();
    let checksum = objects.head("suite/checksum").await.unwrap().unwrap().crc64nvme;
    assert!(checksum.is_none_or(|checksum| checksum == Checksum::of(&long).to_base64()));
}

#[tokio::test]
async fn s3_keeps_the_contracts_of_objects_and_inbox() {
    let config = sdk_config().await;
    let aws = Aws::from_env().await;
    let s3 = aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build());
    for bucket in ["suite-inbox", "suite-data"] {
        s3.create_bucket().bucket(bucket).send().await.unwrap();
    }
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning().bucket("suite-inbox").versioning_configuration(versioning).send().await.unwrap();
    let objects = S3Objects::new(&aws, "suite-data");
    suite::objects(&objects).await;
    // Enough parts to merge in levels.
    suite::pieces(&S3Objects::new(&aws, "suite-data").with_most_parts(2)).await;
    checksums(&objects).await;

    let long: Vec<u8> = (0..=250).cycle().take(6 * 1024 * 1024).collect();
    let uploads = [Bytes::from("the newest"), Bytes::from(long), Bytes::from("old")];
    // Copied whole, and copied in parts.
    for (key, limit) in [("inbox/suite/a b+ü.csv", u64::MAX), ("inbox/suite/parts.csv", 5 * 1024 * 1024)] {
        let put = async |key: &str, body: ByteStream| {
            s3.put_object().bucket("suite-inbox").key(key).body(body).send().await.unwrap();
        };
        for upload in uploads.iter().rev() {
            put(key, upload.clone().into()).await;
        }
        // A longer key with the same prefix must not match.
        put(&format!("{key}.more"), ByteStream::from_static(b"x")).await;
        let inbox = S3Inbox::new(&aws, "suite-inbox", "suite-data").with_copy_limit(limit);
        suite::inbox(&inbox, &objects, key, &uploads, suite::Removal::Real).await;
    }
}

#[tokio::test]
async fn s3_keeps_the_contract_of_an_outbound_bucket() {
    let config = sdk_config().await;
    let aws = Aws::from_env().await;
    let s3 = aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build());
    for bucket in ["suite-outbound", "suite-outbound-data"] {
        s3.create_bucket().bucket(bucket).send().await.unwrap();
    }
    let (outbound, data) =
        (S3Outbound::new(&aws, "suite-outbound", "suite-outbound-data"), S3Objects::new(&aws, "suite-outbound-data"));
    let client = s3.clone();
    let read = move |key: String| -> futures::future::BoxFuture<'static, Option<Bytes>> {
        let get = client.get_object().bucket("suite-outbound").key(key);
        Box::pin(async move { Some(get.send().await.ok()?.body.collect().await.unwrap().into_bytes()) })
    };
    suite::outbound(&outbound, &data, &read).await;
    let foreign = ByteStream::from_static(b"foreign");
    s3.put_object().bucket("suite-outbound").key("suite/foreign.csv").body(foreign).send().await.unwrap();
    suite::outbound_with_foreign(&outbound, &data, &read, "suite/foreign.csv").await;
}

#[tokio::test]
async fn dynamodb_keeps_the_contracts_of_ledger_rejects_and_sink() {
    let config = sdk_config().await;
    let aws = Aws::from_env().await;
    table(&config, "suite-runs", &[("run_id", Type::S)]).await;
    suite::ledger(&DynamoLedger::new(&aws, "suite-runs")).await;
    table(&config, "suite-search", &[("run_id", Type::S)]).await;
    index(&config, "suite-search", "open-runs", ["open", "stage_at"], ProjectionType::KeysOnly).await;
    index(&config, "suite-search", "by-content", ["content", "started_at"], ProjectionType::KeysOnly).await;
    index(&config, "suite-search", "by-feed", ["feed", "started_at"], ProjectionType::All).await;
    suite::run_search(&DynamoLedger::new(&aws, "suite-search")).await;
    rejects_table(&config, "suite-rejects").await;
    suite::rejects(&DynamoRejects::new(&aws, "suite-rejects")).await;
    table(&config, "suite-datasets", &[("dataset", Type::S), ("set", Type::S)]).await;
    suite::datasets(&DynamoDatasets::new(&aws, "suite-datasets")).await;
    table(&config, "suite-contract-suite", &[("id", Type::S), ("line", Type::N)]).await;
    let sink = DynamoSink::new(&aws, "suite-");
    suite::sink(&sink).await;
    suite::sink_with_tables(&sink).await;
    suite::sink_with_modes(&sink, &suite::target()).await;
    suite::sink_with_deletions(&sink, &suite::target()).await;
    what_is_deleted_is_gone(&sink, &config).await;
    suite::references(&DynamoReferences::new(&aws, "suite-"), &sink).await;
}

/// What a deletion leaves of an item, whoever wrote its fields, and that a later item has no mark.
async fn what_is_deleted_is_gone(sink: &DynamoSink, config: &SdkConfig) {
    let client = aws_sdk_dynamodb::Client::new(config);
    let value = |text: &str| AttributeValue::S(text.to_owned());
    let key = || [("id".to_owned(), value("gone")), ("line".to_owned(), AttributeValue::N("1".to_owned()))];
    let foreign = key().into_iter().chain([("colour".to_owned(), value("red"))]).collect();
    client.put_item().table_name("suite-contract-suite").set_item(Some(foreign)).send().await.unwrap();
    let names = async || -> Vec<String> {
        let found = client.get_item().table_name("suite-contract-suite").set_key(Some(key().into())).send();
        let mut names: Vec<String> = found.await.unwrap().item.unwrap_or_default().into_keys().collect();
        names.sort();
        names
    };
    let fields = |size: Option<&str>| {
        vec![
            ("id", Some(Attribute::Text("gone".into()))),
            ("line", Some(Attribute::Number("1".into()))),
            ("size", size.map(|size| Attribute::Text(size.to_owned().into()))),
        ]
    };
    let write = async |number: u32, item: Item<'_>| {
        let run: RunId = format!("suite-{number:024x}").parse().unwrap();
        let order = Order::new("2026-11-21T02:33:00Z", "", &run);
        let mut written = Vec::new();
        let stamp = Stamp { run: &run, order: &order };
        sink.write(&suite::target(), &[item], &stamp, &mut written).await.unwrap();
        written.remove(0)
    };
    let deletion = Some(Deletion { expires: Some(1_900_000_000) });
    let gone = Item { record: 1, fields: fields(None).into(), hash: ContentHash::of_deletion(), deletion };
    assert_eq!(write(1, gone).await, Written::Deleted);
    assert_eq!(names().await, ["_deleted", "_expires", "_hash", "_order", "_run", "_was", "id", "line"]);
    let back = Item { record: 1, fields: fields(Some("L")).into(), hash: ContentHash::from(1), deletion: None };
    assert_eq!(write(2, back).await, Written::Imported);
    assert_eq!(names().await, ["_hash", "_order", "_run", "_was", "id", "line", "size"]);
}

#[tokio::test]
async fn sqs_keeps_the_contract_of_a_sink_with_its_entries_in_dynamodb() {
    let config = sdk_config().await;
    let (aws, local) = (Aws::from_env().await, LocalAws::from_env().await);
    table(&config, "suite-messages", &[("entry", Type::S)]).await;
    local.call("sqs", "create_queue", &json!({ "QueueName": "suite-contract-suite" })).await;
    let fifo = json!({ "QueueName": "suite-contract-suite.fifo", "Attributes": { "FifoQueue": "true" } });
    local.call("sqs", "create_queue", &fifo).await;
    let entries = Arc::new(DynamoEntries::new(&aws, "suite-messages"));
    let sink = QueueSink::new(entries, Arc::new(SqsQueues::new(&aws, "suite-")));
    let named = |name: &str| Target { name: name.to_owned(), ..suite::target() };
    for queue in ["contract-suite", "contract-suite.fifo"] {
        suite::sink_into(&sink, &named(queue)).await;
    }
    assert_eq!(sink.check(&named("nowhere")).await.unwrap(), ["The queue \"suite-nowhere\" does not exist."]);
}

#[tokio::test]
async fn ses_and_eventbridge_keep_the_contracts_of_mailer_and_events() {
    let config = sdk_config().await;
    let aws = Aws::from_env().await;
    let ses = aws_sdk_sesv2::Client::new(&config);
    for address in ["suite@example.com", "people@example.com"] {
        ses.create_email_identity().email_identity(address).send().await.unwrap();
    }
    suite::mailer(&SesMailer::new(&aws, "suite@example.com")).await;
    aws_sdk_eventbridge::Client::new(&config).create_event_bus().name("suite").send().await.unwrap();
    suite::events(&BusEvents::new(&aws, "suite")).await;
}

#[tokio::test]
async fn step_functions_keep_the_contract_of_executions() {
    let sfn = aws_sdk_sfn::Client::new(&sdk_config().await);
    let of_stack = sfn.describe_state_machine().state_machine_arn(LocalAws::from_env().await.machine);
    let machine = sfn
        .create_state_machine()
        .name("suite")
        .role_arn(of_stack.send().await.unwrap().role_arn())
        .definition(r#"{"StartAt":"Done","States":{"Done":{"Type":"Wait","Seconds":1,"End":true}}}"#)
        .send()
        .await
        .unwrap();
    let aws = Aws::from_env().await;
    suite::executions(&SfnExecutions::new(&aws, machine.state_machine_arn())).await;
    suite::joins(&SfnJoins::new(&aws, machine.state_machine_arn())).await;
}
