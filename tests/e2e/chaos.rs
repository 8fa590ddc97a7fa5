//! Faults around a run: functions die, events are lost or come five times, permissions are missing, all of
//! AWS stops for a moment. Each run ends as promised, with the numbers and outputs of an undisturbed one.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};
use sluice_contract::documents::{Manifest, TallyDocument};
use sluice_contract::{RunId, keys};
use sluice_tests::local_aws::LocalAws;
use sluice_tests::read;

use crate::failures::{concluded_then, kill, processes};
use crate::imports::{PATIENCE, document, sample};

/// The number of kills, and of runs to spread them over. Each function dies at most once in a run, because a
/// task that dies is retried three times.
const MOMENTS: usize = 20;
const MOMENTS_PER_RUN: usize = 5;

/// Reproducible pseudo-random numbers (xorshift).
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

/// The result that every run of the sample must have.
pub async fn assert_undisturbed(aws: &LocalAws, run: &RunId) {
    let ended = aws.concluded(run, PATIENCE).await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    let tally: TallyDocument = document(aws, &keys::tally(run)).await;
    assert!(tally.tally.adds_up());
    let numbers = tally.tally;
    assert_eq!((numbers.read, numbers.duplicate, numbers.rejected), (2000, 25, 152), "{numbers:?}");
    assert_eq!(numbers.imported + numbers.unchanged, 1823, "{numbers:?}");
    let imported = aws.output("products", run, keys::IMPORTED_CSV).await.unwrap();
    let mut records = BTreeSet::new();
    for row in csv::Reader::from_reader(&imported[..]).records() {
        assert!(records.insert(row.unwrap()[0].to_owned()), "a record stands twice in imported.csv");
    }
    assert_eq!(records.len(), 1823);
    assert_eq!(aws.mails_about(run).await.len(), 1, "one mail");
}

/// The durations of a function's calls in an undisturbed run, from its log.
async fn durations(aws: &LocalAws, function: &str, run: &RunId) -> Vec<Duration> {
    let name = format!("{}-{function}", aws.stack);
    let lines = aws.log_lines(run.as_str()).await;
    let lines = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ours = lines.filter(|line| line["correlation_id"] == run.as_str() && line["function_name"] == name.as_str());
    ours.filter_map(|line| line["duration_ms"].as_u64().map(Duration::from_millis)).collect()
}

/// How long a function may run after requesting an event without having received it. If it dies before, AWS
/// reports an error name that the definitions retry, but local AWS uses another name.
const START: Duration = Duration::from_millis(60);

/// Whether a process has a network connection; it opens none before it requests an event.
fn is_connected(process: &str) -> bool {
    let connections = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let inodes: BTreeSet<&str> =
        connections.lines().skip(1).filter_map(|line| line.split_whitespace().nth(9)).collect();
    // A process that has ended has no connections.
    let Ok(open) = std::fs::read_dir(format!("/proc/{process}/fd")) else { return false };
    open.flatten().filter_map(|file| std::fs::read_link(file.path()).ok()).any(|file| {
        let socket = file.to_string_lossy();
        socket.strip_prefix("socket:[").and_then(|inode| inode.strip_suffix(']')).is_some_and(|of| inodes.contains(of))
    })
}

/// Waits for a new process of a function, then for the given time, and kills it. Returns whether it could.
async fn kill_at(stack: &str, function: &str, after: Duration) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let mut there = processes(stack, function);
        there.retain(|process| is_connected(process));
        if there.is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        }
        tokio::time::sleep(START + after).await;
        // Only existing processes, because a newer one may still be starting.
        let mut still = processes(stack, function);
        still.retain(|process| there.contains(process));
        if kill(&still) > 0 {
            return true;
        }
    }
    false
}

