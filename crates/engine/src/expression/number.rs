//! Exact decimal numbers as values of expressions, with operators.

use std::any::Any;
use std::cmp::Ordering;

use cel::ExecutionError;
use cel::common::traits::{Adder, Comparer, Divider, Multiplier, Negator, Subtractor};
use cel::common::types::{CelInt, CelUInt, Type};
use cel::common::value::{CowVal, StaticVal, Val};

use crate::decimal::Decimal;

/// The type of decimal numbers in expressions.
pub(super) static DECIMAL: Type = Type::new_unspecified_type("decimal");

/// A decimal number in an expression.
#[derive(Clone, Debug)]
pub(super) struct Number(pub Decimal);

impl Number {
    /// A value as a number: a decimal, or a signed or unsigned integer.
    pub(super) fn of(value: &dyn Val) -> Option<Self> {
        if let Some(number) = value.downcast_ref::<Self>() {
            return Some(number.clone());
        }
        let signed = value.downcast_ref::<CelInt>().map(|int| Decimal::whole(*int.inner()));
        signed.or_else(|| value.downcast_ref::<CelUInt>().map(|int| Decimal::from(*int.inner()))).map(Self)
    }

    fn with<'b, 'v>(
        &self,
        operator: &str,
        other: &dyn Val,
        make: impl Fn(&Decimal, &Decimal) -> Option<Decimal>,
    ) -> Result<CowVal<'b, 'v>, ExecutionError> {
        let number = Self::of(other).ok_or_else(|| no_overload(operator, self, other))?;
        let made = make(&self.0, &number.0).ok_or_else(|| ExecutionError::function_error(operator, "division by zero"));
        Ok(CowVal::owned(Self(made?)))
    }
}

/// The error for an operator that does not support the types of its operands.
pub(super) fn no_overload(operator: &str, left: &dyn Val, right: &dyn Val) -> ExecutionError {
    let types = [left, right].map(|value| value.get_type().name().to_owned());
    ExecutionError::no_such_overload(operator, types.into())
}

impl Val for Number {
    fn get_type(&self) -> &Type {
        &DECIMAL
    }

    fn cel_type() -> &'static Type {
        &DECIMAL
    }

    fn as_adder<'b, 'v>(&'b self) -> Option<&'b (dyn Adder + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_subtractor<'b, 'v>(&'b self) -> Option<&'b (dyn Subtractor + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_multiplier<'b, 'v>(&'b self) -> Option<&'b (dyn Multiplier + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_divider<'b, 'v>(&'b self) -> Option<&'b (dyn Divider + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_negator<'b, 'v>(&'b self) -> Option<&'b (dyn Negator + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_comparer(&self) -> Option<&dyn Comparer> {
        Some(self)
    }

    fn equals(&self, other: &dyn Val) -> bool {
        Self::of(other).is_some_and(|other| other.0 == self.0)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Number {}

impl Adder for Number {
    fn add<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.with("_+_", other, |a, b| Some(a + b))
    }
}

impl Subtractor for Number {
    fn sub<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.with("_-_", other, |a, b| Some(a - b))
    }
}

impl Multiplier for Number {
    fn mul<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.with("_*_", other, |a, b| Some(a * b))
    }
}

impl Divider for Number {
    fn div<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.with("_/_", other, Decimal::divide)
    }
}

impl Negator for Number {
    fn negate<'v>(&self) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Ok(Box::new(Self(-&self.0)))
    }
}

impl Comparer for Number {
    fn compare(&self, other: &dyn Val) -> Result<Ordering, ExecutionError> {
        Self::of(other).map(|other| self.0.cmp(&other.0)).ok_or_else(|| no_overload("compare", self, other))
    }
}
