//! Finds fields, rules and table entries that can never pass. It checks the possible results of the cleaning
//! steps against type, constraints and rules, with the code that judges records.
//!
//! It is an error if no value can pass, or if a default is always rejected. It is a note if only some of
//! several values are rejected, because that may be intended.

mod dates;
mod judge;

use super::PlanBuilder;
use crate::Severity;
use crate::clean::CleanStep;
use crate::clean::outputs::{Certain, Futile, Origin, Outputs, impossible, never_has};
use crate::mapping::{Mapping, Source};
use crate::rules::GradedRule;
use crate::schema::Field;
use crate::spec::FeedProblem;
use crate::spec::{CleanSpec, FeedSpec, FieldSpec, FieldType, RuleSpec, SchemaSpec};
use judge::{Judge, Verdict};

/// Maximum number of table entries that are reported individually.
const LISTED: usize = 5;

/// Maximum number of texts that a message lists.
const NAMED: usize = 3;

impl PlanBuilder<'_> {
    /// Checks every field that has no problems of its own.
    pub(super) fn reach(
        &mut self,
        spec: &FeedSpec,
        schema: &SchemaSpec,
        mappings: &[Mapping],
        fields: &[Field],
        rules: &[GradedRule],
    ) {
        for (index, ((mapping, field), written)) in mappings.iter().zip(fields).zip(&schema.fields).enumerate() {
            let (made, of_field) = (format!("restructure.{}", field.name), format!("schema.fields[{index}]"));
            let is_within = |path: &str, of: &str| {
                path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            };
            if self
                .problems
                .iter()
                .any(|problem| is_within(&problem.path, &made) || is_within(&problem.path, &of_field))
            {
                continue;
            }
            let judge = Judge { index, fields, rules };
            let mut reach =
                Reach { spec, written, made, of_field, mapping, field, judge, problems: Vec::new(), notes: Vec::new() };
            reach.check();
            self.problems.append(&mut reach.problems);
            self.notes.append(&mut reach.notes);
        }
    }
}

/// The check of one field.
struct Reach<'a> {
    spec: &'a FeedSpec,
    written: &'a FieldSpec,
    /// The path of its mapping.
    made: String,
    /// The path of the field in the schema.
    of_field: String,
    mapping: &'a Mapping,
    field: &'a Field,
    judge: Judge<'a>,
    problems: Vec<FeedProblem>,
    notes: Vec<FeedProblem>,
}

