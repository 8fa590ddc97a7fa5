//! The command line.

mod dataset;
mod stack;

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
use crate::run::Limits;
use crate::source::{Source, file_name, source};

pub use self::dataset::{DatasetCheckArgs, DatasetCommand, DatasetNewArgs, DatasetPushArgs, DatasetStatusArgs};
pub use self::stack::{
    AccountArgs, CompletionsArgs, ConnectionCommand, ConnectionSetArgs, DoctorArgs, FeedSource, FollowArgs, LogsArgs,
    Permission, QueueKind, RedriveArgs, RunState, RunsArgs, ShowArgs, StackArgs, TableCommand, TableCreateArgs,
};

/// Imports CSV files: every valid record once, every invalid one back with its reason.
#[derive(Debug, Parser)]
#[command(name = "sluice", version, about, after_help = EXIT_CODES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import a file on this machine, without AWS, into a table of JSON lines below DIR.
    Run(RunArgs),
    /// Check a file on this machine before it is uploaded. It reports everything that an import would find
    /// before it writes.
    Check(CheckArgs),
    /// Write, check and test feeds.
    #[command(subcommand)]
    Feed(FeedCommand),
    /// Write, check and push datasets: files of several feeds that belong together.
    #[command(subcommand)]
    Dataset(DatasetCommand),
    /// Import a file through a deployed stack: upload it, and follow the run if asked to.
    Import(ImportArgs),
    /// Resume a failed or interrupted run where it stopped.
    Resume(AgainArgs),
    /// Import the archived source of a run again with the current feed, as a new run.
    Rerun(RerunArgs),
    /// List the rejects of a run and their current state, or export them to be corrected and imported again.
    Rejects(RejectsArgs),
    /// Retry rejects that may succeed now, without waiting for the schedule of the stack.
    Retry(RetryArgs),
    /// List runs, the latest first, with state, numbers and age. Refused files are among them.
    Runs(RunsArgs),
    /// Show how far a run has come, or how it ended: the report, in the terminal or as a page.
    Show(ShowArgs),
    /// Follow a run of a stack to its end, and show its progress.
    Follow(FollowArgs),
    /// Print what the functions of a stack logged about a run, in order.
    Logs(LogsArgs),
    /// Check the account and the stack: credentials, sender, tables, feeds, queues and quotas. Says what to do about each
    /// problem.
    Doctor(DoctorArgs),
    /// Handle the messages of a queue of failures again, once you have removed the cause.
    Redrive(RedriveArgs),
    /// Create the target tables of feeds.
    #[command(subcommand)]
    Table(TableCommand),
    /// Register the services that feeds may import into by name, such as a server of MongoDB.
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// Print every record of a file, including the header, as one JSON array of arrays of strings.
    Records(RecordsArgs),
    /// Print the chunks into which a file is cut.
    Plan(PlanArgs),
    /// Print a script that completes the commands and options of `sluice` in a shell.
    Completions(CompletionsArgs),
}

/// `sluice run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The file to import; `-` reads standard input.
    #[arg(value_parser = source)]
    pub file: Source,
    /// More files, with --dataset.
    #[arg(value_parser = source, requires = "dataset")]
    pub more: Vec<Source>,
    /// The feed: what the file looks like and how it is imported. With --dataset, the folder of the feeds.
    #[arg(long, value_name = "FEED.yaml", value_parser = readable)]
    pub feed: PathBuf,
    /// Import the files of a dataset, each with the feed of the member with whose name it begins; join them; and import what was
    /// joined. It needs --into.
    #[arg(long, value_name = "DATASET.yaml", value_parser = readable_file, conflicts_with = "dry_run")]
    pub dataset: Option<PathBuf>,
    /// Where the table is.
    #[command(flatten)]
    pub target: TargetArgs,
    /// The file name for standard input.
    #[arg(long, value_name = "NAME", default_value = "stdin.csv", value_parser = file_name)]
    pub name: String,
    /// Keep the intermediate files, which are otherwise removed when no step needs them any more.
    #[arg(long)]
    pub keep: bool,
    /// Target size of a chunk.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_CHUNK_BYTES)]
    pub chunk_bytes: NonZeroU64,
    /// Maximum length of a record. A file with a longer one is refused.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_RECORD_BYTES, value_parser = max_record_bytes())]
    pub max_record_bytes: u64,
    /// Check the file and report what an import would do. The report, rejects.csv and the mail are written
    /// below DIR, but no table.
    #[arg(long)]
    pub dry_run: bool,
}

