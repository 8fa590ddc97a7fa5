//! From the columns of a source to the fields of a target record: clean, standardise, map.

mod clean;
mod pattern;

pub use pattern::{InvalidPattern, Pattern};

use std::borrow::Cow;

use crate::feed::{CleanSpec, FeedPlan};
use crate::header::Binding;
use crate::record::Record;
use crate::{Code, Problem, Stage};

/// How a field is made.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The field.
    pub field: String,
    /// The names that its column may have.
    pub from: Vec<String>,
    /// What is done to the text, in this order.
    pub clean: Vec<CleanSpec>,
    /// How a date is written in the file; it becomes ISO 8601.
    pub pattern: Option<Pattern>,
}

/// A record of the source as a target record, with what is wrong with it so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Restructured<'a> {
    /// The text of each field; empty where it has none, or where it is broken.
    pub texts: Vec<Cow<'a, str>>,
    /// What is wrong. A problem without a field concerns the record as a whole: it has no fields then.
    pub problems: Vec<Problem>,
}

/// Turns a record of the source into a target record.
///
/// A record whose number of cells is not the header's is told and not read further: to guess which
/// cell is missing or too many would shift columns.
#[must_use]
pub fn restructure<'a>(plan: &FeedPlan, binding: &Binding, record: &Record<'a>) -> Restructured<'a> {
    let expected = binding.labels.len();
    if record.len() != expected {
        return Restructured {
            texts: vec![Cow::Borrowed(""); plan.fields.len()],
            problems: vec![wrong_number_of_cells(binding, record.len())],
        };
    }
    let mut problems = Vec::new();
    let mut texts = Vec::with_capacity(plan.mappings.len());
    for (mapping, column) in plan.mappings.iter().zip(&binding.columns) {
        let cell = record.get(*column).unwrap_or_default();
        let label = &binding.labels[*column];
        let text = match std::str::from_utf8(cell) {
            Ok(text) => read(mapping, text),
            Err(error) => Err(not_utf8(record, cell, error.valid_up_to())),
        };
        texts.push(text.unwrap_or_else(|problem| {
            problems.push(problem.field(&mapping.field).column(label));
            Cow::Borrowed("")
        }));
    }
    Restructured { texts, problems }
}

fn read<'a>(mapping: &Mapping, cell: &'a str) -> Result<Cow<'a, str>, Problem> {
    let text = mapping.clean.iter().fold(Cow::Borrowed(cell), |text, step| clean::apply(step, text));
    let Some(pattern) = &mapping.pattern else { return Ok(text) };
    if text.is_empty() {
        return Ok(text);
    }
    pattern.read(&text).map(Cow::Owned).ok_or_else(|| {
        let message = format!("{text:?} is not a date as the pattern {pattern} has it");
        Problem::new(Stage::Restructure, Code::TypeError, message).value(&text)
    })
}

fn wrong_number_of_cells(binding: &Binding, found: usize) -> Problem {
    let expected = binding.labels.len();
    if found > expected {
        let message = format!("has {found} cells, but the header has {expected}: {} too many", found - expected);
        return Problem::new(Stage::Restructure, Code::ExtraCell, message);
    }
    let missing = binding.labels[found..].iter().map(|label| format!("{label:?}")).collect::<Vec<_>>().join(", ");
    let message =
        format!("has {found} cells, but the header has {expected}: none for {missing}, or one was lost before");
    Problem::new(Stage::Restructure, Code::MissingCell, message)
}

fn not_utf8(record: &Record<'_>, cell: &[u8], at: usize) -> Problem {
    // Quotes make positions in the cell differ from those in the file, so the byte is looked up there.
    let in_record = std::str::from_utf8(record.raw).err().map_or(0, |error| error.valid_up_to());
    let message = format!(
        "byte 0x{:02X} at offset {} of the file is not UTF-8",
        cell.get(at).copied().unwrap_or_default(),
        record.position.offset + in_record as u64
    );
    Problem::new(Stage::Restructure, Code::EncodingError, message).value(&crate::reject::escape_bytes(cell))
}

#[cfg(test)]
mod tests;
