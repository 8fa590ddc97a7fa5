//! Finds a header that is not the first record of its file, or that has several records.
//!
//! It is looked for once, in the start of the file, before the file is scanned: the scan begins behind it, and so knows nothing of it.

use std::collections::HashSet;

use super::join::{Rows, join};
use super::label;
use crate::display::count;
use crate::encoding::SourceText;
use crate::feed::FeedPlan;
use crate::mapping::Mapping;
use crate::record::{Position, QuoteCheck, QuoteFault, Reader};
use crate::scan::{FilePlan, Origin, Preamble};
use crate::{ByteRange, Code, Problem, Stage};

/// How much of the start of a file is needed, in bytes: 1 MiB, the default length of a record.
pub const LOCATE_BYTES: u64 = 1024 * 1024;

/// The longest record that is taken for a header that is looked for, in bytes: 256 KiB. With an odd quote on each line, so much is
/// read for each of them.
const LONGEST: usize = 256 * 1024;

/// Bytes of a line that are read at a time: few headers are longer.
const PIECE: usize = 4096;

/// The header of a file, found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The bytes of its records.
    pub range: ByteRange,
    /// Where the data may begin.
    pub data: Origin,
    /// The labels, in the encoding of the file.
    pub labels: Vec<Vec<u8>>,
    /// A fault in the quotes of one of its records.
    quotes: Option<QuoteFault>,
    /// Why these records are no header.
    pub problem: Option<Problem>,
    /// What stands above it, if it was looked for.
    pub note: Option<Problem>,
}

impl Located {
    /// Completes the plan of a file whose scan began behind this header.
    #[must_use]
    pub fn complete(&self, plan: FilePlan) -> FilePlan {
        FilePlan { labels: Some(self.labels.clone()), header_quotes: self.quotes, header: self.range, ..plan }
    }
}

/// Finds the header in the start of a file, of which there are at least [`LOCATE_BYTES`] unless it is shorter. `None` if the file has no
/// record there.
///
/// With `header: find`, each line may begin the header, so that an odd quote in a title hides nothing. If no line has all
/// labels that the feed needs, the result is the one that comes nearest, with the problem.
#[must_use]
pub fn locate(plan: &FeedPlan, text: SourceText, head: &[u8]) -> Option<Located> {
    let plan = plan.rows();
    let mut preamble = Preamble::new(plan.source.skip_lines);
    let start = preamble.push(head).unwrap_or_else(|| preamble.end());
    let Some(within) = plan.source.header.within else {
        return Candidate::at(plan, text, head, start).map(|found| found.located(None, None));
    };
    let mut best: Option<Candidate> = None;
    let mut tried = None;
    for line in lines(head, start, within) {
        // A quote that is never closed leaves no record.
        let Some(found) = Candidate::at(plan, text, head, line) else { continue };
        // Blank lines and comments lead to the record behind them.
        if found.position.line >= start.line + within {
            break;
        }
        if tried.replace(found.position.offset) == Some(found.position.offset) {
            continue;
        }
        if found.missing.is_empty() {
            let above = found.position.line - start.line;
            return Some(found.located(None, note(start.line, above)));
        }
        if best.as_ref().is_none_or(|best| found.missing.len() < best.missing.len()) {
            best = Some(found);
        }
    }
    let best = best?;
    let problem = best.problem(start.line, within);
    Some(best.located(Some(problem), None))
}

/// Says which lines above a header are not data.
fn note(first: u64, lines: u64) -> Option<Problem> {
    let which = match lines {
        0 => return None,
        1 => format!("line {first} is above the header"),
        _ => format!("the {lines} lines {first} to {} are above the header", first + lines - 1),
    };
    let (is, line) =
        if lines == 1 { ("it is not read as data", first + 1) } else { ("they are not read as data", first + lines) };
    Some(Problem::new(Stage::Split, Code::Preamble, format!("{which}, which is on line {line}: {is}")))
}

/// The starts of the first lines from an origin on.
fn lines(head: &[u8], start: Origin, within: u64) -> impl Iterator<Item = Origin> {
    let mut next = Some(start);
    std::iter::from_fn(move || {
        let here = next?;
        let rest = usize::try_from(here.offset).ok().and_then(|at| head.get(at..)).filter(|rest| !rest.is_empty())?;
        next = memchr::memchr2(b'\n', b'\r', rest).map(|end| {
            let length = end + if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
            Origin { offset: here.offset + length as u64, line: here.line + 1 }
        });
        Some(here)
    })
    .take(usize::try_from(within).unwrap_or(usize::MAX))
}

/// Records that may be the header.
struct Candidate {
    position: Position,
    data: Origin,
    labels: Vec<Vec<u8>>,
    quotes: Option<QuoteFault>,
    /// For each field that needs a column and does not find it, the possible names.
    missing: Vec<String>,
}

