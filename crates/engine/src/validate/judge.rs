//! Judges records one after the other, with reused buffers.

use super::totals::Totals;
use crate::feed::FeedPlan;
use crate::mask::mask;
use crate::rules::GradedRule;
use crate::schema::{Field, Value};
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext};

/// The texts of the fields of a record.
pub trait Texts {
    /// The text of a field by index; empty if there is none.
    fn text(&self, field: usize) -> &str;

    /// The text of a field, and whether it certainly is valid, and canonical but for zeros at the end of a fraction. Then
    /// it is not looked at again.
    fn text_if_sure(&self, field: usize) -> (&str, bool) {
        (self.text(field), false)
    }
}

impl Texts for [&str] {
    fn text(&self, field: usize) -> &str {
        self.get(field).copied().unwrap_or_default()
    }
}

/// Judges target records. Buffers are kept from record to record, so a typical record needs no allocation.
pub struct Judge<'p> {
    plan: &'p FeedPlan,
    context: &'p RunContext,
    /// The size of each record in the sink without the values of its fields, in bytes.
    overhead: usize,
    texts: Vec<&'static str>,
    values: Vec<Option<Value<'static>>>,
    /// For each field, whether a problem was already reported.
    reported: Vec<bool>,
    unreadable: Vec<bool>,
    anew: Vec<Made>,
    made: String,
    totals: Totals,
}

/// The range of a newly made canonical text.
#[derive(Clone, Copy, Debug)]
struct Made {
    field: usize,
    start: usize,
    end: usize,
}

/// A judged record: the canonical texts of its fields, which are usable if it is valid.
pub struct Judged<'j> {
    /// The texts that were already canonical; empty if there is no value, or if a new text was made.
    texts: Vec<&'j str>,
    /// The newly made texts, by field.
    anew: &'j [Made],
    made: &'j str,
    /// The buffer to which the list of texts returns.
    home: &'j mut Vec<&'static str>,
}

impl Judged<'_> {
    /// The canonical text of a field by index; empty if it has no value.
    #[inline]
    #[must_use]
    pub fn text(&self, field: usize) -> &str {
        text_of(&self.texts, self.anew, self.made, field)
    }

    /// The canonical texts of all fields.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        (0..self.texts.len()).map(|field| self.text(field))
    }
}

/// The canonical text of a field: the given one, or the newly made one.
#[inline]
fn text_of<'t>(texts: &[&'t str], anew: &[Made], made: &'t str, field: usize) -> &'t str {
    match texts.get(field) {
        Some(text) if !text.is_empty() => text,
        _ => anew
            .iter()
            .find(|anew| anew.field == field)
            .and_then(|anew| made.get(anew.start..anew.end))
            .unwrap_or_default(),
    }
}

impl Drop for Judged<'_> {
    fn drop(&mut self) {
        *self.home = emptied(std::mem::take(&mut self.texts));
    }
}

impl<'p> Judge<'p> {
    /// For the records of a run.
    #[must_use]
    pub fn new(plan: &'p FeedPlan, context: &'p RunContext) -> Self {
        Self {
            plan,
            context,
            overhead: plan.sink.overhead(plan.shape()),
            texts: Vec::new(),
            values: Vec::new(),
            reported: Vec::new(),
            unreadable: Vec::new(),
            anew: Vec::new(),
            made: String::new(),
            totals: Totals::of_nothing(plan),
        }
    }

    /// The sums of all records so far, including rejected ones.
    #[must_use]
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Judges a target record and reports all its problems.
    ///
    /// `given` are the texts that restructuring produced, and `problems` those that it reported; fields with
    /// such problems are not checked again. The record is valid if all problems, found here or before, are
    /// warnings.
    pub fn judge<'j, T: Texts + ?Sized>(&'j mut self, given: &'j T, problems: &mut Vec<Problem>) -> Judged<'j> {
        let mut texts: Vec<&'j str> = emptied(std::mem::take(&mut self.texts));
        self.made.clear();
        self.anew.clear();
        let good = problems.is_empty() && self.take_good(given, &mut texts);
        // Nearly all records are finished here, before any value is made.
        if !(good && self.surely_holds(&texts)) {
            self.look_at(given, good, &mut texts, problems);
        }
        Judged { texts, anew: &self.anew, made: &self.made, home: &mut self.texts }
    }

