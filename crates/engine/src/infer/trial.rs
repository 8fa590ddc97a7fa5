//! Tries a draft on the file from which it was made. The results are those of an import.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::Severity;
use crate::encoding::SourceText;
use crate::feed::FeedPlan;
use crate::fixed::FixedReader;
use crate::group::{Assembled, Assembler, RecordReader};
use crate::header::{self, Binding};
use crate::json::{LineReader, Pointer};
use crate::record::{Position, Reader};
use crate::restructure::{Omit, Restructurer};
use crate::row::Row;
use crate::row_reader::RowReader;
use crate::validate::Judge;
use crate::{Code, Problem, RunContext};

/// Maximum number of examples for each problem of a field.
const MAX_EXAMPLES: usize = 3;

/// The number of first records for which it is remembered whether they are rejected.
const MAX_FIRST: usize = 16;

/// The feed of a draft, bound to the header of its file.
pub struct Bound {
    plan: FeedPlan,
    binding: Binding,
    context: RunContext,
}

impl Bound {
    /// Binds a feed to these labels; `None` if it cannot read them.
    #[must_use]
    pub fn new(plan: FeedPlan, labels: &[String]) -> Option<Self> {
        let binding = header::check(&plan, labels).binding?;
        Some(Self { plan, binding, context: RunContext { as_of: Timestamp::UNIX_EPOCH } })
    }

    /// The array of JSON that holds the records, if the feed names one.
    #[must_use]
    pub fn records(&self) -> Option<&Pointer> {
        self.plan.json.as_ref()?.records.as_ref()
    }
}

/// Reads the records of a file with a feed, part by part.
pub struct Trial<'p> {
    reader: Reader,
    /// Makes records of lines of JSON, or of fixed width.
    lines: Option<RowReader>,
    /// The number of records of the header that are not read yet.
    header: usize,
    /// How many numbers of records its further records take.
    further: u64,
    /// The number of the record with which the footer begins.
    footer: Option<u64>,
    omit: Omit,
    restructurer: Restructurer<'p>,
    judge: Judge<'p>,
    /// Makes items of several records, if the feed has groups.
    items: Option<(RecordReader<'p>, Assembler<'p>)>,
    outcome: Outcome,
}

/// The outcome of the records of a file. Problems across records, such as duplicate keys, are not checked.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Records that were read and not omitted.
    pub records: u64,
    /// Omitted records.
    pub(super) omitted: u64,
    /// Rejected records.
    pub rejected: u64,
    /// The problems of the rejected records, by field and code.
    pub(super) problems: BTreeMap<(Option<String>, Code), Problems>,
    /// For each of the first records, whether it is not imported.
    pub(super) first: Vec<bool>,
}

impl Outcome {
    /// Counts a problem of a record.
    fn see(&mut self, position: Position, problem: Problem) {
        let severity = problem.severity;
        let problems = self.problems.entry((problem.field, problem.code)).or_default();
        problems.count += 1;
        problems.rejects = severity != Severity::Warn;
        if problems.examples.len() < MAX_EXAMPLES {
            problems.examples.push((position.record, problem.value.unwrap_or_default()));
        }
    }

    /// Counts an omitted record. It is not imported either, and keeps its place.
    fn omit(&mut self) {
        self.omitted += 1;
        self.not_imported(true);
    }

    /// Remembers for one of the first records whether it is not imported.
    fn not_imported(&mut self, is_not: bool) {
        if self.first.len() < MAX_FIRST {
            self.first.push(is_not);
        }
    }
}

/// Records with the same problem.
#[derive(Clone, Debug, Default)]
pub(super) struct Problems {
    pub count: u64,
    /// Whether the problem rejects its records, or only warns.
    pub rejects: bool,
    /// The first of them by number, with their value.
    pub examples: Vec<(u64, String)>,
}

