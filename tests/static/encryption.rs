//! Encryption, with the keys of AWS and with a key of the customer.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sluice_tests::read;
use sluice_tests::template::{ACCOUNT, REGION, Stack, list, texts};

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// What a role may do with the key: read and write what it encrypts.
const USES: [&str; 2] = ["kms:Decrypt", "kms:GenerateDataKey"];

fn with(key: &str) -> Stack {
    Stack::new("sluice", &[("Sender", "a@example.com"), ("SampleTables", "true"), ("KmsKeyArn", key)])
}

/// Every resource of the kinds that can be encrypted with a key, with the key that it names.
fn keys(stack: &Stack) -> Vec<(String, Value)> {
    let kinds: [(&str, &str); 6] = [
        (
            "AWS::S3::Bucket",
            "/BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault/KMSMasterKeyID",
        ),
        ("AWS::DynamoDB::Table", "/SSESpecification/KMSMasterKeyId"),
        ("AWS::SQS::Queue", "/KmsMasterKeyId"),
        ("AWS::SNS::Topic", "/KmsMasterKeyId"),
        ("AWS::Logs::LogGroup", "/KmsKeyId"),
        ("AWS::Lambda::Function", "/KmsKeyArn"),
    ];
    let mut keys = Vec::new();
    for (kind, place) in kinds {
        let of_kind = stack.of_kind(kind);
        keys.extend(
            of_kind
                .map(|(id, resource)| (id.clone(), resource.properties.pointer(place).cloned().unwrap_or(Value::Null))),
        );
    }
    keys
}

#[test]
fn a_key_of_the_customer_encrypts_everything() {
    let stack = with(KEY);
    let keys = keys(&stack);
    assert_eq!(keys.len(), 3 + 6 + 4 + 1 + 2 + 14, "{keys:?}");
    for (id, key) in keys {
        assert_eq!(key, KEY, "{id}");
    }
    for (id, bucket) in stack.of_kind("AWS::S3::Bucket") {
        let rule = &bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
        assert_eq!(rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"], "aws:kms", "{id}");
        assert_eq!(rule["BucketKeyEnabled"], true, "{id}: each object would be a request to KMS");
    }
    for (id, table) in stack.of_kind("AWS::DynamoDB::Table") {
        let expected = json!({ "SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": KEY });
        assert_eq!(table.properties["SSESpecification"], expected, "{id}");
    }
    for (id, queue) in stack.of_kind("AWS::SQS::Queue") {
        assert!(queue.properties.get("SqsManagedSseEnabled").is_none(), "{id}: SQS takes one of the two");
    }
}

#[test]
fn without_one_the_keys_are_those_of_aws_and_nobody_may_use_another() {
    let stack = with("");
    for (id, key) in keys(&stack) {
        assert_eq!(key, Value::Null, "{id}");
    }
    for (id, resource) in &stack.resources {
        assert!(!resource.properties.to_string().contains("kms:"), "{id}");
    }
    for (id, bucket) in stack.of_kind("AWS::S3::Bucket") {
        let rule = &bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
        assert_eq!(rule, &json!({ "ServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } }), "{id}");
    }
    for (id, table) in stack.of_kind("AWS::DynamoDB::Table") {
        assert_eq!(table.properties["SSESpecification"], json!({ "SSEEnabled": true }), "{id}");
    }
    for (id, queue) in stack.of_kind("AWS::SQS::Queue") {
        assert_eq!(queue.properties["SqsManagedSseEnabled"], true, "{id}");
    }
}

fn uses_kms(statement: &Value) -> bool {
    texts(&statement["Action"]).iter().any(|action| action.starts_with("kms:"))
}

#[test]
fn roles_may_read_and_write_with_the_key_and_nothing_more_if_they_handle_what_it_encrypts() {
    let stack = with(KEY);
    let mut users = BTreeSet::new();
    for (id, _) in stack.of_kind("AWS::IAM::Role") {
        let statements = stack.statements_of_role(id);
        let of_key: Vec<&Value> = statements.iter().filter(|statement| uses_kms(statement)).collect();
        for statement in &of_key {
            assert_eq!(texts(&statement["Action"]), USES, "{id}");
            assert_eq!(statement["Resource"], KEY, "{id}");
        }
        if !of_key.is_empty() {
            users.insert(id.clone());
        }
    }
    let functions = stack.of_kind("AWS::Lambda::Function").map(|(_, function)| function.properties["Role"].clone());
    let mut expected: BTreeSet<String> =
        functions.map(|role| role.as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect();
    // It reads the manifest, and its Maps write their results into the data bucket.
    expected.insert("MainOrchestratorRole".to_owned());
    assert_eq!(users, expected);

    let producers = &stack.resources["ProducerPolicy"].properties["PolicyDocument"]["Statement"];
    let of_key: Vec<&Value> = list(producers).iter().filter(|statement| uses_kms(statement)).collect();
    let [statement] = of_key[..] else { panic!("{producers}") };
    assert_eq!((texts(&statement["Action"]), &statement["Resource"]), (USES.map(str::to_owned).to_vec(), &json!(KEY)));
    let service = format!("s3.{REGION}.amazonaws.com");
    assert_eq!(statement["Condition"], json!({ "StringEquals": { "kms:ViaService": service } }));
}

/// The page has the policy of the key, which the template cannot set.
#[test]
fn the_policy_of_the_key_lets_the_services_in_that_send_to_what_is_encrypted() {
    let stack = with(KEY);
    let page = read("docs/encryption.md");
    let policy = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let policy: Value = serde_json::from_str(policy).expect("the policy is JSON");
    let mut services = BTreeSet::new();
    for statement in list(&policy["Statement"]) {
        assert_eq!((&statement["Effect"], &statement["Resource"]), (&"Allow".into(), &"*".into()));
        services.extend(texts(&statement["Principal"]["Service"]));
        if statement["Sid"] == "Account" {
            assert_eq!(statement["Principal"]["AWS"], format!("arn:aws:iam::{ACCOUNT}:root"));
        }
        if statement["Sid"] == "EventsAndAlarms" {
            assert_eq!(texts(&statement["Action"]), ["kms:Decrypt", "kms:GenerateDataKey*"]);
        }
        if statement["Sid"] == "Logs" {
            let groups = texts(&statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]);
            let of_stack = stack.of_kind("AWS::Logs::LogGroup").map(|(_, group)| {
                let name = group.properties["LogGroupName"].as_str().unwrap();
                format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}")
            });
            assert_eq!(groups.into_iter().collect::<BTreeSet<_>>(), of_stack.collect());
        }
    }
    // Those that may publish to the topic, or send to a queue, without a role of the stack.
    let policies = ["OperatorsTopicPolicy", "UndeliveredPolicy"].map(|id| &stack.resources[id].properties);
    let mut expected = BTreeSet::from([format!("logs.{REGION}.amazonaws.com")]);
    for statement in policies.iter().flat_map(|policy| list(&policy["PolicyDocument"]["Statement"])) {
        expected.extend(texts(&statement["Principal"]["Service"]));
    }
    assert_eq!(services, expected);
}