/// R4: kills at 20 moments, spread over the durations of the calls in an undisturbed run, in the middle of
/// chunks.
#[tokio::test]
async fn functions_that_are_killed_at_any_moment_change_nothing() {
    let aws = LocalAws::from_env().await;
    let calm = aws.upload("products", "calm.csv", sample("products.csv")).await;
    assert_undisturbed(&aws, &calm).await;
    let mut seeded = Seeded(0x5EED);
    let mut killed = 0;
    for attempt in 0..MOMENTS / MOMENTS_PER_RUN {
        // Always the functions that work on chunks, and two of the others.
        let mut functions = vec!["restructure", "validate", "import"];
        let mut others = vec!["pin", "split", "gate", "merge"];
        while functions.len() < MOMENTS_PER_RUN {
            functions.push(others.remove(seeded.below(others.len())));
        }
        let mut moments = Vec::new();
        for function in functions {
            let durations = durations(&aws, function, &calm).await;
            let duration = durations[seeded.below(durations.len())];
            moments.push((function, duration * u32::try_from(seeded.below(100)).unwrap() / 100));
            // A warm process would be killed while it waits.
            kill(&processes(&aws.stack, function));
        }
        let run = aws.upload("products", &format!("killed-{attempt}.csv"), sample("products.csv")).await;
        let kills = moments.iter().map(|(function, after)| kill_at(&aws.stack, function, *after));
        killed += join_all(kills).await.into_iter().filter(|killed| *killed).count();
        assert_undisturbed(&aws, &run).await;
    }
    assert_eq!(killed, MOMENTS);
}

/// R1: the upload's own event, and five more at the same time.
#[tokio::test]
async fn an_event_that_comes_five_times_at_once_is_one_run() {
    let aws = LocalAws::from_env().await;
    let file = sample("products.csv");
    // No call accepts the file before all five events were delivered.
    aws.throttle("pin", Some(0)).await;
    let run = aws.upload("products", "five.csv", file.clone()).await;
    let head = aws.s3.list_object_versions().bucket(&aws.inbox).prefix("inbox/products/five.csv").send().await.unwrap();
    let version = head.versions().first().unwrap();
    let [version, etag] = [version.version_id(), version.e_tag()].map(|of| of.unwrap().to_owned());
    let size = file.len() as u64;
    let deliveries = (0..5).map(|_| aws.deliver_again("products", "five.csv", &version, size, &etag));
    let answers = join_all(deliveries).await;
    aws.throttle("pin", None).await;
    for answer in answers {
        assert_eq!(answer["error"], false, "{answer}");
    }
    assert_undisturbed(&aws, &run).await;
    assert_eq!(aws.ledger(&run).await.unwrap()["deliveries"], "6");
    assert_eq!(aws.execution_ended(run.as_str(), PATIENCE).await.0, "SUCCEEDED");
}

/// R2: overwritten and then deleted before any of it is imported.
#[tokio::test]
async fn a_source_that_is_overwritten_and_deleted_in_the_middle_is_imported_as_it_was() {
    let aws = LocalAws::from_env().await;
    aws.throttle("import", Some(0)).await;
    let run = aws.upload("products", "changed.csv", sample("products.csv")).await;
    aws.ledger_when(&run, PATIENCE, |entry| entry["stage"] == "GATED").await;
    let other = aws.upload("products", "changed.csv", "id\n1\n").await;
    let key = "inbox/products/changed.csv";
    aws.s3.delete_object().bucket(&aws.inbox).key(key).send().await.unwrap();
    aws.throttle("import", None).await;
    assert_undisturbed(&aws, &run).await;
    // The overwriting file has a run of its own.
    assert_eq!(aws.concluded(&other, PATIENCE).await["conclusion"]["verdict"], "REJECTED");
}

/// Few records: local AWS reports a throttled function with another error name than AWS (`Lambda.Unknown`),
/// which is retried for about 14 seconds instead of an hour.
#[tokio::test]
async fn an_importer_that_may_run_once_at_a_time_takes_longer_and_loses_nothing() {
    let aws = LocalAws::from_env().await;
    aws.configure("pin", &[("CHUNK_BYTES", "1500")]).await;
    aws.throttle("import", Some(1)).await;
    let sales = read("examples/sales.csv");
    let file: Vec<&str> = sales.lines().take(60).collect();
    let run = aws.upload("sales", "narrow.csv", file.join("\n")).await;
    let restore = async {
        aws.throttle("import", None).await;
        aws.configure("pin", &[("CHUNK_BYTES", "32768")]).await;
    };
    let ended = concluded_then(&aws, &run, restore).await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    let manifest: Manifest = document(&aws, &keys::manifest(&run)).await;
    assert!(manifest.chunks.len() >= 3, "{}", manifest.chunks.len());
    let tally: TallyDocument = document(&aws, &keys::tally(&run)).await;
    assert!(tally.tally.adds_up() && tally.tally.read == 59, "{tally:?}");
}