impl<'p> Trial<'p> {
    /// Starts to read a file with a feed; `text` says how cells are decoded.
    #[must_use]
    pub fn new(bound: &'p Bound, text: SourceText) -> Self {
        let Bound { plan, binding, context } = bound;
        // A record that is made of JSON is UTF-8.
        let decoded = if plan.json.is_some() { SourceText::UTF_8 } else { text };
        let header = if plan.source.columns.is_none() { plan.source.header.rows } else { 0 };
        let lines = match &plan.source.fixed {
            Some(layout) => Some(RowReader::Fixed(Box::new(FixedReader::new(Arc::clone(layout), text)))),
            None => plan.json.as_ref().map(|_| RowReader::Json(Box::new(LineReader::new(&binding.labels, text)))),
        };
        let start = if header > 0 { Position::START } else { Position::START_OF_DATA };
        Self {
            reader: Reader::new(plan.dialect, start).skip_lines(plan.source.skip_lines),
            lines,
            header,
            further: (header as u64).saturating_sub(1),
            footer: None,
            omit: Omit::new(plan, &binding.labels, text),
            restructurer: Restructurer::new(plan.rows(), binding, decoded, context),
            judge: Judge::new(plan, context),
            items: plan.group.as_ref().map(|group| {
                let reader = RecordReader::new(group, binding, decoded, context);
                (reader, Assembler::new(plan, group, context, false))
            }),
            outcome: Outcome::default(),
        }
    }

    /// Begins behind this many lines, if the feed looks for its header there.
    #[must_use]
    pub fn after(mut self, lines: u64) -> Self {
        if lines > 0 {
            self.reader = self.reader.skip_lines(lines);
        }
        self
    }

    /// Leaves out the footer, which begins with the record of this number.
    #[must_use]
    pub fn before(mut self, footer: Option<u64>) -> Self {
        self.footer = footer;
        self
    }

    /// Takes the next bytes of the source; an empty part ends it. `false` if the rest cannot be read.
    pub fn push(&mut self, part: &[u8]) -> bool {
        if part.is_empty() {
            self.reader.end();
        } else {
            self.reader.push(part);
        }
        loop {
            match self.reader.advance() {
                Ok(true) if self.header > 0 => self.header -= 1,
                Ok(true) => self.record(),
                Ok(false) => {
                    if part.is_empty() {
                        self.end();
                    }
                    return true;
                }
                Err(_) => return false,
            }
        }
    }

    fn record(&mut self) {
        let Self { reader, lines, omit, restructurer, judge, items, outcome, further, .. } = self;
        let mut record = reader.record();
        record.position.record -= *further;
        if self.footer.is_some_and(|footer| record.position.record >= footer) {
            return;
        }
        let position = record.position;
        if omit.name(&record).is_some() {
            outcome.omit();
            return;
        }
        if let Some((reader, assembler)) = items {
            assembler.take(position, reader.read(lines.as_mut(), &record));
            self.items();
            return;
        }
        let record = match lines.as_mut().map(|lines| lines.read(&record)) {
            Some(Row { problem: Some(problem), .. }) => {
                outcome.records += 1;
                outcome.rejected += 1;
                outcome.not_imported(true);
                outcome.see(position, problem);
                return;
            }
            Some(Row { record: Ok(made), .. }) => made,
            _ => record,
        };
        let made = restructurer.restructure(&record);
        if made.omitted.is_some() {
            outcome.omit();
            return;
        }
        outcome.records += 1;
        let problems = made.problems;
        if !problems.iter().any(|problem| problem.field.is_none() && !problem.is_warning()) {
            judge.judge(&made.texts, problems);
        }
        let rejected = problems.iter().any(|problem| !problem.is_warning());
        outcome.rejected += u64::from(rejected);
        outcome.not_imported(rejected);
        problems.drain(..).for_each(|problem| outcome.see(position, problem));
    }

    /// Ends the last item.
    fn end(&mut self) {
        if let Some((_, assembler)) = &mut self.items {
            assembler.end();
        }
        self.items();
    }

