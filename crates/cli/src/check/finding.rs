//! A problem with its place in the file, the expectation, and a fix.

use std::ops::Range;
use std::sync::Arc;

use sluice_engine::dialect::Dialect;
use sluice_engine::encoding::SourceText;
use sluice_engine::fixed::FixedLayout;
use sluice_engine::json::LineReader;
use sluice_engine::record::cell_spans;
use sluice_engine::{Code, Problem};

use super::excerpt::{Excerpt, Source};
use super::expected::expected;
use super::feed::Written;
use super::fix::fix;
use super::secret::secret_columns;

/// A problem with its place in the file, the expectation, and a fix.
pub struct Finding {
    /// Its level.
    pub level: Level,
    /// The problem.
    pub problem: Problem,
    /// The record, from 1; 0 is the header, and `None` the whole file.
    pub record: Option<u64>,
    /// The line with the place marked; `None` if there is no line to show.
    pub excerpt: Option<Excerpt>,
    /// Whether the excerpt marks the place, or only shows where the record begins.
    pub marked: bool,
    /// Whether the marked character is that of the file. A record of an array or of a sheet is shown as a line.
    pub exact: bool,
    /// The expectation, in a few words.
    pub expected: Option<String>,
    /// How to fix it.
    pub fix: String,
}

/// The level of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It rejects a record, or the file.
    Error,
    /// It stops nothing.
    Note,
}

impl Level {
    /// The level as text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Note => "note",
        }
    }
}

/// A record in the file.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// Its number, from 1; 0 for the header.
    pub record: u64,
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Its bytes as they came.
    pub raw: &'a [u8],
}

/// Where the cells of a record are.
#[derive(Clone, Debug)]
pub enum Cells {
    /// As a dialect separates them.
    Of(Dialect),
    /// The values that pointers find in a line of JSON.
    Json,
    /// By the positions of characters.
    Fixed(Arc<FixedLayout>),
}

/// Turns the problems of a file into findings.
pub struct Finder<'a> {
    feed: &'a Written,
    cells: Cells,
    text: SourceText,
    labels: Vec<String>,
    secret: Vec<bool>,
}

impl<'a> Finder<'a> {
    /// Creates a finder for a file with these columns and this encoding.
    pub fn new(feed: &'a Written, cells: Cells, text: SourceText, labels: Vec<String>) -> Self {
        let secret = secret_columns(feed, &labels);
        Self { feed, cells, text, labels, secret }
    }

    /// The finding for a problem.
    pub fn find(&self, level: Level, problem: &Problem, place: Option<Place<'_>>) -> Finding {
        let marked = place.map(|place| self.excerpt(problem, place));
        let (excerpt, marked) = marked.map_or((None, false), |(excerpt, marked)| (Some(excerpt), marked));
        Finding {
            level,
            problem: problem.clone(),
            record: place.map(|place| place.record),
            excerpt,
            marked,
            exact: marked && !self.text.is_rewritten() && !self.text.is_sheet(),
            expected: expected(self.feed, problem, self.labels.len(), self.text.encoding().name()),
            fix: fix(self.feed, problem),
        }
    }

    /// The line to show, and whether the place of the problem is marked in it.
    fn excerpt(&self, problem: &Problem, place: Place<'_>) -> (Excerpt, bool) {
        let spans = match &self.cells {
            Cells::Of(dialect) => cell_spans(*dialect, place.raw),
            Cells::Json => return self.json(problem, place),
            Cells::Fixed(layout) => layout.cells(self.text, place.raw),
        };
        let masked = match place.record {
            0 => Vec::new(),
            // With a wrong number of cells, nobody knows which one is sensitive.
            _ if spans.len() != self.labels.len() => vec![self.secret.contains(&true); spans.len()],
            _ => self.secret.clone(),
        };
        let part = self.part(problem, &spans, place.raw, &masked);
        let source = Source { raw: place.raw, text: self.text, line: place.line, spans, masked };
        (source.mark(part.clone().unwrap_or(0..0)), part.is_some())
    }

