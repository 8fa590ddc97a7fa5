//! Times and durations, exact to the nanosecond.
//!
//! The interpreter reads the numbers of a duration as floats, silently ignores trailing text, and supports
//! only 292 years. Here durations are whole nanoseconds over the range that CEL defines.

use cel::ExecutionError;
use cel::common::types::{CelDuration, CelInt, CelString, CelTimestamp};
use cel::common::value::{CowVal, Val};
use chrono::{DateTime, TimeDelta};
use jiff::{SignedDuration, civil};

use super::number::Number;
use crate::schema::Field;

/// The epoch of the interpreter.
const EPOCH: civil::DateTime = civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
/// Nanoseconds in a second.
const SECOND: i128 = 1_000_000_000;
/// The longest duration of CEL, of either sign, in seconds: about 10,000 years.
const MAX_SECONDS: i128 = 315_576_000_000;
/// The first and the last second of a time: the years 1 to 9999.
const TIMES: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
/// The units of a duration, longer names first, in nanoseconds.
const UNITS: [(&str, i128); 7] = [
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
    ("h", 3_600 * SECOND),
    ("m", 60 * SECOND),
    ("s", SECOND),
];

const NOT_A_DURATION: &str = "the text is not a duration, such as 1h30m, 1.5s or 250ms";
const NOT_A_TIME: &str = "the text is not a time with its offset, such as 2026-11-21T02:33:00Z";
const TOO_FINE: &str = "is finer than a nanosecond";
const TOO_LONG: &str = "the duration is longer than 10,000 years";
const OUT_OF_RANGE: &str = "the time is before the year 1 or after 9999";

/// The function `duration`.
#[expect(clippy::needless_pass_by_value, reason = "the interpreter passes values")]
pub(super) fn duration<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let value = only(&args)?;
    if let Some(duration) = value.downcast_ref::<CelDuration>() {
        return Ok(CowVal::owned(*duration));
    }
    let text = value.downcast_ref::<CelString>().ok_or_else(|| no_overload("duration", value))?;
    let made = nanoseconds(text.inner()).and_then(to_duration);
    made.map(CowVal::owned).map_err(|why| ExecutionError::function_error("duration", why))
}

/// The function `timestamp`: of a text, or of seconds since 1970.
#[expect(clippy::needless_pass_by_value, reason = "the interpreter passes values")]
pub(super) fn timestamp<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let value = only(&args)?;
    let made = if let Some(at) = value.downcast_ref::<CelTimestamp>() {
        Ok(at.clone())
    } else if let Some(text) = value.downcast_ref::<CelString>() {
        read(text.inner())
    } else if let Some(seconds) = value.downcast_ref::<CelInt>() {
        to_timestamp(i128::from(*seconds.inner()) * SECOND)
    } else if let Some(seconds) = value.downcast_ref::<Number>() {
        let exact = &seconds.0 * &crate::decimal::Decimal::whole(1_000_000_000);
        let nanoseconds =
            if exact.is_integer() { exact.to_string().parse().map_err(|_| OUT_OF_RANGE) } else { Err(TOO_FINE) };
        nanoseconds.and_then(to_timestamp)
    } else {
        return Err(no_overload("timestamp", value));
    };
    made.map(CowVal::owned).map_err(|why| ExecutionError::function_error("timestamp", why))
}

/// The sum of two times or durations; `None` if one is neither, so that another operator applies.
pub(super) fn add<'v>(left: &dyn Val, right: &dyn Val) -> Option<Result<Box<dyn Val + 'v>, ExecutionError>> {
    let (left, right) = (Span::of(left)?, Span::of(right)?);
    let sum = left.nanoseconds() + right.nanoseconds();
    Some(match (left, right) {
        (Span::At(_), Span::At(_)) => return None,
        (Span::Long(_), Span::Long(_)) => boxed("+", to_duration(sum)),
        _ => boxed("+", to_timestamp(sum)),
    })
}

/// The same for a difference.
pub(super) fn sub<'v>(left: &dyn Val, right: &dyn Val) -> Option<Result<Box<dyn Val + 'v>, ExecutionError>> {
    let (left, right) = (Span::of(left)?, Span::of(right)?);
    let difference = left.nanoseconds() - right.nanoseconds();
    Some(match (left, right) {
        (Span::Long(_), Span::At(_)) => return None,
        (Span::At(_), Span::Long(_)) => boxed("-", to_timestamp(difference)),
        _ => boxed("-", to_duration(difference)),
    })
}

/// A time since 1970, or a duration, in nanoseconds.
enum Span {
    At(i128),
    Long(i128),
}

impl Span {
    fn of(value: &dyn Val) -> Option<Self> {
        if let Some(at) = value.downcast_ref::<CelTimestamp>() {
            let at = at.inner();
            return Some(Self::At(i128::from(at.timestamp()) * SECOND + i128::from(at.timestamp_subsec_nanos())));
        }
        let duration = value.downcast_ref::<CelDuration>()?.inner();
        Some(Self::Long(i128::from(duration.num_seconds()) * SECOND + i128::from(duration.subsec_nanos())))
    }

