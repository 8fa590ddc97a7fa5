//! Where things lie. No other place in the project puts a key together.
//!
//! Chunk numbers are padded to six digits, so that a listing is in the order of the file.

use sluice_engine::feed::FeedName;

use crate::{ChunkNo, Phase, RunId};

/// The prefix under which producers upload: `inbox/<feed>/<file>`.
pub const INBOX: &str = "inbox/";

/// Splits the key of an upload into the feed's folder and the file's name.
///
/// `None` for what is not an upload: another prefix, no folder, or a folder marker.
#[must_use]
pub fn parse_upload(key: &str) -> Option<(&str, &str)> {
    let (feed, file) = key.strip_prefix(INBOX)?.split_once('/')?;
    (!feed.is_empty() && !file.is_empty() && !file.ends_with('/')).then_some((feed, file))
}

/// The file's name without its folders.
#[must_use]
pub fn file_name(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// The feed, as its author wrote it.
#[must_use]
pub fn feed(feed: &FeedName) -> String {
    format!("feeds/{feed}.yaml")
}

/// The archived source. `date` is RFC 3339, of which the day counts.
#[must_use]
pub fn archive(feed: &FeedName, date: &str, run: &RunId, upload_key: &str) -> String {
    let day = date.get(..10).unwrap_or(date).replace('-', "/");
    format!("archive/{feed}/{day}/{run}/{}", file_name(upload_key))
}

/// What is fixed about a run.
#[must_use]
pub fn run_document(run: &RunId) -> String {
    format!("runs/{run}/run.json")
}

/// The list of chunks.
#[must_use]
pub fn manifest(run: &RunId) -> String {
    format!("runs/{run}/manifest.json")
}

/// The records of a chunk as target records, each with what is wrong with it so far.
#[must_use]
pub fn restructured(run: &RunId, chunk: ChunkNo) -> String {
    format!("runs/{run}/restructured/{:06}.csv", chunk.0)
}

/// The valid records of a chunk.
#[must_use]
pub fn valid(run: &RunId, chunk: ChunkNo) -> String {
    format!("runs/{run}/valid/{:06}.csv", chunk.0)
}

/// The key hashes of a chunk's valid records, sorted.
#[must_use]
pub fn key_hashes(run: &RunId, chunk: ChunkNo) -> String {
    format!("runs/{run}/keys/{:06}", chunk.0)
}

/// The gate's decision.
#[must_use]
pub fn gate(run: &RunId) -> String {
    format!("runs/{run}/gate.json")
}

/// The end of a run by its numbers.
#[must_use]
pub fn tally(run: &RunId) -> String {
    format!("runs/{run}/tally.json")
}

/// The records of a chunk that lost their key to another record of the file.
#[must_use]
pub fn losers(run: &RunId, chunk: ChunkNo) -> String {
    format!("runs/{run}/losers/{:06}", chunk.0)
}

/// What one invocation of the importer wrote of a chunk; `part` counts the invocations from 1.
#[must_use]
pub fn imported(run: &RunId, chunk: ChunkNo, part: u32) -> String {
    format!("runs/{run}/imported/{:06}-{part:03}.csv", chunk.0)
}

/// What a phase rejected of a chunk; `part` counts the invocations from 1.
#[must_use]
pub fn rejected(run: &RunId, phase: Phase, chunk: ChunkNo, part: u32) -> String {
    format!("runs/{run}/rejected/{phase}/{:06}-{part:03}.csv", chunk.0)
}

/// How far the importer got.
#[must_use]
pub fn progress(run: &RunId, chunk: ChunkNo) -> String {
    format!("runs/{run}/progress/{:06}.json", chunk.0)
}

/// What became of a chunk in a phase. Its presence means that the phase is done.
#[must_use]
pub fn outcome(run: &RunId, phase: Phase, chunk: ChunkNo) -> String {
    format!("runs/{run}/outcomes/{phase}/{:06}.json", chunk.0)
}

/// A file of the run's output: one of the constants below.
#[must_use]
pub fn output(feed: &FeedName, run: &RunId, file: &str) -> String {
    format!("output/{feed}/{run}/{file}")
}

/// Every imported record, as it stands in the sink, in the order of the file.
pub const IMPORTED_CSV: &str = "imported.csv";
/// Every rejected record as it came, with the reasons, in the order of the file.
pub const REJECTS_CSV: &str = "rejects.csv";
/// The report for programs.
pub const REPORT_JSON: &str = "report.json";
/// The report for people.
pub const REPORT_HTML: &str = "report.html";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_uploads() {
        for (key, expected) in [
            ("inbox/products/a.csv", Some(("products", "a.csv"))),
            ("inbox/products/2026/a.csv", Some(("products", "2026/a.csv"))),
            ("inbox/a.csv", None),
            ("inbox/products/", None),
            ("inbox/products/2026/", None),
            ("inbox//a.csv", None),
            ("other/products/a.csv", None),
        ] {
            assert_eq!(parse_upload(key), expected, "{key}");
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
}
