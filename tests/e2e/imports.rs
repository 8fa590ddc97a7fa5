//! Successful imports, and repeated events.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use sluice_contract::documents::{Manifest, RunDocument, ScanDocument, TallyDocument};
use sluice_contract::{RunId, Verdict, keys};
use sluice_engine::feed::FeedPlan;
use sluice_engine::scan::{Scanner, Sizes};
use sluice_tests::local_aws::LocalAws;
use sluice_tests::{read, root};

/// How long a run may take here.
pub const PATIENCE: Duration = Duration::from_mins(2);

pub fn sample(file: &str) -> Vec<u8> {
    std::fs::read(root().join("examples").join(file)).unwrap()
}

pub async fn document<T: serde::de::DeserializeOwned>(aws: &LocalAws, key: &str) -> T {
    serde_json::from_slice(&aws.object(key).await.unwrap_or_else(|| panic!("{key} is missing"))).unwrap()
}

/// `sluice`, called in the project's folder. `make e2e` builds it with this program, in the folder above.
pub fn command(arguments: &[&str]) -> Command {
    let program = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("sluice");
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// The output of `sluice`.
pub fn sluice(arguments: &[&str]) -> Output {
    let mut command = command(arguments);
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}: `make e2e` builds it"))
}

/// The results of `sluice run` for a file: `imported.csv` and `rejects.csv`.
fn run_here(file: &str, feed: &str, chunk_bytes: &str) -> [String; 2] {
    let out = tempfile::tempdir().unwrap();
    let (file, yaml) = (format!("examples/{file}"), format!("feeds/{feed}.yaml"));
    let folder = out.path().to_str().unwrap();
    let ran = sluice(&["run", &file, "--feed", &yaml, "--chunk-bytes", chunk_bytes, "--out", folder]);
    assert!(matches!(ran.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&ran.stderr));
    let folder = only_entry(&out.path().join("output").join(feed));
    let run = folder.file_name().unwrap().to_str().unwrap();
    [keys::IMPORTED_CSV, keys::REJECTS_CSV].map(|file| of_any_run(&std::fs::read(folder.join(file)).unwrap(), run))
}

fn only_entry(folder: &Path) -> std::path::PathBuf {
    let entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries[0].clone()
}

/// Rejects contain the run id; otherwise the same file gives the same bytes.
fn of_any_run(output: &[u8], run: &str) -> String {
    str::from_utf8(output).unwrap().replace(run, "RUN")
}

async fn outputs(aws: &LocalAws, feed: &str, run: &RunId) -> [String; 2] {
    let imported = aws.output(feed, run, keys::IMPORTED_CSV).await.unwrap();
    let rejects = aws.output(feed, run, keys::REJECTS_CSV).await.unwrap();
    [imported, rejects].map(|output| of_any_run(&output, run.as_str()))
}

/// A file as some spreadsheets save it, compressed: UTF-16 with a byte order mark, and gzip.
fn utf_16_gz(file: &[u8]) -> Vec<u8> {
    let text = format!("\u{feff}{}", std::str::from_utf8(file).unwrap());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for unit in text.encode_utf16() {
        gzip.write_all(&unit.to_le_bytes()).unwrap();
    }
    gzip.finish().unwrap()
}

/// Each step counts what it uses.
#[tokio::test]
async fn the_cost_of_a_run_has_every_step_and_every_kind_of_request() {
    let aws = LocalAws::from_env().await;
    let run = aws.upload("sales", "cost.csv", sample("sales.csv")).await;
    let ended = aws.concluded(&run, PATIENCE).await;
    // DynamoDB writes numbers as texts.
    let number = |path: &str| -> u64 { ended.pointer(path).unwrap().as_str().unwrap().parse().unwrap() };
    for stage in ["STARTED", "PINNED", "SPLIT", "GATED", "MERGED"] {
        assert_eq!(number(&format!("/usage/{stage}/invocations")), 1, "{stage}: {ended:#}");
        assert!(number(&format!("/usage/{stage}/requests/s3_reads")) > 0, "{stage}: {ended:#}");
        assert!(number(&format!("/usage/{stage}/requests/table_writes")) > 0, "{stage}: {ended:#}");
    }
    assert!(number("/conclusion/usage/invocations") >= 9, "{ended:#}");
    // One mail to the operators and one to the feed's recipients.
    let of_end = ["mails", "events"].map(|kind| number(&format!("/conclusion/usage/requests/{kind}")));
    assert_eq!(of_end, [2, 1], "{ended:#}");
    let report = aws.output("sales", &run, keys::REPORT_JSON).await.unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let lines = report["cost"]["lines"].as_array().unwrap();
    assert!(lines.len() >= 9, "{lines:#?}");
    // Neither link nor command expires, and both name the file.
    let mail = &aws.mails_about(&run).await[0];
    let key = keys::output(&"sales".parse().unwrap(), &run, keys::REJECTS_CSV);
    let link = format!("console.aws.amazon.com/s3/object/{}?region=", aws.data);
    assert!(mail.body_text.contains(&link) && mail.body_text.contains(&format!("&prefix={key}")), "{}", mail.body_text);
    assert!(mail.body_text.contains(&format!("aws s3 cp 's3://{}/{key}' .", aws.data)), "{}", mail.body_text);
    // Mails and transitions are most of it for a small file.
    assert!(report["cost"]["dollars"].as_f64().unwrap() > 0.0004, "{report:#}");
}

