//! YAML as a tree that knows the place of every key and value.
//!
//! Numbers keep the text in which they were written, so that none ever becomes a float. What is a
//! number or a truth value is what JSON takes for one: `no`, `TRUE`, `007`, `+5` and `NULL` are texts.
//! A file beyond the limits, which no feed needs, is told and not read.

mod build;
mod node;
mod scalar;

use crate::spec::FeedProblem;

pub(super) use node::{Kind, Node};

/// A feed is at most 1 MiB.
pub(super) const MAX_BYTES: usize = 1024 * 1024;

/// Lists and maps within each other; the deepest of the language is at 8, the rest is for JSON Schemas.
const MAX_DEPTH: usize = 64;

/// Keys and values, those that aliases repeat included: at some 100 bytes each, 10 MB.
const MAX_NODES: usize = 100_000;

/// Characters of a key.
const MAX_KEY: usize = 1024;

/// What could be read of a text.
pub(super) struct Document {
    /// The tree.
    pub root: Node,
    /// What is wrong with it and did not keep it from being read: tags, keys that are no texts.
    pub problems: Vec<FeedProblem>,
    /// Keys that come a second time in one place; the first was read.
    pub repeated: Vec<FeedProblem>,
}

/// Reads a text.
///
/// # Errors
/// What is not YAML, or beyond a limit: there is no tree then.
pub(super) fn parse(text: &str) -> Result<Document, Vec<FeedProblem>> {
    if text.len() > MAX_BYTES {
        return Err(vec![FeedProblem::new("", format!("has {} bytes; at most {MAX_BYTES} are read", text.len()))]);
    }
    build::build(text)
}

#[cfg(test)]
mod tests;