    fn nanoseconds(&self) -> i128 {
        match self {
            Self::At(nanoseconds) | Self::Long(nanoseconds) => *nanoseconds,
        }
    }
}

fn only<'a, 'b, 'v>(args: &'a [CowVal<'b, 'v>]) -> Result<&'a (dyn Val + 'v), ExecutionError> {
    let [value] = args else { return Err(ExecutionError::invalid_argument_count(1, args.len())) };
    Ok(&**value)
}

fn no_overload(function: &str, value: &dyn Val) -> ExecutionError {
    ExecutionError::no_such_overload(function, vec![value.get_type().name().to_owned()])
}

fn boxed<'v, T: Val + 'v>(operator: &str, made: Result<T, &str>) -> Result<Box<dyn Val + 'v>, ExecutionError> {
    made.map(|made| Box::new(made) as Box<dyn Val + 'v>).map_err(|why| ExecutionError::function_error(operator, why))
}

fn to_duration(nanoseconds: i128) -> Result<CelDuration, &'static str> {
    let (seconds, rest) = (nanoseconds.div_euclid(SECOND), nanoseconds.rem_euclid(SECOND));
    let within = nanoseconds.abs() <= MAX_SECONDS * SECOND;
    let made = i64::try_from(seconds).ok().zip(u32::try_from(rest).ok()).filter(|_| within);
    made.and_then(|(seconds, rest)| TimeDelta::new(seconds, rest)).map(CelDuration::from).ok_or(TOO_LONG)
}

/// A time in UTC, so that the interpreter returns its parts in UTC, as CEL requires.
fn to_timestamp(nanoseconds: i128) -> Result<CelTimestamp, &'static str> {
    let (seconds, rest) = (nanoseconds.div_euclid(SECOND), nanoseconds.rem_euclid(SECOND));
    let made = i64::try_from(seconds).ok().filter(|seconds| TIMES.contains(seconds)).zip(u32::try_from(rest).ok());
    made.and_then(|(seconds, rest)| DateTime::from_timestamp(seconds, rest))
        .map(|at| at.fixed_offset().into())
        .ok_or(OUT_OF_RANGE)
}

/// Reads an RFC 3339 time with its offset, like a field of type `datetime`.
fn read(text: &str) -> Result<CelTimestamp, &'static str> {
    let upper = text.to_ascii_uppercase().replacen(' ', "T", 1);
    let (at, _) = Field::read_time(&upper).filter(|(_, in_utc)| *in_utc).ok_or(NOT_A_TIME)?;
    of_civil(at)
}

/// A time in UTC as a CEL value.
pub(super) fn of_civil(at: civil::DateTime) -> Result<CelTimestamp, &'static str> {
    to_timestamp(at.duration_since(EPOCH).as_nanos())
}

/// The text of a time, in UTC.
pub(super) fn written(at: &CelTimestamp) -> Option<String> {
    let nanoseconds = i32::try_from(at.inner().timestamp_subsec_nanos()).ok()?;
    let at = EPOCH.checked_add(SignedDuration::new(at.inner().timestamp(), nanoseconds)).ok()?;
    Some(format!("{at}Z"))
}

/// Reads a duration: a sign, then numbers with units, or a bare `0`.
fn nanoseconds(text: &str) -> Result<i128, &'static str> {
    let (sign, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) if text.starts_with('-') => (-1, rest),
        Some(rest) => (1, rest),
        None => (1, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(NOT_A_DURATION);
    }
    let mut sum: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|char: char| !char.is_ascii_digit() && char != '.').ok_or(NOT_A_DURATION)?;
        let (number, after) = rest.split_at(end);
        let (name, unit) = UNITS.into_iter().find(|(name, _)| after.starts_with(name)).ok_or(NOT_A_DURATION)?;
        sum = sum.checked_add(part(number, unit)?).ok_or(TOO_LONG)?;
        rest = &after[name.len()..];
    }
    Ok(sign * sum)
}

/// A number of units, in nanoseconds.
fn part(number: &str, unit: i128) -> Result<i128, &'static str> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return Err(NOT_A_DURATION);
    }
    let digits = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<i128>().ok() };
    let fraction = fraction.trim_end_matches('0');
    // A nanosecond has at most 13 factors of two and 13 of five, so more decimal places always leave a
    // remainder.
    let scale = u32::try_from(fraction.len()).ok().filter(|places| *places <= 18).map(|places| 10_i128.pow(places));
    let scale = scale.ok_or(TOO_FINE)?;
    let fraction = digits(fraction).ok_or(TOO_FINE)? * unit;
    if fraction % scale != 0 {
        return Err(TOO_FINE);
    }
    let whole = digits(whole).and_then(|whole| whole.checked_mul(unit)).ok_or(TOO_LONG)?;
    whole.checked_add(fraction / scale).ok_or(TOO_LONG)
}