impl RunArgs {
    /// How the file is cut.
    pub fn limits(&self) -> Limits {
        Limits { chunk_bytes: self.chunk_bytes.get(), max_record_bytes: self.max_record_bytes }
    }
}

/// Where `sluice run` imports to.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct TargetArgs {
    /// The folder that keeps the tables, the ledger and the rejects of all its runs: a second run of a file changes nothing,
    /// and corrected rejects can be imported.
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// A folder for a run on its own, which starts with an empty table. Outputs go to DIR/output/<feed>/<run>/.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// The place of the runs that a command is about.
#[derive(Debug, clap::Args)]
pub struct PlaceArgs {
    /// For runs on this machine: the folder given to `sluice run --into`.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["stack", "profile", "region"])]
    pub into: Option<PathBuf>,
    /// The CloudFormation stack; without it, the one that the variable `SLUICE_STACK` names, or `sluice`.
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    #[command(flatten)]
    pub account: AccountArgs,
}

impl PlaceArgs {
    /// The name of the stack. The variable is read here, because as a value of the option it would conflict with --into.
    pub fn stack(&self) -> String {
        self.stack.clone().or_else(|| std::env::var("SLUICE_STACK").ok()).unwrap_or_else(|| "sluice".to_owned())
    }
}

/// `sluice check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// The file to check.
    #[arg(value_parser = readable_file)]
    pub file: PathBuf,
    /// The feed: what the file looks like and how it is imported.
    #[arg(long, value_name = "FEED.yaml", value_parser = readable_file)]
    pub feed: PathBuf,
    /// The folder given to `sluice run --into`: check references to its tables, and corrected rejects of its runs. Nothing is
    /// written to it.
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// How to print the findings: for people, or for programs.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
    /// Maximum number of problems to list, and of notes; 0 lists all. The total is always printed. [default:
    /// 50 for text, all for json and csv]
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Maximum length of a record. A file with a longer one is refused.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_RECORD_BYTES, value_parser = max_record_bytes())]
    pub max_record_bytes: u64,
}

impl CheckArgs {
    /// The maximum number of problems to list.
    pub fn limit(&self) -> u64 {
        match (self.limit, self.format) {
            (Some(0), _) | (None, CheckFormat::Json | CheckFormat::Csv) => u64::MAX,
            (Some(limit), _) => limit,
            (None, CheckFormat::Text) => DEFAULT_LIMIT,
        }
    }
}

/// How to print findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// As a compiler prints them, with a summary.
    Text,
    /// A JSON object on a line for each problem, then one with the summary.
    Json,
    /// A row for each problem. The summary goes to standard error.
    Csv,
}

/// The default limit of the text format: enough problems for a person to look through before correcting the first.
const DEFAULT_LIMIT: u64 = 50;
/// `sluice feed`.
#[derive(Debug, Subcommand)]
pub enum FeedCommand {
    /// Report everything that is wrong with a feed, with line and column.
    Check(FeedCheckArgs),
    /// Write a first feed for a file, with comments on what the file contains.
    New(FeedNewArgs),
    /// Print the JSON Schema of feeds, for editors that check and complete them.
    Schema,
    /// Import the test cases beside the feeds of a folder, and compare the results with the expected ones.
    Test(FeedTestArgs),
    /// Put a feed into a stack, with the files that it names. A feed that cannot be used is turned down.
    Push(FeedPushArgs),
    /// List the feeds of a stack, and say which of them cannot be used.
    List(FeedListArgs),
    /// Write a feed of a stack to a folder, with the files that it names.
    Pull(FeedPullArgs),
}

