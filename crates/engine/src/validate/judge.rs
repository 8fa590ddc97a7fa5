//! Judges records one after the other, with reused buffers.

mod deletion;

use super::totals::Totals;
use crate::feed::FeedPlan;
use crate::mask::mask;
use crate::record::Rows;
use crate::rules::{GradedRule, Rule};
use crate::schema::{Field, Value};
use crate::spec::FieldType;
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext};

/// The texts of the fields of a record.
pub trait Texts {
    /// The text of a field by index; empty if there is none.
    fn text(&self, field: usize) -> &str;

    /// The text of a field, and whether it certainly is valid, within the bounds of the rules, and canonical but for zeros at
    /// the end of a fraction. Then it is not looked at again.
    fn text_if_sure(&self, field: usize) -> (&str, bool) {
        (self.text(field), false)
    }

    /// Whether all texts are so.
    fn are_all_sure(&self) -> bool {
        false
    }

    /// The length of all texts of this many fields, in bytes.
    fn bytes(&self, fields: usize) -> usize {
        (0..fields).map(|field| self.text(field).len()).sum()
    }

    /// Appends the texts of this many fields to a row as cells.
    fn write(&self, fields: usize, row: &mut Rows) {
        (0..fields).for_each(|field| row.cell(self.text(field)));
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
    /// The fields whose texts may end in zeros that are not canonical.
    numbers: Vec<(usize, &'p Field)>,
    /// The rules that only bound a field, and all others.
    bounds: Vec<&'p dyn Rule>,
    rules: Vec<&'p dyn Rule>,
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
pub struct Judged<'j, T: ?Sized> {
    texts: Canonical<'j, T>,
    /// The number of fields.
    fields: usize,
    /// The newly made texts, by field.
    anew: &'j [Made],
    made: &'j str,
    /// Whether the record deletes the item of its key.
    deletes: bool,
}

/// The texts that were already canonical.
enum Canonical<'j, T: ?Sized> {
    /// The given ones, if nothing is wrong with the record. A newly made text takes the place of a given one.
    Given(&'j T),
    /// A list; a text in it is empty if there is no value, or if a new text was made.
    Listed(Listed<'j>),
}

/// A list of texts that returns to its buffer.
struct Listed<'j> {
    texts: Vec<&'j str>,
    home: &'j mut Vec<&'static str>,
}

impl<T: Texts + ?Sized> Judged<'_, T> {
    /// The canonical text of a field by index; empty if it has no value.
    #[inline]
    #[must_use]
    pub fn text(&self, field: usize) -> &str {
        match &self.texts {
            Canonical::Given(given) => made_for(self.anew, self.made, field).unwrap_or_else(|| given.text(field)),
            Canonical::Listed(listed) => text_of(&listed.texts, self.anew, self.made, field),
        }
    }

    /// Whether the record deletes the item of its key. Then only the fields of the key have texts.
    #[inline]
    #[must_use]
    pub fn deletes(&self) -> bool {
        self.deletes
    }

    /// The canonical texts of all fields.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        (0..self.fields).map(|field| self.text(field))
    }

    /// Appends the canonical texts of all fields to a row.
    #[inline]
    pub fn write(&self, row: &mut Rows) {
        match &self.texts {
            Canonical::Given(given) if self.anew.is_empty() => given.write(self.fields, row),
            _ => self.texts().for_each(|text| row.cell(text)),
        }
    }
}

/// The canonical text of a field in a list: the given one, or the newly made one.
#[inline]
fn text_of<'t>(texts: &[&'t str], anew: &[Made], made: &'t str, field: usize) -> &'t str {
    match texts.get(field) {
        Some(text) if !text.is_empty() => text,
        _ => made_for(anew, made, field).unwrap_or_default(),
    }
}

/// The newly made text of a field.
#[inline]
fn made_for<'t>(anew: &[Made], made: &'t str, field: usize) -> Option<&'t str> {
    anew.iter().find(|anew| anew.field == field).and_then(|anew| made.get(anew.start..anew.end))
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        *self.home = emptied(std::mem::take(&mut self.texts));
    }
}

