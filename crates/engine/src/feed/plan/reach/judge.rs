//! Judges a text or a value of one field the way records are judged.

use jiff::Timestamp;

use crate::Severity;
use crate::rules::GradedRule;
use crate::schema::{Field, Value};
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext};

/// Rules whose result does not depend on other fields or on the clock.
const RULES: [Code; 4] = [Code::OneOf, Code::Prohibited, Code::Range, Code::Regex];

/// The result for a text.
pub(super) enum Verdict {
    /// It is a valid value.
    Passes,
    /// It means "no value"; with the problem if a value is required.
    Missing(Option<String>),
    /// It rejects its record, with the problem.
    Refused(String),
}

/// A field with its constraints and rules.
pub(super) struct Judge<'a> {
    pub index: usize,
    pub fields: &'a [Field],
    pub rules: &'a [GradedRule],
}

impl Judge<'_> {
    /// Judges a text as restructuring produces it.
    pub(super) fn text(&self, text: &str) -> Verdict {
        let Some(field) = self.fields.get(self.index) else { return Verdict::Missing(None) };
        let mut problems = Vec::new();
        let value = field.check(text, &mut problems);
        let first = |problems: Vec<Problem>| problems.into_iter().next().map(|problem| problem.message);
        if field.is_missing(text) {
            return Verdict::Missing(first(problems));
        }
        if let Some(why) = first(problems) {
            return Verdict::Refused(why);
        }
        value.and_then(|value| self.broken_rule(value)).map_or(Verdict::Passes, Verdict::Refused)
    }

    /// Why a value does not pass, whatever its text; `None` if it passes.
    pub(super) fn value(&self, value: &Value<'static>) -> Option<String> {
        self.fields.get(self.index)?.refuses(value).or_else(|| self.broken_rule(value.clone()))
    }

    /// The problem that a rule finds with the value in an otherwise empty record.
    fn broken_rule(&self, value: Value<'_>) -> Option<String> {
        let is_of_field = |rule: &&GradedRule| {
            let rejects = rule.severity != Severity::Warn;
            rejects && RULES.contains(&rule.rule.code()) && rule.rule.fields().contains(&self.index)
        };
        let mut rules = self.rules.iter().filter(is_of_field).peekable();
        rules.peek()?;
        let mut values: Vec<Option<Value<'_>>> = vec![None; self.fields.len()];
        *values.get_mut(self.index)? = Some(value);
        let unreadable = vec![false; self.fields.len()];
        let record = TargetRecord { fields: self.fields, values: &values, unreadable: &unreadable };
        let context = RunContext { as_of: Timestamp::UNIX_EPOCH };
        let mut problems = Vec::new();
        for rule in rules {
            rule.rule.check(&context, &record, &mut problems);
        }
        problems.into_iter().next().map(|problem| problem.message)
    }
}
