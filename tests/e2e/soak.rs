//! Fifty files of five feeds at once, some of them broken: every record of every file is accounted for.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde::Deserialize;
use sluice_contract::keys;
use sluice_tests::local_aws::LocalAws;
use sluice_tests::{python, read, root};

/// How long the last of the runs may take.
const PATIENCE: Duration = Duration::from_mins(5);
const SEED: &str = "20261121";

/// A generated file.
#[derive(Debug, Deserialize)]
struct Made {
    feed: String,
    file: String,
    broken: Option<String>,
}

/// Runs one of the scripts and returns its output.
fn script(name: &str, arguments: &[&str]) -> String {
    let script = root().join("tests/soak").join(name);
    let ran = Command::new(python()).arg(script).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

fn write(folder: &Path, feed: &str, file: &str, content: &[u8]) {
    fs::create_dir_all(folder.join(feed)).unwrap();
    fs::write(folder.join(feed).join(file), content).unwrap();
}

#[tokio::test]
async fn every_record_of_fifty_files_at_once_is_accounted_for() {
    let aws = LocalAws::from_env().await;
    aws.create_target("soak").await;
    let (files, answers) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let [files_at, answers_at] = [&files, &answers].map(|folder| folder.path().to_str().unwrap());
    script("make.py", &[files_at, SEED]);
    let made: Vec<Made> = serde_json::from_slice(&fs::read(files.path().join("plan.json")).unwrap()).unwrap();
    assert_eq!(made.len(), 50);
    for feed in ["soak-comma", "soak-semicolon", "soak-tab", "soak-pipe", "soak-utf16"] {
        aws.put_feed(feed, &read(&format!("tests/soak/feeds/{feed}.yaml"))).await;
    }

    let began = Instant::now();
    let uploads = made
        .iter()
        .map(|Made { feed, file, .. }| aws.upload(feed, file, fs::read(files.path().join(feed).join(file)).unwrap()));
    let runs = join_all(uploads).await;
    for (made, run) in made.iter().zip(&runs) {
        let ended = aws.concluded(run, PATIENCE).await;
        let expected = if made.broken.is_some() { "REJECTED" } else { "IMPORTED" };
        assert_eq!(ended["conclusion"]["verdict"], expected, "{made:?}: {ended:#}");
        if let Some(rejects) = aws.output(&made.feed, run, keys::REJECTS_CSV).await {
            write(answers.path(), &made.feed, &made.file, &rejects);
        }
    }
    let took = began.elapsed();
    let items = serde_json::to_vec(&aws.items("soak").await).unwrap();
    fs::write(answers.path().join("sink.json"), items).unwrap();
    let found = script("account.py", &[files_at, answers_at]);
    println!("{found} in {took:?}");
    // Makes sure that there is something to check.
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    for (what, least) in [("in the sink", 1500), ("rejected", 150), ("duplicate", 20), ("broken files", 5)] {
        assert!(found[what].as_u64().unwrap_or_default() >= least, "{what}: {found}");
    }
}