impl Candidate {
    /// The records from the start of a line on; `None` if there is none.
    fn at(plan: &FeedPlan, text: SourceText, head: &[u8], start: Origin) -> Option<Self> {
        let position = Position { offset: start.offset, line: start.line, record: 0 };
        let longest = if plan.source.header.within.is_some() { LONGEST } else { head.len() };
        let mut reader = Reader::new(plan.dialect, position).max_record(longest);
        let rest = usize::try_from(start.offset).ok().and_then(|at| head.get(at..)).unwrap_or_default();
        let mut pieces = rest.chunks(PIECE);
        let check = QuoteCheck::new(plan.dialect);
        let (mut rows, mut first, mut quotes) = (Rows::new(), None, None);
        let mut is_ended = false;
        while rows.len() < plan.source.header.rows {
            match reader.next_record() {
                Ok(Some(record)) => {
                    first.get_or_insert(record.position);
                    quotes = quotes.or_else(|| check.fault(&record).filter(QuoteFault::breaks_record));
                    rows.push(record.iter().map(<[u8]>::to_vec).collect());
                    continue;
                }
                Ok(None) if is_ended => break,
                Ok(None) => {}
                Err(_) => break,
            }
            match pieces.next() {
                Some(piece) => reader.push(piece),
                None => {
                    reader.end();
                    is_ended = true;
                }
            }
        }
        let position = first?;
        let end = reader.position();
        let mut offset = end.offset;
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        if head.get(..at).is_some_and(|before| before.ends_with(b"\r")) && head.get(at) == Some(&b'\n') {
            // Both bytes are one line break.
            offset += 1;
        }
        // What ends with the bytes at hand may go on.
        if head.len() as u64 >= LOCATE_BYTES && offset >= head.len() as u64 {
            return None;
        }
        let labels = join(&rows, text);
        let missing = missing(plan, text, &labels);
        Some(Self { position, data: Origin { offset, line: end.line }, labels, quotes, missing })
    }

    fn located(self, problem: Option<Problem>, note: Option<Problem>) -> Located {
        let range = ByteRange { start: self.position.offset, end: self.data.offset };
        Located { range, data: self.data, labels: self.labels, quotes: self.quotes, problem, note }
    }

    /// The problem of a file without the header that the feed looks for.
    fn problem(&self, first: u64, within: u64) -> Problem {
        let message = format!(
            "no record on the lines {first} to {} has all columns that the feed needs; the one on line {} comes nearest and lacks \
             {}; if the header is further below, raise source.headerWithin",
            first + within - 1,
            self.position.line,
            self.lacks()
        );
        Problem::new(Stage::Split, Code::MissingLabel, message)
    }

    fn lacks(&self) -> String {
        const MOST: usize = 5;
        let named = self.missing.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
        match self.missing.len().saturating_sub(MOST) {
            0 => named,
            more => format!("{named} and {}", count(more as u64, "more column")),
        }
    }
}