impl Reach<'_> {
    fn check(&mut self) {
        self.constraints_alone();
        if !self.problems.is_empty() {
            return;
        }
        let source = match &self.mapping.source {
            Source::Value(expression) => expression.outcomes().map(Outputs::of_expression),
            // The results of others are not known.
            _ => None,
        };
        let (outputs, futile) = source.unwrap_or_else(Outputs::anything).through(&self.mapping.clean);
        let (passing, mut refused) = self.judge_known(&outputs);
        let mut unfound = Vec::new();
        for futile in futile {
            match futile {
                Futile::Refused { from, step, why } => {
                    refused.push((from, format!("{} refuses it: {why}", self.step(step))));
                }
                Futile::Unfound { step, key, by } => unfound.push((step, key, by)),
            }
        }
        let others = outputs.rest.as_ref().map(|certain| self.others(certain, &outputs));
        let passes = passing.iter().any(|from| !matches!(from, Origin::Default(_)));
        match others {
            Some(Err(problem)) if !passes => self.problems.push(*problem),
            None if !passes => self.nothing_passes(&refused, &unfound),
            _ => {
                let unfound = unfound.into_iter().map(|(step, key, by)| {
                    let message = format!("can never match: {} produces no such text", self.step(by));
                    (Origin::Entry(step, key), message)
                });
                let rejecting = refused
                    .iter()
                    .filter(|(from, _)| !matches!(from, Origin::Default(_)))
                    .map(|(from, why)| (from.clone(), format!("rejects every record that gets it: {why}")));
                let (unfound, rejecting): (Vec<_>, Vec<_>) = (unfound.collect(), rejecting.collect());
                self.note_first(&unfound);
                self.note_first(&rejecting);
            }
        }
        for (from, why) in refused.iter().filter(|(from, _)| matches!(from, Origin::Default(_))) {
            let message = format!("rejects every record that gets it: {why}");
            self.problems.push(FeedProblem::new(self.path_of(from), message));
        }
        if let (Some(CleanStep::List(_)), FieldType::List) = (self.mapping.clean.last(), self.field.field_type) {
            let message =
                "is list, for a text with a delimiter between its elements, but the step list makes a JSON array";
            let note = FeedProblem::new(format!("{}.type", self.of_field), message);
            self.notes.push(note.hint(Some("write \"type: array\"".to_owned())));
        }
    }

    /// Finds constraints that contradict each other for any value.
    fn constraints_alone(&mut self) {
        if let Some(why) = self.field.too_short_or_long() {
            self.problems.push(FeedProblem::new(format!("{}.constraints.pattern", self.of_field), why));
        }
        for (key, values) in self.field.lists() {
            let refused: Vec<_> =
                values.iter().enumerate().filter_map(|(at, value)| Some((at, self.judge.value(value)?))).collect();
            let all = !values.is_empty() && refused.len() == values.len();
            let path = format!("{}.{key}", self.of_field);
            if let (true, Some((_, why))) = (all, refused.first()) {
                self.problems.push(FeedProblem::new(path, format!("none of its values can pass: {why}")));
            } else {
                let note = |(at, why): &(usize, String)| {
                    FeedProblem::new(format!("{path}[{at}]"), format!("can never pass: {why}"))
                };
                // A value that is in only one of two lists is intended, because both lists must allow it.
                if self.field.lists().len() == 1 {
                    self.notes.extend(refused.iter().map(note));
                }
            }
        }
    }

    /// Which of the known texts pass, and why others are rejected.
    fn judge_known(&self, outputs: &Outputs) -> (Vec<Origin>, Vec<(Origin, String)>) {
        let (mut passing, mut refused) = (Vec::new(), Vec::new());
        for known in outputs.known.iter().filter(|known| !known.text.is_empty()) {
            let Some(from) = known.from.clone() else { continue };
            match self.mapping.date(&known.text).map(|text| self.judge.text(&text)) {
                Ok(Verdict::Passes) => passing.push(from),
                Ok(Verdict::Missing(Some(why))) if matches!(from, Origin::Default(_)) => refused.push((from, why)),
                Ok(Verdict::Missing(_)) => {}
                Ok(Verdict::Refused(why)) | Err(why) => refused.push((from, why)),
            }
        }
        (passing, refused)
    }

    /// Checks whether any of the remaining texts can pass, of which only some properties are certain.
    fn others(&mut self, certain: &[Certain], outputs: &Outputs) -> Result<(), Box<FeedProblem>> {
        if !self.mapping.patterns.is_empty() {
            return self.dates(certain);
        }
        if self.field.is_of_texts() {
            let mut lists: Vec<(String, Vec<String>)> = Vec::new();
            for (key, values) in self.field.lists() {
                let texts = values.iter().map(|value| value.canonical().into_owned()).collect();
                lists.push((format!("{}.{key}", self.of_field), texts));
            }
            lists.extend(self.one_of_rules());
            for (path, texts) in lists {
                self.list(&path, &texts, certain, outputs)?;
            }
        } else if let Some(words) = self.field.words() {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            let given = ["trueValues", "falseValues"]
                .into_iter()
                .zip([self.written.true_values.is_some(), self.written.false_values.is_some()]);
            let key = given.into_iter().find(|(_, given)| *given).map_or("type", |(key, _)| key);
            let path = format!("{}.{key}", self.of_field);
            if words.iter().all(|word| impossible(certain, word).is_some() || !self.passes(word)) {
                return Err(self.none_comes(&path, &words, certain).into());
            }
        }
        for needed in self.field.needs() {
            if let Some(by) = never_has(certain, needed) {
                let key = if self.written.format.is_some() { "format" } else { "type" };
                let message = format!("needs a text with {needed:?}, but {} leaves none", self.step(by.step));
                return Err(FeedProblem::new(format!("{}.{key}", self.of_field), message).into());
            }
        }
        if certain.is_empty() || self.field.may_match(|character| never_has(certain, character).is_some()) {
            return Ok(());
        }
        let mut steps: Vec<usize> = certain.iter().map(|certain| certain.step).collect();
        steps.dedup();
        let steps: Vec<String> = steps.into_iter().map(|step| self.step(step)).collect();
        let message = format!("matches no text that results from {}", steps.join(", "));
        Err(FeedProblem::new(format!("{}.constraints.pattern", self.of_field), message).into())
    }

    /// Checks a list of the only allowed texts: at least one of them must be a possible result.
    fn list(
        &mut self,
        path: &str,
        texts: &[String],
        certain: &[Certain],
        outputs: &Outputs,
    ) -> Result<(), Box<FeedProblem>> {
        let known = |text: &String| outputs.known.iter().any(|known| known.text == *text);
        let never = |text: &String| impossible(certain, text).filter(|_| !known(text));
        if texts.iter().all(|text| never(text).is_some() || !self.passes(text)) {
            return Err(self.none_comes(path, texts, certain).into());
        }
        for (at, text) in texts.iter().enumerate() {
            if let Some(by) = never(text) {
                let message = format!("is {text:?}, which never results from {}", self.step(by.step));
                self.notes.push(FeedProblem::new(format!("{path}[{at}]"), message));
            }
        }
        Ok(())
    }

    /// The problem that no allowed text is a possible result.
    fn none_comes(&self, path: &str, texts: &[String], certain: &[Certain]) -> FeedProblem {
        let Some((text, by)) = texts.iter().find_map(|text| Some((text, impossible(certain, text)?))) else {
            return FeedProblem::new(path, "has no value that can pass");
        };
        let rest = if texts.len() == 1 { "" } else { ", and no other value can pass" };
        let message = format!("allows {text:?}, which never results from {}{rest}", self.step(by.step));
        FeedProblem::new(path, message).hint(self.list_meant(path, texts, certain))
    }

    /// The list with its texts as the steps would change them, if these would pass.
    fn list_meant(&self, path: &str, texts: &[String], certain: &[Certain]) -> Option<String> {
        let clean = |text: &String| {
            let through =
                |text: String, step: &CleanStep| step.apply(text.into()).ok().map(std::borrow::Cow::into_owned);
            self.mapping.clean.iter().try_fold(text.clone(), through)
        };
        let mut meant: Vec<String> = texts.iter().map(clean).collect::<Option<_>>()?;
        meant.dedup();
        if meant.iter().any(|text| text.is_empty() || impossible(certain, text).is_some()) {
            return None;
        }
        let mut written = self.written.clone();
        if path.ends_with(".constraints.enum") {
            written.constraints.one_of = Some(meant.iter().map(|text| text.as_str().into()).collect());
        } else if path.ends_with(".trueValues") || path.ends_with(".falseValues") {
            return None;
        }
        let field = Field::compile(&written, None).field;
        let passes =
            |text: &String| field.check(text, &mut Vec::new()).is_some_and(|value| field.refuses(&value).is_none());
        let list: Vec<String> = meant.iter().take(NAMED).map(|text| format!("{text:?}")).collect();
        let more = if meant.len() > NAMED { ", …" } else { "" };
        (path.ends_with(".constraints.enum") && meant.iter().all(passes))
            .then(|| format!("write [{}{more}], or remove the step", list.join(", ")))
    }

    /// The values of the `one_of` rules that reject records because of this field.
    fn one_of_rules(&self) -> Vec<(String, Vec<String>)> {
        let rules = self.spec.validate.rules.iter().enumerate();
        let values = |(at, rule): (usize, &RuleSpec)| match rule {
            RuleSpec::OneOf(rule) if rule.field == self.field.name && rule.severity != Severity::Warn => {
                let texts = rule.values.iter().map(|value| value.0.clone()).collect();
                Some((format!("validate.rules[{at}].one_of.values"), texts))
            }
            _ => None,
        };
        rules.filter_map(values).collect()
    }

    /// The problem that only known texts are possible and none of them passes.
    fn nothing_passes(&mut self, refused: &[(Origin, String)], unfound: &[(usize, String, usize)]) {
        if let Some((from, why)) = refused.iter().find(|(from, _)| !matches!(from, Origin::Default(_))) {
            let path = match from {
                Origin::Entry(step, _) => format!("{}.clean[{step}].map", self.made),
                Origin::Boolean(step, _) => format!("{}.clean[{step}].boolean", self.made),
                Origin::Value | Origin::Default(_) => self.path_of(from),
            };
            let message = format!("produces no text that can pass: {why}");
            self.problems.push(FeedProblem::new(path, message));
        } else if let Some((step, key, by)) = unfound.first() {
            let message = format!("never finds an entry: {key:?}, for example, never results from {}", self.step(*by));
            self.problems.push(FeedProblem::new(format!("{}.clean[{step}].map", self.made), message));
        }
    }

    /// Adds notes about texts that the feed gives; only the first of many.
    fn note_first(&mut self, notes: &[(Origin, String)]) {
        for (from, message) in notes.iter().take(LISTED) {
            let (path, of_file) = (self.path_of(from), self.is_of_file(from));
            let message = match from {
                Origin::Entry(_, key) if of_file => format!("has the entry {key:?}, which {message}"),
                _ => message.clone(),
            };
            self.notes.push(FeedProblem::new(path, message));
        }
        if let Some((from, _)) = notes.get(LISTED) {
            let more = notes.len() - LISTED;
            let message = format!("has {more} more of these");
            self.notes.push(FeedProblem::new(self.path_of(from), message));
        }
    }

    /// Whether a text comes from a table in a file beside the feed.
    fn is_of_file(&self, from: &Origin) -> bool {
        let Origin::Entry(step, _) = from else { return false };
        let steps = self.spec.restructure.get(&self.field.name).map(|mapping| &mapping.clean);
        matches!(steps.and_then(|steps| steps.get(*step)), Some(CleanSpec::Map(map)) if map.file.is_some())
    }

    fn passes(&self, text: &str) -> bool {
        matches!(self.judge.text(text), Verdict::Passes)
    }

    /// A step as path and name.
    fn step(&self, at: usize) -> String {
        let name = self.mapping.clean.get(at).map(ToString::to_string).unwrap_or_default();
        format!("{}.clean[{at}] ({name})", self.made)
    }

    /// The path of the setting that gives a text.
    fn path_of(&self, from: &Origin) -> String {
        let made = &self.made;
        match from {
            Origin::Value => format!("{made}.value"),
            Origin::Default(step) => format!("{made}.clean[{step}].default"),
            Origin::Boolean(step, truth) => format!("{made}.clean[{step}].boolean.{truth}"),
            Origin::Entry(step, _) if self.is_of_file(from) => format!("{made}.clean[{step}].map.file"),
            Origin::Entry(step, key) => format!("{made}.clean[{step}].map.values.{key}"),
        }
    }
}

#[cfg(test)]
mod tests;
