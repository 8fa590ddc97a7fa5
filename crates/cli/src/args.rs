//! The command line.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::RangedU64ValueParser;
use clap::{Parser, Subcommand, ValueEnum};
use sluice_contract::RunId;
use sluice_contract::documents::MAX_RECORD_BYTES;
use sluice_contract::run_id::InvalidRunId;
use sluice_engine::Code;
use sluice_engine::feed::FeedName;
use sluice_engine::record::MAX_RECORD;

use crate::dialect::{DialectError, FileDialect};
use crate::ending::EXIT_CODES;

/// Imports CSV files: every good record once, every bad one back with its reason.
#[derive(Debug, Parser)]
#[command(name = "sluice", version, about, after_help = EXIT_CODES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import a file on this machine, without AWS: into a table of JSON lines below DIR.
    Run(RunArgs),
    /// Check a file on this machine, before it is uploaded: everything that an import would say of it
    /// before it writes.
    Check(CheckArgs),
    /// Write, check and test feeds.
    #[command(subcommand)]
    Feed(FeedCommand),
    /// Import a file through a deployed stack: upload it, and follow the run if asked to.
    Import(ImportArgs),
    /// Take up a run of a deployed stack that failed, where it stopped.
    Resume(AgainArgs),
    /// Import the archived source of a run once more, by the feed as it is now, as a run of its own.
    Rerun(AgainArgs),
    /// List what a run has rejected, and what has become of it since; or export it, to be corrected and imported again.
    Rejects(RejectsArgs),
    /// Try rejects again that may succeed later, without waiting for the schedule of the stack.
    Retry(RetryArgs),
    /// Print every record of a file as one JSON array of arrays of strings, the header among them.
    Records(RecordsArgs),
    /// Print the chunks into which a file is cut.
    Plan(PlanArgs),
}

/// `sluice run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The file to import.
    #[arg(value_parser = readable_file)]
    pub file: PathBuf,
    /// The feed that says what the file looks like and what becomes of it.
    #[arg(long, value_name = "FEED.yaml", value_parser = readable_file)]
    pub feed: PathBuf,
    /// Where everything goes; outputs go to DIR/output/<feed>/<run>/.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Target size of a chunk.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_CHUNK_BYTES)]
    pub chunk_bytes: NonZeroU64,
    /// The longest record; a file with a longer one is refused.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_RECORD_BYTES, value_parser = max_record_bytes())]
    pub max_record_bytes: u64,
    /// Check the file and report what an import would do. The report, rejects.csv and the mail are written below DIR, as by
    /// an import; no table is.
    #[arg(long)]
    pub dry_run: bool,
}

/// `sluice check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// The file to check.
    #[arg(value_parser = readable_file)]
    pub file: PathBuf,
    /// The feed that says what the file looks like and what becomes of it.
    #[arg(long, value_name = "FEED.yaml", value_parser = readable_file)]
    pub feed: PathBuf,
    /// How to show what is found: for people, or for programs.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
    /// How many problems to list, and how many notes; 0 lists all. How many there are is told in any case.
    /// [default: 50 for text, all for json and csv]
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// The longest record; a file with a longer one is refused.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_RECORD_BYTES, value_parser = max_record_bytes())]
    pub max_record_bytes: u64,
}

impl CheckArgs {
    /// How many problems to list.
    pub fn limit(&self) -> u64 {
        match (self.limit, self.format) {
            (Some(0), _) | (None, CheckFormat::Json | CheckFormat::Csv) => u64::MAX,
            (Some(limit), _) => limit,
            (None, CheckFormat::Text) => DEFAULT_LIMIT,
        }
    }
}

/// How to show what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// As a compiler shows it, with a summary.
    Text,
    /// A JSON object on a line for each problem, then one that is the summary.
    Json,
    /// A row for each problem; the summary goes to the standard error output.
    Csv,
}

