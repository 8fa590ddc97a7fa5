//! Shows a problem of a feed in the style of compilers.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use sluice_engine::spec::{FeedProblem, Position};

/// The kind of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The feed cannot be used.
    Error,
    /// The feed can be used.
    Note,
}

/// A problem with its line, and a mark below.
pub fn show(problem: &FeedProblem, kind: Kind, path: &str, text: &str, colours: bool) -> String {
    let level = match kind {
        Kind::Error => Level::ERROR,
        Kind::Note => Level::WARNING,
    };
    let dot = if problem.path.is_empty() { "" } else { ": " };
    let title = level.primary_title(format!("{}{dot}{}", problem.path, problem.message));
    let mut group = match problem.at.and_then(|at| Some((at, line(text, at)?))) {
        Some((at, (line, span))) => {
            let mark = AnnotationKind::Primary.span(span);
            Group::with_title(title).element(Snippet::source(line).line_start(at.line).path(path).annotation(mark))
        }
        None => Group::with_title(title).element(Origin::path(path)),
    };
    if let Some(hint) = &problem.hint {
        group = group.element(Level::HELP.message(hint));
    }
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// The line of a place, and the bytes to mark in it.
fn line(text: &str, at: Position) -> Option<(&str, Range<usize>)> {
    let line = text.lines().nth(at.line.checked_sub(1)?).unwrap_or_default();
    let byte = |column: usize| line.char_indices().nth(column).map_or(line.len(), |(byte, _)| byte);
    let begin = at.column.saturating_sub(1);
    Some((line, byte(begin)..byte(begin + at.length)))
}

#[cfg(test)]
mod tests {
    use sluice_engine::feed::FeedPlan;

    use super::*;

    #[test]
    fn the_line_is_shown_and_the_place_marked() {
        let yaml = "version: 1\nname: ü\nsource: {delimitr: ';'}\n";
        let problems = FeedPlan::from_yaml(yaml).err().unwrap_or_default();
        let shown: Vec<String> =
            problems.iter().map(|problem| show(problem, Kind::Error, "a.yaml", yaml, false)).collect();
        assert_eq!(
            shown,
            [
                "error: schema: is missing\n--> a.yaml",
                "error: source.delimitr: is not a key of the feed language
 --> a.yaml:3:10
  |
3 | source: {delimitr: ';'}
  |          ^^^^^^^^
  |
  = help: did you mean \"delimiter\"?",
            ]
        );
    }

    #[test]
    fn a_place_at_the_end_or_beyond_is_shown_all_the_same() {
        for (text, line, column) in [("a: [1", 1, 6), ("a: [1\n", 2, 1), ("", 1, 1), ("ü", 1, 9)] {
            let at = Position { line, column, length: 3 };
            let (line, span) = super::line(text, at).unwrap();
            assert!(line.get(span).is_some(), "{text:?}");
        }
    }
}
