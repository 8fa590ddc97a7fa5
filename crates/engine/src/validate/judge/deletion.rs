//! Records that delete the item of their key (`import.delete`).
//!
//! Partners send little more than the key of what is gone. So whether a record deletes is decided before anything is judged, and then
//! only the fields of its key are.

use super::{Canonical, Judge, Judged, Listed, Texts, emptied, hold_rules, names, text_of};
use crate::feed::DeletePlan;
use crate::rules::GradedRule;
use crate::schema::{Field, Value};
use crate::target::TargetRecord;
use crate::{Code, Problem, Stage};

impl Judge<'_> {
    /// Whether a record deletes. It does not if a field that decides about it is known to be wrong, cannot be read, or has a value that
    /// its constraints do not allow: then the record is judged like any other, and is rejected for that field.
    #[inline(never)]
    pub(super) fn is_deletion<T: Texts + ?Sized>(
        &mut self,
        delete: &DeletePlan,
        given: &T,
        problems: &mut Vec<Problem>,
    ) -> bool {
        let fields = &self.plan.fields;
        let mut values: Vec<Option<Value<'_>>> = emptied(std::mem::take(&mut self.values));
        values.resize_with(fields.len(), || None);
        let mut is_known = true;
        for at in &delete.reads {
            let (Some(field), Some(value)) = (fields.get(*at), values.get_mut(*at)) else { continue };
            let text = given.text(*at);
            if names(problems, &field.name) {
                is_known = false;
            } else if !field.is_missing(text) {
                *value = field.read(text);
                is_known &= value.is_some();
            }
        }
        let decided = is_known.then(|| {
            let record = TargetRecord { fields, values: &values, unreadable: &[] };
            delete.when.truth(&record, self.context)
        });
        // A value that its field does not allow decides nothing.
        let is_wrong = |at: &usize| {
            let mut found = Vec::new();
            fields.get(*at).is_some_and(|field| {
                field.check(given.text(*at), &mut found);
                !found.iter().all(Problem::is_warning)
            })
        };
        let decided = decided.filter(|decided| *decided != Ok(true) || !delete.reads.iter().any(is_wrong));
        self.values = emptied(values);
        match decided {
            Some(Ok(deletes)) => deletes,
            Some(Err(cause)) => {
                let message = format!("whether the record deletes its item cannot be decided: {cause}");
                problems.push(Problem::new(Stage::Validate, Code::ExpressionError, message));
                false
            }
            None => false,
        }
    }

    /// Judges a record that deletes: the fields of its key, and the rules about these alone. What is wrong with other fields does not
    /// matter, and they have no text.
    #[inline(never)]
    pub(super) fn judge_deletion<'j, T: Texts + ?Sized>(
        &'j mut self,
        given: &'j T,
        problems: &mut Vec<Problem>,
    ) -> Judged<'j, T> {
        let Self { plan, context, reported, .. } = self;
        let (fields, key) = (&plan.fields, &plan.import.key);
        let is_of_key = |name: &String| key.iter().filter_map(|at| fields.get(*at)).any(|field| field.name == *name);
        reported.clear();
        reported.extend(fields.iter().map(|field| names(problems, &field.name)));
        // A control total is of the file, whatever its records do.
        for (at, total) in plan.limits.totals.iter().enumerate() {
            let is_wrong = reported.get(total.field).copied().unwrap_or_default();
            let field = fields.get(total.field).filter(|_| !is_wrong);
            if let Some(Value::Number(number)) = field.and_then(|field| read(field, given.text(total.field))) {
                self.totals.add(at, &number);
            }
        }
        problems.retain(|problem| problem.field.as_ref().is_none_or(is_of_key));
        let broken = !problems.iter().all(Problem::is_warning);
        let mut texts: Vec<&'j str> = emptied(std::mem::take(&mut self.texts));
        let mut values: Vec<Option<Value<'j>>> = emptied(std::mem::take(&mut self.values));
        let mut unreadable = reported.clone();
        for (at, field) in fields.iter().enumerate() {
            let (is_key, before) = (key.contains(&at), problems.len());
            let text = if is_key { given.text(at) } else { "" };
            let is_looked_at = is_key && !reported[at];
            values.push(if is_looked_at { field.check(text, problems) } else { None });
            unreadable[at] |= problems.iter().skip(before).any(|problem| problem.code == Code::TypeError);
            texts.push(text);
        }
        let record = TargetRecord { fields, values: &values, unreadable: &unreadable };
        let is_about_key = |rule: &&GradedRule| {
            let of = rule.rule.fields();
            !of.is_empty() && of.iter().all(|field| key.contains(field))
        };
        hold_rules(plan, plan.rules.iter().filter(is_about_key), context, &record, problems);
        self.write_down(&mut texts, &values);
        self.values = emptied(values);
        if !broken && problems.iter().all(Problem::is_warning) {
            let text = |field| text_of(&texts, &self.anew, &self.made, field);
            self.plan.sink.check(self.plan.shape(), self.overhead, &text, problems);
        }
        if !problems.is_empty() {
            let is_empty = |field: usize| !self.reported[field] && given.text(field).is_empty();
            self.plan.masks.apply(&self.plan.fields, problems, is_empty);
        }
        let texts = Canonical::Listed(Listed { texts, home: &mut self.texts });
        Judged { texts, fields: self.plan.fields.len(), anew: &self.anew, made: &self.made, deletes: true }
    }
}

