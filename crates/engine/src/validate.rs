//! Is a target record acceptable? Schema constraints first, then business rules.
//!
//! One rule, one file: what it checks, why, and an example. How to add one: CONTRIBUTING.md.

mod at_most_one;
mod compare;
mod date_window;
mod expression;
mod fold;
mod one_of;
mod prohibited;
mod range;
mod regex;
mod required_together;
mod rule;
mod totals;

pub use at_most_one::AtMostOne;
pub use compare::Compare;
pub use date_window::{DateWindow, Day, InvalidDay};
pub use expression::ExpressionRule;
pub use one_of::OneOf;
pub use prohibited::{Prohibited, Unusable};
pub use range::Range;
pub use regex::Regex;
pub use required_together::RequiredTogether;
pub use rule::{GradedRule, Rule, TargetRecord};
pub use totals::{Expected, Total, Totals};

use crate::decimal::Decimal;
use crate::feed::FeedPlan;
use crate::import;
use crate::mask::mask;
use crate::schema::Value;
use crate::{Code, Problem, RunContext};

/// What there is to say about a target record, beside its problems.
pub struct Judged {
    /// The canonical texts of the fields; they can be used where the record is valid.
    pub texts: Vec<String>,
    /// The numbers that count towards the feed's control totals, in their order: also those of a
    /// record that is rejected. `None` where the record has no number there.
    pub totals: Vec<Option<Decimal>>,
}

/// Judges a target record, and reports everything that is wrong with it.
///
/// `texts` are the fields of the record as restructuring left them; `broken` are the names of
/// fields that restructuring has reported already, which are not looked at again. The record is valid
/// where all problems, found here or before, are warnings.
pub fn validate(
    plan: &FeedPlan,
    context: &RunContext,
    texts: &[&str],
    broken: &[&str],
    problems: &mut Vec<Problem>,
) -> Judged {
    let mut values: Vec<Option<Value<'_>>> = Vec::with_capacity(texts.len());
    let mut unreadable = Vec::with_capacity(texts.len());
    for (field, text) in plan.fields.iter().zip(texts) {
        let told = broken.contains(&field.name.as_str());
        let before = problems.len();
        values.push(if told { None } else { field.check(text, problems) });
        let of_type = |problem: &Problem| problem.code == Code::TypeError;
        unreadable.push(told || problems.iter().skip(before).any(of_type));
    }
    let record = TargetRecord { fields: &plan.fields, values: &values, unreadable: &unreadable };
    for GradedRule { rule, severity } in &plan.rules {
        let before = problems.len();
        rule.check(context, &record, problems);
        if problems.len() == before {
            continue;
        }
        // What a rule tells of one field may show another that it looks at.
        let secret = rule.fields().into_iter().any(|field| plan.masks.is_sensitive(field));
        for problem in problems.iter_mut().skip(before) {
            problem.severity = *severity;
            if secret {
                mask(problem, None);
            }
        }
    }
    let canonical: Vec<String> =
        values.iter().map(|value| value.as_ref().map(|v| v.canonical().into_owned()).unwrap_or_default()).collect();
    if broken.is_empty() && problems.iter().all(Problem::is_warning) {
        import::check_limits(plan, &canonical, problems);
    }
    let is_empty = |field: usize| {
        let told = broken.contains(&plan.fields[field].name.as_str());
        !told && texts.get(field).is_none_or(|text| text.is_empty())
    };
    plan.masks.apply(&plan.fields, problems, is_empty);
    let number = |total: &Total| match values.get(total.field) {
        Some(Some(Value::Number(number))) => Some(number.clone()),
        _ => None,
    };
    Judged { texts: canonical, totals: plan.limits.totals.iter().map(number).collect() }
}

#[cfg(test)]
mod tests;