    /// Counts the items that are complete, by their records.
    fn items(&mut self) {
        let Self { judge, items, outcome, .. } = self;
        let Some((_, assembler)) = items else { return };
        while let Some(assembled) = assembler.pop() {
            let (position, mut item) = match assembled {
                Assembled::Omitted(..) => {
                    outcome.omit();
                    continue;
                }
                Assembled::Item(position, item) => (position, item),
            };
            let mut problems = std::mem::take(&mut item.problems);
            if problems.iter().all(|problem| problem.field.is_some() || problem.is_warning()) {
                judge.judge(&item, &mut problems);
            }
            let rejected = problems.iter().any(|problem| !problem.is_warning());
            for _ in 0..=item.records.others.len() {
                outcome.records += 1;
                outcome.rejected += u64::from(rejected);
                outcome.not_imported(rejected);
            }
            for problem in problems {
                outcome.see(position, problem);
            }
        }
    }

    /// The outcome of the records.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        self.outcome
    }
}

impl Outcome {
    /// The problems of whole records, except wrong numbers of cells, which are reported elsewhere.
    pub(super) fn of_records(&self) -> impl Iterator<Item = (Code, &Problems)> {
        let of = |((field, code), _): &(&(Option<String>, Code), &Problems)| {
            field.is_none() && !matches!(code, Code::ExtraCell | Code::MissingCell)
        };
        self.problems.iter().filter(of).map(|((_, code), problems)| (*code, problems))
    }

    /// The problems of a field.
    pub(super) fn of_field<'o>(&'o self, name: &'o str) -> impl Iterator<Item = (Code, &'o Problems)> {
        let of = move |((field, _), _): &(&(Option<String>, Code), &Problems)| field.as_deref() == Some(name);
        self.problems.iter().filter(of).map(|((_, code), problems)| (*code, problems))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::tests::compiled;

    /// A feed for JSON that omits records is tried like any other: they are neither accepted nor rejected.
    #[test]
    fn a_trial_of_json_omits_what_the_feed_omits() {
        let yaml = "{version: 1, name: a, source: {format: jsonl, omit: {conditions: [{name: deleted, when: 'row[\"/state\"] == \"deleted\"'}]}}, \
                    schema: {fields: [{name: id, constraints: {required: true}}, {name: price, type: number}]}, import: {table: a, key: [id]}}";
        let text = "{\"id\":\"a\",\"price\":1.50}\n{\"id\":\"b\",\"state\":\"deleted\",\"price\":\"x\"}\n \n{\"id\":\"c\",\"price\":\"x\"}\n{\"id\"\n";
        for part in [1, 7, text.len()] {
            let plan = compiled(yaml);
            let labels = plan.source.columns.clone().unwrap();
            let bound = Bound::new(plan, &labels).unwrap();
            let mut trial = Trial::new(&bound, SourceText::UTF_8);
            for piece in text.as_bytes().chunks(part) {
                assert!(trial.push(piece));
            }
            assert!(trial.push(b""));
            let outcome = trial.outcome();
            assert_eq!((outcome.records, outcome.rejected, outcome.omitted), (3, 2, 2), "{part}");
            assert_eq!(outcome.first, [false, true, true, true, true]);
        }
    }

    /// A line that cannot be read may belong to the item before or behind it, so a trial rejects both, as the pipeline does.
    #[test]
    fn a_trial_of_json_with_groups_rejects_the_items_beside_a_line_that_cannot_be_read() {
        let yaml = "{version: 1, name: a, source: {format: jsonl}, group: {by: id, into: {lines: [sku]}}, \
                    schema: {fields: [{name: id, constraints: {required: true}}, {name: lines, type: array}, {name: sku}]}, \
                    import: {table: a, key: [id]}}";
        let text = "{\"id\":\"1\",\"sku\":\"a\"}\n{\"id\"\n{\"id\":\"2\",\"sku\":\"b\"}\n";
        let plan = compiled(yaml);
        let labels = plan.source.columns.clone().unwrap();
        let bound = Bound::new(plan, &labels).unwrap();
        let mut trial = Trial::new(&bound, SourceText::UTF_8);
        assert!(trial.push(text.as_bytes()) && trial.push(b""));
        let outcome = trial.outcome();
        assert_eq!((outcome.records, outcome.rejected), (3, 3));
    }
}
