//! Files that cannot be imported. Each ends with a clear state in the ledger and a mail that says what to do.

use serde_json::Value;
use sluice_tests::local_aws::LocalAws;
use sluice_tests::read;

use crate::imports::PATIENCE;

/// Uploads a file, and expects this ending, its first code, and a word in its mail.
async fn ends(aws: &LocalAws, feed: &str, csv: &str, verdict: &str, code: Option<&str>, advice: &str) {
    let file = format!("{verdict}-{}.csv", code.unwrap_or("none"));
    let run = aws.upload(feed, &file, csv).await;
    let ended = aws.concluded(&run, PATIENCE).await;
    let conclusion = &ended["conclusion"];
    assert_eq!(conclusion["verdict"], verdict, "{ended:#}");
    assert_eq!(conclusion["reasons"][0]["code"], code.map_or(Value::Null, Value::from), "{ended:#}");
    if verdict != "REFUSED" {
        assert_eq!(aws.execution_ended(run.as_str(), PATIENCE).await.0, "SUCCEEDED");
        assert_eq!(aws.execution_output(run.as_str()).await["verdict"], verdict);
    }
    let mails = aws.mails_about(&run).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].subject.contains(verdict), "{}", mails[0].subject);
    assert!(mails[0].body_text.contains(advice), "{}", mails[0].body_text);
    let stays = aws.keys(&aws.inbox, &format!("inbox/{feed}/{file}")).await;
    assert_eq!(stays.len(), usize::from(verdict == "REFUSED"), "only a refused file stays in the inbox");
}

#[tokio::test]
async fn a_header_only_file_is_imported_with_nothing_in_it() {
    let aws = LocalAws::from_env().await;
    let header = read("examples/sales.csv").lines().next().unwrap().to_owned();
    ends(&aws, "sales", &header, "IMPORTED", None, "the file has a header and no records").await;
}

#[tokio::test]
async fn an_empty_file_is_rejected() {
    ends(&LocalAws::from_env().await, "sales", "", "REJECTED", Some("source-error"), "Nothing was written").await;
}

#[tokio::test]
async fn a_file_of_an_unknown_feed_is_refused() {
    ends(
        &LocalAws::from_env().await,
        "slaes",
        "a\n1\n",
        "REFUSED",
        Some("unknown-feed"),
        "this run then goes on by itself",
    )
    .await;
}

#[tokio::test]
async fn a_missing_column_is_reported_with_a_suggestion() {
    let aws = LocalAws::from_env().await;
    let csv = read("examples/sales.csv").replacen("Country", "Contry", 1);
    ends(&aws, "sales", &csv, "REJECTED", Some("missing-label"), "did you mean \"Contry\"?").await;
}

#[tokio::test]
async fn a_broken_feed_is_reported_with_all_its_problems() {
    let aws = LocalAws::from_env().await;
    aws.put_feed("broken", "version: 1\nname: broken\nschema: {feilds: []}\nimport: {tabel: x}\n").await;
    ends(&aws, "broken", "a\n1\n", "REFUSED", Some("invalid-feed"), "did you mean \"table\"?").await;
}

#[tokio::test]
async fn a_feed_whose_table_is_missing_is_refused() {
    let aws = LocalAws::from_env().await;
    let feed =
        read("feeds/sales.yaml").replace("name: sales", "name: tableless").replace("table: sales", "table: none");
    aws.put_feed("tableless", &feed).await;
    ends(&aws, "tableless", "a\n1\n", "REFUSED", Some("invalid-target"), "target-none").await;
}

#[tokio::test]
async fn more_rejects_than_the_feed_allows_write_nothing() {
    let aws = LocalAws::from_env().await;
    let feed = read("feeds/sales.yaml").replace("name: sales", "name: strict");
    let feed =
        feed.lines().map(|line| if line.trim().starts_with("limits:") { "  limits: {maxRejects: 0}" } else { line });
    aws.put_feed("strict", &feed.collect::<Vec<_>>().join("\n")).await;
    let before = aws.items("sales").await.len();
    let header = read("examples/sales.csv").lines().next().unwrap().to_owned();
    let csv = format!("{header}\nshort\n");
    ends(&aws, "strict", &csv, "REJECTED", Some("too-many-rejects"), "Nothing was written").await;
    assert_eq!(aws.items("sales").await.len(), before);
}