    /// Takes the texts of a record, and returns whether each certainly is valid, or empty where that is allowed. Then
    /// they are canonical.
    #[inline]
    fn take_good<'j, T: Texts + ?Sized>(&self, given: &'j T, texts: &mut Vec<&'j str>) -> bool {
        let mut good = true;
        texts.extend(self.plan.fields.iter().enumerate().map(|(at, field)| {
            let (text, is_sure) = given.text_if_sure(at);
            if is_sure {
                return field.without_zeros(text);
            }
            let canonical = field.surely_final(text);
            good &= canonical.is_some() || (text.is_empty() && !field.constraints.required);
            canonical.unwrap_or(text)
        }));
        good
    }

    /// Whether a record of such texts certainly has no problems, and its values are not needed.
    #[inline]
    fn surely_holds(&self, texts: &[&str]) -> bool {
        self.plan.limits.totals.is_empty()
            && self.plan.rules.iter().all(|graded| graded.rule.surely_holds(texts))
            && self.plan.sink.surely_holds(self.plan.shape(), self.overhead, texts)
    }

    /// Judges a record by its values. `good` says that all its texts were taken as valid and canonical.
    fn look_at<'j, T: Texts + ?Sized>(
        &mut self,
        given: &'j T,
        good: bool,
        texts: &mut Vec<&'j str>,
        problems: &mut Vec<Problem>,
    ) {
        let Self { plan, context, reported, unreadable, .. } = self;
        let fields = &plan.fields;
        reported.clear();
        reported.extend(fields.iter().map(|field| names(problems, &field.name)));
        unreadable.clone_from(reported);
        let broken = !problems.iter().all(Problem::is_warning);
        let mut values: Vec<Option<Value<'j>>> = emptied(std::mem::take(&mut self.values));
        if good {
            let read = |(field, text): (&Field, &&'j str)| if text.is_empty() { None } else { field.read(text) };
            values.extend(fields.iter().zip(&*texts).map(read));
        } else {
            texts.clear();
            for (at, field) in fields.iter().enumerate() {
                let (text, before) = (given.text(at), problems.len());
                texts.push(text);
                values.push(if reported[at] {
                    None
                } else if field.surely_final(text).is_some() {
                    field.read(text)
                } else {
                    field.check(text, problems)
                });
                unreadable[at] |= problems.iter().skip(before).any(|problem| problem.code == Code::TypeError);
            }
        }
        let record = TargetRecord { fields, values: &values, unreadable };
        hold_rules(plan, context, &record, problems);
        for (at, total) in plan.limits.totals.iter().enumerate() {
            if let Some(Some(Value::Number(number))) = values.get(total.field) {
                self.totals.add(at, number);
            }
        }
        if !good {
            self.write_down(texts, &values);
        }
        self.values = emptied(values);
        if !broken && problems.iter().all(Problem::is_warning) {
            let text = |field| text_of(texts, &self.anew, &self.made, field);
            self.plan.sink.check(self.plan.shape(), self.overhead, &text, problems);
        }
        if !problems.is_empty() {
            let is_empty = |field: usize| !self.reported[field] && given.text(field).is_empty();
            self.plan.masks.apply(&self.plan.fields, problems, is_empty);
        }
    }

    /// Makes texts canonical, and new texts only where needed.
    fn write_down(&mut self, texts: &mut [&str], values: &[Option<Value<'_>>]) {
        for (at, ((field, value), text)) in self.plan.fields.iter().zip(values).zip(texts).enumerate() {
            match value {
                Some(_) if field.surely_canonical(text) => {}
                Some(value) => {
                    let start = self.made.len();
                    self.made.push_str(&value.canonical());
                    self.anew.push(Made { field: at, start, end: self.made.len() });
                    *text = "";
                }
                None => *text = "",
            }
        }
    }
}

/// Whether a field has a problem and therefore no value; a warning does not count.
fn names(problems: &[Problem], field: &str) -> bool {
    problems.iter().any(|problem| !problem.is_warning() && problem.field.as_deref() == Some(field))
}

/// Checks a record against the rules.
fn hold_rules(plan: &FeedPlan, context: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
    for GradedRule { rule, severity } in &plan.rules {
        let before = problems.len();
        rule.check(context, record, problems);
        if problems.len() == before {
            continue;
        }
        // The message of a rule about one field may show another field that it checks.
        let secret = rule.fields().into_iter().any(|field| plan.masks.is_sensitive(field));
        for problem in problems.iter_mut().skip(before) {
            problem.severity = *severity;
            if secret {
                mask(problem, None);
            }
        }
    }
}

/// Empties a list and keeps its memory, for values of another lifetime.
fn emptied<A, B: Default>(mut values: Vec<A>) -> Vec<B> {
    values.clear();
    values.into_iter().map(|_| B::default()).collect()
}
