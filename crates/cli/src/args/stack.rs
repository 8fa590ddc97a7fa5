//! The arguments of the commands about a stack and its runs.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Subcommand, ValueEnum};
use clap_complete::Shell;
use sluice_contract::RunId;
use sluice_engine::connection::ConnectionName;
use sluice_engine::feed::FeedName;
use sluice_engine::sink::SinkKind;
use sluice_platform::Aws;

use super::{Format, PlaceArgs, readable_file, run_id};
use crate::since::Since;

/// A deployed stack.
#[derive(Debug, clap::Args)]
pub struct StackArgs {
    /// The CloudFormation stack.
    #[arg(id = "stack", long = "stack", value_name = "NAME", env = "SLUICE_STACK", default_value = "sluice")]
    pub name: String,
    #[command(flatten)]
    pub account: AccountArgs,
}

/// The account and the region in which a stack is.
#[derive(Debug, clap::Args)]
pub struct AccountArgs {
    /// The profile of the AWS configuration whose credentials and region are used. Default: the one that the variable
    /// `AWS_PROFILE` names, or the credentials of the environment.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// The region, such as eu-central-1. Default: the one that the variable `AWS_REGION` names, or that of the profile.
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
}

impl AccountArgs {
    /// The account.
    pub async fn aws(&self) -> Aws {
        Aws::of(self.profile.as_deref(), self.region.as_deref()).await
    }
}

/// `sluice runs`.
#[derive(Debug, clap::Args)]
pub struct RunsArgs {
    /// Only runs of this feed. A refused file counts to its folder in the inbox, or to `-` if it has none.
    #[arg(long, value_name = "NAME")]
    pub feed: Option<String>,
    /// Only runs in these states, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "STATE")]
    pub state: Vec<RunState>,
    /// Only runs that began since then: a time such as `2026-11-21` or `2026-11-21T08:00:00Z` (UTC), or how long ago, such
    /// as `90m`, `12h` or `7d`.
    #[arg(long, value_name = "TIME", value_parser = Since::parse)]
    pub since: Option<Since>,
    /// Maximum number of runs to list; 0 lists all. [default: 50 for text, all for json]
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Repeat until Ctrl-C, and show what has changed.
    #[arg(long)]
    pub watch: bool,
    /// How to print the runs: for people, or as a JSON object on a line for each.
    #[arg(long, value_enum, default_value_t = Format::Text, conflicts_with = "watch")]
    pub format: Format,
    #[command(flatten)]
    pub place: PlaceArgs,
}

impl RunsArgs {
    /// The maximum number of runs to list.
    pub fn limit(&self) -> usize {
        match (self.limit, self.format) {
            (Some(0), _) | (None, Format::Json) => usize::MAX,
            (Some(limit), _) => limit,
            (None, Format::Text) => 50,
        }
    }
}

/// The state of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RunState {
    /// It has not ended.
    Open,
    /// It ended IMPORTED.
    Imported,
    /// It ended PASSED.
    Passed,
    /// It ended SKIPPED.
    Skipped,
    /// It ended REJECTED.
    Rejected,
    /// It ended REFUSED.
    Refused,
    /// It ended INCONSISTENT.
    Inconsistent,
    /// It ended FAILED.
    Failed,
}

/// `sluice show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The run or one of its executions.
    #[arg(value_parser = run_id)]
    pub run: RunId,
    /// Open the page of the report in a browser: the program that the variable `BROWSER` names, or the default one.
    #[arg(long)]
    pub open: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// `sluice follow`.
#[derive(Debug, clap::Args)]
pub struct FollowArgs {
    /// The run or one of its executions.
    #[arg(value_parser = run_id)]
    pub run: RunId,
    #[command(flatten)]
    pub stack: StackArgs,
}

/// `sluice logs`.
#[derive(Debug, clap::Args)]
pub struct LogsArgs {
    /// The run or one of its executions.
    #[arg(value_parser = run_id)]
    pub run: RunId,
    /// How to print the lines: for people, or as the functions wrote them.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub stack: StackArgs,
}

/// `sluice completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `sluice doctor`.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub stack: StackArgs,
}

