//! Compares the header and the footer of a file with its feed.

use sluice_contract::{Chunk, ChunkNo};
use sluice_engine::encoding::SourceText;
use sluice_engine::feed::FeedPlan;
use sluice_engine::footer::Footer;
use sluice_engine::header::{self, HeaderCheck, LOCATE_BYTES, Located};
use sluice_engine::repair::Sheet;
use sluice_engine::scan::{ChunkSpan, FilePlan};
use sluice_engine::spec::Quotes;
use sluice_engine::{Code, Problem, Stage};

use crate::Error;

/// What is known of a file.
pub(crate) struct Seen<'a> {
    pub(crate) file: &'a FilePlan,
    /// Its header, if it had to be located.
    pub(crate) located: Option<&'a Located>,
    pub(crate) footer: &'a Result<Option<Footer>, Box<Problem>>,
    /// The start of its text.
    pub(crate) head: &'a [u8],
    /// Its length.
    pub(crate) bytes: u64,
}

/// Checks the header and the footer of a file against its feed.
pub(crate) fn look(feed: &FeedPlan, text: SourceText, is_repair: bool, seen: &Seen<'_>) -> HeaderCheck {
    let Seen { file, located, footer, head, bytes } = *seen;
    let mut check = match (&feed.source.columns, &file.labels) {
        // An array without elements is a file without records, like a header alone.
        _ if file.is_empty() && !text.is_rewritten() && !matches!(footer, Ok(Some(_))) => {
            let expected = if feed.source.columns.is_some() { "records" } else { "a header and records" };
            let found = match (bytes, feed.source.skip_lines) {
                _ if text.is_sheet() => {
                    "the sheet has no cells with content, or none below the rows that source.skipLines skips".to_owned()
                }
                (0, _) => "the file is empty: it has no bytes".to_owned(),
                (_, 0) => "the file has no records: nothing stands in it but blank lines or comments".to_owned(),
                (_, 1) => {
                    "the file has no records: nothing stands behind the line that source.skipLines skips".to_owned()
                }
                (_, skip) => {
                    format!(
                        "the file has no records: nothing stands behind the {skip} lines that source.skipLines skips"
                    )
                }
            };
            let message = format!("{found}; expected {expected}");
            let problem = Problem::new(Stage::Split, Code::SourceError, message);
            return HeaderCheck { binding: None, problems: vec![problem], notes: Vec::new() };
        }
        (Some(columns), _) => header::check(feed, columns),
        _ if located.is_none() && !feed.source.header.is_first_record() => {
            let message = format!("no header ends within the first {LOCATE_BYTES} bytes of the file");
            let problem = Problem::new(Stage::Split, Code::SourceError, message);
            return HeaderCheck { binding: None, problems: vec![problem], notes: Vec::new() };
        }
        (None, labels) => {
            let labels: Vec<_> = labels.iter().flatten().map(|label| text.show(label).into_owned()).collect();
            // In a repair, only the columns of the source are compared with the feed.
            let sheet = if is_repair { Sheet::of(&labels) } else { None };
            header::check(feed, sheet.as_ref().map_or(&labels[..], Sheet::labels))
        }
    };
    if !is_repair {
        if let Some(advice) = header::advise(feed, text, head, &check.problems) {
            // The advice names the cause; the problems so far only follow from it.
            check = HeaderCheck { binding: None, problems: vec![advice], notes: Vec::new() };
        } else if let Some(binding) = check.binding.as_ref().filter(|_| feed.json.is_some()) {
            check.notes.extend(header::unseen(feed, binding, text, head, head.len() as u64 == bytes));
        } else if check.problems.is_empty() {
            let end = before(footer.as_ref().ok().and_then(Option::as_ref), head);
            let data = usize::try_from(file.header.end).ok().and_then(|start| end.get(start..)).unwrap_or_default();
            let whole = end.len() < head.len() || head.len() as u64 == bytes;
            let labels = file.labels.as_deref().unwrap_or_default();
            check.notes.extend(header::uneven(feed, labels, data, whole));
        }
    }
    if let Some(located) = located {
        check.notes.extend(located.note.clone());
        if let Some(problem) = &located.problem
            && check.problems.iter().any(|problem| problem.code == Code::MissingLabel)
        {
            // It names all columns that are missing.
            check.problems.retain(|problem| problem.code != Code::MissingLabel);
            check.problems.insert(0, problem.clone());
        }
    }
    let broken = file.header_quotes.filter(|fault| feed.source.quotes == Quotes::Strict && fault.breaks_record());
    check.problems.extend(broken.map(|fault| fault.problem(Stage::Split)));
    match (footer, &feed.source.footer) {
        (Err(missing), _) => check.problems.push((**missing).clone()),
        (Ok(Some(footer)), Some(plan)) => {
            check.problems.extend(footer.check(plan, file.records));
            check.notes.extend(footer.note());
        }
        _ => {}
    }
    check
}

/// The part of a file's start that comes before its footer.
fn before<'h>(footer: Option<&Footer>, head: &'h [u8]) -> &'h [u8] {
    let end = footer.and_then(|footer| usize::try_from(footer.position.offset).ok()).unwrap_or(head.len());
    &head[..end.min(head.len())]
}

/// Numbers the chunks for the manifest.
pub(crate) fn number(plan: &FilePlan) -> Result<Vec<Chunk>, Error> {
    let number = |(index, span): (usize, &ChunkSpan)| {
        let number = u32::try_from(index + 1).map_err(|_| Error::TooManyChunks)?;
        Ok(Chunk {
            chunk: ChunkNo(number),
            start: span.range.start,
            end: span.range.end,
            first_record: span.first_record,
            first_line: span.first_line,
            records: span.records,
        })
    };
    plan.chunks.iter().enumerate().map(number).collect()
}
