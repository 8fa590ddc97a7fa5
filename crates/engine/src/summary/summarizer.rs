//! Takes valid records, and says what each adds to a summary.

use std::collections::HashMap;

use cel::common::value::Val;

use super::measure::{Kind, Measure};
use super::ordered::push_text;
use super::plan::{ColumnOf, SummaryPlan};
use super::visit::{Role, Visit};
use super::{Group, MAX_TEXTS};
use crate::RunContext;
use crate::decimal::Decimal;
use crate::hash::hash;
use crate::schema::{Field, Value};
use crate::target::TargetRecord;

/// What a record adds to a summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Its group, with its numbers.
    Group(Group),
    /// A visit. A record may have two: its touch, and what is credited.
    Visit(Visit),
}

/// Takes the records of a file for one summary.
pub struct Summarizer<'p> {
    plan: &'p SummaryPlan,
    fields: &'p [Field],
    context: &'p RunContext,
    /// What touches yielded.
    touches: Memo<Option<Box<[u8]>>>,
    /// What `when` yielded.
    counts: Memo<bool>,
}

impl<'p> Summarizer<'p> {
    /// For the records of a run, which have these fields.
    #[must_use]
    pub fn new(plan: &'p SummaryPlan, fields: &'p [Field], context: &'p RunContext) -> Self {
        Self { plan, fields, context, touches: Memo::default(), counts: Memo::default() }
    }

    /// Takes a record with this number and these canonical texts, and appends what it adds.
    ///
    /// # Errors
    /// Why that cannot be said.
    pub fn take<'t>(
        &mut self,
        record: u64,
        text: &dyn Fn(usize) -> &'t str,
        taken: &mut Vec<Taken>,
    ) -> Result<(), String> {
        let Self { plan, fields, context, touches, counts } = self;
        let record_of = Record { plan, fields, context };
        // Most records of a file are neither, and have texts that were seen before. Then no value is made.
        let mut values = None;
        let counts = match &plan.when {
            Some(when) => counts.get(&plan.when_reads, text, || {
                let values = record_of.values(&mut values, text)?;
                when.truth(&record_of.target(values), context).map_err(|why| format!("when cannot be decided: {why}"))
            })?,
            None => true,
        };
        let Some(credit) = &plan.credit else {
            if counts {
                let target = record_of.target(record_of.values(&mut values, text)?);
                let key = record_of.record_texts(&target)?.into();
                taken.push(Taken::Group(Group { key, numbers: record_of.numbers(&target)? }));
            }
            return Ok(());
        };
        let is_known = credit.per.iter().any(|field| !text(*field).is_empty());
        // Records without a visitor have nothing in common, so none is credited to another.
        let visitor = || {
            if is_known {
                hash(credit.per.iter().map(|field| text(*field)))
            } else {
                hash(["", &record.to_string()].into_iter())
            }
        };
        let touch = if is_known {
            touches.get(&credit.touch_reads, text, || {
                let target = record_of.target(record_of.values(&mut values, text)?);
                let texts = credit.touch.map_or_none(&target, context, |touch| record_of.touch_texts(&target, touch));
                texts.map_err(|why| format!("the touch cannot be decided: {why}"))
            })?
        } else {
            None
        };
        if touch.is_none() && !counts && credit.gap.is_none() {
            return Ok(());
        }
        let visitor = visitor();
        let target = record_of.target(record_of.values(&mut values, text)?);
        let name = || fields.get(credit.sort).map_or("", |field| field.name.as_str());
        let time = target.value(credit.sort).and_then(seconds);
        let time = time.ok_or_else(|| format!("{:?} has no value, so the time of the record is not known", name()))?;
        let is_touch = touch.is_some();
        if let Some(texts) = touch {
            taken.push(Taken::Visit(Visit::new(visitor, &time, record, &Role::Touch(texts))));
        }
        if counts {
            let texts = record_of.record_texts(&target)?.into();
            let role = Role::Counts(texts, record_of.numbers(&target)?);
            taken.push(Taken::Visit(Visit::new(visitor, &time, record, &role)));
        } else if !is_touch {
            taken.push(Taken::Visit(Visit::new(visitor, &time, record, &Role::Hit)));
        }
        Ok(())
    }
}

/// Results by the texts on which they depend. Many records of a file have the same texts there.
struct Memo<T> {
    known: HashMap<String, T>,
    /// The length of all texts, in bytes.
    bytes: usize,
    /// The texts of the current record.
    asked: String,
}

/// The length of all texts that a memo holds, in bytes.
const MEMO_BYTES: usize = 4 * 1024 * 1024;
/// The longest texts that a memo holds, in bytes. Longer ones seldom come twice.
const LONGEST_MEMO: usize = 1024;

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self { known: HashMap::new(), bytes: 0, asked: String::new() }
    }
}

