//! Takes valid records, and says what each adds to a summary.

use std::collections::HashMap;

use cel::common::value::Val;

use super::measure::{Kind, Measure};
use super::ordered::push_text;
use super::plan::{ColumnOf, CreditPlan, SummaryPlan};
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

/// What remembered touches may take in memory, in bytes: some twenty thousand of them. Many records of a file have the same texts there.
const REMEMBERED: usize = 8 * 1024 * 1024;
/// What an entry of a map takes beside its texts, in bytes: two pointers with lengths, a capacity, and some room.
const ENTRY: usize = 100;

/// Takes the records of a file for one summary.
pub struct Summarizer<'p> {
    plan: &'p SummaryPlan,
    fields: &'p [Field],
    context: &'p RunContext,
    /// What touches yielded, by the texts that they depend on.
    touches: HashMap<String, Option<Box<[u8]>>>,
    /// The size of these, in bytes.
    remembered: usize,
    /// The texts of the current record that a touch depends on.
    asked: String,
}

impl<'p> Summarizer<'p> {
    /// For the records of a run, which have these fields.
    #[must_use]
    pub fn new(plan: &'p SummaryPlan, fields: &'p [Field], context: &'p RunContext) -> Self {
        Self { plan, fields, context, touches: HashMap::new(), remembered: 0, asked: String::new() }
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
        let mut values: Vec<Option<Value<'static>>> = Vec::new();
        values.resize_with(self.fields.len(), || None);
        for at in &self.plan.reads {
            let (Some(field), Some(value)) = (self.fields.get(*at), values.get_mut(*at)) else { continue };
            let text = text(*at);
            if !text.is_empty() {
                *value = Some(field.read_canonical(text).ok_or_else(|| format!("{:?} cannot be read", field.name))?);
            }
        }
        let target = TargetRecord { fields: self.fields, values: &values, unreadable: &[] };
        let counts = match &self.plan.when {
            Some(when) => when.truth(&target, self.context).map_err(|why| format!("when cannot be decided: {why}"))?,
            None => true,
        };
        let Some(credit) = &self.plan.credit else {
            if counts {
                let key = self.record_texts(&target)?.into();
                taken.push(Taken::Group(Group { key, numbers: self.numbers(&target)? }));
            }
            return Ok(());
        };
        let is_known = credit.per.iter().any(|field| !text(*field).is_empty());
        // Records without a visitor have nothing in common, so none is credited to another.
        let visitor = if is_known {
            hash(credit.per.iter().map(|field| text(*field)))
        } else {
            hash(["", &record.to_string()].into_iter())
        };
        let touch = if is_known { self.touch(credit, &target, text)? } else { None };
        if touch.is_none() && !counts && credit.gap.is_none() {
            return Ok(());
        }
        let field = self.fields.get(credit.sort);
        let name = field.map_or("", |field| field.name.as_str());
        let time = values.get(credit.sort).and_then(Option::as_ref).and_then(seconds);
        let time = time.ok_or_else(|| format!("{name:?} has no value, so the time of the record is not known"))?;
        let is_touch = touch.is_some();
        if let Some(texts) = touch {
            taken.push(Taken::Visit(Visit::new(visitor, &time, record, &Role::Touch(texts))));
        }
        if counts {
            let texts = self.record_texts(&target)?.into();
            let role = Role::Counts(texts, self.numbers(&target)?);
            taken.push(Taken::Visit(Visit::new(visitor, &time, record, &role)));
        } else if !is_touch && credit.gap.is_some() {
            taken.push(Taken::Visit(Visit::new(visitor, &time, record, &Role::Hit)));
        }
        Ok(())
    }

    /// The texts of a touch; `None` if the record is none.
    fn touch<'t>(
        &mut self,
        credit: &CreditPlan,
        record: &TargetRecord<'_>,
        text: &dyn Fn(usize) -> &'t str,
    ) -> Result<Option<Box<[u8]>>, String> {
        self.asked.clear();
        for field in &credit.touch_reads {
            self.asked.push_str(text(*field));
            self.asked.push('\0');
        }
        if let Some(known) = self.touches.get(&self.asked) {
            return Ok(known.clone());
        }
        let texts = credit.touch.map_or_none(record, self.context, |touch| self.touch_texts(record, touch));
        let texts = texts.map_err(|why| format!("the touch cannot be decided: {why}"))?;
        self.remembered += ENTRY + self.asked.len() + texts.as_ref().map_or(0, |texts| texts.len());
        if self.remembered > REMEMBERED {
            self.touches.clear();
            self.remembered = 0;
        }
        self.touches.insert(self.asked.clone(), texts.clone());
        Ok(texts)
    }

    /// The texts of the columns that are about a touch.
    fn touch_texts(&self, record: &TargetRecord<'_>, touch: &dyn Val) -> Result<Box<[u8]>, String> {
        self.texts(true, |expression| expression.text_of(record, Some(touch), self.context)).map(Into::into)
    }

    /// The texts of the columns that are about the record.
    fn record_texts(&self, record: &TargetRecord<'_>) -> Result<Vec<u8>, String> {
        self.texts(false, |expression| expression.text_of(record, None, self.context))
    }

    fn texts(
        &self,
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
    fn numbers(&self, record: &TargetRecord<'_>) -> Result<Vec<Measure>, String> {
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
