//! From the columns of a source to the fields of a target record: clean, standardise, map.

mod cell;
mod mapping;
mod pattern;
pub(crate) mod steps;

pub use mapping::{Mapping, Source};
pub use pattern::{InvalidPattern, Pattern};

use std::borrow::Cow;

use crate::encoding::SourceText;
use crate::feed::FeedPlan;
use crate::header::{Binding, Reads};
use crate::record::Record;
use crate::{Code, Problem, RunContext, Stage};
use cell::Cells;

/// A record of the source as a target record, with what is wrong with it so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Restructured<'a> {
    /// The text of each field; empty where it has none, or where it is broken.
    pub texts: Vec<Cow<'a, str>>,
    /// What is wrong. A problem without a field concerns the record as a whole: it has no fields then.
    pub problems: Vec<Problem>,
}

/// Turns a record of the source, whose text is like this, into a target record.
///
/// A record whose number of cells is not the header's is told and not read further: to guess which
/// cell is missing or too many would shift columns.
#[must_use]
pub fn restructure<'a>(
    plan: &FeedPlan,
    binding: &Binding,
    text: SourceText,
    record: &Record<'a>,
    run: &RunContext,
) -> Restructured<'a> {
    let expected = binding.labels.len();
    if record.len() != expected {
        return Restructured {
            texts: vec![Cow::Borrowed(""); plan.fields.len()],
            problems: vec![wrong_number_of_cells(binding, record.len())],
        };
    }
    let mut problems = Vec::new();
    let mut texts = Vec::with_capacity(plan.mappings.len());
    let cells = Cells { binding, text, record };
    for (mapping, reads) in plan.mappings.iter().zip(&binding.reads) {
        let text = source(mapping, reads, &cells, run).and_then(|text| mapping.clean(text));
        texts.push(text.unwrap_or_else(|problem| {
            let problem = problem.field(&mapping.field);
            problems.push(match reads {
                Reads::Column(at) => problem.column(&binding.labels[*at]),
                _ => problem,
            });
            Cow::Borrowed("")
        }));
    }
    plan.masks.apply(&plan.fields, &mut problems, |_| false);
    Restructured { texts, problems }
}

/// The text of a field before it is cleaned.
fn source<'a>(
    mapping: &Mapping,
    reads: &Reads,
    cells: &Cells<'_, 'a>,
    run: &RunContext,
) -> Result<Cow<'a, str>, Problem> {
    match (reads, &mapping.source) {
        (Reads::Column(at), _) => cells.read(*at),
        (Reads::Columns(columns), source) => {
            let with = if let Source::Join { with, .. } = source { with } else { "" };
            let texts = columns.iter().map(|at| cells.read(*at)).collect::<Result<Vec<_>, _>>()?;
            let mut texts = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
            Ok(Cow::Owned(match source {
                Source::First(_) => texts.next().unwrap_or_default().to_owned(),
                _ => texts.collect::<Vec<_>>().join(with),
            }))
        }
        (Reads::Kept(columns), _) => {
            let mut kept = serde_json::Map::new();
            for (name, at) in columns {
                kept.insert(name.clone(), cells.read(*at)?.into());
            }
            Ok(Cow::Owned(serde_json::Value::Object(kept).to_string()))
        }
        (Reads::Row, Source::Value(expression)) => {
            let text = expression.text(cells, run);
            text.map(Cow::Owned).map_err(|cause| {
                let message = format!("the expression gives no value: {cause}");
                Problem::new(Stage::Restructure, Code::ExpressionError, message)
            })
        }
        (Reads::Row | Reads::Nothing, _) => Ok(Cow::Borrowed("")),
    }
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

#[cfg(test)]
mod tests;
