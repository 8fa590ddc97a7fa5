//! Problems of a feed.

use std::fmt;

use crate::{Code, Problem, Stage};

/// How a suggestion begins in messages of code that only returns text.
const DID_YOU_MEAN: &str = "; did you mean ";

/// A problem of a feed, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedProblem {
    /// The path, such as `schema.fields[2].constraints.minimum`; empty for the whole feed.
    pub path: String,
    /// The problem, as a fragment that follows the path.
    pub message: String,
    /// A likely correction: `did you mean "required"?`.
    pub hint: Option<String>,
    /// The file beside the feed that has the problem; `None` for the feed itself.
    pub file: Option<String>,
    /// The place in the text, if known.
    pub at: Option<Position>,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The number of characters that it covers on this line; at least 1.
    pub length: usize,
}

impl FeedProblem {
    /// Creates a problem at a path. A "did you mean" at the end of the message becomes its hint.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        let mut message = one_line(message.into());
        let mut hint = None;
        if let Some(at) = message.rfind(DID_YOU_MEAN).filter(|_| message.ends_with('?')) {
            hint = Some(message[at + "; ".len()..].to_owned());
            message.truncate(at);
        }
        Self { path: path.into(), message, hint, file: None, at: None }
    }

    /// Sets the likely correction.
    #[must_use]
    pub(crate) fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// Sets the place in the text.
    #[must_use]
    pub(crate) fn at(mut self, at: Option<Position>) -> Self {
        self.at = at;
        self
    }

    /// The problem with its place in front: `line 4, column 7: version: is 2, but …`.
    #[must_use]
    pub fn located(&self) -> String {
        match (&self.file, self.at) {
            (Some(file), Some(at)) => format!("{file}: {at}: {self}"),
            (Some(file), None) => format!("{file}: {self}"),
            (None, Some(at)) => format!("{at}: {self}"),
            (None, None) => self.to_string(),
        }
    }
}

/// Shortens the drawing that the parser of regular expressions returns to one line.
fn one_line(message: String) -> String {
    match message.split_once("\nerror: ") {
        Some((_, why)) if message.starts_with("regex parse error") => {
            format!("is not a regular expression: {}", why.trim_end())
        }
        _ if message.contains('\n') => message.split_whitespace().collect::<Vec<_>>().join(" "),
        _ => message,
    }
}

impl fmt::Display for FeedProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

impl From<FeedProblem> for Problem {
    fn from(problem: FeedProblem) -> Self {
        Problem::new(Stage::Intake, Code::InvalidFeed, problem.located())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_did_you_mean_becomes_the_hint_and_reads_as_before() {
        let problem = FeedProblem::new("nmae", "is not a key; did you mean \"name\"?");
        assert_eq!(problem.message, "is not a key");
        assert_eq!(problem.hint.as_deref(), Some("did you mean \"name\"?"));
        assert_eq!(problem.to_string(), "nmae: is not a key; did you mean \"name\"?");
        assert_eq!(FeedProblem::new("", "is it; what?").to_string(), "is it; what?");
    }

    #[test]
    fn a_message_is_one_line() {
        let error = "regex parse error:\n    ^(?:()$\n     ^\nerror: unclosed group";
        assert_eq!(FeedProblem::new("", error).message, "is not a regular expression: unclosed group");
        assert_eq!(FeedProblem::new("", "a\n  b").message, "a b");
    }

    #[test]
    fn its_place_comes_first() {
        let mut problem = FeedProblem::new("version", "is 2").at(Some(Position { line: 3, column: 7, length: 1 }));
        assert_eq!(problem.located(), "line 3, column 7: version: is 2");
        problem.file = Some("schema.json".into());
        assert_eq!(problem.located(), "schema.json: line 3, column 7: version: is 2");
    }
}