impl<'p> Judge<'p> {
    /// For the records of a run.
    #[must_use]
    pub fn new(plan: &'p FeedPlan, context: &'p RunContext) -> Self {
        let may_end_in_zeros = |(_, field): &(usize, &Field)| field.field_type == FieldType::Number;
        let (bounds, rules) = plan.rules.iter().map(|graded| &*graded.rule).partition(|rule| rule.bounds().is_some());
        Self {
            plan,
            context,
            bounds,
            rules,
            numbers: plan.fields.iter().enumerate().filter(may_end_in_zeros).collect(),
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
    pub fn judge<'j, T: Texts + ?Sized>(&'j mut self, given: &'j T, problems: &mut Vec<Problem>) -> Judged<'j, T> {
        self.made.clear();
        self.anew.clear();
        let (fields, deletes) = (self.plan.fields.len(), false);
        if let Some(delete) = &self.plan.import.delete
            && self.is_deletion(delete, given, problems)
        {
            return self.judge_deletion(given, problems);
        }
        let good = problems.is_empty() && self.is_good(given);
        // Nearly all records are finished here, before any value is made.
        if good {
            self.cut_zeros(given);
            if self.surely_holds(given) {
                return Judged { texts: Canonical::Given(given), fields, anew: &self.anew, made: &self.made, deletes };
            }
        }
        let mut texts: Vec<&'j str> = emptied(std::mem::take(&mut self.texts));
        if good {
            self.anew.clear();
            texts.extend(self.plan.fields.iter().enumerate().map(|(at, field)| field.without_zeros(given.text(at))));
        }
        self.look_at(given, good, &mut texts, problems);
        let texts = Canonical::Listed(Listed { texts, home: &mut self.texts });
        Judged { texts, fields, anew: &self.anew, made: &self.made, deletes }
    }

    /// Whether each text of a record certainly is valid, or empty where that is allowed. Then the texts are canonical, but for
    /// zeros at the end of a fraction.
    #[inline]
    fn is_good<T: Texts + ?Sized>(&self, given: &T) -> bool {
        let is_good = |(at, field): (usize, &Field)| {
            let (text, is_sure) = given.text_if_sure(at);
            is_sure || field.surely_final(text).is_some() || (text.is_empty() && !field.constraints.required)
        };
        given.are_all_sure() || self.plan.fields.iter().enumerate().all(is_good)
    }

    /// Makes new texts without the zeros at the end of a fraction.
    #[inline]
    fn cut_zeros<T: Texts + ?Sized>(&mut self, given: &T) {
        for (at, field) in &self.numbers {
            let text = given.text(*at);
            let canonical = field.without_zeros(text);
            if canonical.len() < text.len() {
                let start = self.made.len();
                self.made.push_str(canonical);
                self.anew.push(Made { field: *at, start, end: self.made.len() });
            }
        }
    }

    /// Whether a record of such texts certainly has no problems, and its values are not needed.
    #[inline]
    fn surely_holds<T: Texts + ?Sized>(&self, given: &T) -> bool {
        let text = |field| made_for(&self.anew, &self.made, field).unwrap_or_else(|| given.text(field));
        let (plan, bytes) = (self.plan, given.bytes(self.plan.fields.len()));
        plan.limits.totals.is_empty()
            && self.rules.iter().all(|rule| rule.surely_holds(&text))
            && (given.are_all_sure() || self.bounds.iter().all(|rule| rule.surely_holds(&text)))
            && plan.sink.surely_holds(plan.shape(), self.overhead + bytes, &text)
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
        hold_rules(plan, &plan.rules, context, &record, problems);
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
fn hold_rules<'r>(
    plan: &FeedPlan,
    rules: impl IntoIterator<Item = &'r GradedRule>,
    context: &RunContext,
    record: &TargetRecord<'_>,
    problems: &mut Vec<Problem>,
) {
    for GradedRule { rule, severity } in rules {
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