/// What a person looks through before correcting the first of them.
const DEFAULT_LIMIT: u64 = 50;
/// `sluice feed`.
#[derive(Debug, Subcommand)]
pub enum FeedCommand {
    /// Tell everything that is wrong with a feed, with line and column.
    Check(FeedCheckArgs),
    /// Write a first feed for a file, with comments on what was seen in it.
    New(FeedNewArgs),
    /// Print the JSON Schema of feeds, with which editors check and complete them.
    Schema,
    /// Import the cases beside the feeds of a folder, and compare with what is expected.
    Test(FeedTestArgs),
}

/// `sluice feed check`.
#[derive(Debug, clap::Args)]
pub struct FeedCheckArgs {
    /// The feed; the files that it names are read from its folder.
    #[arg(value_name = "FEED.yaml", value_parser = readable_file)]
    pub feed: PathBuf,
    /// How problems are told.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `sluice feed new`.
#[derive(Debug, clap::Args)]
pub struct FeedNewArgs {
    /// The file.
    #[arg(value_parser = readable_file)]
    pub file: PathBuf,
    /// The feed's name; without it, that of the file in which it is written.
    #[arg(long, required_unless_present = "out")]
    pub name: Option<FeedName>,
    /// Where the feed is written, with feed.schema.json beside it; without it, to standard output. The name of the file
    /// is that of the feed.
    #[arg(long, value_name = "NAME.yaml", value_parser = feed_file)]
    pub out: Option<PathBuf>,
    /// Overwrite the feed if it is there.
    #[arg(long, requires = "out")]
    pub force: bool,
}

/// `sluice feed test`.
#[derive(Debug, clap::Args)]
pub struct FeedTestArgs {
    /// The folder of the feeds; the cases of `<feed>.yaml` are the folders `tests/<feed>/<case>` in it.
    #[arg(value_name = "FEEDDIR")]
    pub folder: PathBuf,
    /// Write what comes out as what is expected.
    #[arg(long)]
    pub update: bool,
}

/// `sluice import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// The file to import.
    #[arg(value_parser = readable_file)]
    pub file: PathBuf,
    /// The feed by which to import it: one that lies in the stack's data bucket.
    #[arg(long, value_name = "NAME")]
    pub feed: FeedName,
    /// Stay until the run has ended, and show how it goes.
    #[arg(long)]
    pub follow: bool,
    /// The CloudFormation stack.
    #[arg(long, value_name = "NAME", env = "SLUICE_STACK", default_value = "sluice")]
    pub stack: String,
}

/// `sluice rejects`.
#[derive(Debug, clap::Args)]
pub struct RejectsArgs {
    /// The run.
    pub run: RunId,
    /// Write them to a file instead, with the columns of rejects.csv: corrected, it is imported as a repair of the run. A
    /// file that is there is kept.
    #[arg(long, value_name = "FILE.csv")]
    pub export: Option<PathBuf>,
    /// Also those that are closed, because another run has read their records again.
    #[arg(long)]
    pub all: bool,
    /// Only those that have this code.
    #[arg(long, value_name = "CODE", value_parser = crate::rejects::code)]
    pub code: Option<Code>,
    /// Of a run on this machine: the folder that `sluice run` was given.
    #[arg(long, value_name = "DIR", conflicts_with = "stack")]
    pub out: Option<PathBuf>,
    /// The CloudFormation stack.
    #[arg(long, value_name = "NAME", env = "SLUICE_STACK", default_value = "sluice")]
    pub stack: String,
}

/// `sluice resume` and `sluice rerun`.
#[derive(Debug, clap::Args)]
pub struct AgainArgs {
    /// The run, or one of its executions: its id is in its mail, and what `sluice import` prints.
    #[arg(value_parser = run_id)]
    pub run: RunId,
    /// Stay until the run has ended, and show how it goes.
    #[arg(long)]
    pub follow: bool,
    /// The CloudFormation stack.
    #[arg(long, value_name = "NAME", env = "SLUICE_STACK", default_value = "sluice")]
    pub stack: String,
}

