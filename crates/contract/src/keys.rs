//! Object keys. No other place in the project builds a key.
//!
//! Chunk numbers are padded to six digits, so a listing is in the order of the file.
//!
//! If two calls of a step could write different content, the key contains the id of the call (`call`), and
//! readers take the key from the outcome. So an abandoned invocation that still runs cannot replace anything
//! that an outcome or a progress names. Content that is a function of earlier documents has a key without it,
//! because every writer writes the same bytes.

mod joins;

use sluice_engine::feed::FeedName;

pub use joins::*;

use crate::{ChunkNo, Phase, RunId};

/// The prefix under which producers upload: `inbox/<feed>/<file>`.
pub const INBOX: &str = "inbox/";

/// The folder inside a feed's folder for dry runs: `inbox/<feed>/dry-run/<file>`.
pub const DRY_RUN: &str = "dry-run";

/// The parts of an upload's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadKey<'a> {
    /// The feed's folder.
    pub feed: &'a str,
    /// The file, with its folders below the feed's.
    pub file: &'a str,
    /// Whether it is a dry run, which writes nothing.
    pub dry_run: bool,
}

/// Parses the key of an upload.
///
/// `None` for other keys: another prefix, no folder, or a folder marker. Only the first folder below the
/// feed's can mean a dry run; `inbox/<feed>/2026/dry-run/<file>` does not.
#[must_use]
pub fn parse_upload(key: &str) -> Option<UploadKey<'_>> {
    let (feed, file) = key.strip_prefix(INBOX)?.split_once('/')?;
    let (file, dry_run) = match file.split_once('/') {
        Some((DRY_RUN, file)) => (file, true),
        _ => (file, false),
    };
    (!feed.is_empty() && !file.is_empty() && !file.ends_with('/')).then_some(UploadKey { feed, file, dry_run })
}

/// Whether an object is a folder created by a console: an empty object whose key ends in `/`. Any other
/// object in the inbox is a file to import.
#[must_use]
pub fn is_folder(key: &str, bytes: u64) -> bool {
    bytes == 0 && key.ends_with('/')
}

/// The folder that the ledger records for a key without one.
pub const NO_FOLDER: &str = "-";

/// The folder of a file in the inbox, which should be a feed's name; [`NO_FOLDER`] if there is none.
#[must_use]
pub fn folder(key: &str) -> &str {
    let folder = key.strip_prefix(INBOX).and_then(|rest| rest.split_once('/')).map(|(folder, _)| folder);
    folder.filter(|folder| !folder.is_empty()).unwrap_or(NO_FOLDER)
}

/// Whether the key of an upload asks for a dry run.
#[must_use]
pub fn is_dry_run(key: &str) -> bool {
    parse_upload(key).is_some_and(|upload| upload.dry_run)
}

/// The key of an upload.
#[must_use]
pub fn upload(feed: &FeedName, file: &str, dry_run: bool) -> String {
    let folder = if dry_run { format!("{DRY_RUN}/") } else { String::new() };
    format!("{INBOX}{feed}/{folder}{file}")
}

