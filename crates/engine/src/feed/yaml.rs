//! Parses YAML into a tree that knows the place of every key and value.
//!
//! Numbers keep their written text, so none becomes a float. Numbers and truth values are those of JSON:
//! `no`, `TRUE`, `007`, `+5` and `NULL` are texts. A file beyond the limits, which no feed needs, is reported
//! and not read.

mod build;
mod node;
mod scalar;

use crate::spec::FeedProblem;

pub(super) use node::{Kind, Node};

/// Maximum size of a feed: 1 MiB.
pub(super) const MAX_BYTES: usize = 1024 * 1024;

/// Maximum nesting of lists and maps. The feed language needs 8; the rest is for JSON Schemas.
const MAX_DEPTH: usize = 64;

/// Maximum number of keys and values, including those that aliases repeat: at about 100 bytes each, 10 MB.
const MAX_NODES: usize = 100_000;

/// Maximum length of a key in characters.
const MAX_KEY: usize = 1024;

/// The parsed parts of a text.
pub(super) struct Document {
    /// The tree.
    pub root: Node,
    /// Problems that did not prevent parsing: tags, and keys that are not texts.
    pub problems: Vec<FeedProblem>,
    /// Repeated keys; the first occurrence was read.
    pub repeated: Vec<FeedProblem>,
}

/// Parses a text.
///
/// # Errors
/// If the text is not YAML or exceeds a limit.
pub(super) fn parse(text: &str) -> Result<Document, Vec<FeedProblem>> {
    if text.len() > MAX_BYTES {
        return Err(vec![FeedProblem::new("", format!("has {} bytes; at most {MAX_BYTES} are read", text.len()))]);
    }
    build::build(text)
}

#[cfg(test)]
mod tests;