/// `sluice retry`.
#[derive(Debug, clap::Args)]
pub struct RetryArgs {
    /// Take those as well that wait for their next attempt.
    #[arg(long)]
    pub now: bool,
    /// Only rejects of this feed.
    #[arg(long, value_name = "NAME")]
    pub feed: Option<FeedName>,
    /// The CloudFormation stack.
    #[arg(long, value_name = "NAME", env = "SLUICE_STACK", default_value = "sluice")]
    pub stack: String,
}

/// A run, by its id or by the name of one of its executions.
fn run_id(text: &str) -> Result<RunId, InvalidRunId> {
    RunId::of_execution(text)
}

/// `sluice records`.
#[derive(Debug, clap::Args)]
pub struct RecordsArgs {
    /// The file to read.
    #[arg(value_parser = readable_file)]
    pub file: PathBuf,
    #[command(flatten)]
    pub dialect: DialectArgs,
}

/// `sluice plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    /// The file to cut: not compressed, and in an encoding that begins with ASCII.
    #[arg(value_parser = readable_file)]
    pub file: PathBuf,
    #[command(flatten)]
    pub dialect: DialectArgs,
    /// Target size of a chunk.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_CHUNK_BYTES)]
    pub chunk_bytes: NonZeroU64,
    /// How much of the file a thread scans on its own. What comes out does not depend on it.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_SCAN_BYTES)]
    pub scan_bytes: NonZeroU64,
    /// The longest record; a file with a longer one is refused.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_RECORD_BYTES, value_parser = max_record_bytes())]
    pub max_record_bytes: u64,
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How a file is read without a feed.
#[derive(Debug, clap::Args)]
pub struct DialectArgs {
    /// The dialect: a JSON object with the keys of the Frictionless Table Dialect, or their short names
    /// (quote, escape, comment, `skip_lines`, `skip_empty_lines`); commas and double quotes where it says nothing.
    #[arg(long = "dialect", value_name = "JSON", default_value = "{}")]
    pub named: DialectText,
    /// The same, for whoever has no name for it.
    #[arg(value_name = "DIALECT", conflicts_with = "named")]
    pub bare: Option<DialectText>,
}

impl DialectArgs {
    /// The dialect, wherever it stands.
    pub fn get(&self) -> FileDialect {
        self.bare.as_ref().unwrap_or(&self.named).0
    }
}

/// A dialect on a command line.
#[derive(Clone, Copy, Debug)]
pub struct DialectText(FileDialect);

impl FromStr for DialectText {
    type Err = DialectError;

    fn from_str(json: &str) -> Result<Self, DialectError> {
        FileDialect::from_json(json).map(Self)
    }
}

/// How something is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// 8 MiB: a chunk of 60,000 records of 140 bytes, and 128 chunks in a gigabyte.
pub const DEFAULT_CHUNK_BYTES: NonZeroU64 = NonZeroU64::new(8 * 1024 * 1024).unwrap();

/// 1 MiB, as in a stack.
pub const DEFAULT_MAX_RECORD_BYTES: u64 = MAX_RECORD as u64;

/// What a run can be told of the longest record.
fn max_record_bytes() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(MAX_RECORD_BYTES)
}

/// 4 MiB: a millisecond or two of work for a thread.
pub const DEFAULT_SCAN_BYTES: NonZeroU64 = NonZeroU64::new(4 * 1024 * 1024).unwrap();

/// A path at which a feed can lie: its file is called as the feed is.
fn feed_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = name.strip_suffix(".yaml").ok_or("a feed lies in NAME.yaml")?;
    stem.parse::<FeedName>().map_err(|error| error.to_string())?;
    Ok(path)
}

