//! What a report says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::FailureCause;
use crate::display::{count, thousands};
use crate::{Cause, Findings, Omitted, Problem, RejectLine, Tally, Verdict};

/// What there is to say about a run. `report.json` is this; the mail and the page show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Version of this format: 1.
    pub version: u32,
    /// The run.
    pub run_id: String,
    /// Which attempt at the run this was, from 1.
    pub attempt: u32,
    /// An earlier run whose file held exactly the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_content_as: Option<String>,
    /// The folder of the upload: the feed's name, where it is one.
    pub feed: String,
    /// The feed's description; empty where the feed could not be read.
    pub description: String,
    /// The key of the upload.
    pub file: String,
    /// Size of the upload in bytes.
    pub bytes: u64,
    /// How it ended.
    pub verdict: Verdict,
    /// The run that it comes from, where it is not an upload of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentRun>,
    /// Whether it was a dry run: nothing was to be written, whatever the verdict.
    pub dry_run: bool,
    /// What an import would have done, where a dry run got so far.
    pub would: Option<Would>,
    /// When it began: RFC 3339, UTC.
    pub started_at: String,
    /// When it ended: RFC 3339, UTC.
    pub ended_at: String,
    /// Whether the feed's files have a header.
    pub header: bool,
    /// The numbers, where it got so far.
    pub tally: Option<Tally>,
    /// The omitted records by name, with the first of them.
    #[serde(default, skip_serializing_if = "Omitted::is_empty")]
    pub omitted: Omitted,
    /// Records by code; a record with several codes counts under each.
    pub by_code: BTreeMap<String, u64>,
    /// What nearly every record was rejected for; empty where there is no such thing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// Valid records that broke a rule which only warns, by code, with the first of them.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub warnings: Findings,
    /// Why the file was refused or rejected; empty otherwise.
    pub reasons: Vec<Problem>,
    /// What was noticed about the file and did not stop it.
    pub notes: Vec<Problem>,
    /// Where the numbers do not add up; empty where they do.
    pub contradictions: Vec<String>,
    /// How the execution ended that could not report itself.
    pub failure: Option<Failure>,
    /// In how many chunks the file was worked on.
    pub chunks: u64,
    /// The first rejects, and how many there are.
    pub rejects: RejectListing,
    /// Where the outputs lie.
    pub outputs: Vec<Output>,
    /// What the reader should do now, a sentence each; empty where nothing.
    pub advice: Vec<String>,
    /// What the run cost, estimated; `None` where nothing was measured.
    pub cost: Option<Cost>,
}

/// The run that another one comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParentRun {
    /// The run.
    pub run_id: String,
    /// What the other one does with it.
    pub kind: ParentKind,
}

/// What a run does with the one that it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParentKind {
    /// It imports its rejects, repaired.
    Repair,
    /// It imports its file once more.
    Rerun,
}

impl ParentKind {
    /// What it does, as the beginning of a line.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Repair => "Repairs rejects of",
            Self::Rerun => "Imports again the file of",
        }
    }
}

/// What would have become of the valid records of a dry run. What the table already holds, or a
/// later file has written, is not looked at: that shows when it is imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Would {
    /// Records that would have gone to the table.
    pub imported: u64,
    /// Records that would have lost their key to another record of the file.
    pub duplicate: u64,
    /// Records that would have been rejected for what another record of the file holds.
    pub rejected: u64,
}

/// How an execution ended that could not report itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// `FAILED`, `TIMED_OUT` or `ABORTED`; `SUCCEEDED` or `GONE` where it ended without a word.
    pub status: String,
    /// The name of the error, where there is one.
    pub error: Option<String>,
    /// What the error said, where it said something.
    pub cause: Option<String>,
    /// The execution.
    pub execution_arn: String,
    /// How many chunks were not worked on to the end.
    pub chunks: u64,
    /// Why, as far as it is known: what concerns most of them first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<FailureCause>,
    /// Of how many of these chunks no cause is told: none is known, or there are too many to look at.
    pub unexplained: u64,
}

impl Failure {
    /// Why chunks failed: a sentence for each cause, and one for the chunks of which no cause is known.
    pub fn why(&self) -> impl Iterator<Item = String> {
        let unknown = (self.unexplained > 0).then(|| {
            format!("of {} of {} no cause is known", thousands(self.unexplained), count(self.chunks, "chunk"))
        });
        self.causes.iter().map(ToString::to_string).chain(unknown)
    }
}

/// The first rejects of a run. The listing is capped, and says so with the real count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RejectListing {
    /// How many rejects there are.
    pub total: u64,
    /// The first of them, in the order of the file.
    pub shown: Vec<RejectLine>,
}

/// A file that a run leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// What it is, in a few words.
    pub name: String,
    /// Where it lies, as a URI or a path.
    pub location: String,
    /// Its size in bytes, where known.
    pub bytes: Option<u64>,
}

/// What a run cost, estimated from what it used and published prices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// The sum in US dollars.
    pub dollars: f64,
    /// What it is made of.
    pub lines: Vec<CostLine>,
}

/// A line of the cost estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostLine {
    /// What was used, with its unit.
    pub what: String,
    /// How much of it.
    pub amount: f64,
    /// In US dollars.
    pub dollars: f64,
}
