//! Operators that accept a decimal together with an integer.
//!
//! The interpreter's operators dispatch on the left value, and an integer does not support our decimals: `1
//! == price` would be false and `1 < price` an error. So [`check`](super::check) renames every operator, and
//! the new names are declared here.

use std::cmp::Ordering;

use cel::common::ast::operators as names;
use cel::common::functions::Function;
use cel::common::types::{CelBool, CelList, DYN_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError};

use super::number::{Number, no_overload};
use super::time;

type Answer<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

/// The operators: the parser's name, our name, and the function.
const OPERATORS: [(&str, &str, Function); 11] = [
    (names::ADD, "@add", add),
    (names::SUBSTRACT, "@sub", sub),
    (names::MULTIPLY, "@mul", mul),
    (names::DIVIDE, "@div", div),
    (names::LESS, "@lt", |args| compare(names::LESS, args, Ordering::is_lt)),
    (names::LESS_EQUALS, "@le", |args| compare(names::LESS_EQUALS, args, Ordering::is_le)),
    (names::GREATER, "@gt", |args| compare(names::GREATER, args, Ordering::is_gt)),
    (names::GREATER_EQUALS, "@ge", |args| compare(names::GREATER_EQUALS, args, Ordering::is_ge)),
    (names::EQUALS, "@eq", |args| with(args, |a, b| Ok(truth(equal(a, b))))),
    (names::NOT_EQUALS, "@ne", |args| with(args, |a, b| Ok(truth(!equal(a, b))))),
    (names::IN, "@among", |args| with(args, |a, b| Ok(truth(contains(b, a)?)))),
];

/// Functions of the interpreter that are not exact: its name, our name, and our function.
const FUNCTIONS: [(&str, &str, Function); 2] =
    [("duration", "@duration", time::duration), ("timestamp", "@timestamp", time::timestamp)];

/// Declares the operators and functions.
pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    FUNCTIONS.iter().try_for_each(|(_, ours, function)| env.add_overload(ours, ours, vec![DYN_TYPE], *function))?;
    OPERATORS
        .iter()
        .try_for_each(|(_, ours, function)| env.add_overload(ours, ours, vec![DYN_TYPE, DYN_TYPE], *function))
}

/// Our name of an operator.
pub(super) fn ours(name: &str) -> Option<&'static str> {
    OPERATORS.iter().find(|(theirs, ..)| *theirs == name).map(|(_, ours, _)| *ours)
}

/// Our name of a global function.
pub(super) fn our_function(name: &str) -> Option<&'static str> {
    FUNCTIONS.iter().find(|(theirs, ..)| *theirs == name).map(|(_, ours, _)| *ours)
}

/// Passes the two operands on; an integer beside a decimal is converted.
#[expect(clippy::needless_pass_by_value, reason = "the interpreter passes values")]
fn with<'b, 'v>(
    args: Vec<CowVal<'b, 'v>>,
    make: impl Fn(&(dyn Val + 'v), &(dyn Val + 'v)) -> Result<Box<dyn Val + 'v>, ExecutionError>,
) -> Answer<'b, 'v> {
    let [left, right] = &args[..] else { return Err(ExecutionError::invalid_argument_count(2, args.len())) };
    if right.downcast_ref::<Number>().is_some()
        && let Some(left) = Number::of(&**left)
    {
        return make(&left, &**right).map(CowVal::Owned);
    }
    make(&**left, &**right).map(CowVal::Owned)
}

macro_rules! arithmetic {
    ($($name:ident = $operator:expr, $accessor:ident, $method:ident, $of_times:expr;)*) => {$(
        fn $name<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
            with(args, |left, right| {
                let of_times: fn(&dyn Val, &dyn Val) -> Option<Result<Box<dyn Val + 'v>, ExecutionError>> = $of_times;
                if let Some(made) = of_times(left, right) {
                    return made;
                }
                let of = left.$accessor().ok_or_else(|| no_overload($operator, left, right))?;
                let result = of.$method(right);
                let reported = |error| match error {
                    ExecutionError::UnsupportedBinaryOperator(..) => no_overload($operator, left, right),
                    error => error,
                };
                result.map(CowVal::into_owned).map_err(reported)
            })
        }
    )*};
}

arithmetic! {
    add = names::ADD, as_adder, add, time::add;
    sub = names::SUBSTRACT, as_subtractor, sub, time::sub;
    mul = names::MULTIPLY, as_multiplier, mul, |_, _| None;
    div = names::DIVIDE, as_divider, div, |_, _| None;
}

fn compare<'b, 'v>(operator: &str, args: Vec<CowVal<'b, 'v>>, is: fn(Ordering) -> bool) -> Answer<'b, 'v> {
    with(args, |left, right| {
        let none = || no_overload(operator, left, right);
        let ordering = left.as_comparer().ok_or_else(none)?.compare(right).map_err(|_| none())?;
        Ok(truth(is(ordering)))
    })
}

/// Whether two values are equal. An integer equals a decimal of the same value, even within lists.
fn equal(left: &dyn Val, right: &dyn Val) -> bool {
    if let (Some(left), Some(right)) = (left.downcast_ref::<CelList>(), right.downcast_ref::<CelList>()) {
        let (left, right) = (left.inner(), right.inner());
        return left.len() == right.len()
            && left.iter().zip(right).all(|(left, right)| equal(left.as_ref(), right.as_ref()));
    }
    left.equals(right) || right.downcast_ref::<Number>().is_some_and(|number| number.equals(left))
}

fn contains(container: &dyn Val, value: &dyn Val) -> Result<bool, ExecutionError> {
    if let Some(list) = container.downcast_ref::<CelList>() {
        return Ok(list.inner().iter().any(|element| equal(element.as_ref(), value) || equal(value, element.as_ref())));
    }
    let none = || no_overload(names::IN, value, container);
    container.as_container().ok_or_else(none)?.contains(value).map_err(|_| none())
}

fn truth<'v>(truth: bool) -> Box<dyn Val + 'v> {
    Box::new(CelBool::from(truth))
}