/// The file name without its folders.
#[must_use]
pub fn file_name(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// The folder of the feeds.
pub const FEEDS: &str = "feeds/";

/// The feed as its author wrote it.
#[must_use]
pub fn feed(feed: &FeedName) -> String {
    format!("{FEEDS}{feed}.yaml")
}

/// The name in the key of a feed; `None` for another key. It need not be a name that a feed can have.
#[must_use]
pub fn parse_feed(key: &str) -> Option<&str> {
    key.strip_prefix(FEEDS)?.strip_suffix(".yaml").filter(|name| !name.is_empty() && !name.contains('/'))
}

/// A file beside a feed that the feed refers to.
#[must_use]
pub fn feed_file(name: &str) -> String {
    format!("{FEEDS}{name}")
}

/// Maximum length of a key in S3, in bytes.
const MAX_KEY: usize = 1024;

/// The archived source. `date` is RFC 3339, of which only the day is used. The name is that of the upload. If
/// the key would exceed the limit of S3, the name loses its beginning, so that the extension stays;
/// `run.json` has the whole name.
#[must_use]
pub fn archive(feed: &FeedName, date: &str, run: &RunId, upload_key: &str) -> String {
    let day = date.get(..10).unwrap_or(date).replace('-', "/");
    let folder = format!("archive/{feed}/{day}/{run}/");
    let name = file_name(upload_key);
    if matches!(name, "." | "..") {
        // Many programs take a key with the path of a folder for a folder.
        return format!("{folder}_{name}");
    }
    let most = MAX_KEY.saturating_sub(folder.len());
    let from = name.ceil_char_boundary(name.len().saturating_sub(most));
    format!("{folder}{}", &name[from..])
}

/// The folder of the intermediate objects of a run.
#[must_use]
pub fn intermediates(run: &RunId) -> String {
    format!("runs/{run}/")
}

/// The names in [`intermediates`] that are still read after the run has ended: repairs, retries and `sluice rejects`
/// read them. Only the run's own steps read the others.
pub const KEPT: [&str; 7] =
    ["run.json", "source.json", "manifest.json", "gate.json", "tally.json", "rejects", "retries"];

/// The pinned input of a run.
#[must_use]
pub fn run_document(run: &RunId) -> String {
    format!("runs/{run}/run.json")
}

/// What the records of a run are read from, and how.
#[must_use]
pub fn source_document(run: &RunId) -> String {
    format!("runs/{run}/source.json")
}

/// The decoded text of an upload that was compressed or has no safe byte ranges.
#[must_use]
pub fn source_text(run: &RunId) -> String {
    format!("runs/{run}/source.csv")
}

/// The rows of a repair file, one record each, if some of its rows hold several.
#[must_use]
pub fn repair_rows(run: &RunId) -> String {
    format!("runs/{run}/rows.csv")
}

/// The ranges of a large source that are scanned separately.
#[must_use]
pub fn scan(run: &RunId) -> String {
    format!("runs/{run}/scan.json")
}

/// The result of scanning a range.
#[must_use]
pub fn scanned(run: &RunId, range: u32) -> String {
    format!("runs/{run}/scans/{range:06}.json")
}

/// The list of chunks.
#[must_use]
pub fn manifest(run: &RunId) -> String {
    format!("runs/{run}/manifest.json")
}

/// The target records of a chunk that are not settled, each with its problems so far.
#[must_use]
pub fn restructured(run: &RunId, chunk: ChunkNo) -> String {
    format!("runs/{run}/restructured/{:06}.csv", chunk.0)
}

/// The valid records of a chunk that one call of `restructure` settled.
#[must_use]
pub fn settled(run: &RunId, chunk: ChunkNo, call: &str) -> String {
    format!("runs/{run}/settled/{:06}-{call}.csv", chunk.0)
}

/// The hashes of the unique values of these records: see [`KeyEntry`](crate::KeyEntry).
#[must_use]
pub fn settled_hashes(run: &RunId, chunk: ChunkNo, call: &str) -> String {
    format!("runs/{run}/settled-keys/{:06}-{call}", chunk.0)
}

/// What these records refer to in the same file, for a feed with references to itself.
#[must_use]
pub fn settled_references(run: &RunId, chunk: ChunkNo, call: &str) -> String {
    format!("runs/{run}/settled-references/{:06}-{call}.csv", chunk.0)
}

/// The valid records of a chunk that are not settled, as written by one call of `validate`.
#[must_use]
pub fn valid(run: &RunId, chunk: ChunkNo, call: &str) -> String {
    format!("runs/{run}/valid/{:06}-{call}.csv", chunk.0)
}

/// The hashes of the unique values of these records: see [`KeyEntry`](crate::KeyEntry).
#[must_use]
pub fn key_hashes(run: &RunId, chunk: ChunkNo, call: &str) -> String {
    format!("runs/{run}/keys/{:06}-{call}", chunk.0)
}

/// What these records refer to in the same file, for a feed with references to itself.
#[must_use]
pub fn references(run: &RunId, chunk: ChunkNo, call: &str) -> String {
    format!("runs/{run}/references/{:06}-{call}.csv", chunk.0)
}

/// Why a step failed on a chunk in an attempt at the run; only the last failure is kept. See
/// [`FailureDocument`](crate::documents::FailureDocument).
#[must_use]
pub fn failure(run: &RunId, attempt: u32, phase: Phase, chunk: ChunkNo) -> String {
    format!("runs/{run}/failures/{attempt}/{phase}/{:06}.json", chunk.0)
}

/// The gate's decision.
#[must_use]
pub fn gate(run: &RunId) -> String {
    format!("runs/{run}/gate.json")
}

/// The numbers of a run and its verdict.
#[must_use]
pub fn tally(run: &RunId) -> String {
    format!("runs/{run}/tally.json")
}

/// The valid records of a chunk that the gate takes out: see [`Loser`](crate::Loser).
#[must_use]
pub fn losers(run: &RunId, chunk: ChunkNo) -> String {
    format!("runs/{run}/losers/{:06}", chunk.0)
}

/// Records whose references may lead nowhere, sorted as far as the gate's memory allowed.
#[must_use]
pub fn sorted_references(run: &RunId, number: usize) -> String {
    format!("runs/{run}/gate/references-{number:06}")
}

/// What the target table answered about references of a file to itself, in a window of the gate.
#[must_use]
pub fn gate_answers(run: &RunId, window: usize) -> String {
    format!("runs/{run}/gate/answers-{window:06}.json")
}

/// The key hashes of many chunks, merged by the gate when there are too many blocks to merge at once.
#[must_use]
pub fn merged_hashes(run: &RunId, number: usize) -> String {
    format!("runs/{run}/gate/keys-{number:06}")
}

/// Records that the gate takes out, sorted as far as its memory allowed. They are merged into the [`losers`]
/// of each chunk.
#[must_use]
pub fn sorted_losers(run: &RunId, number: usize) -> String {
    format!("runs/{run}/gate/losers-{number:06}")
}

/// The rejects of both phases of a chunk, in the order of the file.
#[must_use]
pub fn interleaved(run: &RunId, chunk: ChunkNo) -> String {
    format!("runs/{run}/rejected/both/{:06}.csv", chunk.0)
}

/// Parts of an output that are joined first, when there are too many for one object.
#[must_use]
pub fn assembled(run: &RunId, file: &str) -> String {
    format!("runs/{run}/merge/{file}/")
}

/// The records of a chunk that one call of the importer wrote.
#[must_use]
pub fn imported(run: &RunId, chunk: ChunkNo, call: &str) -> String {
    format!("runs/{run}/imported/{:06}-{call}.csv", chunk.0)
}

/// The winners of a chunk that one call of the importer found overtaken or left alone.
#[must_use]
pub fn overtaken(run: &RunId, chunk: ChunkNo, call: &str) -> String {
    format!("runs/{run}/overtaken/{:06}-{call}.csv", chunk.0)
}

/// The records of a chunk that one call rejected in a phase.
#[must_use]
pub fn rejected(run: &RunId, phase: Phase, chunk: ChunkNo, call: &str) -> String {
    format!("runs/{run}/rejected/{phase}/{:06}-{call}.csv", chunk.0)
}

/// What the records of a chunk add to a summary, by its number from 1, as one call of the importer wrote it: sorted blocks.
#[must_use]
pub fn summary_entries(run: &RunId, summary: usize, chunk: ChunkNo, call: &str) -> String {
    format!("runs/{run}/summaries/{summary}/entries/{:06}-{call}", chunk.0)
}

/// Entries of a summary that did not fit into memory, sorted.
#[must_use]
pub fn sorted_summary(run: &RunId, summary: usize, of: &str, number: usize) -> String {
    format!("runs/{run}/summaries/{summary}/{of}/{number:06}")
}

/// What the summaries of a run say, for its report. Its presence means that all are written and delivered.
#[must_use]
pub fn summaries(run: &RunId) -> String {
    format!("runs/{run}/summaries.json")
}

/// The file of a summary, beside the run's outputs.
#[must_use]
pub fn summary_output(feed: &FeedName, run: &RunId, file: &str) -> String {
    output(feed, run, &format!("summaries/{file}"))
}

/// How far the importer got with a chunk.
#[must_use]
pub fn progress(run: &RunId, chunk: ChunkNo) -> String {
    format!("runs/{run}/progress/{:06}.json", chunk.0)
}

/// The outcome of a chunk in a phase. Its presence means that the phase is done.
#[must_use]
pub fn outcome(run: &RunId, phase: Phase, chunk: ChunkNo) -> String {
    format!("runs/{run}/outcomes/{phase}/{:06}.json", chunk.0)
}

/// The rejects of a run that were due at a time, for a role of `retry`.
#[must_use]
pub fn retry_lot(run: &RunId, at: i64, role: &str) -> String {
    format!("runs/{run}/retries/{at}-{role}.json")
}

/// Marks that the upload of rejects due at a time came to the inbox and was moved on; names the run that did
/// it.
#[must_use]
pub fn retry_taken(run: &RunId, at: i64) -> String {
    format!("runs/{run}/retries/{at}-taken.json")
}

/// Marks that people were informed about exhausted rejects of a run: the first, the last, and their number.
#[must_use]
pub fn retry_told(run: &RunId, first: u64, last: u64, count: u64) -> String {
    format!("runs/{run}/retries/told-{first}-{last}-{count}.json")
}

/// The folder inside a feed's folder for rejects that are retried: `inbox/<feed>/retries/<file>`.
pub const RETRIES: &str = "retries";

/// The upload of a run's rejects that are retried, named by the time at which they were due.
#[must_use]
pub fn retry_upload(feed: &FeedName, run: &RunId, at: i64) -> String {
    format!("{INBOX}{feed}/{RETRIES}/{run}-{at}.csv")
}

/// The run and the time of such an upload; `None` for another key.
#[must_use]
pub fn parse_retry_upload(key: &str) -> Option<(RunId, i64)> {
    let file = parse_upload(key)?.file.strip_prefix(RETRIES)?.strip_prefix('/')?;
    let (run, at) = file.strip_suffix(".csv")?.rsplit_once('-')?;
    Some((run.parse().ok()?, at.parse().ok()?))
}

/// A file of the run's output: one of the constants below.
#[must_use]
pub fn output(feed: &FeedName, run: &RunId, file: &str) -> String {
    format!("output/{feed}/{run}/{file}")
}

/// Where the sweep of the inbox continues.
pub const SWEEP: &str = "sweep/inbox.json";

/// Since when feeds have waited for a file.
pub const WAITS: &str = "sweep/feeds.json";

/// Every imported record as stored in the sink, in the order of the file.
pub const IMPORTED_CSV: &str = "imported.csv";
/// Every winner of the file that the sink does not hold, because it is stale or left. Only if there is one.
pub const OVERTAKEN_CSV: &str = "overtaken.csv";
/// The column of that output that says why: `stale` or `left`.
pub const OUTCOME: &str = "_outcome";
/// Every rejected record as it came, with the reasons, in the order of the file.
pub const REJECTS_CSV: &str = "rejects.csv";
/// The report for programs.
pub const REPORT_JSON: &str = "report.json";
/// The report for people.
pub const REPORT_HTML: &str = "report.html";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::Generation;

    #[test]
    fn table_of_uploads() {
        for (key, expected) in [
            ("inbox/products/a.csv", Some(("products", "a.csv", false))),
            ("inbox/products/2026/a.csv", Some(("products", "2026/a.csv", false))),
            ("inbox/products/dry-run/a.csv", Some(("products", "a.csv", true))),
            ("inbox/products/dry-run/2026/a.csv", Some(("products", "2026/a.csv", true))),
            ("inbox/products/2026/dry-run/a.csv", Some(("products", "2026/dry-run/a.csv", false))),
            ("inbox/products/dry-run", Some(("products", "dry-run", false))),
            ("inbox/dry-run/a.csv", Some(("dry-run", "a.csv", false))),
            ("inbox/products/dry-run/", None),
            ("inbox/products/dry-run/2026/", None),
            ("inbox/a.csv", None),
            ("inbox/products/", None),
            ("inbox/products/2026/", None),
            ("inbox//a.csv", None),
            ("other/products/a.csv", None),
        ] {
            let expected = expected.map(|(feed, file, dry_run)| UploadKey { feed, file, dry_run });
            assert_eq!(parse_upload(key), expected, "{key}");
        }
    }

    #[test]
    fn only_an_empty_key_that_ends_in_a_slash_is_a_folder() {
        for (key, bytes, is) in [("inbox/a/", 0, true), ("inbox/a/", 1, false), ("inbox/a", 0, false), ("/", 0, true)] {
            assert_eq!(is_folder(key, bytes), is, "{key} {bytes}");
        }
    }

    #[test]
    fn a_feed_is_found_by_its_key() {
        let key = feed(&"products".parse().unwrap());
        for (key, expected) in [
            (key.as_str(), Some("products")),
            ("feeds/My Feed.yaml", Some("My Feed")),
            ("feeds/.yaml", None),
            ("feeds/tests/a.yaml", None),
            ("feeds/products.schema.json", None),
            ("products.yaml", None),
        ] {
            assert_eq!(parse_feed(key), expected, "{key}");
        }
    }

    #[test]
    fn every_key_has_a_folder_for_the_ledger() {
        for (key, expected) in [
            ("inbox/products/a.csv", "products"),
            ("inbox/Bad Feed!/a/b.csv", "Bad Feed!"),
            ("inbox/products/", "products"),
            ("inbox/a.csv", NO_FOLDER),
            ("inbox//a.csv", NO_FOLDER),
            ("a.csv", NO_FOLDER),
            ("outbox/products/a.csv", NO_FOLDER),
        ] {
            assert_eq!(folder(key), expected, "{key}");
        }
    }

    #[test]
    fn an_upload_is_read_as_it_was_made() {
        let feed: FeedName = "products".parse().unwrap();
        for dry_run in [false, true] {
            let key = upload(&feed, "a.csv", dry_run);
            assert_eq!(parse_upload(&key), Some(UploadKey { feed: "products", file: "a.csv", dry_run }));
            assert_eq!(is_dry_run(&key), dry_run);
        }
    }

    #[test]
    fn what_is_tried_again_is_an_upload_of_its_feed() {
        let run: RunId = "products-0123456789abcdef01234567".parse().unwrap();
        let key = retry_upload(&"products".parse().unwrap(), &run, 1_795_228_380);
        let file = "retries/products-0123456789abcdef01234567-1795228380.csv";
        assert_eq!(parse_upload(&key), Some(UploadKey { feed: "products", file, dry_run: false }));
        assert_eq!(parse_retry_upload(&key), Some((run, 1_795_228_380)));
        for other in [
            "inbox/products/a.csv",
            "inbox/products/retries/a.csv",
            "inbox/products/retries/products-0123456789abcdef01234567.csv",
            "inbox/products/products-0123456789abcdef01234567-1795228380.csv",
        ] {
            assert_eq!(parse_retry_upload(other), None, "{other}");
        }
    }

    fn generation(dataset: &str, set: &str, generation: u64) -> Generation {
        Generation { dataset: dataset.parse().unwrap(), set: set.parse().unwrap(), generation }
    }

    #[test]
    fn a_joined_file_is_an_upload_that_has_an_offer() {
        let long = generation(&"d".repeat(40), &"s".repeat(64), u64::MAX);
        for of in [generation("customer-orders", "20230828", 1), long] {
            let key = joined_upload(&"f".repeat(40).parse().unwrap(), &of);
            assert!(offer(&key).is_some_and(|offer| offer.contains(&key)), "{key}");
        }
        for other in
            ["inbox/f/a.csv", "inbox/f/x/a.jsonl", "inbox/a.jsonl", &format!("inbox/f/{}.jsonl", "a".repeat(300))]
        {
            assert_eq!(offer(other), None, "{other}");
        }
    }

    #[test]
    fn each_joined_file_has_a_name_of_its_own() {
        let feed = "totals".parse().unwrap();
        let upload = |dataset: &str, set: &str| joined_upload(&feed, &generation(dataset, set, 3));
        assert_eq!(upload("customer-orders", "20230828"), "inbox/totals/customer-orders-20230828-3.jsonl");
        assert_eq!(upload("customer-orders", "2023-08-28"), "inbox/totals/customer-orders_2023-08-28-3.jsonl");
        let mut names = std::collections::BTreeSet::new();
        let datasets = ["a", "a-b", "a-b-c"];
        let sets = ["c", "b-c", "b-b-c", "c-c", "b_c", "b_c-c", "c-3", "3", "b.c", "b-c_c", "c_3-3"];
        for (dataset, set) in datasets.iter().flat_map(|dataset| sets.map(|set| (dataset, set))) {
            assert!(names.insert(upload(dataset, set)), "{dataset} {set}");
        }
    }

    #[test]
    fn each_execution_of_a_join_has_a_name_of_its_own() {
        let of = generation("customer-orders", "20230828", 3);
        assert_eq!(join_execution(&of, 1), "customer-orders-20230828-3");
        assert_eq!(join_execution(&of, 2), "customer-orders-20230828-3_2");
        let mut names = std::collections::BTreeSet::new();
        let sets = [("a", "b-1"), ("a-b", "1"), ("a", "b_1"), ("a", "b.1"), ("a", "B-1"), ("a", "1")];
        let long = ["x", "y"].map(|last| format!("{}{last}", "s".repeat(63)));
        let longest = "d".repeat(40);
        let sets = sets.into_iter().chain(long.iter().map(|set| (longest.as_str(), set.as_str())));
        for (dataset, set) in sets {
            for (number, attempt) in [(1, 1), (1, 2), (11, 1), (2, 1)] {
                let name = join_execution(&generation(dataset, set, number), attempt);
                assert!(name.len() <= 80 && names.insert(name.clone()), "{name}");
            }
        }
    }

    #[test]
    fn the_archive_keeps_day_run_and_name() {
        let run: RunId = "products-0123456789abcdef01234567".parse().unwrap();
        assert_eq!(
            archive(&"products".parse().unwrap(), "2026-11-21T02:33:00Z", &run, "inbox/products/x/a.csv"),
            "archive/products/2026/11/21/products-0123456789abcdef01234567/a.csv"
        );
    }

    #[test]
    fn the_archive_takes_whatever_name_an_upload_can_have() {
        let run: RunId = "products-0123456789abcdef01234567".parse().unwrap();
        let folder = format!("archive/products/2026/11/21/{run}/");
        for (name, kept) in [
            ("..".to_owned(), "_..".to_owned()),
            (".".to_owned(), "_.".to_owned()),
            ("...".to_owned(), "...".to_owned()),
            (format!("a{}.csv", "x".repeat(1000)), format!("{}.csv", "x".repeat(1020 - folder.len()))),
            // Characters are not cut.
            (format!("{}.csv", "é".repeat(500)), format!("{}.csv", "é".repeat((1020 - folder.len()) / 2))),
        ] {
            let key = archive(&"products".parse().unwrap(), "2026-11-21", &run, &format!("inbox/products/{name}"));
            assert_eq!(key, format!("{folder}{kept}"));
            assert!(key.len() <= MAX_KEY);
        }
    }
}