/// `sluice feed check`.
#[derive(Debug, clap::Args)]
pub struct FeedCheckArgs {
    /// The feed. The files that it refers to are read from its folder.
    #[arg(value_name = "FEED.yaml", value_parser = readable_file)]
    pub feed: PathBuf,
    /// How to print problems.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `sluice feed new`.
#[derive(Debug, clap::Args)]
pub struct FeedNewArgs {
    /// The file.
    #[arg(value_parser = readable_file)]
    pub file: PathBuf,
    /// The feed's name. Default: the name of the file that is written.
    #[arg(long, required_unless_present = "out")]
    pub name: Option<FeedName>,
    /// Where to write the feed, with feed.schema.json beside it. The name of the file becomes the name of the
    /// feed. Default: standard output.
    #[arg(long, value_name = "NAME.yaml", value_parser = feed_file)]
    pub out: Option<PathBuf>,
    /// Overwrite the feed if it exists.
    #[arg(long, requires = "out")]
    pub force: bool,
}

/// `sluice feed test`.
#[derive(Debug, clap::Args)]
pub struct FeedTestArgs {
    /// The folder of the feeds. The cases of `<feed>.yaml` are its folders `tests/<feed>/<case>`.
    #[arg(value_name = "FEEDDIR")]
    pub folder: PathBuf,
    /// Write the results as the expected ones.
    #[arg(long)]
    pub update: bool,
}

/// `sluice feed push`.
#[derive(Debug, clap::Args)]
pub struct FeedPushArgs {
    /// The feed. The files that it refers to are read from its folder.
    #[arg(value_name = "FEED.yaml", value_parser = readable_file)]
    pub feed: PathBuf,
    /// Show how the feed and its files differ from those in the stack, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub stack: StackArgs,
}

/// `sluice feed list`.
#[derive(Debug, clap::Args)]
pub struct FeedListArgs {
    /// How to print the feeds: for people, or as a JSON object on a line for each.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub stack: StackArgs,
}

/// `sluice feed pull`.
#[derive(Debug, clap::Args)]
pub struct FeedPullArgs {
    /// The feed.
    #[arg(value_name = "NAME")]
    pub feed: FeedName,
    /// The folder to write to, as NAME.yaml.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// Overwrite files that are different.
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub stack: StackArgs,
}

/// `sluice import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// The file to import.
    #[arg(value_parser = readable_file)]
    pub file: PathBuf,
    /// The feed, which must be in the stack's data bucket.
    #[arg(long, value_name = "NAME")]
    pub feed: FeedName,
    /// Wait until the run has ended, and show its progress.
    #[arg(long)]
    pub follow: bool,
    #[command(flatten)]
    pub stack: StackArgs,
}

