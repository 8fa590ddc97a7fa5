//! Makes data and measures inside one process; `benches/run.py` does the rest.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use bytes::Bytes;
use clap::Parser;
use sluice_benches::data::{self, Kind};
use sluice_benches::{Error, check, hits, json, scan, sheet, summary};

/// The seed of all data.
const SEED: u64 = 20_261_121;

#[derive(Parser)]
enum Command {
    /// Writes a file of products.
    Generate {
        kind: Kind,
        /// Its size in bytes, at least.
        bytes: u64,
        file: PathBuf,
    },
    /// Writes a file of hits.
    Hits {
        /// Its size in bytes, at least.
        bytes: u64,
        file: PathBuf,
    },
    /// Measures what summaries add to a run whose folder `sluice run --keep` has left; prints JSON.
    Summary {
        folder: PathBuf,
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
    /// Measures the scan for boundaries; prints JSON.
    Scan {
        file: PathBuf,
        #[arg(long, default_value_t = 7)]
        rounds: usize,
    },
    /// Measures rewriting an array of JSON, made of a file of products; prints JSON.
    Json {
        file: PathBuf,
        #[arg(long, default_value_t = 7)]
        rounds: usize,
    },
    /// Measures rewriting a sheet of a workbook, made of a file of products; prints JSON.
    Sheet {
        file: PathBuf,
        #[arg(long, default_value_t = 7)]
        rounds: usize,
    },
    /// Measures restructuring and validating; prints JSON.
    Check {
        file: PathBuf,
        #[arg(long, default_value = "feeds/products.yaml")]
        feed: PathBuf,
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
}

fn main() -> Result<(), Error> {
    match Command::parse() {
        Command::Generate { kind, bytes, file } => {
            data::write(kind, bytes, SEED, BufWriter::new(File::create(file)?))?;
        }
        Command::Hits { bytes, file } => hits::write(bytes, SEED, BufWriter::new(File::create(file)?))?,
        Command::Summary { folder, rounds } => println!("{}", summary::measure(&folder, rounds)?),
        Command::Scan { file, rounds } => println!("{}", scan::measure(&std::fs::read(file)?, rounds)?),
        Command::Json { file, rounds } => println!("{}", json::measure(&std::fs::read(file)?, rounds)?),
        Command::Sheet { file, rounds } => println!("{}", sheet::measure(&std::fs::read(file)?, rounds)?),
        Command::Check { file, feed, rounds } => {
            let file = Bytes::from(std::fs::read(file)?);
            println!("{}", check::measure(&file, &std::fs::read_to_string(feed)?, rounds)?);
        }
    }
    Ok(())
}
