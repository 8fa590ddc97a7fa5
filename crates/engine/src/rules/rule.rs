//! The interface of rules.

use crate::Severity;
use crate::schema::Value;
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext};

/// A business rule. It depends only on a record and the run's clock.
pub trait Rule: Send + Sync {
    /// The stable code of its problems.
    fn code(&self) -> Code;

    /// The indices of the fields that it checks. If one of them is sensitive, its messages are masked.
    fn fields(&self) -> Vec<usize>;

    /// Whether a record certainly does not break the rule, judged by its texts, which `text` returns. Each text is canonical and
    /// breaks no constraint, or is empty. If this returns `false`, [`Rule::check`] decides.
    fn surely_holds<'t>(&self, _text: &dyn Fn(usize) -> &'t str) -> bool {
        false
    }

    /// The field whose value the rule bounds, with the smallest and the largest value, if it says nothing else and texts can
    /// be held against the bounds. Then this is done when the field is made, and not again for the rule.
    fn bounds(&self) -> Option<(usize, [Option<&Value<'static>>; 2])> {
        None
    }

    /// Reports how a record breaks the rule. The severity is not its concern.
    fn check(&self, context: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>);
}

/// A rule with its severity.
pub struct GradedRule {
    /// The rule.
    pub rule: Box<dyn Rule>,
    /// What happens to a record that breaks it.
    pub severity: Severity,
}

#[cfg(test)]
pub(super) mod testing {
    //! Records for the tests of rules.

    use super::*;
    use crate::schema::Field;
    use crate::spec::FieldType;

    /// A clock for tests: the last day of a month of 31 days.
    pub(in crate::rules) const CLOCK: RunContext = RunContext {
        // 2026-03-31T23:30:00Z
        as_of: jiff::Timestamp::constant(1_774_999_800, 0),
    };

    /// The problems that a rule finds in a record with these fields, each a name, a type and a text.
    pub(in crate::rules) fn problems_of<'a>(rule: &dyn Rule, record: &[(&str, FieldType, &'a str)]) -> Vec<Problem> {
        let fields: Vec<Field> = record.iter().map(|(name, of, _)| Field::new(name, *of)).collect();
        let read = |(field, (_, _, text)): (&Field, &(&str, FieldType, &'a str))| {
            (!text.is_empty()).then(|| field.read(text)).flatten()
        };
        let values: Vec<Option<Value<'_>>> = fields.iter().zip(record).map(read).collect();
        let unreadable: Vec<bool> =
            values.iter().zip(record).map(|(value, (_, _, text))| value.is_none() && !text.is_empty()).collect();
        let record = TargetRecord { fields: &fields, values: &values, unreadable: &unreadable };
        let mut problems = Vec::new();
        rule.check(&CLOCK, &record, &mut problems);
        assert!(problems.iter().all(|problem| problem.code == rule.code()));
        let texts: Vec<String> = values
            .iter()
            .map(|value| value.as_ref().map_or_else(String::new, |v| v.canonical().into_owned()))
            .collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let all_read = !unreadable.contains(&true);
        assert!(!all_read || problems.is_empty() || !rule.surely_holds(&|field| texts[field]), "{problems:?}");
        problems
    }

    /// The messages of a rule's problems.
    pub(in crate::rules) fn messages_of(rule: &dyn Rule, record: &[(&str, FieldType, &str)]) -> Vec<String> {
        problems_of(rule, record).into_iter().map(|problem| problem.message).collect()
    }
}