/// R12: the permission is missing. Also checks the message in the ledger.
#[tokio::test]
async fn a_report_that_may_not_mail_does_not_fail_the_import() {
    let aws = LocalAws::from_env().await;
    let taken = aws.forbid("report", "ses:SendEmail").await;
    let run = aws.upload("products", "unmailed.csv", sample("products.csv")).await;
    let ended = concluded_then(&aws, &run, aws.permit(taken)).await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    assert!(ended["mail"]["failed"].as_str().unwrap().contains("ses:SendEmail"), "{ended:#}");
    assert_eq!(aws.execution_ended(run.as_str(), PATIENCE).await.0, "SUCCEEDED");
}

/// R11. Local AWS neither times out executions nor accepts events in the name of AWS. So the rule also
/// accepts our source here, and gets the event that AWS documents.
#[tokio::test]
async fn a_run_that_times_out_is_reported() {
    let aws = LocalAws::from_env().await;
    let name = format!("{}-run-failed", aws.stack);
    let rule = aws.call("events", "describe_rule", &json!({ "Name": name })).await;
    let pattern = rule["EventPattern"].as_str().unwrap();
    let ours = pattern.replace("aws.states", "tests.states");
    assert_ne!(pattern, ours);
    let listen = async |pattern: &str| {
        aws.call("events", "put_rule", &json!({ "Name": name, "EventPattern": pattern, "State": "ENABLED" })).await;
    };
    listen(&ours).await;
    aws.throttle("import", Some(0)).await;
    let run = aws.upload("products", "late.csv", sample("products.csv")).await;
    aws.ledger_when(&run, PATIENCE, |entry| entry["stage"] == "GATED").await;
    aws.stop(run.as_str()).await;
    let detail = json!({
        "executionArn": format!("{}:{run}", aws.machine.replace(":stateMachine:", ":execution:")),
        "stateMachineArn": aws.machine,
        "name": run,
        "status": "TIMED_OUT",
        "startDate": 1_551_224_926_156_i64,
        "stopDate": 1_551_224_927_157_i64,
        "input": json!({ "run_id": run }).to_string(),
        "output": null,
        "inputDetails": { "included": true },
        "outputDetails": null,
        "error": null,
        "cause": null,
    });
    let event = json!({
        "Source": "tests.states",
        "DetailType": "Step Functions Execution Status Change",
        "Detail": detail.to_string(),
    });
    aws.call("events", "put_events", &json!({ "Entries": [event] })).await;
    let restore = async {
        listen(pattern).await;
        aws.throttle("import", None).await;
    };
    let ended = concluded_then(&aws, &run, restore).await;
    assert_eq!(ended["conclusion"]["verdict"], "FAILED", "{ended:#}");
    let mails = aws.mails_about(&run).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].body_text.contains("TIMED_OUT"), "{}", mails[0].body_text);
}

/// Waits for a message in a queue and returns its content.
async fn message(aws: &LocalAws, queue: &str, about: &str) -> String {
    let name = json!({ "QueueName": format!("{}-{queue}", aws.stack) });
    let url = aws.call("sqs", "get_queue_url", &name).await["QueueUrl"].clone();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let asked = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1 });
        let received = aws.call("sqs", "receive_message", &asked).await;
        let bodies = received["Messages"].as_array().cloned().unwrap_or_default();
        let mut bodies = bodies.iter().filter_map(|message| message["Body"].as_str());
        if let Some(body) = bodies.find(|body| body.contains(about)) {
            return body.to_owned();
        }
        assert!(Instant::now() < deadline, "nothing about {about} in {queue}");
    }
}

