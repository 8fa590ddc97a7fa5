//! The rule `regex`.
//!
//! # What it checks
//! A regular expression matches somewhere in the text of a field, or with `not`, nowhere. Numbers and dates
//! are matched in their canonical form: `12.5`, `2026-01-31`.
//!
//! # Why
//! A business rule about the form of a text, such as the prefix of an article number, can have its own
//! message for those who fix it, and its own severity.
//!
//! # Example
//! ```yaml
//! - regex: {field: sku, pattern: '^[A-Z]{2}-\d{4}$', message: an article number is as AB-1234}
//! - regex: {field: name, pattern: '\bTEST\b', not: true, severity: warn}
//! ```
//! The first rejects `ab-1`, the second warns of `TEST chair`.
//!
//! # How to fix
//! Write the text as the message says. The pattern is in the feed; `^` and `$` mark the ends of the text.

use super::rule::Rule;
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext, Stage};

/// A regular expression that must match somewhere in the text of a field, or must not.
pub struct Regex {
    /// The index of the field.
    pub field: usize,
    /// The expression.
    pub pattern: regex::Regex,
    /// Whether it must not match.
    pub not: bool,
    /// The message for a record that breaks the rule, if the expression does not explain itself.
    pub message: Option<String>,
}

impl Rule for Regex {
    fn code(&self) -> Code {
        Code::Regex
    }

    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn surely_holds<'t>(&self, text: &dyn Fn(usize) -> &'t str) -> bool {
        let text = text(self.field);
        text.is_empty() || self.pattern.is_match(text) != self.not
    }

    fn check(&self, _: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
        let Some(value) = record.value(self.field) else { return };
        let text = value.canonical();
        if self.pattern.is_match(&text) != self.not {
            return;
        }
        let message = match (&self.message, self.not) {
            (Some(message), _) => format!("{text:?}: {message}"),
            (None, false) => format!("{text:?} does not match {}", self.pattern),
            (None, true) => format!("{text:?} must not match {}", self.pattern),
        };
        let problem = Problem::new(Stage::Validate, Code::Regex, message);
        problems.push(problem.field(record.name(self.field)).value(&text));
    }
}

#[cfg(test)]
mod tests {
    use super::super::rule::testing::messages_of;
    use super::*;
    use crate::spec::FieldType;

    #[test]
    fn table_of_texts() {
        for (pattern, not, message, text, expected) in [
            (r"^\d+$", false, None, "12", None),
            (r"^\d+$", false, None, "a12", Some(r#""a12" does not match ^\d+$"#)),
            (r"\d", false, None, "a12", None),
            (r"\d", false, Some("has a digit"), "ab", Some(r#""ab": has a digit"#)),
            ("TEST", true, None, "TEST chair", Some(r#""TEST chair" must not match TEST"#)),
            ("TEST", true, None, "chair", None),
            ("TEST", true, Some("is no test"), "TEST", Some(r#""TEST": is no test"#)),
            (r"\d", false, None, "", None),
        ] {
            let pattern = regex::Regex::new(pattern).unwrap();
            let rule = Regex { field: 0, pattern, not, message: message.map(str::to_owned) };
            let messages = messages_of(&rule, &[("name", FieldType::String, text)]);
            assert_eq!(messages.first().map(String::as_str), expected, "{text}");
        }
    }
}
