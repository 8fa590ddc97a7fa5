//! A running stack to control: uploads, the ledger, objects, mails, executions, and the settings of
//! functions.
//!
//! `make e2e` starts a local AWS, deploys the stack, and passes both to the tests in the environment. The
//! tests start and stop nothing. Without a stack they fail; none is skipped.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_http_client::Builder as HttpClient;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use serde::Deserialize;
use serde_json::{Value, json};
use sluice_contract::RunId;
use sluice_engine::feed::FeedName;

/// The interval of polling.
const POLL: Duration = Duration::from_millis(200);

/// The deployed stack, and clients for its services.
#[derive(Debug)]
pub struct LocalAws {
    /// The stack's name.
    pub stack: String,
    /// The bucket for uploads.
    pub inbox: String,
    /// The bucket of the feeds, the archive and the outputs.
    pub data: String,
    /// The bucket of the files for others.
    pub outbound: String,
    /// The ledger.
    pub runs: String,
    /// The index of rejects.
    pub rejects: String,
    /// The prefix of target table names.
    pub target_prefix: String,
    /// The main orchestrator.
    pub machine: String,
    /// S3.
    pub s3: aws_sdk_s3::Client,
    /// `DynamoDB`.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// Step Functions.
    pub sfn: aws_sdk_sfn::Client,
}

/// A mail, as it was sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Mail {
    /// From whom.
    pub source: String,
    /// To whom.
    pub to: Vec<String>,
    /// What about.
    pub subject: String,
    /// The text.
    pub body_text: String,
    /// The same as HTML.
    pub body_html: Option<String>,
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: the tests run on a local AWS, by `make e2e`"))
}

/// The configuration of clients for the local AWS from the environment.
pub async fn sdk_config() -> aws_config::SdkConfig {
    let http = HttpClient::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).http_client(http).load().await;
    assert!(config.endpoint_url().is_some(), "these tests never talk to AWS: `make e2e`");
    config
}

impl LocalAws {
    /// The stack from the environment.
    pub async fn from_env() -> Self {
        let config = sdk_config().await;
        Self {
            stack: variable("SLUICE_STACK"),
            inbox: variable("SLUICE_INBOX_BUCKET"),
            data: variable("SLUICE_DATA_BUCKET"),
            outbound: variable("SLUICE_OUTBOUND_BUCKET"),
            runs: variable("SLUICE_RUNS_TABLE"),
            rejects: variable("SLUICE_REJECTS_TABLE"),
            target_prefix: variable("SLUICE_TARGET_TABLE_PREFIX"),
            machine: variable("SLUICE_MAIN_STATE_MACHINE_ARN"),
            s3: aws_sdk_s3::Client::from_conf(
                aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build(),
            ),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            sfn: aws_sdk_sfn::Client::new(&config),
        }
    }

    /// Puts a file into the inbox as `inbox/<feed>/<file>`, and returns the id of its run.
    pub async fn upload(&self, feed: &str, file: &str, content: impl Into<Vec<u8>>) -> RunId {
        let key = format!("inbox/{feed}/{file}");
        let body = content.into().into();
        let put = self.s3.put_object().bucket(&self.inbox).key(&key).body(body).send().await.unwrap();
        let version = put.version_id().expect("the inbox is versioned");
        let feed: FeedName = feed.parse().unwrap_or_else(|_| panic!("{feed:?} is not a name of a feed"));
        RunId::derive(&feed, &self.inbox, &key, version)
    }

    /// Writes a feed, as its author would.
    pub async fn put_feed(&self, feed: &str, yaml: &str) {
        self.put_object(&format!("feeds/{feed}.yaml"), yaml.as_bytes()).await;
    }

    /// Writes an object of the data bucket.
    pub async fn put_object(&self, key: &str, content: &[u8]) {
        let body = content.to_vec().into();
        self.s3.put_object().bucket(&self.data).key(key).body(body).send().await.unwrap();
    }

