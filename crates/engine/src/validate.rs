//! Is a target record acceptable? Schema constraints first, then business rules.

mod prohibited;
mod range;
mod rule;

pub use prohibited::Prohibited;
pub use range::Range;
pub use rule::{Rule, TargetRecord};

use crate::Problem;
use crate::feed::FeedPlan;
use crate::import;
use crate::schema::Value;

/// Judges a target record, and reports everything that is wrong with it.
///
/// `texts` are the fields of the record as restructuring left them; `broken` are the names of
/// fields that restructuring has reported already, which are not looked at again. Answers the
/// canonical texts of the fields; they can be used where no problem was reported, here or before.
pub fn validate(plan: &FeedPlan, texts: &[&str], broken: &[&str], problems: &mut Vec<Problem>) -> Vec<String> {
    let mut values: Vec<Option<Value<'_>>> = Vec::with_capacity(texts.len());
    for (field, text) in plan.fields.iter().zip(texts) {
        let told = broken.contains(&field.name.as_str());
        values.push(if told { None } else { field.check(text, problems) });
    }
    let record = TargetRecord { fields: &plan.fields, values: &values };
    for rule in &plan.rules {
        rule.check(&record, problems);
    }
    let texts: Vec<String> =
        values.iter().map(|value| value.as_ref().map(|v| v.canonical().into_owned()).unwrap_or_default()).collect();
    if problems.is_empty() && broken.is_empty() {
        import::check_limits(plan, &texts, problems);
    }
    texts
}
