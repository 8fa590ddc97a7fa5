//! Why chunks failed: one cause for all chunks that failed in the same way.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::display::{count, thousands};

/// Why chunks failed. One cause stands for all chunks on which the same step failed in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailureCause {
    /// The step that failed.
    pub step: String,
    /// The name of the error.
    pub error: String,
    /// The error message of the first of these chunks.
    pub message: String,
    /// The number of chunks.
    pub chunks: u64,
    /// The first of these chunks, with their record numbers.
    pub places: Vec<String>,
}

impl fmt::Display for FailureCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, error, message, chunks, places } = self;
        write!(f, "{step} failed on {} ({}", count(*chunks, "chunk"), places.join("; "))?;
        match chunks.saturating_sub(places.len() as u64) {
            0 => {}
            more => write!(f, "; and {} more", thousands(more))?,
        }
        write!(f, "): {error}: {message}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_names_step_chunks_and_error() {
        let places = vec!["chunk 1, records 1 to 250".to_owned(), "chunk 2, records 251 to 500".to_owned()];
        let (step, error, message) = ("import".to_owned(), "Misconfigured".to_owned(), "no permission".to_owned());
        let mut cause = FailureCause { step, error, message, chunks: 2, places };
        assert_eq!(
            cause.to_string(),
            "import failed on 2 chunks (chunk 1, records 1 to 250; chunk 2, records 251 to 500): Misconfigured: no permission"
        );
        cause.chunks = 1_200;
        assert!(cause.to_string().contains("records 251 to 500; and 1,198 more): Misconfigured"), "{cause}");
    }
}
