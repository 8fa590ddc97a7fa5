//! The content of a report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::FailureCause;
use crate::display::{count, thousands};
use crate::{Cause, Findings, Omitted, Problem, RejectLine, Tally, Verdict};

/// The content of a report. `report.json` is this document; the mail and the page present it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Version of this format: 1.
    pub version: u32,
    /// The version of Sluice that wrote the report; empty if an earlier one wrote it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sluice: String,
    /// The id of the run.
    pub run_id: String,
    /// The number of this attempt at the run, from 1.
    pub attempt: u32,
    /// An earlier run whose file has exactly the same content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_content_as: Option<String>,
    /// The folder of the upload. It is the feed's name if the feed exists.
    pub feed: String,
    /// The feed's description; empty if the feed could not be read.
    pub description: String,
    /// The kind of the feed's target, as its `import` names it; `None` for a table, or if the feed could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The object key of the upload.
    pub file: String,
    /// Size of the upload in bytes.
    pub bytes: u64,
    /// How the run ended.
    pub verdict: Verdict,
    /// The run that this run repairs or repeats; `None` for an ordinary upload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentRun>,
    /// Whether this is a dry run, which writes nothing, whatever the verdict.
    pub dry_run: bool,
    /// What an import would have done; `None` if this is not a dry run, or if it ended before that was known.
    pub would: Option<Would>,
    /// When the run began: RFC 3339, UTC.
    pub started_at: String,
    /// When the run ended: RFC 3339, UTC.
    pub ended_at: String,
    /// Whether the feed's files have a header.
    pub header: bool,
    /// The numbers; `None` if the run ended before it counted them.
    pub tally: Option<Tally>,
    /// How many items the imported and unchanged records are, if the feed has groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<u64>,
    /// The omitted records by name, with the places of the first ones.
    #[serde(default, skip_serializing_if = "Omitted::is_empty")]
    pub omitted: Omitted,
    /// Records by code; a record with several codes counts under each.
    pub by_code: BTreeMap<String, u64>,
    /// The reasons for which nearly every record was rejected; usually empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// Valid records that broke a rule of severity `warn`, by code, with the first of them.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub warnings: Findings,
    /// Why the file was refused or rejected; empty otherwise.
    pub reasons: Vec<Problem>,
    /// Observations about the file that did not stop it.
    pub notes: Vec<Problem>,
    /// Sentences about numbers that do not add up; empty if all do.
    pub contradictions: Vec<String>,
    /// How the execution ended, if it could not write its own report.
    pub failure: Option<Failure>,
    /// The number of chunks of the file.
    pub chunks: u64,
    /// The first rejects, and the number of all.
    pub rejects: RejectListing,
    /// The summaries that were made of the file, in the order of the feed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summaries: Vec<SummaryTable>,
    /// Where to find the outputs.
    pub outputs: Vec<Output>,
    /// What the reader should do now, a sentence each; may be empty.
    pub advice: Vec<String>,
    /// The estimated cost of the run; `None` if nothing was measured.
    pub cost: Option<Cost>,
    /// Who was not sent the mail of the run, and why. The mail itself does not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsent: Option<String>,
}

/// The run that another run repairs or repeats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParentRun {
    /// The id of the run.
    pub run_id: String,
    /// The relation of the other run to it.
    pub kind: ParentKind,
}

/// The relation of a run to its parent run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParentKind {
    /// The run imports repaired rejects of its parent.
    Repair,
    /// The run imports the file of its parent again.
    Rerun,
}

impl ParentKind {
    /// The relation as the name of a fact: `Repairs rejects of`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Repair => "Repairs rejects of",
            Self::Rerun => "Reimports the file of",
        }
    }
}

/// What would have become of the valid records of a dry run. The dry run does not look at the table, so it
/// cannot tell which records would be unchanged or stale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Would {
    /// Records that would have been imported.
    pub imported: u64,
    /// Records that would have been dropped because another record of the file has the same key.
    pub duplicate: u64,
    /// Records that would have been rejected because of another record of the file.
    pub rejected: u64,
}

/// How an execution ended that could not write its own report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// `FAILED`, `TIMED_OUT` or `ABORTED`; `SUCCEEDED` or `GONE` if it ended without writing a result.
    pub status: String,
    /// The name of the error, if known.
    pub error: Option<String>,
    /// The message of the error, if it has one.
    pub cause: Option<String>,
    /// The ARN of the execution.
    pub execution_arn: String,
    /// The number of chunks that were not finished.
    pub chunks: u64,
    /// Why they failed, as far as known. The cause of the most chunks comes first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<FailureCause>,
    /// The number of these chunks without a known cause: there is none, or there were too many chunks to look
    /// at.
    pub unexplained: u64,
}

impl Failure {
    /// Why chunks failed: a sentence for each cause, and one for the chunks without a known cause.
    pub fn why(&self) -> impl Iterator<Item = String> {
        let unknown = (self.unexplained > 0).then(|| {
            format!("the cause is unknown for {} of {}", thousands(self.unexplained), count(self.chunks, "chunk"))
        });
        self.causes.iter().map(ToString::to_string).chain(unknown)
    }
}

/// The first rejects of a run, and the number of all rejects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RejectListing {
    /// The number of all rejects.
    pub total: u64,
    /// The first of them, in the order of the file.
    pub shown: Vec<RejectLine>,
}

/// A summary, as a report shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummaryTable {
    /// The name of its file.
    pub file: String,
    /// The key of its file in the data bucket.
    pub key: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// The number of groups.
    pub groups: u64,
    /// How many of them are rows of the file.
    pub rows: u64,
    /// The labels of its columns.
    pub labels: Vec<String>,
    /// Which of the columns are numbers.
    pub numbers: Vec<bool>,
    /// The first rows, as they stand in the file; none if they depend on a sensitive field.
    pub head: Vec<SummaryRow>,
    /// What no touch gets the credit for; `None` for a summary without credit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unattributed: Option<UnattributedTable>,
    /// Where it was delivered; `None` if the feed does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<DeliveredTo>,
}

/// A row of a summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummaryRow {
    /// Its cells.
    pub cells: Vec<String>,
    /// The share of its first number in the largest one of the rows that are shown, in percent.
    pub percent: u8,
}

/// What no touch gets the credit for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnattributedTable {
    /// The number of records.
    pub records: u64,
    /// Their numbers, as they would stand in the file: a label and a text each. None if they depend on a sensitive field.
    pub numbers: Vec<(String, String)>,
}

/// Where a summary was delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveredTo {
    /// Its location, as a URI or a path.
    pub location: String,
    /// Whether a file of a later run was there, and stayed.
    pub overtaken: bool,
}

/// A file that a run wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// What the file contains, in a few words.
    pub name: String,
    /// Its location, as a URI or a path.
    pub location: String,
    /// Its size in bytes, if known.
    pub bytes: Option<u64>,
    /// A page of the console that shows it, for those who may sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// A command that fetches it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// The cost of a run, estimated from usage and published prices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// The total in US dollars.
    pub dollars: f64,
    /// The prices behind it, in words: `the prices of us-east-1, November 2026`.
    #[serde(default)]
    pub basis: String,
    /// The items of the estimate.
    pub lines: Vec<CostLine>,
}

/// An item of the cost estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostLine {
    /// What was used, with its unit.
    pub what: String,
    /// The amount in that unit.
    pub amount: f64,
    /// The price in US dollars.
    pub dollars: f64,
}