#[tokio::test]
async fn a_file_that_must_be_decoded_first_gives_the_same_bytes_and_a_dry_run_writes_nothing() {
    let aws = LocalAws::from_env().await;
    let file = utf_16_gz(&sample("sales.csv"));
    let dry = aws.upload("sales", "dry-run/sales.csv.gz", file.clone()).await;
    let ended = aws.concluded(&dry, PATIENCE).await;
    assert_eq!(ended["conclusion"]["verdict"], "PASSED", "{ended:#}");
    assert!(aws.items("sales").await.iter().all(|item| item["_run"] != dry.as_str()));
    assert!(aws.mails_about(&dry).await[0].subject.contains("nothing written"));

    let run = aws.upload("sales", "sales.csv.gz", file).await;
    let ended = aws.concluded(&run, PATIENCE).await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    assert!(aws.items("sales").await.iter().any(|item| item["_run"] == run.as_str()));
    assert_eq!(outputs(&aws, "sales", &run).await, run_here("sales.csv", "sales", "4096"));
}

#[tokio::test]
async fn many_chunks_one_chunk_and_one_machine_give_the_same_bytes() {
    let aws = LocalAws::from_env().await;
    aws.configure("pin", &[("CHUNK_BYTES", "1500")]).await;
    let many = aws.upload("sales", "many.csv", sample("sales.csv")).await;
    let ended = aws.concluded(&many, PATIENCE).await;
    aws.configure("pin", &[("CHUNK_BYTES", "67108864")]).await;
    let one = aws.upload("sales", "one.csv", sample("sales.csv")).await;
    aws.concluded(&one, PATIENCE).await;
    aws.configure("pin", &[("CHUNK_BYTES", "32768")]).await;

    assert!(document::<Manifest>(&aws, &keys::manifest(&many)).await.chunks.len() >= 20);
    assert_eq!(document::<Manifest>(&aws, &keys::manifest(&one)).await.chunks.len(), 1);
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    let tally: TallyDocument = document(&aws, &keys::tally(&many)).await;
    let expected: Value = serde_json::from_str(&read("examples/sales.expected.json")).unwrap();
    assert!(tally.tally.adds_up());
    assert_eq!(Value::from(tally.tally.read), expected["read"]);
    assert_eq!(Value::from(tally.tally.rejected), expected["rejected"]);
    let again: TallyDocument = document(&aws, &keys::tally(&one)).await;
    assert_eq!(again.tally.unchanged, tally.tally.imported + tally.tally.unchanged, "the table held them all");

    let bytes = outputs(&aws, "sales", &many).await;
    assert_eq!(bytes, outputs(&aws, "sales", &one).await);
    assert_eq!(bytes, run_here("sales.csv", "sales", "4096"));

    let mut items = aws.items("sales").await;
    items.retain(|item| item["_run"] == one.as_str());
    assert_eq!(items.len() as u64, again.tally.unchanged);
    assert!(aws.keys(&aws.inbox, "inbox/sales/").await.is_empty(), "the inbox is empty");
    let archived = aws.keys(&aws.data, "archive/sales/").await;
    assert!(archived.iter().any(|key| key.ends_with(&format!("{many}/many.csv"))), "{archived:?}");
    let mails = aws.mails_about(&many).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].body_html.is_some());
}

/// What a run of one chunk costs besides its writes: docs/performance.md says which requests remain, and why.
#[tokio::test]
async fn a_small_file_takes_few_transitions_and_few_requests() {
    let aws = LocalAws::from_env().await;
    let file: Vec<u8> =
        sample("sales.csv").split_inclusive(|byte| *byte == b'\n').take(51).flatten().copied().collect();
    let before = aws.requests().len();
    let run = aws.upload("sales", "small.csv", file).await;
    let ended = aws.concluded(&run, PATIENCE).await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    // The first one is the upload.
    let requests = &aws.requests()[before + 1..];
    // Two of them look for datasets to which the file belongs: a list, and the one dataset of the stack.
    assert!(requests.len() <= 54, "{}: {requests:#?}", requests.len());
    assert!(aws.transitions(run.as_str()).await <= 14);
}