/// The value of a text; `None` if it is missing or cannot be read.
fn read<'t>(field: &Field, text: &'t str) -> Option<Value<'t>> {
    if field.is_missing(text) { None } else { field.read(text) }
}

#[cfg(test)]
mod tests {
    use crate::RunContext;
    use crate::feed::FeedPlan;
    use crate::validate::Judge;

    const FEED: &str = "
version: 1
name: products
schema:
  fields:
    - {name: sku, constraints: {required: true, pattern: '[A-Z][0-9]+'}}
    - {name: name, constraints: {required: true}}
    - {name: price, type: number, constraints: {required: true, minimum: 1}}
    - {name: gone, type: boolean, trueValues: ['1'], falseValues: ['0']}
    - {name: size, type: integer, constraints: {unique: true}}
validate:
  rules:
    - regex: {field: sku, pattern: '^A', message: begins with another letter}
    - rule: {expression: record.price > 0, message: has no price}
    - range: {field: size, minimum: 5}
  limits: {totals: [{field: price, equals: 1}]}
import:
  table: products
  key: [sku]
  delete: {when: record.gone == true}
";

    /// Whether a record deletes, its texts, and its problems.
    fn judge(texts: [&str; 5]) -> (bool, Vec<String>, Vec<String>) {
        let plan = FeedPlan::from_yaml(FEED).unwrap();
        let run = RunContext::at("2026-11-21T02:33:00Z").unwrap();
        let mut problems = Vec::new();
        let mut judge = Judge::new(&plan, &run);
        let judged = judge.judge(&texts[..], &mut problems);
        let texts = judged.texts().map(str::to_owned).collect();
        (judged.deletes(), texts, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_value_that_its_field_does_not_allow_deletes_nothing() {
        let yaml = "version: 1\nname: p\nschema: {fields: [{name: id, constraints: {required: true}}, {name: status, constraints: {enum: [active, \
                    gone]}}]}\nimport: {table: p, key: [id], delete: {when: 'record.status != \"active\"'}}\n";
        let plan = FeedPlan::from_yaml(yaml).unwrap();
        let context = RunContext::at("2026-11-21T02:33:00Z").unwrap();
        for (status, deletes, wrong) in [("gone", true, 0), ("active", false, 0), ("garbage", false, 1)] {
            let (mut judge, mut problems) = (Judge::new(&plan, &context), Vec::new());
            assert_eq!(judge.judge(&["a", status][..], &mut problems).deletes(), deletes, "{status}");
            assert_eq!(problems.len(), wrong, "{status} {problems:?}");
        }
    }

    #[test]
    fn only_the_key_of_a_record_that_deletes_is_judged() {
        let (deletes, texts, problems) = judge(["A2", "", "dear", "1", "x"]);
        assert_eq!((deletes, problems), (true, Vec::new()));
        assert_eq!(texts, ["A2", "", "", "", ""]);
        for (sku, said) in
            [("", "[constraint-error] sku: "), ("7", "[constraint-error] sku: "), ("B2", "[regex] sku: ")]
        {
            let (deletes, _, problems) = judge([sku, "", "", "1", ""]);
            assert!(deletes && problems.iter().any(|problem| problem.starts_with(said)), "{sku}: {problems:?}");
        }
    }

    #[test]
    fn a_record_that_does_not_delete_is_judged_like_any_other() {
        for gone in ["0", ""] {
            let (deletes, _, problems) = judge(["A2", "", "2", gone, "9"]);
            assert!(!deletes && problems.len() == 1 && problems[0].contains("name"), "{problems:?}");
        }
        let (deletes, texts, problems) = judge(["A2", "Jug", "2.50", "", "9"]);
        assert_eq!((deletes, problems), (false, Vec::new()));
        assert_eq!(texts, ["A2", "Jug", "2.5", "", "9"]);
    }

    #[test]
    fn what_cannot_be_decided_does_not_delete() {
        let (deletes, _, problems) = judge(["A2", "Jug", "2", "maybe", "9"]);
        assert!(!deletes && problems.len() == 1 && problems[0].starts_with("[type-error] gone: "), "{problems:?}");
        let feed = FEED.replace("record.gone == true", "record.size > 3");
        let plan = FeedPlan::from_yaml(&feed).unwrap();
        let run = RunContext::at("2026-11-21T02:33:00Z").unwrap();
        let mut problems = Vec::new();
        let mut judge = Judge::new(&plan, &run);
        assert!(!judge.judge(&["A2", "Jug", "2", "", ""][..], &mut problems).deletes());
        let said = "[expression-error] whether the record deletes its item cannot be decided: ";
        assert!(problems.iter().any(|problem| problem.to_string().starts_with(said)), "{problems:?}");
    }

    #[test]
    fn control_totals_count_every_record() {
        let plan = FeedPlan::from_yaml(FEED).unwrap();
        let run = RunContext::at("2026-11-21T02:33:00Z").unwrap();
        let mut judge = Judge::new(&plan, &run);
        for (price, gone) in [("2", "0"), ("0.5", "1"), ("", "1"), ("dear", "1")] {
            judge.judge(&["A2", "Jug", price, gone, "9"][..], &mut Vec::new());
        }
        assert_eq!(judge.totals().to_texts(), ["2.5"]);
    }
}