/// `sluice redrive`.
#[derive(Debug, clap::Args)]
pub struct RedriveArgs {
    /// The queue.
    #[arg(value_enum, value_name = "QUEUE")]
    pub queue: QueueKind,
    /// List the messages and why they are in the queue, and leave them there.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub stack: StackArgs,
}

/// A queue of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum QueueKind {
    /// Events that EventBridge could not deliver.
    Undelivered,
    /// Events on which a function failed three times.
    FailedCalls,
}

/// `sluice table`.
#[derive(Debug, Subcommand)]
pub enum TableCommand {
    /// Create the target table of a feed, with the feed's key: on demand, with point-in-time recovery, encrypted, and with
    /// tags for stack and feed.
    Create(TableCreateArgs),
}

/// `sluice table create`.
#[derive(Debug, clap::Args)]
pub struct TableCreateArgs {
    /// The feed: the name of one in the stack, or a file on this machine.
    #[arg(value_name = "FEED", value_parser = feed_source)]
    pub feed: FeedSource,
    /// Print the table as a CloudFormation template instead, and create nothing.
    #[arg(long)]
    pub print: bool,
    #[command(flatten)]
    pub stack: StackArgs,
}

/// `sluice connection`.
#[derive(Debug, Subcommand)]
pub enum ConnectionCommand {
    /// Register a connection, or replace it. The address of the server is read from the standard input, or asked for.
    Set(ConnectionSetArgs),
    /// List the connections, with the feeds that may use them and the collections that these may write to.
    List(ConnectionListArgs),
    /// Check from the stack whether each feed can write where the connection permits it.
    Test(ConnectionArgs),
    /// Remove a connection.
    Remove(ConnectionArgs),
}

/// `sluice connection set`.
#[derive(Debug, clap::Args)]
pub struct ConnectionSetArgs {
    /// The name by which feeds know the connection.
    pub name: ConnectionName,
    /// A feed that may use it, and a collection that the feed may write to. Can be repeated; what is not named is not permitted
    /// any more.
    #[arg(long, value_name = "FEED=DATABASE.COLLECTION")]
    pub permit: Vec<Permission>,
    /// The certificates of the authorities that the server's certificate may come from, as PEM. Without it, those that browsers
    /// trust.
    #[arg(long, value_name = "FILE", value_parser = readable_file)]
    pub ca: Option<PathBuf>,
    /// Keep the address that the connection has, and its certificates unless others are given.
    #[arg(long)]
    pub keep_address: bool,
    #[command(flatten)]
    pub stack: StackArgs,
}

/// `sluice connection list`.
#[derive(Debug, clap::Args)]
pub struct ConnectionListArgs {
    #[command(flatten)]
    pub stack: StackArgs,
}

/// `sluice connection test` and `sluice connection remove`.
#[derive(Debug, clap::Args)]
pub struct ConnectionArgs {
    /// The name of the connection.
    pub name: ConnectionName,
    #[command(flatten)]
    pub stack: StackArgs,
}

/// A feed, and a collection that it may write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The feed.
    pub feed: FeedName,
    /// The collection, after its database and a dot.
    pub collection: String,
}

impl FromStr for Permission {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((feed, collection)) = text.split_once('=') else {
            return Err("expected a feed and a collection, such as products=shop.products".to_owned());
        };
        let feed = feed.parse::<FeedName>().map_err(|error| error.to_string())?;
        if let Some(refusal) = SinkKind::Collection.rules().refuse_name(collection) {
            return Err(refusal);
        }
        Ok(Self { feed, collection: collection.to_owned() })
    }
}

/// The place of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedSource {
    /// In the stack.
    Stack(FeedName),
    /// In this file.
    File(PathBuf),
}

/// A feed, by its name or by its file.
fn feed_source(text: &str) -> Result<FeedSource, String> {
    match text.parse() {
        Ok(name) => Ok(FeedSource::Stack(name)),
        Err(_) if text.contains(['.', '/']) => readable_file(text).map(FeedSource::File),
        Err(error) => Err(error.to_string()),
    }
}
