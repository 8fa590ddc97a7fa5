//! The command line.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use sluice_engine::feed::FeedName;

/// Imports CSV files: every good record once, every bad one back with its reason.
#[derive(Debug, Parser)]
#[command(name = "sluice", version, about)]
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
    /// Import a file through a deployed stack: upload it, and follow the run if asked to.
    Import(ImportArgs),
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

/// 8 MiB: a chunk of 60,000 records of 140 bytes, and 128 chunks in a gigabyte.
const DEFAULT_CHUNK_BYTES: NonZeroU64 = NonZeroU64::new(8 * 1024 * 1024).unwrap();

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
            (vec!["run", this, "--feed", this], Some(ErrorKind::MissingRequiredArgument)),
            (vec!["run", "no-such-file", "--feed", this, "--out", "out"], Some(ErrorKind::ValueValidation)),
            (vec!["run", env!("CARGO_MANIFEST_DIR"), "--feed", this, "--out", "out"], Some(ErrorKind::ValueValidation)),
            (vec!["import", this, "--feed", "products", "--follow"], None),
            (vec!["import", this, "--feed", "Products"], Some(ErrorKind::ValueValidation)),
            (vec![], Some(ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand)),
        ] {
            let parsed = Args::try_parse_from(["sluice"].into_iter().chain(line.clone()));
            assert_eq!(parsed.err().map(|error| error.kind()), expected, "{line:?}");
        }
    }
}
