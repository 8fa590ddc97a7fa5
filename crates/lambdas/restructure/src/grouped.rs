//! Restructures the records of a chunk of a feed with groups: several of them become one item.

use sluice_engine::Problem;
use sluice_engine::encoding::SourceText;
use sluice_engine::feed::GroupPlan;
use sluice_engine::group::{Assembled, Assembler, Item, ItemRecords, RecordReader};
use sluice_engine::problem::cell;
use sluice_engine::record::{Position, Rows};
use sluice_engine::validate::{Judge, Texts};
use sluice_platform::records::Records;
use sluice_platform::row_writer::RowWriter;
use sluice_platform::run::{Bound, Run};
use sluice_platform::valid_writer::ValidWriter;

use crate::{Error, begin};

/// What is written of a chunk.
pub(crate) struct Writers<'a> {
    pub(crate) left: RowWriter<'a>,
    pub(crate) settled: ValidWriter<'a>,
    /// Judges items, if the feed settles them.
    pub(crate) judge: Option<Judge<'a>>,
}

/// Restructures the records, and returns how many there were.
pub(crate) async fn restructure<'a>(
    run: &Run,
    group: &GroupPlan,
    bound: Bound,
    text: SourceText,
    mut records: Records,
    mut writers: Writers<'a>,
) -> Result<(u64, Writers<'a>), Error> {
    let Bound { binding, omit, mut row_reader } = bound;
    let mut reader = RecordReader::new(group, &binding, text, &run.context);
    let mut assembler = Assembler::new(&run.plan, group, &run.context, run.repairs().is_some());
    let fields = run.plan.fields.len();
    let mut found = 0;
    while records.advance_at_hand()? || records.advance().await? {
        found += 1;
        let record = records.record();
        if let Some(name) = omit.name(&record) {
            assembler.omit(record.position, name);
        } else {
            assembler.take(record.position, reader.read(row_reader.as_mut(), &record));
        }
        while let Some(assembled) = assembler.pop() {
            writers.write(assembled, fields);
        }
        writers.flush().await?;
    }
    assembler.end();
    while let Some(assembled) = assembler.pop() {
        writers.write(assembled, fields);
        writers.flush().await?;
    }
    Ok((found, writers))
}

impl Writers<'_> {
    fn write(&mut self, assembled: Assembled, fields: usize) {
        let mut said = String::new();
        let (at, item) = match assembled {
            Assembled::Omitted(at, name) => {
                said.push_str(&name);
                (at, None)
            }
            Assembled::Item(at, mut item) => {
                let mut problems = std::mem::take(&mut item.problems);
                let is_left = self.decide(at, &item, &mut problems, &mut said);
                let Some(is_decided) = is_left else { return };
                (at, Some((item, is_decided)))
            }
        };
        let none = ItemRecords::default();
        let records = item.as_ref().map_or(&none, |(item, _)| &item.records);
        self.left.row(|row| {
            begin_item(row, at, &said, records);
            match &item {
                Some((item, false)) => item.write(fields, row),
                _ => (0..fields).for_each(|_| row.cell(b"")),
            }
        });
    }

    /// Settles an item, or else writes down its problems and says whether these are all.
    fn decide(&mut self, at: Position, item: &Item, problems: &mut Vec<Problem>, said: &mut String) -> Option<bool> {
        // An error without a field concerns the item as a whole, which then has no fields to judge.
        let has_fields = problems.iter().all(|problem| problem.field.is_some() || problem.is_warning());
        let is_decided = match &mut self.judge {
            _ if !has_fields => true,
            None => false,
            Some(judge) => {
                let so_far = problems.len();
                let judged = judge.judge(item, problems);
                if problems.is_empty() {
                    self.settled.add_item(at.record, &item.records.others, &judged);
                    return None;
                }
                let is_rejected = !problems.iter().all(Problem::is_warning);
                if !is_rejected {
                    // `validate` judges an item with warnings again and counts them.
                    problems.truncate(so_far);
                }
                is_rejected
            }
        };
        cell::write(problems, is_decided, said);
        Some(is_decided)
    }

    async fn flush(&mut self) -> Result<(), Error> {
        if self.left.is_full() {
            self.left.flush().await?;
        }
        if self.settled.is_full() {
            self.settled.flush().await?;
        }
        Ok(())
    }
}

/// Writes the position of an item, the content of `_problems`, and which records it has.
fn begin_item(row: &mut Rows, at: Position, problems: &str, ItemRecords { others, found }: &ItemRecords) {
    begin(row, at, problems);
    row.cell(others.to_string());
    row.cell(found.to_string());
}
