//! Hostile names, cells and lines on a deployed stack, where S3, DynamoDB, events and logs matter.

use std::io::{Seek, SeekFrom, Write};

use futures::future::join_all;
use sluice_contract::documents::{Manifest, TallyDocument};
use sluice_contract::{RunId, keys};
use sluice_engine::Code;
use sluice_engine::feed::FeedName;
use sluice_tests::local_aws::LocalAws;

use crate::failures::concluded_then;
use crate::imports::{PATIENCE, document};

/// A feed that accepts any text.
const FEED: &str = "
version: 1
name: hostile
restructure: {country: {from: Country}}
schema:
  fields:
    - {name: uuid, constraints: {required: true}}
    - {name: country, constraints: {maxLength: 1000000}}
    - {name: amount, type: number}
source: {labels: {missing: ignore}}
import: {table: sales, key: [uuid]}
report: {recipients: [imports@example.com]}
";
const HEADER: &str = "uuid,Country\n";

async fn with_feed() -> LocalAws {
    let aws = LocalAws::from_env().await;
    aws.put_feed("hostile", FEED).await;
    aws
}

#[tokio::test]
async fn files_are_imported_whatever_their_names() {
    let aws = with_feed().await;
    let long = format!("{}.csv", "ü".repeat((1024 - "inbox/hostile/.csv".len()) / 2));
    let names = [
        "a b.csv",
        "a+b=c&d.csv",
        "100%25.csv",
        "%2e%2e.csv",
        "Ünï☃ \u{1F980}.csv",
        "../../x.csv",
        "it's $(x).csv",
        &long,
    ];
    let mut runs = Vec::new();
    for (place, name) in names.into_iter().enumerate() {
        runs.push((name, aws.upload("hostile", name, format!("{HEADER}hostile-{place},x\n")).await));
    }
    for (name, run) in runs {
        let ended = aws.concluded(&run, PATIENCE).await;
        assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{name}: {ended:#}");
        assert_eq!(ended["upload"]["key"], format!("inbox/hostile/{name}"));
        assert_eq!(aws.keys(&aws.inbox, &format!("inbox/hostile/{name}")).await, [""; 0], "{name}");
        assert_eq!(
            aws.keys(&aws.data, "archive/hostile/").await.iter().filter(|key| key.contains(run.as_str())).count(),
            1
        );
    }
}

/// DynamoDB accepts items of up to 400 KB. A larger record is rejected, and its neighbours are imported.
#[tokio::test]
async fn a_cell_of_400_kilobytes_is_one_reject() {
    let aws = with_feed().await;
    let large = "x".repeat(400 * 1024);
    let run = aws.upload("hostile", "large.csv", format!("{HEADER}large-1,a\nlarge-2,{large}\nlarge-3,b\n")).await;
    let ended = aws.concluded(&run, PATIENCE).await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    let tally: TallyDocument = document(&aws, &keys::tally(&run)).await;
    assert_eq!((tally.tally.imported, tally.tally.rejected), (2, 1), "{tally:?}");
    let code = tally.by_code.keys().next().unwrap();
    assert!([Code::ItemTooLarge, Code::SinkRefused].iter().any(|expected| expected.as_str() == code), "{code}");
}

#[tokio::test]
async fn a_line_without_an_end_is_reported_with_its_start() {
    let aws = with_feed().await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(format!("{HEADER}1,x\n").as_bytes()).unwrap();
    // A sparse file, which reads as zeros: 64 MiB that take no space.
    file.seek(SeekFrom::Start(64 << 20)).unwrap();
    file.write_all(b"\n").unwrap();
    // In one pass, as on AWS. In this stack's ranges of about 100 KB it would take 400 calls.
    aws.configure("split", &[("ONE_PASS_BYTES", "2147483648")]).await;
    let body = aws_sdk_s3::primitives::ByteStream::from_path(file.path()).await.unwrap();
    let key = "inbox/hostile/line.csv";
    let put = aws.s3.put_object().bucket(&aws.inbox).key(key).body(body).send().await.unwrap();
    let run = RunId::derive(&"hostile".parse::<FeedName>().unwrap(), &aws.inbox, key, put.version_id().unwrap());
    let ended = concluded_then(&aws, &run, aws.configure("split", &[("ONE_PASS_BYTES", "98304")])).await;
    assert_eq!(ended["conclusion"]["verdict"], "REJECTED", "{ended:#}");
    let manifest: Manifest = document(&aws, &keys::manifest(&run)).await;
    let problem = &manifest.problems[0];
    assert_eq!(problem.code, Code::SourceError);
    assert!(problem.message.contains("line 3 (record 2, byte 17) is longer than 1048576 bytes"), "{problem}");
}

/// R15 at the lowest log level, with a valid file, an invalid one, and one that fails.
#[tokio::test]
async fn no_value_reaches_a_log_at_any_level() {
    const CANARY: &str = "C4N4RY";
    let aws = with_feed().await;
    let functions = ["intake", "pin", "split", "restructure", "validate", "gate", "import", "merge", "report"];
    join_all(functions.map(|function| aws.configure(function, &[("LOG_LEVEL", "trace")]))).await;
    let mut runs = Vec::new();
    for (name, file) in [
        ("good.csv", format!("{HEADER}{CANARY}-1,{CANARY}\n{CANARY}-1,{CANARY}2\n")),
        (
            "bad.csv",
            format!("uuid,Country,amount\n{CANARY}-2,{CANARY},{CANARY}\n,{CANARY}\n\"{CANARY}\" {CANARY},\0,1\n"),
        ),
        ("open.csv", format!("{HEADER}1,\"{CANARY}\n")),
        ("label.csv", format!("{CANARY},{CANARY}\n1,2\n")),
    ] {
        runs.push(aws.upload("hostile", name, file).await);
    }
    for run in &runs {
        aws.concluded(run, PATIENCE).await;
    }
    join_all(functions.map(|function| aws.configure(function, &[("LOG_LEVEL", "info")]))).await;
    let lines = join_all(runs.iter().map(|run| aws.log_lines(run.as_str()))).await.concat();
    // Intake is called with an upload, which has no run yet.
    for function in &functions[1..] {
        let name = format!("{}-{function}", aws.stack);
        assert!(lines.iter().any(|line| line.contains(&name)), "{function} logged nothing about these runs");
    }
    assert!(lines.len() >= 20, "{} lines are about these runs", lines.len());
    assert_eq!(aws.log_lines(CANARY).await, Vec::<String>::new());
}