/// The columns that the feed needs and that are not among these labels.
fn missing(plan: &FeedPlan, text: SourceText, labels: &[Vec<u8>]) -> Vec<String> {
    let key = |label: &str| label::key(plan.labels.matching, label);
    let there: HashSet<String> = labels.iter().map(|label| key(text.show(label).trim())).collect();
    let has = |mapping: &Mapping| mapping.source.names().iter().any(|name| there.contains(&key(name)));
    let names = |mapping: &Mapping| {
        let names = mapping.source.names().iter().map(|name| format!("{name:?}"));
        names.collect::<Vec<_>>().join(" or ")
    };
    let needed = plan.mappings.iter().enumerate().filter(|(at, _)| plan.needs_column(*at));
    let mut missing: Vec<String> =
        needed.filter(|(_, mapping)| !has(mapping)).map(|(_, mapping)| names(mapping)).collect();
    if plan.labels.any && missing.is_empty() && !plan.mappings.iter().any(has) {
        missing.push("every column".to_owned());
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(source: &str) -> FeedPlan {
        let yaml = format!(
            "{{version: 1, name: a, source: {{{source}}}, restructure: {{name: {{from: [Name, Title]}}}}, schema: {{fields: [{{name: id, \
             constraints: {{required: true}}}}, {{name: name}}]}}, import: {{table: a, key: [id]}}}}"
        );
        FeedPlan::from_yaml(&yaml).unwrap()
    }

    /// What is found: the bytes of the header and the line of the data, the labels, and what is said.
    fn found(source: &str, file: &str) -> Option<(String, u64, String, Option<String>)> {
        let located = locate(&plan(source), SourceText::UTF_8, file.as_bytes())?;
        let [start, end] = [located.range.start, located.range.end].map(|at| usize::try_from(at).unwrap());
        assert_eq!(located.data.offset, located.range.end);
        let labels: Vec<_> = located.labels.iter().map(|label| String::from_utf8_lossy(label).into_owned()).collect();
        let said = located.problem.or(located.note).map(|problem| problem.to_string());
        Some((file[start..end].to_owned(), located.data.line, labels.join("|"), said))
    }

    #[test]
    fn a_header_is_found_where_all_labels_are() {
        let above = |lines: &str, line: u64| {
            let is = if lines.starts_with("line") { "is" } else { "are" };
            let it = if is == "is" { "it is" } else { "they are" };
            Some(format!("[preamble] {lines} {is} above the header, which is on line {line}: {it} not read as data"))
        };
        for (source, file, expected) in [
            ("header: find", "id,Name\n1,a\n", ("id,Name\n", 2, "id|Name", None)),
            ("header: find", "\u{feff}id,Title\r\n1,a\r\n", ("id,Title\r\n", 2, "id|Title", None)),
            (
                "header: find",
                "Stock\nid\n\nid,Name\n1,a\n",
                ("id,Name\n", 5, "id|Name", above("the 3 lines 1 to 3", 4)),
            ),
            // A quote that is never closed hides nothing.
            ("header: find", "\"Stock\nid,Name\n1,a\n", ("id,Name\n", 3, "id|Name", above("line 1", 2))),
            (
                "header: find",
                "\"Stock\nof\"\nid,\"Na\nme\",Name\n1",
                ("id,\"Na\nme\",Name\n", 5, "id|Na\nme|Name", above("the 2 lines 1 to 2", 3)),
            ),
            ("header: find, skipLines: 1", "id,Name\nx\nid,Name\n", ("id,Name\n", 4, "id|Name", above("line 2", 3))),
            ("header: find, headerRows: 2", "x\n,Name\nid,\n1,a\n", (",Name\nid,\n", 4, "id|Name", above("line 1", 2))),
            (
                "header: find, labels: {match: loose}",
                "x\nID,NAME\n1,a\n",
                ("ID,NAME\n", 3, "ID|NAME", above("line 1", 2)),
            ),
            ("header: find, labels: {missing: ignore}", "x\nid\n1\n", ("id\n", 3, "id", above("line 1", 2))),
            (
                "header: find, commentChar: '#'",
                "#\n#\nid,Name\n1,a\n",
                ("id,Name\n", 4, "id|Name", above("the 2 lines 1 to 2", 3)),
            ),
            ("headerRows: 2", "a,\nid,Name\n1,a\n", ("a,\nid,Name\n", 3, "a id|a Name", None)),
            ("headerRows: 2, skipLines: 1", "t\na\nid\n", ("a\nid\n", 4, "a id", None)),
            ("headerRows: 3", "a,b\nid,Name", ("a,b\nid,Name", 2, "a id|b Name", None)),
        ] {
            let (header, line, labels, said) = expected;
            assert_eq!(found(source, file), Some((header.to_owned(), line, labels.to_owned(), said)), "{file:?}");
        }
        assert_eq!(found("header: find", ""), None);
        assert_eq!(found("header: find", "\n\n"), None);
        assert_eq!(found("headerRows: 2", ""), None);
    }

    #[test]
    fn what_comes_nearest_is_named() {
        let message = |last: u64, line: u64, lacks: &str| {
            format!(
                "[missing-label] no record on the lines 1 to {last} has all columns that the feed needs; the one on line {line} comes \
                 nearest and lacks {lacks}; if the header is further below, raise source.headerWithin"
            )
        };
        for (source, file, header, expected) in [
            ("header: find", "x\nid,y\nName\n", "id,y\n", message(20, 2, "\"Name\" or \"Title\"")),
            ("header: find", "x\ny\n", "x\n", message(20, 1, "\"id\", \"Name\" or \"Title\"")),
            ("header: find, headerWithin: 2", "x\nid\nid,Name\n", "id\n", message(2, 2, "\"Name\" or \"Title\"")),
            (
                "header: find, headerWithin: 2",
                "x\n\n\nid,Name\n",
                "x\n",
                message(2, 1, "\"id\", \"Name\" or \"Title\""),
            ),
        ] {
            let (found, _, _, said) = found(source, file).unwrap();
            assert_eq!((found.as_str(), said), (header, Some(expected)), "{file:?}");
        }
    }

    #[test]
    fn a_header_that_may_go_on_is_none() {
        let mut file = format!("id,Name,{}\n", "x".repeat(usize::try_from(LOCATE_BYTES).unwrap()));
        assert_eq!(found("headerRows: 2", &file), None);
        assert_eq!(found("header: find", &file), None);
        file.replace_range(100.., "\n");
        assert!(found("header: find", &file).is_some());
    }

    /// Whatever is above it, the header of any width is found on its line.
    #[test]
    fn a_header_longer_than_a_piece_is_found() {
        let long = format!("id,Name,{}\n", "x".repeat(3 * PIECE));
        let (header, line, ..) = found("header: find", &format!("t\n{long}1,a,b\n")).unwrap();
        assert_eq!((header, line), (long, 3));
    }
}
