use clap::Parser;
use sluice_contract::documents::{Origin, Upload};
use sluice_engine::Omitted;
use sluice_platform::ledger::{Conclusion, MemoryLedger};

use super::*;
use crate::args::{Args, Command};

const NOW: &str = "2026-11-21T08:00:00Z";

fn entry(number: u32, feed: &str, started_at: &str, verdict: Option<Verdict>) -> RunEntry {
    let upload = Upload {
        bucket: "inbox".to_owned(),
        key: format!("inbox/{feed}/{number}.csv"),
        version_id: "v1".to_owned(),
        etag: String::new(),
        bytes: 0,
        last_modified: String::new(),
        sequencer: String::new(),
    };
    let run = format!("prices-{number:024x}").parse().unwrap();
    let tally = Tally { read: 1_234, imported: 1_000, unchanged: 204, rejected: 30, ..Tally::default() };
    RunEntry {
        conclusion: verdict.map(|verdict| Conclusion {
            verdict,
            at: started_at.to_owned(),
            tally: (verdict == Verdict::Imported).then_some(tally),
            omitted: Omitted::default(),
            reasons: Vec::new(),
            causes: Vec::new(),
            next: None,
            usage: None,
        }),
        stage: RunStage::Split,
        ..RunEntry::new(run, feed, upload, Origin::Upload, started_at)
    }
}

/// A ledger with runs of each kind.
fn ledger() -> MemoryLedger {
    let ledger = MemoryLedger::new();
    for (number, feed, started_at, verdict) in [
        (1, "prices", "2026-11-14T07:59:59Z", Some(Verdict::Imported)),
        (2, "prices", "2026-11-21T05:00:00Z", Some(Verdict::Imported)),
        (3, "prices", "2026-11-21T07:59:48Z", None),
        (4, "priecs", "2026-11-21T07:30:00Z", Some(Verdict::Refused)),
    ] {
        ledger.insert(entry(number, feed, started_at, verdict));
    }
    ledger
}

async fn found(arguments: &[&str]) -> Found {
    let args = Args::try_parse_from(["sluice", "runs"].iter().chain(arguments)).unwrap();
    let Command::Runs(args) = args.command else { unreachable!("the command is runs") };
    Found::find(&ledger(), &args, NOW.parse().unwrap()).await.unwrap()
}

#[tokio::test]
async fn runs_are_listed_the_latest_first_with_refused_files_among_them() {
    let text = found(&[]).await.text(NOW.parse().unwrap());
    let lines: Vec<String> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        lines,
        [
            "AGE STATE READ IMPORTED UNCHANGED REJECTED FEED FILE RUN",
            "12s open: split prices 3.csv prices-000000000000000000000003",
            "30m REFUSED priecs 4.csv prices-000000000000000000000004",
            "3h IMPORTED 1,234 1,000 204 30 prices 2.csv prices-000000000000000000000002",
            "7d IMPORTED 1,234 1,000 204 30 prices 1.csv prices-000000000000000000000001",
        ]
    );
}

#[tokio::test]
async fn table_of_filters() {
    for (arguments, expected) in [
        (&["--feed", "prices"][..], &[3, 2, 1][..]),
        (&["--feed", "priecs"], &[4]),
        (&["--since", "7d"], &[3, 4, 2]),
        (&["--since", "2026-11-21T07:30:00Z"], &[3, 4]),
        (&["--state", "open,refused"], &[3, 4]),
        (&["--state", "failed"], &[]),
        (&["--feed", "prices", "--state", "imported", "--since", "2026-11-21"], &[2]),
    ] {
        let runs = found(arguments).await.runs;
        let expected: Vec<String> = expected.iter().map(|number| format!("prices-{number:024x}")).collect();
        assert_eq!(runs.iter().map(|run| run.run_id.clone()).collect::<Vec<_>>(), expected, "{arguments:?}");
    }
}

#[tokio::test]
async fn a_list_that_is_cut_says_so() {
    let cut = found(&["--limit", "3"]).await;
    assert_eq!((cut.runs.len(), cut.more), (3, 1));
    assert!(cut.text(NOW.parse().unwrap()).ends_with("\nand 1 earlier run; --limit 0 lists all"));
    assert_eq!(found(&["--limit", "0"]).await.more, 0);
}

#[test]
fn the_state_says_that_sluice_continues_a_run_by_itself() {
    let mut entry = entry(1, "prices", NOW, Some(Verdict::Failed));
    entry.conclusion.as_mut().unwrap().next = Some(2);
    assert_eq!(ListedRun::of(&entry).row(NOW.parse().unwrap())[1], "FAILED, resumes");
    entry.conclusion.as_mut().unwrap().verdict = Verdict::Refused;
    assert_eq!(ListedRun::of(&entry).row(NOW.parse().unwrap())[1], "REFUSED, waits for its feed");
}

#[test]
fn table_of_ages() {
    let now: Timestamp = NOW.parse().unwrap();
    for (at, expected) in [
        ("2026-11-21T08:00:00Z", "0s"),
        // The clocks of two machines differ.
        ("2026-11-21T08:00:05Z", "0s"),
        ("2026-11-21T07:59:01Z", "59s"),
        ("2026-11-21T07:59:00Z", "1m"),
        ("2026-11-21T07:00:00Z", "1h"),
        ("2026-11-20T08:00:00Z", "1d"),
        ("", ""),
    ] {
        assert_eq!(age(at, now), expected, "{at}");
    }
}