/// Intake fails three times. The queue keeps the event, and the next delivery completes what was begun.
///
/// Local AWS ignores the template's settings for asynchronous calls (`EventInvokeConfig`) and delivers a
/// rule's event only once. So the test repeats the settings and calls intake as the rule would.
/// `a_failed_asynchronous_call_ends_in_a_queue` checks the template.
#[tokio::test]
async fn an_upload_that_intake_fails_on_three_times_is_in_the_queue_and_is_healed_by_the_next_event() {
    let aws = LocalAws::from_env().await;
    let function = format!("{}-intake", aws.stack);
    let url = aws.call("sqs", "get_queue_url", &json!({ "QueueName": format!("{}-failed-calls", aws.stack) })).await;
    let asked = json!({ "QueueUrl": url["QueueUrl"], "AttributeNames": ["QueueArn"] });
    let queue = aws.call("sqs", "get_queue_attributes", &asked).await["Attributes"]["QueueArn"].clone();
    let on_failure = json!({
        "FunctionName": function,
        "MaximumRetryAttempts": 2,
        "DestinationConfig": { "OnFailure": { "Destination": queue } },
    });
    aws.call("lambda", "put_function_event_invoke_config", &on_failure).await;
    let rule = json!({ "Name": format!("{}-upload", aws.stack) });
    aws.call("events", "disable_rule", &rule).await;
    let taken = aws.forbid("intake", "states:StartExecution").await;

    let file = sample("products.csv");
    let key = "inbox/products/unaccepted.csv";
    let body = file.clone().into();
    let put = aws.s3.put_object().bucket(&aws.inbox).key(key).body(body).send().await.unwrap();
    let [version, etag] = [put.version_id(), put.e_tag()].map(|of| of.unwrap().to_owned());
    let object = json!({ "key": key, "version-id": version, "size": file.len(), "etag": etag });
    let event = json!({ "detail": { "bucket": { "name": aws.inbox }, "object": object } });
    let call = json!({ "FunctionName": function, "InvocationType": "Event", "Payload": event.to_string() });
    aws.call("lambda", "invoke", &call).await;

    let found = message(&aws, "failed-calls", "unaccepted.csv").await;
    aws.permit(taken).await;
    aws.call("events", "enable_rule", &rule).await;
    assert!(found.contains("Misconfigured"), "{found}");
    let record: Value = serde_json::from_str(&found).unwrap();
    let origin = record["requestContext"]["functionArn"].as_str().unwrap();
    assert!(origin.contains(&format!(":function:{function}")), "functions share the queue: {found}");
    let run = RunId::derive(&"products".parse().unwrap(), &aws.inbox, key, &version);
    let entry = aws.ledger(&run).await.unwrap();
    assert_eq!(entry["deliveries"], "3", "{entry:#}");
    let answer = aws.deliver_again("products", "unaccepted.csv", &version, file.len() as u64, &etag).await;
    assert_eq!(answer["payload"]["done"], "started", "{answer}");
    assert_undisturbed(&aws, &run).await;
}

/// R9: all of AWS stops while a run waits between its chunks. A new execution continues from what was done.
#[tokio::test]
async fn a_run_goes_on_after_everything_was_stopped_between_its_chunks() {
    let aws = LocalAws::from_env().await;
    aws.throttle("import", Some(0)).await;
    let run = aws.upload("products", "stopped.csv", sample("products.csv")).await;
    aws.ledger_when(&run, PATIENCE, |entry| entry["stage"] == "GATED").await;
    let decided = aws.object(&keys::gate(&run)).await.unwrap();
    aws.restart().await;
    let aws = LocalAws::from_env().await;
    aws.throttle("import", None).await;
    assert_eq!(aws.execution(run.as_str()).await.0, "FAILED", "it ended with what it ran on");
    let again = aws.sfn.start_execution().state_machine_arn(&aws.machine).name(format!("{run}-2"));
    again.input(json!({ "run_id": run }).to_string()).send().await.unwrap();
    assert_undisturbed(&aws, &run).await;
    assert_eq!(aws.object(&keys::gate(&run)).await.unwrap(), decided, "what was done is not done again");
}