#[tokio::test]
async fn the_products_sample_gives_the_numbers_of_its_generator() {
    let aws = LocalAws::from_env().await;
    let run = aws.upload("products", "products.csv", sample("products.csv")).await;
    let ended = aws.concluded(&run, PATIENCE).await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    let tally: TallyDocument = document(&aws, &keys::tally(&run)).await;
    let expected: Value = serde_json::from_str(&read("examples/products.expected.json")).unwrap();
    let of = |name: &str| expected[name].as_u64().unwrap();
    assert_eq!(tally.tally.read, of("read"));
    assert_eq!(tally.tally.imported + tally.tally.unchanged, of("imported"));
    assert_eq!((tally.tally.duplicate, tally.tally.rejected), (of("duplicate"), of("rejected")));
    assert_eq!(serde_json::to_value(&tally.by_code).unwrap(), expected["by_code"]);
    assert_eq!(outputs(&aws, "products", &run).await, run_here("products.csv", "products", "65536"));
    for file in [keys::REPORT_JSON, keys::REPORT_HTML] {
        assert!(aws.output("products", &run, file).await.is_some(), "{file}");
    }
    let index: usize = aws.rejects(&run).await;
    assert_eq!(index as u64, of("rejected"), "every reject is in the index");
}

/// The stack scans files of up to 96 KiB in one pass.
#[tokio::test]
async fn a_large_file_is_scanned_by_many_calls_with_the_result_of_one_pass() {
    let aws = LocalAws::from_env().await;
    for (feed, by_ranges) in [("products", true), ("sales", false)] {
        let bytes = sample(&format!("{feed}.csv"));
        let run = aws.upload(feed, "scanned.csv", bytes.clone()).await;
        aws.concluded(&run, PATIENCE).await;
        assert_eq!(aws.object(&keys::scan(&run)).await.is_some(), by_ranges, "{feed}");
        if by_ranges {
            let scan: ScanDocument = document(&aws, &keys::scan(&run)).await;
            assert!(scan.ranges.len() > 8, "{} ranges", scan.ranges.len());
        }
        let settings: RunDocument = document(&aws, &keys::run_document(&run)).await;
        let plan = FeedPlan::from_files(&settings.feed_yaml, &settings.feed_files).unwrap();
        let sizes = Sizes { chunk: settings.chunk_bytes, record: 1 << 20 };
        let expected = Scanner::new(plan.dialect, plan.source.layout(bytes.len() as u64), sizes).plan(&bytes).unwrap();
        let manifest: Manifest = document(&aws, &keys::manifest(&run)).await;
        let found =
            manifest.chunks.iter().map(|chunk| (chunk.range(), chunk.first_record, chunk.first_line, chunk.records));
        let expected =
            expected.chunks.iter().map(|span| (span.range, span.first_record, span.first_line, span.records));
        assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{feed}");
    }
}

#[tokio::test]
async fn the_same_event_twice_is_one_run_here_too() {
    let aws = LocalAws::from_env().await;
    let csv = "uuid,Country\n1,x\n";
    let run = aws.upload("sales", "twice.csv", csv).await;
    let ended = aws.concluded(&run, PATIENCE).await;
    let upload = &ended["upload"];
    let [version, etag] = ["version_id", "etag"].map(|name| upload[name].as_str().unwrap());
    let answer = aws.deliver_again("sales", "twice.csv", version, csv.len() as u64, etag).await;
    assert_eq!(answer["payload"]["done"], "known", "{answer}");
    let after = aws.ledger(&run).await.unwrap();
    assert_eq!(after["deliveries"], "2");
    assert_eq!(after["conclusion"], ended["conclusion"]);
    assert_eq!(aws.mails_about(&run).await.len(), 1);
    assert_eq!(aws.execution(run.as_str()).await.0, "SUCCEEDED");
}

#[tokio::test]
async fn a_newer_upload_under_the_same_name_is_a_run_of_its_own() {
    let aws = LocalAws::from_env().await;
    let [first, second] = [
        aws.upload("products", "twin.csv", sample("products.csv")).await,
        aws.upload("products", "twin.csv", sample("products.csv")).await,
    ];
    assert_ne!(first, second);
    for run in [first, second] {
        let ended = aws.concluded(&run, PATIENCE).await;
        assert_eq!(ended["conclusion"]["verdict"], Verdict::Imported.to_string());
    }
    assert!(aws.keys(&aws.inbox, "inbox/products/").await.is_empty());
}

#[tokio::test]
async fn the_cli_uploads_a_file_and_follows_its_run_to_the_end() {
    let aws = LocalAws::from_env().await;
    let import = |file: &str| sluice(&["import", file, "--feed", "sales", "--stack", &aws.stack, "--follow"]);
    let imported = import("examples/sales.csv");
    let output = String::from_utf8_lossy(&imported.stdout).into_owned() + &String::from_utf8_lossy(&imported.stderr);
    // The sample contains rejects.
    assert_eq!(imported.status.code(), Some(3), "{output}");
    for part in ["Import chunks", "The numbers add up.", "rejects.csv", "The mail was sent"] {
        assert!(output.contains(part), "{part:?} is missing: {output}");
    }
    // A file of another feed has other columns.
    let rejected = import("examples/products.csv");
    let output = String::from_utf8_lossy(&rejected.stdout).into_owned() + &String::from_utf8_lossy(&rejected.stderr);
    assert_eq!(rejected.status.code(), Some(4), "{output}");
    assert!(output.contains("REJECTED"), "{output}");
}