impl<T: Clone> Memo<T> {
    /// The result for the texts of these fields.
    fn get<'t>(
        &mut self,
        reads: &[usize],
        text: &dyn Fn(usize) -> &'t str,
        make: impl FnOnce() -> Result<T, String>,
    ) -> Result<T, String> {
        self.asked.clear();
        for field in reads {
            self.asked.push_str(text(*field));
            self.asked.push('\0');
        }
        if let Some(known) = self.known.get(&self.asked) {
            return Ok(known.clone());
        }
        let made = make()?;
        // A text with a zero could stand for two texts.
        if self.asked.len() <= LONGEST_MEMO && self.asked.bytes().filter(|byte| *byte == 0).count() == reads.len() {
            if self.bytes >= MEMO_BYTES {
                self.known.clear();
                self.bytes = 0;
            }
            self.bytes += self.asked.len();
            self.known.insert(self.asked.clone(), made.clone());
        }
        Ok(made)
    }
}

/// Reads records of a summary.
#[derive(Clone, Copy)]
struct Record<'p> {
    plan: &'p SummaryPlan,
    fields: &'p [Field],
    context: &'p RunContext,
}

/// The values of a record, once they were made.
type Values = Option<Vec<Option<Value<'static>>>>;

impl<'p> Record<'p> {
    /// The values of the fields that the summary reads. They are made once.
    fn values<'v, 't>(
        self,
        values: &'v mut Values,
        text: &dyn Fn(usize) -> &'t str,
    ) -> Result<&'v [Option<Value<'static>>], String> {
        let made = match values.take() {
            Some(made) => made,
            None => {
                let mut made: Vec<Option<Value<'static>>> = Vec::new();
                made.resize_with(self.fields.len(), || None);
                for at in &self.plan.reads {
                    let (Some(field), Some(value)) = (self.fields.get(*at), made.get_mut(*at)) else { continue };
                    let text = text(*at);
                    if !text.is_empty() {
                        let read = field.read_canonical(text);
                        *value = Some(read.ok_or_else(|| format!("{:?} cannot be read", field.name))?);
                    }
                }
                made
            }
        };
        Ok(values.insert(made))
    }

    /// The record with these values.
    fn target<'v>(self, values: &'v [Option<Value<'static>>]) -> TargetRecord<'v>
    where
        'p: 'v,
    {
        TargetRecord { fields: self.fields, values, unreadable: &[] }
    }

    /// The texts of the columns that are about a touch.
    fn touch_texts(self, record: &TargetRecord<'_>, touch: &dyn Val) -> Result<Box<[u8]>, String> {
        self.texts(true, |expression| expression.text_of(record, Some(touch), self.context)).map(Into::into)
    }

    /// The texts of the columns that are about the record.
    fn record_texts(self, record: &TargetRecord<'_>) -> Result<Vec<u8>, String> {
        self.texts(false, |expression| expression.text_of(record, None, self.context))
    }

    fn texts(
        self,
        touches: bool,
        read: impl Fn(&crate::expression::Expression) -> Result<String, String>,
    ) -> Result<Vec<u8>, String> {
        let mut texts = Vec::new();
        for column in &self.plan.columns {
            if let ColumnOf::Group { expression, of_touch } = &column.of
                && *of_touch == touches
            {
                let text = read(expression).map_err(|why| format!("{:?} has no group: {why}", column.label))?;
                push_text(&text, &mut texts);
            }
        }
        if texts.len() > MAX_TEXTS {
            return Err(format!("its groups have {} bytes; a summary holds up to {MAX_TEXTS}", texts.len()));
        }
        Ok(texts)
    }

    /// The numbers of a record.
    fn numbers(self, record: &TargetRecord<'_>) -> Result<Vec<Measure>, String> {
        let mut numbers = Vec::new();
        for column in &self.plan.columns {
            let ColumnOf::Number { kind, expression } = &column.of else { continue };
            let value = match expression {
                None => Ok(Some(Decimal::whole(1))),
                Some(expression) if *kind == Kind::Count => {
                    expression.truth(record, self.context).map(|counts| counts.then(|| Decimal::whole(1)))
                }
                Some(expression) => expression.number(record, self.context),
            };
            let value = value.map_err(|why| format!("{:?} has no number: {why}", column.label))?;
            numbers.push(Measure::of(*kind, value));
        }
        Ok(numbers)
    }
}

/// The time of a value, in seconds since 1970; a number as it is.
fn seconds(value: &Value<'_>) -> Option<Decimal> {
    let of_civil = |at: jiff::civil::DateTime| {
        let at = at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
        let whole = &Decimal::whole(at.as_second());
        let part = format!("{}e-9", at.subsec_nanosecond()).parse().ok()?;
        Some(whole + &part)
    };
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::Date(date) => of_civil(date.at(0, 0, 0, 0)),
        Value::Datetime { at, .. } => of_civil(*at),
        _ => None,
    }
}
