//! What a rule is.

use crate::Severity;
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext};

/// A business rule: looks at one record and the run's clock, and knows nothing else.
pub trait Rule: Send + Sync {
    /// The code under which it reports; stable.
    fn code(&self) -> Code;

    /// The fields that it looks at, by their index: where one of them is sensitive, what it reports is masked.
    fn fields(&self) -> Vec<usize>;

    /// Whether a record surely does not break it, which is told from its texts: each of them is the canonical one of a
    /// value of its field that breaks no constraint, or empty where there is no value. Where it is not sure,
    /// [`Rule::check`] is asked.
    fn surely_holds(&self, _texts: &[&str]) -> bool {
        false
    }

    /// Reports everything by which a record breaks it. What becomes of the record is not its concern.
    fn check(&self, context: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>);
}

/// A rule, and what becomes of a record that breaks it.
pub struct GradedRule {
    /// The rule.
    pub rule: Box<dyn Rule>,
    /// What becomes of a record that breaks it.
    pub severity: Severity,
}

#[cfg(test)]
pub(super) mod testing {
    //! Records for the tests of rules.

    use super::*;
    use crate::schema::{Field, Value};
    use crate::spec::FieldType;

    /// A clock for tests: the last day of a month of 31 days.
    pub(in crate::rules) const CLOCK: RunContext = RunContext {
        // 2026-03-31T23:30:00Z
        as_of: jiff::Timestamp::constant(1_774_999_800, 0),
    };

    /// What a rule reports of a record with these fields, each a name, a type and a text.
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
        assert!(!all_read || problems.is_empty() || !rule.surely_holds(&texts), "{problems:?}");
        problems
    }

    /// The messages of what a rule reports.
    pub(in crate::rules) fn messages_of(rule: &dyn Rule, record: &[(&str, FieldType, &str)]) -> Vec<String> {
        problems_of(rule, record).into_iter().map(|problem| problem.message).collect()
    }
}