    /// An object of the data bucket; `None` if it does not exist.
    pub async fn object(&self, key: &str) -> Option<Vec<u8>> {
        self.object_of(&self.data, key).await
    }

    /// An object of a bucket; `None` if it does not exist.
    pub async fn object_of(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        match self.s3.get_object().bucket(bucket).key(key).send().await {
            Ok(object) => Some(object.body.collect().await.unwrap().to_vec()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(aws_sdk_s3::operation::get_object::GetObjectError::is_no_such_key) =>
            {
                None
            }
            Err(error) => panic!("{key}: {error:?}"),
        }
    }

    /// The requests to the stack's buckets so far, each as method, path and query. Without the sweep's, which come by the
    /// clock.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        let log = std::fs::read_to_string(format!("{}/requests.log", variable("LOCAL_AWS_DIR"))).unwrap();
        let of_buckets =
            |line: &&str| [&self.inbox, &self.data].iter().any(|bucket| line.contains(&format!(" /{bucket}")));
        let of_sweep = |line: &&str| line.contains("/sweep/") || line.contains("?versions");
        let requests = log.lines().filter(of_buckets).filter(|line| !of_sweep(line));
        // Before the request, a line has the time and the process in brackets.
        requests.map(|line| line.rsplit_once("] ").map_or(line, |(_, request)| request).to_owned()).collect()
    }

