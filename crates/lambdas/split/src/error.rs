//! Why a source could not be split.

use sluice_contract::ErrorName;
use sluice_platform::run::LoadError;
use sluice_platform::{Fault, StepError};

/// Why a source could not be split.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The run could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Ranges have no summary, because their executions failed.
    #[error("{} of {total} ranges were not scanned to the end: {}", .missing.len(), name_some(.missing))]
    Incomplete {
        /// The numbers of the ranges.
        missing: Vec<u32>,
        /// How many there are.
        total: usize,
    },
    /// The file has more chunks than a `u32` can number.
    #[error("the file has more than {} chunks; deploy with a larger ChunkBytes", u32::MAX)]
    TooManyChunks,
}

/// Names ranges in a message: the first 20, and how many more there are.
fn name_some(ranges: &[u32]) -> String {
    const SHOWN: usize = 20;
    let shown = ranges.iter().take(SHOWN).map(|range| format!("range {range}")).collect::<Vec<_>>().join(", ");
    match ranges.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Load(error) => error.name(),
            Self::Incomplete { .. } => ErrorName::Incomplete,
            Self::TooManyChunks => ErrorName::Misconfigured,
        }
    }
}
