//! Functions that extend CEL: for decimal numbers and for texts. Those for lists and for addresses have files of their own.

use std::cell::RefCell;
use std::collections::HashMap;

use cel::common::types::{CelBool, CelInt, CelList, CelString, DYN_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError, add_member_overload, add_overload};
use regex::{Regex, RegexBuilder};

use super::number::Number;
use crate::decimal::{Decimal, MAX_SCALE};

/// Maximum number of parts that `split` returns. It bounds the work, because expressions can loop over lists.
const MAX_PARTS: usize = 1000;
/// Maximum length of a text that `replace` and `join` return: that of a record. Otherwise repeated replacing
/// could square a text.
const MAX_TEXT: usize = 1024 * 1024;
/// Maximum size of a regular expression's automaton, in bytes.
const MAX_REGEX: usize = 1024 * 1024;
/// Maximum number of compiled regular expressions per thread. They are literals of feeds, so there are few.
const KEPT_REGEXES: usize = 256;

/// The error for an unsupported number of digits.
const DIGITS: &str = "the digits after the point are a whole number from 0 to 100";
const _: () = assert!(MAX_SCALE == 100);

/// Functions that can be called: ours, and those of CEL that do not return a double.
pub(super) const KNOWN: &[&str] = &[
    "abs",
    "bool",
    "contains",
    "decimal",
    "div",
    "duration",
    "endsWith",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "host",
    "indexOf",
    "int",
    "join",
    "json",
    "lower",
    "matches",
    "max",
    "min",
    "query",
    "registered_domain",
    "replace",
    "round",
    "size",
    "split",
    "startsWith",
    "string",
    "substring",
    "sum",
    "timestamp",
    "trim",
    "type",
    "uint",
    "upper",
];

/// Declares our functions.
pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_overload("decimal", "decimal", vec![DYN_TYPE], decimal)?;
    env.add_overload("abs", "abs", vec![DYN_TYPE], |args| numbers("abs", &args, |[x]| Ok(x.abs())))?;
    env.add_overload("min", "min", vec![DYN_TYPE, DYN_TYPE], |args| {
        numbers("min", &args, |[a, b]| Ok(a.min(b).clone()))
    })?;
    env.add_overload("max", "max", vec![DYN_TYPE, DYN_TYPE], |args| {
        numbers("max", &args, |[a, b]| Ok(a.max(b).clone()))
    })?;
    env.add_overload("round", "round", vec![DYN_TYPE, DYN_TYPE], |args| {
        numbers("round", &args, |[x, scale]| rounded("round", x, scale))
    })?;
    env.add_overload("div", "div", vec![DYN_TYPE, DYN_TYPE, DYN_TYPE], |args| {
        numbers("div", &args, |[a, b, scale]| {
            let zero = *b == Decimal::whole(0);
            let digits = (!zero).then(|| digits_after_point("div", scale));
            let digits = digits.ok_or_else(|| failed("div", "division by zero"))??;
            a.divide_round(b, digits).ok_or_else(|| failed("div", DIGITS))
        })
    })?;
    add_overload!(env, fn whole: (Number) -> Result<CelInt>, name = "int", id = "decimal_to_int")?;
    add_overload!(env, fn text: (Number) -> CelString, name = "string", id = "decimal_to_string")?;
    add_overload!(env, fn matches: (CelString, CelString) -> Result<CelBool>, id = "matches_global")?;
    add_member_overload!(env, fn matches: (CelString, CelString) -> Result<CelBool>)?;
    add_member_overload!(env, fn upper: (CelString) -> CelString)?;
    add_member_overload!(env, fn lower: (CelString) -> CelString)?;
    add_member_overload!(env, fn trim: (CelString) -> CelString)?;
    add_member_overload!(env, fn replace: (CelString, CelString, CelString) -> Result<CelString>)?;
    add_member_overload!(env, fn split: (CelString, CelString) -> Result<CelList>)?;
    add_member_overload!(env, fn join: (CelList, CelString) -> Result<CelString>)?;
    add_member_overload!(env, fn index_of: (CelString, CelString) -> CelInt)?;
    add_member_overload!(env, fn substring: (CelString, CelInt) -> Result<CelString>)?;
    add_member_overload!(env, fn substring_range: (CelString, CelInt, CelInt) -> Result<CelString>, name = "substring")
}

/// Compiles a regular expression of bounded size.
pub(super) fn regex(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(MAX_REGEX).dfa_size_limit(MAX_REGEX).build()
}

fn failed(function: &str, why: &str) -> ExecutionError {
    ExecutionError::function_error(function, why)
}

#[expect(clippy::needless_pass_by_value, reason = "the interpreter passes values")]
fn decimal<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let value = &**args.first().ok_or_else(ExecutionError::missing_argument_or_target)?;
    if let Some(number) = Number::of(value) {
        return Ok(CowVal::owned(number));
    }
    let Some(text) = value.downcast_ref::<CelString>() else {
        return Err(ExecutionError::no_such_overload("decimal", vec![value.get_type().name().to_owned()]));
    };
    let number = text.trim().parse().map_err(|_| failed("decimal", "the text is not a decimal number, such as 12.50"));
    number.map(|number| CowVal::owned(Number(number)))
}

