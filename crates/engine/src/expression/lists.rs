//! Functions that extend CEL: sums over lists, and JSON as lists and maps.

use std::collections::{BTreeMap, HashMap};

use cel::common::types::{CelBool, CelList, CelMap, CelMapKey, CelNull, CelString, DYN_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError, add_member_overload};

use super::number::Number;
use crate::decimal::Decimal;
use crate::schema::Json;

/// Maximum number of values that `json` returns. It bounds the work, because expressions can loop over lists.
const MAX_VALUES: usize = 100_000;

/// Declares the functions.
pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    add_member_overload!(env, fn sum: (CelList) -> Result<Number>)?;
    add_member_overload!(env, fn least: (CelList) -> Result<Number>, name = "min")?;
    add_member_overload!(env, fn greatest: (CelList) -> Result<Number>, name = "max")?;
    env.add_overload("json", "json", vec![DYN_TYPE], json)
}

/// The exact sum of the numbers of a list; 0 for an empty one.
fn sum(list: &CelList<'_>) -> Result<Number, ExecutionError> {
    let mut sum = Decimal::whole(0);
    for number in numbers("sum", list) {
        sum += &number?;
    }
    Ok(Number(sum))
}

fn least(list: &CelList<'_>) -> Result<Number, ExecutionError> {
    extreme("min", list, |new, old| new < old)
}

fn greatest(list: &CelList<'_>) -> Result<Number, ExecutionError> {
    extreme("max", list, |new, old| new > old)
}

fn extreme(
    function: &str,
    list: &CelList<'_>,
    beats: fn(&Decimal, &Decimal) -> bool,
) -> Result<Number, ExecutionError> {
    let mut found: Option<Decimal> = None;
    for number in numbers(function, list) {
        let number = number?;
        if found.as_ref().is_none_or(|old| beats(&number, old)) {
            found = Some(number);
        }
    }
    found.map(Number).ok_or_else(|| ExecutionError::function_error(function, "the list is empty"))
}

/// The numbers of a list.
fn numbers<'l>(function: &'l str, list: &'l CelList<'_>) -> impl Iterator<Item = Result<Decimal, ExecutionError>> + 'l {
    list.inner().iter().map(move |value| {
        let types = || vec!["a list with ".to_owned() + super::explain::plain(value.get_type().name())];
        Number::of(value.as_ref())
            .map(|number| number.0)
            .ok_or_else(|| ExecutionError::no_such_overload(function, types()))
    })
}

/// The value of a JSON text, with exact numbers; `null` for `null`.
#[expect(clippy::needless_pass_by_value, reason = "the interpreter passes values")]
fn json<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let given = &**args.first().ok_or_else(ExecutionError::missing_argument_or_target)?;
    if given.downcast_ref::<CelNull>().is_some() {
        return Ok(CowVal::owned(CelNull));
    }
    let Some(text) = given.downcast_ref::<CelString>() else {
        return Err(ExecutionError::no_such_overload("json", vec![given.get_type().name().to_owned()]));
    };
    let failed = |why: String| ExecutionError::function_error("json", why);
    let json = Json::read(text).ok_or_else(|| failed("the text is not JSON".to_owned()))?;
    if count(&json) > MAX_VALUES {
        return Err(failed(format!("the text has more than {MAX_VALUES} values")));
    }
    Ok(CowVal::Owned(value(json)))
}

/// The number of values in a JSON value.
fn count(json: &Json) -> usize {
    1 + match json {
        Json::Array(list) => list.iter().map(count).sum(),
        Json::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}

fn members(map: BTreeMap<String, Json>) -> CelMap<'static> {
    let members: HashMap<CelMapKey<'static>, Box<dyn Val>> =
        map.into_iter().map(|(name, json)| (CelMapKey::from(name), value(json))).collect();
    CelMap::from(members)
}

/// A JSON value as a CEL value.
fn value(json: Json) -> Box<dyn Val> {
    match json {
        Json::Null => Box::new(CelNull),
        Json::Bool(truth) => Box::new(CelBool::from(truth)),
        Json::Number(number) => Box::new(Number(number)),
        Json::Text(text) => Box::new(CelString::from(text)),
        Json::Array(list) => Box::new(CelList::from(list.into_iter().map(value).collect::<Vec<_>>())),
        Json::Object(map) => Box::new(members(map)),
    }
}