/// A path to a file that can be opened: one that cannot is an error of the command line.
fn readable_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let file = std::fs::File::open(&path).map_err(|error| error.to_string())?;
    match file.metadata() {
        Ok(metadata) if metadata.is_file() => Ok(path),
        Ok(_) => Err("not a file".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn table_of_command_lines() {
        let this = concat!(env!("CARGO_MANIFEST_DIR"), "/src/args.rs");
        for (line, expected) in [
            (vec!["run", this, "--feed", this, "--out", "out"], None),
            (vec!["run", this, "--feed", this, "--out", "out", "--chunk-bytes", "1"], None),
            (vec!["run", this, "--feed", this, "--out", "out", "--chunk-bytes", "0"], Some(ErrorKind::ValueValidation)),
            (vec!["run", this, "--feed", this, "--out", "out", "--max-record-bytes", "1024"], None),
            (
                vec!["run", this, "--feed", this, "--out", "out", "--max-record-bytes", "1023"],
                Some(ErrorKind::ValueValidation),
            ),
            (vec!["run", this, "--feed", this, "--out", "out", "--dry-run"], None),
            (vec!["run", this, "--feed", this], Some(ErrorKind::MissingRequiredArgument)),
            (vec!["run", "no-such-file", "--feed", this, "--out", "out"], Some(ErrorKind::ValueValidation)),
            (vec!["run", env!("CARGO_MANIFEST_DIR"), "--feed", this, "--out", "out"], Some(ErrorKind::ValueValidation)),
            (vec!["check", this, "--feed", this], None),
            (vec!["check", this, "--feed", this, "--format", "csv", "--limit", "0"], None),
            (vec!["check", this, "--feed", this, "--format", "xml"], Some(ErrorKind::InvalidValue)),
            (vec!["check", this], Some(ErrorKind::MissingRequiredArgument)),
            (vec!["import", this, "--feed", "products", "--follow"], None),
            (vec!["import", this, "--feed", "Products"], Some(ErrorKind::ValueValidation)),
            (vec!["rejects", "products-0123456789abcdef01234567", "--all", "--code", "range"], None),
            (vec!["rejects", "products-0123456789abcdef01234567", "--code", "rnage"], Some(ErrorKind::ValueValidation)),
            (vec!["rejects", "products"], Some(ErrorKind::ValueValidation)),
            (vec!["resume", "products-0123456789abcdef01234567", "--follow"], None),
            (vec!["resume", "products-0123456789abcdef01234567-2", "--stack", "other"], None),
            (vec!["resume", "products"], Some(ErrorKind::ValueValidation)),
            (vec!["resume"], Some(ErrorKind::MissingRequiredArgument)),
            (vec!["rerun", "products-0123456789abcdef01234567"], None),
            (vec!["records", this], None),
            (vec!["records", this, "--dialect", r#"{"delimiter": ";"}"#], None),
            (vec!["records", this, r#"{"delimiter": ";"}"#], None),
            (vec!["records", this, "{}", "--dialect", "{}"], Some(ErrorKind::ArgumentConflict)),
            (vec!["records", this, r#"{"delimiter": ";;"}"#], Some(ErrorKind::ValueValidation)),
            (vec!["plan", this, "--chunk-bytes", "64", "--format", "json"], None),
            (vec!["plan", this, "--scan-bytes", "0"], Some(ErrorKind::ValueValidation)),
            (vec!["feed", "check", this], None),
            (vec!["feed", "check", this, "--format", "yaml"], Some(ErrorKind::InvalidValue)),
            (vec!["feed", "new", this, "--name", "Orders"], Some(ErrorKind::ValueValidation)),
            (vec!["feed", "new", this, "--name", "orders"], None),
            (vec!["feed", "new", this, "--out", "feeds/orders.yaml", "--force"], None),
            (vec!["feed", "new", this, "--out", "feeds/my orders.yaml"], Some(ErrorKind::ValueValidation)),
            (vec!["feed", "new", this, "--out", "feeds/orders.json"], Some(ErrorKind::ValueValidation)),
            (vec!["feed", "new", this, "--name", "orders", "--force"], Some(ErrorKind::MissingRequiredArgument)),
            (vec!["feed", "new", this], Some(ErrorKind::MissingRequiredArgument)),
            (vec!["feed", "schema"], None),
            (vec!["feed", "test", "feeds", "--update"], None),
            (vec![], Some(ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand)),
        ] {
            let parsed = Args::try_parse_from(["sluice"].into_iter().chain(line.clone()));
            assert_eq!(parsed.err().map(|error| error.kind()), expected, "{line:?}");
        }
    }
}
