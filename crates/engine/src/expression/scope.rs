//! The data that an expression can access: a row or a record, and the time of the run. Nothing is copied.

use cel::ExecutionError;
use cel::common::traits::{Container, Indexer};
use cel::common::types::{CelBool, CelInt, CelNull, CelString, CelTimestamp, MAP_TYPE, Type};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use chrono::DateTime;
use jiff::Timestamp;
use std::borrow::Cow;

use super::number::Number;
use super::time::of_civil;
use crate::decimal::Decimal;
use crate::schema::Value;
use crate::spec::FieldType;
use crate::target::TargetRecord;

/// The texts of a row by the labels of their columns: `row`.
pub(crate) trait Columns: Send + Sync {
    /// What a row has in a column; `None` if the file has no such column.
    fn column(&self, label: &str) -> Option<Column<'_>>;
}

/// What a row has in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Column<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// No cell: the record ends before this column.
    Absent,
    /// Bytes that are not in the encoding of the file.
    Undecodable,
}

/// The variables of an expression.
pub(super) struct Scope<'a, T> {
    /// The name of the data.
    pub name: &'static str,
    /// The data.
    pub data: T,
    /// The touch, in a summary.
    pub touch: Option<&'a dyn Val>,
    /// The time of the run.
    pub as_of: &'a CelTimestamp,
}

impl<T: Val> VariableResolver for Scope<'_, T> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        match variable {
            super::AS_OF => Some(CowVal::Borrowed(self.as_of)),
            name if name == self.name => Some(CowVal::Borrowed(&self.data)),
            super::TOUCH => self.touch.map(CowVal::Borrowed),
            _ => None,
        }
    }
}

/// A time as a CEL value.
pub(super) fn timestamp(at: Timestamp) -> CelTimestamp {
    let nanoseconds = u32::try_from(at.subsec_nanosecond()).unwrap_or_default();
    // chrono covers the whole range of jiff.
    DateTime::from_timestamp(at.as_second(), nanoseconds).unwrap_or_default().fixed_offset().into()
}

/// A row, indexed by label.
#[derive(Clone, Copy)]
pub(super) struct Row<'a>(pub &'a dyn Columns);

/// A target record, or the part below a dotted name, indexed by field.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    record: &'a TargetRecord<'a>,
    /// The dotted name with its last dot; empty for the whole record.
    below: String,
}

impl<'a> Fields<'a> {
    pub(super) fn of(record: &'a TargetRecord<'a>) -> Self {
        Self { record, below: String::new() }
    }
}

/// Access to data by name.
trait Lookup<'a> {
    fn look_up<'b>(&self, name: &str) -> Option<Result<CowVal<'b, 'a>, ExecutionError>>;
}

impl<'a> Lookup<'a> for Row<'a> {
    fn look_up<'b>(&self, label: &str) -> Option<Result<CowVal<'b, 'a>, ExecutionError>> {
        self.0.column(label).map(|column| match column {
            Column::Text(text) => Ok(CowVal::owned(CelString::from(text.into_owned()))),
            Column::Absent => Ok(CowVal::owned(CelNull)),
            Column::Undecodable => Err(ExecutionError::function_error(
                "row",
                format!("the column {label:?} is not in the encoding of the file"),
            )),
        })
    }
}

impl<'a> Lookup<'a> for Fields<'a> {
    fn look_up<'b>(&self, name: &str) -> Option<Result<CowVal<'b, 'a>, ExecutionError>> {
        let record: &'a TargetRecord<'a> = self.record;
        let rest = |field: &str| field.strip_prefix(&self.below).and_then(|rest| rest.strip_prefix(name)).map(str::len);
        for (field, value) in record.fields.iter().zip(record.values) {
            match rest(&field.name) {
                Some(0) => return Some(Ok(typed(field.field_type, value.as_ref()))),
                Some(length) if field.name.as_bytes()[field.name.len() - length] == b'.' => {
                    return Some(Ok(CowVal::owned(Fields { record, below: format!("{}{name}.", self.below) })));
                }
                _ => {}
            }
        }
        None
    }
}

/// A value of a field: integers that fit as `int`, other numbers as decimals, dates as the start of their day
/// in UTC.
#[allow(
    clippy::match_wildcard_for_single_variants,
    reason = "values of other types are their texts, whatever types come"
)]
fn typed<'b, 'a>(field_type: FieldType, value: Option<&'a Value<'a>>) -> CowVal<'b, 'a> {
    let Some(value) = value else { return CowVal::owned(CelNull) };
    match value {
        Value::Bool(truth) => CowVal::owned(CelBool::from(*truth)),
        Value::Number(number) => match number.to_i64().filter(|_| field_type == FieldType::Integer) {
            // A number too large for an `int` stays exact.
            Some(int) if Decimal::whole(int) == *number => CowVal::owned(CelInt::from(int)),
            _ => CowVal::owned(Number(number.clone())),
        },
        Value::Date(date) => time(date.at(0, 0, 0, 0)),
        Value::Datetime { at, .. } => time(*at),
        other => CowVal::owned(CelString::from(other.canonical())),
    }
}

fn time<'b, 'a>(at: jiff::civil::DateTime) -> CowVal<'b, 'a> {
    // Values of fields are in the years 1 to 9999, like the times of expressions.
    of_civil(at).map_or_else(|_| CowVal::owned(CelNull), CowVal::owned)
}

macro_rules! indexed_by_name {
    ($($type:ident)*) => {$(
        impl std::fmt::Debug for $type<'_> {
            /// Hides its content, because messages are made from this.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($type))
            }
        }

        impl<'a> Val for $type<'a> {
            fn get_type(&self) -> &Type {
                &MAP_TYPE
            }

            fn cel_type() -> &'static Type {
                &MAP_TYPE
            }

            fn as_container(&self) -> Option<&dyn Container> {
                Some(self)
            }

            fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
            where
                Self: 'v,
            {
                Some(self)
            }

            fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
            where
                Self: 'v,
            {
                Box::new(self.clone())
            }
        }

        impl Container for $type<'_> {
            fn contains(&self, name: &dyn Val) -> Result<bool, ExecutionError> {
                Ok(name.downcast_ref::<CelString>().is_some_and(|name| self.look_up(name).is_some()))
            }
        }

        impl<'a> Indexer for $type<'a> {
            fn get<'b, 'v>(&'b self, name: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
            where
                Self: 'v,
            {
                let name = name.downcast_ref::<CelString>().map_or("", CelString::inner);
                let found: Option<Result<CowVal<'b, 'a>, _>> = self.look_up(name);
                found.ok_or_else(|| ExecutionError::no_such_key(name))?
            }

            fn steal<'v>(self: Box<Self>, name: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
            where
                Self: 'v,
            {
                self.get(name).map(CowVal::into_owned)
            }
        }
    )*};
}

indexed_by_name!(Row Fields);