/// Passes numbers to a function of numbers.
fn numbers<'b, 'v, const N: usize>(
    name: &str,
    args: &[CowVal<'b, 'v>],
    make: impl Fn([&Decimal; N]) -> Result<Decimal, ExecutionError>,
) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let numbers: Option<Vec<Number>> = args.iter().map(|value| Number::of(&**value)).collect();
    let types = || args.iter().map(|value| value.get_type().name().to_owned()).collect();
    let numbers = numbers.ok_or_else(|| ExecutionError::no_such_overload(name, types()))?;
    let numbers: Vec<&Decimal> = numbers.iter().map(|number| &number.0).collect();
    let count = ExecutionError::invalid_argument_count(N, numbers.len());
    make(numbers.try_into().map_err(|_| count)?).map(|number| CowVal::owned(Number(number)))
}

fn rounded(function: &str, number: &Decimal, scale: &Decimal) -> Result<Decimal, ExecutionError> {
    number.round(digits_after_point(function, scale)?).ok_or_else(|| failed(function, DIGITS))
}

/// The requested number of digits after the point.
fn digits_after_point(function: &str, scale: &Decimal) -> Result<i64, ExecutionError> {
    let digits = scale.to_i64().filter(|digits| scale.is_integer() && (0..=MAX_SCALE).contains(digits));
    digits.ok_or_else(|| failed(function, DIGITS))
}

fn whole(number: &Number) -> Result<CelInt, ExecutionError> {
    number.0.to_i64().map(CelInt::from).ok_or_else(|| failed("int", "the number is too large for an int"))
}

fn text(number: &Number) -> CelString<'static> {
    CelString::from(number.0.to_string())
}

fn matches(text: &CelString<'_>, pattern: &CelString<'_>) -> Result<CelBool, ExecutionError> {
    thread_local! {
        static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::default();
    }
    COMPILED.with_borrow_mut(|compiled| {
        if !compiled.contains_key(pattern.inner()) {
            let regex = regex(pattern).map_err(|_| failed("matches", "the pattern cannot be used"))?;
            if compiled.len() >= KEPT_REGEXES {
                compiled.clear();
            }
            compiled.insert(pattern.inner().to_owned(), regex);
        }
        Ok(compiled.get(pattern.inner()).is_some_and(|regex| regex.is_match(text)).into())
    })
}

fn upper(text: &CelString<'_>) -> CelString<'static> {
    text.to_uppercase().into()
}

fn lower(text: &CelString<'_>) -> CelString<'static> {
    text.to_lowercase().into()
}

fn trim(text: &CelString<'_>) -> CelString<'static> {
    text.inner().trim().to_owned().into()
}

fn replace(
    text: &CelString<'_>,
    from: &CelString<'_>,
    to: &CelString<'_>,
) -> Result<CelString<'static>, ExecutionError> {
    let found = text.inner().matches(from.inner()).count();
    if text.len().saturating_add(found.saturating_mul(to.len())) > MAX_TEXT {
        return Err(failed("replace", "the text would become longer than a record may be"));
    }
    Ok(text.inner().replace(from.inner(), to).into())
}

fn split(text: &CelString<'_>, by: &CelString<'_>) -> Result<CelList<'static>, ExecutionError> {
    let parts: Vec<Box<dyn Val>> = text
        .inner()
        .split(by.inner())
        .take(MAX_PARTS + 1)
        .map(|part| Box::new(CelString::from(part.to_owned())) as Box<dyn Val>)
        .collect();
    if parts.len() > MAX_PARTS {
        return Err(failed("split", &format!("the text has more than {MAX_PARTS} parts")));
    }
    Ok(CelList::from(parts))
}

fn join(list: &CelList<'_>, with: &CelString<'_>) -> Result<CelString<'static>, ExecutionError> {
    let mut text = String::new();
    for (at, element) in list.inner().iter().enumerate() {
        let element = element.downcast_ref::<CelString>().ok_or_else(|| {
            let types = vec!["list".to_owned(), element.get_type().name().to_owned()];
            ExecutionError::no_such_member_overload("join", types)
        })?;
        text.push_str(if at == 0 { "" } else { with });
        text.push_str(element);
        if text.len() > MAX_TEXT {
            return Err(failed("join", "the text would become longer than a record may be"));
        }
    }
    Ok(text.into())
}

/// The index of a text in characters, from 0; -1 if it does not occur.
fn index_of(text: &CelString<'_>, part: &CelString<'_>) -> CelInt {
    let place = text.inner().find(part.inner()).map(|at| text.inner()[..at].chars().count());
    place.and_then(|place| i64::try_from(place).ok()).unwrap_or(-1).into()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the declaring macro passes references")]
fn substring(text: &CelString<'_>, from: &CelInt) -> Result<CelString<'static>, ExecutionError> {
    let end = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    substring_range(text, from, &CelInt::from(end))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the declaring macro passes references")]
fn substring_range(text: &CelString<'_>, from: &CelInt, to: &CelInt) -> Result<CelString<'static>, ExecutionError> {
    let outside = || failed("substring", "the place is outside the text");
    let [from, to] = [*from.inner(), *to.inner()].map(usize::try_from);
    let (from, to) = (from.map_err(|_| outside())?, to.map_err(|_| outside())?);
    let length = text.chars().count();
    if from > to || to > length {
        return Err(outside());
    }
    Ok(text.chars().skip(from).take(to - from).collect::<String>().into())
}