    /// How many states an execution of the main orchestrator has entered, apart from those of Maps' children.
    pub async fn transitions(&self, name: &str) -> usize {
        let arn = format!("{}:{name}", self.machine.replace(":stateMachine:", ":execution:"));
        let mut events = self.sfn.get_execution_history().execution_arn(arn).into_paginator().items().send();
        let mut entered = 0;
        while let Some(event) = events.next().await {
            entered += usize::from(event.unwrap().r#type.as_str().ends_with("StateEntered"));
        }
        entered
    }

    /// A file of a run's output.
    pub async fn output(&self, feed: &str, run: &RunId, file: &str) -> Option<Vec<u8>> {
        self.object(&sluice_contract::keys::output(&feed.parse().unwrap(), run, file)).await
    }

    /// The keys under a prefix of a bucket.
    pub async fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let mut pages = self.s3.list_objects_v2().bucket(bucket).prefix(prefix).into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            keys.extend(page.unwrap().contents().iter().filter_map(|object| object.key().map(str::to_owned)));
        }
        keys
    }

    /// The entry of a run in the ledger.
    pub async fn ledger(&self, run: &RunId) -> Option<Value> {
        let key = AttributeValue::S(run.to_string());
        let got = self.dynamodb.get_item().table_name(&self.runs).key("run_id", key).consistent_read(true).send().await;
        got.unwrap()
            .item
            .map(|item| Value::Object(item.iter().map(|(name, value)| (name.clone(), plain(value))).collect()))
    }

    /// Waits until the ledger's entry of a run satisfies a condition, and returns it.
    pub async fn ledger_when(&self, run: &RunId, patience: Duration, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + patience;
        loop {
            let entry = self.ledger(run).await;
            if let Some(entry) = entry.as_ref().filter(|entry| wanted(entry)) {
                return entry.clone();
            }
            let has = entry.map_or_else(|| "nothing".to_owned(), |entry| entry.to_string());
            assert!(Instant::now() < deadline, "{run}: after {patience:?} the ledger has {has}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until a run has ended and its mail was attempted, and returns its entry in the ledger.
    pub async fn concluded(&self, run: &RunId, patience: Duration) -> Value {
        self.ledger_when(run, patience, |entry| !entry["conclusion"].is_null() && !entry["mail"].is_null()).await
    }

    /// Creates a target table whose key is a text, `id`.
    pub async fn create_target(&self, table: &str) {
        self.create_target_by(table, &["id"]).await;
    }

    /// Creates a target table whose key are texts with these names: one, or two.
    pub async fn create_target_by(&self, table: &str, key: &[&str]) {
        let attributes: Vec<Value> =
            key.iter().map(|name| json!({ "AttributeName": name, "AttributeType": "S" })).collect();
        let schema = key.iter().zip(["HASH", "RANGE"]);
        let schema: Vec<Value> = schema.map(|(name, kind)| json!({ "AttributeName": name, "KeyType": kind })).collect();
        let table = json!({
            "TableName": format!("{}{table}", self.target_prefix),
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": attributes,
            "KeySchema": schema,
        });
        self.call("dynamodb", "create_table", &table).await;
    }

    /// Every item of a target table.
    pub async fn items(&self, table: &str) -> Vec<Value> {
        let table = format!("{}{table}", self.target_prefix);
        let mut items = self.dynamodb.scan().table_name(table).consistent_read(true).into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = items.next().await {
            found.push(Value::Object(item.unwrap().iter().map(|(name, value)| (name.clone(), plain(value))).collect()));
        }
        found
    }

    /// The state of an execution of the main orchestrator: its status, and the error that ended it.
    pub async fn execution(&self, name: &str) -> (String, Option<String>) {
        let arn = format!("{}:{name}", self.machine.replace(":stateMachine:", ":execution:"));
        let execution = self.sfn.describe_execution().execution_arn(arn).send().await.unwrap();
        (execution.status().as_str().to_owned(), execution.error().map(str::to_owned))
    }

    /// The output of an execution of the main orchestrator that succeeded.
    pub async fn execution_output(&self, name: &str) -> Value {
        let arn = format!("{}:{name}", self.machine.replace(":stateMachine:", ":execution:"));
        let execution = self.sfn.describe_execution().execution_arn(arn).send().await.unwrap();
        serde_json::from_str(execution.output().unwrap_or("null")).unwrap()
    }

    /// Waits until an execution of the main orchestrator has ended, and returns its state.
    pub async fn execution_ended(&self, name: &str, patience: Duration) -> (String, Option<String>) {
        let deadline = Instant::now() + patience;
        loop {
            let (status, error) = self.execution(name).await;
            if status != "RUNNING" {
                return (status, error);
            }
            assert!(Instant::now() < deadline, "{name} is still running after {patience:?}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// Aborts an execution of the main orchestrator, as an operator would.
    pub async fn stop(&self, name: &str) {
        let arn = format!("{}:{name}", self.machine.replace(":stateMachine:", ":execution:"));
        self.sfn.stop_execution().execution_arn(arn).send().await.unwrap();
    }

    /// The number of a run's rejects in the index.
    pub async fn rejects(&self, run: &RunId) -> usize {
        let mut items = self.dynamodb.scan().table_name(&self.rejects).into_paginator().items().send();
        let mut found = 0;
        while let Some(item) = items.next().await {
            let key = plain(&item.unwrap()["block_key"]);
            found += usize::from(key.as_str().is_some_and(|key| key.starts_with(&format!("{run}#"))));
        }
        found
    }

    /// Every mail so far, in order.
    pub async fn mails(&self) -> Vec<Mail> {
        serde_json::from_value(self.tool(&["mails", "--json"]).await).unwrap()
    }

    /// The mails about a run; others may name it.
    pub async fn mails_about(&self, run: &RunId) -> Vec<Mail> {
        let mut mails = self.mails().await;
        let about = format!("Run: {run}");
        mails.retain(|mail| mail.body_text.lines().any(|line| line.trim() == about));
        let mut whole: Vec<Mail> = Vec::new();
        for mail in mails {
            let is_same = |other: &&mut Mail| {
                other.body_text == mail.body_text && other.to.iter().all(|address| !mail.to.contains(address))
            };
            match whole.iter_mut().find(is_same) {
                Some(other) => other.to.extend(mail.to),
                None => whole.push(mail),
            }
        }
        whole
    }

    /// Sets variables of a function in addition to its own (an empty value removes one), as an operator
    /// would.
    pub async fn configure(&self, function: &str, variables: &[(&str, &str)]) {
        let variables: Vec<String> = variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut arguments = vec!["configure", function];
        arguments.extend(variables.iter().map(String::as_str));
        self.tool(&arguments).await;
    }

    /// Reserves concurrent executions for a function, or removes the reservation. With 0, the function cannot
    /// be called.
    pub async fn throttle(&self, function: &str, executions: Option<u32>) {
        let executions = executions.map(|executions| executions.to_string());
        let mut arguments = vec!["throttle", function];
        arguments.extend(executions.as_deref());
        self.tool(&arguments).await;
    }

    /// Calls a function and returns its answer: `{"error": bool, "payload": …}`.
    pub async fn invoke(&self, function: &str, input: &Value) -> Value {
        self.tool(&["invoke", function, &input.to_string()]).await
    }

    /// Notifies intake of an object again, as `EventBridge` may.
    pub async fn deliver_again(&self, feed: &str, file: &str, version: &str, size: u64, etag: &str) -> Value {
        let object =
            json!({ "key": format!("inbox/{feed}/{file}"), "version-id": version, "size": size, "etag": etag });
        let detail = json!({ "bucket": { "name": self.inbox }, "object": object });
        self.invoke("intake", &json!({ "source": "aws.s3", "detail-type": "Object Created", "detail": detail })).await
    }

    /// The answer of an operation of a service (by boto3's names), as root.
    pub async fn call(&self, service: &str, operation: &str, parameters: &Value) -> Value {
        let answer = self.tool(&["call", service, operation, &parameters.to_string()]).await;
        assert!(answer.get("error").is_none(), "{service} {operation} {parameters}: {answer}");
        answer
    }

    /// The same with the role of a function. If it is refused: `{"error": code, "message": …}`.
    pub async fn call_as(&self, function: &str, service: &str, operation: &str, parameters: &Value) -> Value {
        self.tool(&["call", service, operation, &parameters.to_string(), function]).await
    }

    /// The lines of the log of all functions in which a text stands.
    pub async fn log_lines(&self, text: &str) -> Vec<String> {
        let group = format!("/aws/lambda/{}", self.stack);
        let asked = json!({ "logGroupName": group, "filterPattern": format!("\"{text}\""), "limit": 10_000 });
        let logged = self.call("logs", "filter_log_events", &asked).await;
        let events = logged["events"].as_array().unwrap();
        events.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Removes an action from a function's permissions. Returns the value for [`LocalAws::permit`].
    pub async fn forbid(&self, function: &str, action: &str) -> Permissions {
        Permissions(self.tool(&["forbid", function, action]).await)
    }

    /// Restores removed permissions.
    pub async fn permit(&self, before: Permissions) {
        self.tool(&["permit", &before.0.to_string()]).await;
    }

    /// Restarts local AWS with its data.
    pub async fn restart(&self) {
        self.tool(&["restart"]).await;
    }

    async fn tool(&self, arguments: &[&str]) -> Value {
        let script = crate::root().join("tools/local_aws.py");
        let ran = tokio::process::Command::new(crate::python()).arg(script).args(arguments).output().await.unwrap();
        assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
        if ran.stdout.is_empty() { Value::Null } else { serde_json::from_slice(&ran.stdout).unwrap() }
    }
}

/// The saved policies of a role.
#[must_use]
#[derive(Debug)]
pub struct Permissions(Value);

/// An attribute as plain JSON. Numbers stay text: they are exact.
fn plain(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => json!(text),
        AttributeValue::Bool(truth) => json!(truth),
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::L(items) => items.iter().map(plain).collect(),
        AttributeValue::M(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
        other => panic!("the tests do not know {other:?}"),
    }
}