    /// The line of a record of JSON, and whether the place of the problem is marked in it.
    fn json(&self, problem: &Problem, place: Place<'_>) -> (Excerpt, bool) {
        // Pointers find parts of a text. A line that is none shows its bytes, and no part is marked.
        let decoded = self.text.decode(place.raw);
        let (spans, fault) = match &decoded {
            Ok(line) => LineReader::new(&self.labels, SourceText::UTF_8).spans(line),
            Err(_) => (Vec::new(), self.text.undecodable(place.raw).next().map(|(at, _)| at..at + 1)),
        };
        let (raw, text) = match &decoded {
            Ok(line) => (line.as_bytes(), SourceText::UTF_8),
            Err(_) => (place.raw, self.text),
        };
        let column = problem.column.as_ref().and_then(|column| self.labels.iter().position(|label| label == column));
        let part = fault.clone().or_else(|| spans.get(column?).cloned());
        // In a line that cannot be read, nobody knows where the sensitive values are.
        let secret = if fault.is_some() && self.secret.contains(&true) {
            std::iter::once(0..raw.len()).collect()
        } else {
            let of_secret = spans.into_iter().zip(&self.secret).filter(|(_, secret)| **secret);
            let mut spans: Vec<Range<usize>> = of_secret.map(|(span, _)| span).collect();
            spans.sort_unstable_by_key(|span| span.start);
            spans
        };
        let masked = vec![true; secret.len()];
        let source = Source { raw, text, line: place.line, spans: secret, masked };
        (source.mark(part.clone().unwrap_or(0..0)), part.is_some())
    }

    /// The bytes of the record that a problem concerns.
    fn part(&self, problem: &Problem, spans: &[Range<usize>], raw: &[u8], masked: &[bool]) -> Option<Range<usize>> {
        match problem.code {
            Code::MissingCell => Some(raw.len()..raw.len()),
            Code::ExtraCell => spans.get(self.labels.len()).map(|first| first.start..raw.len()),
            _ => {
                let column = problem.column.as_ref()?;
                let index = self.labels.iter().position(|label| label == column)?;
                let cell = spans.get(index)?.clone();
                // Marks the byte itself, which may be lines below the start of its cell.
                let is_shown = masked.get(index) != Some(&true);
                let bad = (problem.code == Code::EncodingError && is_shown)
                    .then(|| self.text.undecodable(&raw[cell.clone()]).next())
                    .flatten();
                Some(bad.map_or(cell.clone(), |(at, _)| {
                    let start = cell.start + at;
                    start..start + self.text.undecodable_length()
                }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sluice_engine::Stage;
    use sluice_engine::feed::read;

    use super::*;

    /// The line as shown, with the marked part in brackets.
    fn shown(text: SourceText, raw: &[u8], code: Code, column: &str) -> (String, bool) {
        let yaml = "{version: 1, name: x, source: {format: jsonl}, restructure: {mail: {from: /who/mail}}, schema: {fields: [{name: \
                    id}, {name: mail, sensitive: true}, {name: price}]}, import: {table: x, key: [id]}}";
        let feed = Written::new(read(yaml).unwrap().0, Path::new("feed.yaml"));
        let labels = ["/id", "/who/mail", "/price"].map(str::to_owned).to_vec();
        let finder = Finder::new(&feed, Cells::Json, text, labels);
        let problem = Problem::new(Stage::Restructure, code, "");
        let problem = if column.is_empty() { problem } else { problem.column(column) };
        let found = finder.find(Level::Error, &problem, Some(Place { record: 1, line: 7, raw }));
        let Excerpt { before, cell, after, .. } = found.excerpt.unwrap();
        (format!("{before}[{cell}]{after}"), found.exact)
    }

    #[test]
    fn a_value_of_json_is_marked_and_a_sensitive_one_is_hidden() {
        let line = br#"{"price":"x","who":{"mail":"a@b.c"},"id":1}"#;
        for (text, raw, code, column, expected, exact) in [
            (
                SourceText::UTF_8,
                &line[..],
                Code::TypeError,
                "/price",
                r#"{"price":["x"],"who":{"mail":•••},"id":1}"#,
                true,
            ),
            (
                SourceText::UTF_8,
                line,
                Code::TypeError,
                "/who/mail",
                r#"{"price":"x","who":{"mail":[•••]},"id":1}"#,
                true,
            ),
            // A value that is not there is marked at the end of the line.
            (SourceText::UTF_8, br#"{"id":1}"#, Code::ConstraintError, "/price", r#"{"id":1}[]"#, true),
            (SourceText::UTF_8, br#"{"who":{"mail":"a"},}"#, Code::JsonError, "", "•••[•••]", true),
            (
                SourceText::UTF_8.rewritten(),
                line,
                Code::TypeError,
                "/price",
                r#"{"price":["x"],"who":{"mail":•••},"id":1}"#,
                false,
            ),
            (SourceText::UTF_8, b"{\"price\":\"\xff\"}", Code::EncodingError, "", "•••[•••]•••", true),
        ] {
            let found = shown(text, raw, code, column);
            assert_eq!(found, (expected.to_owned(), exact), "{code}");
        }
    }
}
