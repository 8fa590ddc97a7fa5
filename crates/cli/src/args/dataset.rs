//! The arguments of `sluice dataset`.

use std::path::PathBuf;

use clap::Subcommand;
use sluice_engine::feed::FeedName;

use super::{PlaceArgs, StackArgs, readable_file};

/// `sluice dataset`.
#[derive(Debug, Subcommand)]
pub enum DatasetCommand {
    /// Report everything that is wrong with a dataset, with line and column.
    Check(DatasetCheckArgs),
    /// Write a first dataset for feeds.
    New(DatasetNewArgs),
    /// Put a dataset into a stack. One that cannot be used with the feeds of the stack is turned down.
    Push(DatasetPushArgs),
    /// List the sets of a dataset: which files are there, what is missing, and how their joins ended.
    Status(DatasetStatusArgs),
}

/// `sluice dataset check`.
#[derive(Debug, clap::Args)]
pub struct DatasetCheckArgs {
    /// The dataset.
    #[arg(value_name = "DATASET.yaml", value_parser = readable_file)]
    pub dataset: PathBuf,
    /// The folder of the feeds that it names.
    #[arg(long, value_name = "FEEDDIR", default_value = "feeds")]
    pub feeds: PathBuf,
}

/// `sluice dataset new`.
#[derive(Debug, clap::Args)]
pub struct DatasetNewArgs {
    /// The feeds, the one whose records become the joined ones first.
    #[arg(value_name = "FEED.yaml", value_parser = readable_file, num_args = 2..)]
    pub feeds: Vec<PathBuf>,
    /// The name of the dataset. Default: the name of the file that is written.
    #[arg(long, required_unless_present = "out")]
    pub name: Option<FeedName>,
    /// Where to write the dataset. Default: standard output.
    #[arg(long, value_name = "NAME.yaml")]
    pub out: Option<PathBuf>,
    /// Overwrite the dataset if it exists.
    #[arg(long, requires = "out")]
    pub force: bool,
}

/// `sluice dataset push`.
#[derive(Debug, clap::Args)]
pub struct DatasetPushArgs {
    /// The dataset.
    #[arg(value_name = "DATASET.yaml", value_parser = readable_file)]
    pub dataset: PathBuf,
    #[command(flatten)]
    pub stack: StackArgs,
}

/// `sluice dataset status`.
#[derive(Debug, clap::Args)]
pub struct DatasetStatusArgs {
    /// The dataset.
    #[arg(value_name = "NAME")]
    pub dataset: FeedName,
    /// Only this set.
    #[arg(value_name = "SET")]
    pub set: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
}
