//! What can be wrong with a feed.

use std::fmt;

use crate::{Code, Problem, Stage};

/// Something that is wrong with a feed, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedProblem {
    /// Where: `schema.fields[2].constraints.minimum`; empty for the feed as a whole.
    pub path: String,
    /// What is wrong, as a fragment that follows the path.
    pub message: String,
}

impl FeedProblem {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for FeedProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

impl From<FeedProblem> for Problem {
    fn from(problem: FeedProblem) -> Self {
        Problem::new(Stage::Intake, Code::InvalidFeed, problem.to_string())
    }
}
