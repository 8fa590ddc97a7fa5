//! The conditions of a feed under which records are omitted.

use super::cell::Cells;
use crate::feed::FeedPlan;
use crate::{Code, Problem, RunContext, Stage};

/// What the conditions say of a record.
pub(super) enum Verdict<'p> {
    /// It is omitted under this name.
    Omitted(&'p str),
    /// It cannot be decided, so the record is rejected.
    Undecided(Problem),
    /// No condition is true.
    Data,
}

/// Tries the conditions in their order. The first one that is true, or cannot be decided, decides.
#[inline(never)]
pub(super) fn judge<'p>(plan: &'p FeedPlan, cells: &Cells<'_, '_>, run: &RunContext) -> Verdict<'p> {
    for condition in &plan.omit.conditions {
        let name = condition.name.as_str();
        match condition.when.holds(cells, run) {
            Ok(false) => {}
            Ok(true) => return Verdict::Omitted(name),
            Err(cause) => {
                // The cause may show a cell, and any column may be that of a sensitive field.
                let cause =
                    if plan.masks.any() { "the feed has sensitive values, so the cause is not shown" } else { &cause };
                let message = format!("the condition {name:?} of source.omit cannot be decided: {cause}");
                return Verdict::Undecided(Problem::new(Stage::Restructure, Code::ExpressionError, message));
            }
        }
    }
    Verdict::Data
}
