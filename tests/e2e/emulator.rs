//! The functions' binaries under the Lambda runtime interface emulator, with the events of `events/`: what
//! `sam local invoke` does.

use std::io::Read;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sluice_contract::documents::Manifest;
use sluice_contract::{RunId, keys};
use sluice_tests::local_aws::LocalAws;
use sluice_tests::{read, root};

use crate::imports::{PATIENCE, document, sample};

/// A function in the emulator. Dropping the value ends it.
struct Emulated {
    child: Child,
    port: u16,
}

impl Drop for Emulated {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The emulator comes with the SAM CLI.
fn emulator() -> PathBuf {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let lib = root().join(".local/venv/lib");
    let python = std::fs::read_dir(lib).unwrap().map(|entry| entry.unwrap().path()).next().unwrap();
    let emulator = python.join(format!("site-packages/samcli/local/rapid/aws-lambda-rie-{arch}"));
    assert!(emulator.exists(), "{} is missing: make venv", emulator.display());
    emulator
}

/// The binary of a function, as `make binaries` leaves it.
fn bootstrap(function: &str) -> PathBuf {
    root().join(format!("target/debug/{function}"))
}

impl Emulated {
    /// Starts a function with the settings that it has in the stack.
    fn start(aws: &LocalAws, function: &str) -> Self {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (port, api) = (free(), free());
        let child = Command::new(emulator())
            .args(["--runtime-interface-emulator-address", &format!("127.0.0.1:{port}")])
            .args(["--runtime-api-address", &format!("127.0.0.1:{api}")])
            .arg(bootstrap(function))
            .envs([
                ("AWS_LAMBDA_FUNCTION_NAME", format!("{}-{function}", aws.stack)),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512".into()),
                ("DATA_BUCKET", aws.data.clone()),
                ("INBOX_BUCKET", aws.inbox.clone()),
                ("RUNS_TABLE", aws.runs.clone()),
                ("REJECTS_TABLE", aws.rejects.clone()),
                ("REJECTS_DAYS", "90".into()),
                ("TARGET_TABLE_PREFIX", aws.target_prefix.clone()),
                ("MESSAGES_TABLE", format!("{}-messages", aws.stack)),
                ("IMPORT_MONGODB_FUNCTION", format!("{}-import-mongodb", aws.stack)),
                ("CONNECTIONS_PREFIX", format!("{}/connections/", aws.stack)),
                ("MAIN_STATE_MACHINE_ARN", aws.machine.clone()),
                ("SENDER", "sluice@example.com".into()),
                ("OPERATORS", "operators@example.com".into()),
                ("EVENT_BUS", "default".into()),
                ("CHUNK_BYTES", "32768".into()),
                ("MAX_RECORD_BYTES", "1048576".into()),
                ("ONE_PASS_BYTES", "98304".into()),
                ("MAX_FILE_BYTES", "1000000000".into()),
                ("IMPORT_IN_FLIGHT", "16".into()),
                ("DEADLINE_MARGIN_MS", "30000".into()),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port }
    }

    /// Invokes the function once it listens.
    fn invoke(&self, event: &Value) -> Value {
        let deadline = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "the emulator does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let body = event.to_string();
        let head = format!(
            "POST /2015-03-31/functions/function/invocations HTTP/1.1\r\nHost: localhost\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        std::io::Write::write_all(&mut stream, format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        // In a chunked answer, the JSON is between the first and the last brace.
        let json = &body[body.find('{').unwrap()..=body.rfind('}').unwrap()];
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {body}"))
    }
}

/// An event of `events/`, adjusted to an existing run: a second attempt, which finds what the first has done.
pub fn event(file: &str, run: &RunId, manifest: &Manifest) -> Value {
    let mut event: Value = serde_json::from_str(&read(&format!("events/{file}.json"))).unwrap();
    for role in ["/plan", "/fold", ""] {
        for (name, given) in [("run_id", json!(run)), ("execution", json!(run)), ("attempt", json!(2))] {
            if let Some(value) = event.pointer_mut(&format!("{role}/{name}")) {
                *value = given;
            }
        }
    }
    if event.get("chunk").is_some() {
        event["chunk"] = serde_json::to_value(manifest.chunks[2]).unwrap();
        event["header"] = serde_json::to_value(manifest.header).unwrap();
    }
    event
}

#[tokio::test]
async fn every_function_answers_its_event() {
    let aws = LocalAws::from_env().await;
    let run = aws.upload("products", "emulated.csv", sample("products.csv")).await;
    aws.concluded(&run, PATIENCE).await;
    let manifest: Manifest = document(&aws, &keys::manifest(&run)).await;
    let chunk = manifest.chunks[2];
    // Everything is already done, so every step skips or repeats its work, and no execution can claim an
    // ended run.
    for (function, file, wanted) in [
        ("pin", "pin", json!({"errorType": "Fenced"})),
        ("split", "split", json!({"chunks": manifest.chunks.len(), "ranges": 0})),
        ("split", "split-fold", json!({"chunks": manifest.chunks.len(), "records": manifest.records})),
        ("restructure", "restructure", json!({"usage": {"invocations": 0, "mb_ms": 0, "writes": 0}})),
        ("validate", "validate", json!({"read": chunk.records})),
        ("gate", "gate", json!({"go": true})),
        ("import", "import", json!({"done": true})),
        (
            "import-mongodb",
            "import-mongodb",
            json!({"problems": ["There is no connection main: an operator has to register it."]}),
        ),
        ("merge", "merge", json!({"verdict": "IMPORTED"})),
        ("report", "report", json!({"verdict": "IMPORTED", "mailed": true})),
    ] {
        let answer = Emulated::start(&aws, function).invoke(&event(file, &run, &manifest));
        for (name, value) in wanted.as_object().unwrap() {
            assert_eq!(&answer[name], value, "{function}: {answer}");
        }
    }
    assert_eq!(aws.mails_about(&run).await.len(), 1, "one mail");
}

#[tokio::test]
async fn events_as_they_are_shipped_are_understood() {
    let aws = LocalAws::from_env().await;
    // Their run is in another account, so functions report it missing with an error name of the contract.
    for (function, file, wanted) in [
        ("pin", "pin", "InvalidInput"),
        ("split", "split", "Incomplete"),
        ("split", "split-scan", "Incomplete"),
        ("split", "split-fold", "Incomplete"),
        ("restructure", "restructure", "Incomplete"),
        ("validate", "validate", "Incomplete"),
        ("gate", "gate", "Incomplete"),
        ("import", "import", "Incomplete"),
        ("merge", "merge", "Incomplete"),
        ("report", "report", "InvalidInput"),
        ("report", "report-failure", "InvalidInput"),
    ] {
        let event = serde_json::from_str(&read(&format!("events/{file}.json"))).unwrap();
        let answer = Emulated::start(&aws, function).invoke(&event);
        assert_eq!(answer["errorType"], wanted, "{function}: {answer}");
    }
    let event = serde_json::from_str(&read("events/intake.json")).unwrap();
    let answer = Emulated::start(&aws, "intake").invoke(&event);
    assert_eq!(answer["done"], "ignored", "the bucket is another's: {answer}");
}