/// `sluice rejects`.
#[derive(Debug, clap::Args)]
pub struct RejectsArgs {
    /// The run.
    pub run: RunId,
    /// Write them to a file with the columns of rejects.csv instead. Once corrected, it can be imported as a
    /// repair of the run. An existing file is kept.
    #[arg(long, value_name = "FILE.csv")]
    pub export: Option<PathBuf>,
    /// Include rejects that are closed because another run has read their records again.
    #[arg(long)]
    pub all: bool,
    /// Only rejects with this code.
    #[arg(long, value_name = "CODE", value_parser = crate::rejects::code)]
    pub code: Option<Code>,
    /// For a run on its own: the folder given to `sluice run --out`.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["into", "stack", "profile", "region"])]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// `sluice resume`.
#[derive(Debug, clap::Args)]
pub struct AgainArgs {
    /// The run or one of its executions. `sluice run` and `sluice import` print its id, and its mail contains it.
    #[arg(value_parser = run_id)]
    pub run: RunId,
    /// For a run of a stack: wait until it has ended, and show its progress.
    #[arg(long, conflicts_with = "into")]
    pub follow: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// `sluice rerun`.
#[derive(Debug, clap::Args)]
pub struct RerunArgs {
    #[command(flatten)]
    pub again: AgainArgs,
    /// With --into: the feed to import with. The default is the feed of the last `sluice run`.
    #[arg(long, value_name = "FEED.yaml", value_parser = readable_file, requires = "into")]
    pub feed: Option<PathBuf>,
}

/// `sluice retry`.
#[derive(Debug, clap::Args)]
pub struct RetryArgs {
    /// Include rejects that still wait for their next attempt.
    #[arg(long)]
    pub now: bool,
    /// Only rejects of this feed.
    #[arg(long, value_name = "NAME")]
    pub feed: Option<FeedName>,
    #[command(flatten)]
    pub stack: StackArgs,
}

/// A run, by its id or the name of one of its executions.
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
    /// The file to cut: not compressed, and in an encoding that extends ASCII.
    #[arg(value_parser = readable_file)]
    pub file: PathBuf,
    #[command(flatten)]
    pub dialect: DialectArgs,
    /// Target size of a chunk.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_CHUNK_BYTES)]
    pub chunk_bytes: NonZeroU64,
    /// How much of the file a thread scans at a time. The result does not depend on it.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_SCAN_BYTES)]
    pub scan_bytes: NonZeroU64,
    /// Maximum length of a record. A file with a longer one is refused.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_MAX_RECORD_BYTES, value_parser = max_record_bytes())]
    pub max_record_bytes: u64,
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How to read a file without a feed.
#[derive(Debug, clap::Args)]
pub struct DialectArgs {
    /// The dialect: a JSON object with the keys of the Frictionless Table Dialect, or their short names
    /// (quote, escape, comment, `skip_lines`, `skip_empty_lines`). Default: commas and double quotes. With "format": "jsonl" it
    /// may have "columns", a list of JSON pointers; with "format": "fixed" it has "fixed", as in a feed.
    #[arg(long = "dialect", value_name = "JSON", default_value = "{}")]
    pub named: DialectText,
    /// The same as a positional argument.
    #[arg(value_name = "DIALECT", conflicts_with = "named")]
    pub bare: Option<DialectText>,
}

impl DialectArgs {
    /// The dialect, from either place.
    pub fn get(&self) -> FileDialect {
        self.bare.as_ref().unwrap_or(&self.named).0.clone()
    }
}

/// A dialect on a command line.
#[derive(Clone, Debug)]
pub struct DialectText(FileDialect);

impl FromStr for DialectText {
    type Err = DialectError;

    fn from_str(json: &str) -> Result<Self, DialectError> {
        FileDialect::from_json(json).map(Self)
    }
}

/// An output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Default target size of a chunk: 8 MiB, which is 60,000 records of 140 bytes. A gigabyte has 128 chunks.
pub const DEFAULT_CHUNK_BYTES: NonZeroU64 = NonZeroU64::new(8 * 1024 * 1024).unwrap();

/// Default maximum length of a record: 1 MiB, as in a stack.
pub const DEFAULT_MAX_RECORD_BYTES: u64 = MAX_RECORD as u64;

/// The parser for the limit on the length of a record.
fn max_record_bytes() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(MAX_RECORD_BYTES)
}

/// Default size of a scanned range: 4 MiB, which takes a thread a millisecond or two.
pub const DEFAULT_SCAN_BYTES: NonZeroU64 = NonZeroU64::new(4 * 1024 * 1024).unwrap();

/// The path of a feed, whose file name must be the feed's name.
fn feed_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = name.strip_suffix(".yaml").ok_or("a feed must be in NAME.yaml")?;
    stem.parse::<FeedName>().map_err(|error| error.to_string())?;
    Ok(path)
}

/// The path of a readable file; an unreadable one is an error of the command line.
fn readable(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_dir() { Ok(path) } else { readable_file(text) }
}

/// Parses the path of a file that can be read.
pub fn readable_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let file = std::fs::File::open(&path).map_err(|error| error.to_string())?;
    match file.metadata() {
        Ok(metadata) if metadata.is_file() => Ok(path),
        Ok(_) => Err("not a file".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
