//! The types `time` and `datetime`, as their default formats write them.

use jiff::SignedDuration;
use jiff::civil::{DateTime, Time};

use super::{calendar, digits};
use crate::dates::is_year;

/// Most minutes that a local time is ahead of UTC or behind it, in XML Schema.
const MAX_OFFSET: u32 = 14 * 60;

/// Reads `hh:mm:ss[.fraction][offset]`. With an offset, it is answered in UTC, with `true`.
pub(in crate::schema) fn time(text: &str) -> Option<(Time, bool)> {
    let (at, offset) = split(text)?;
    Some((in_utc(at, offset.unwrap_or_default()), offset.is_some()))
}

/// Reads `YYYY-MM-DDThh:mm:ss[.fraction][offset]`. With an offset, it is answered in UTC, with `true`.
pub(in crate::schema) fn datetime(text: &str) -> Option<(DateTime, bool)> {
    let (day, clock) = text.split_once('T')?;
    let day = calendar::date(day)?;
    let (at, offset) = split(clock)?;
    let local = day.to_datetime(at);
    match offset {
        None => Some((local, false)),
        Some(offset) => Some((to_utc(local, offset)?, true)),
    }
}

/// A date with time in UTC; `None` where that is before the year 1 or after 9999.
pub(in crate::schema) fn to_utc(local: DateTime, ahead: SignedDuration) -> Option<DateTime> {
    local.checked_sub(ahead).ok().filter(|at| is_year(at.year()))
}

/// A time of day in UTC; the day is not kept, so that 00:30 at +01:00 is 23:30.
pub(in crate::schema) fn in_utc(at: Time, offset: SignedDuration) -> Time {
    at.wrapping_sub(offset)
}

/// A time of day, and how far it is ahead of UTC, where that is told.
fn split(text: &str) -> Option<(Time, Option<SignedDuration>)> {
    let bytes = text.as_bytes();
    let (clock, rest) = bytes.split_at_checked(8)?;
    let at = rest.iter().position(|byte| matches!(byte, b'Z' | b'+' | b'-')).unwrap_or(rest.len());
    let (fraction, offset) = rest.split_at(at);
    (clock[2] == b':' && clock[5] == b':').then_some(())?;
    let part = |at: usize| i8::try_from(digits(&clock[at..at + 2])?).ok();
    let time = Time::new(part(0)?, part(3)?, part(6)?, nanoseconds(fraction)?).ok()?;
    Some((time, if offset.is_empty() { None } else { Some(ahead(offset)?) }))
}

/// Reads a fraction with its point, of up to nine digits; more are not cut off silently.
fn nanoseconds(fraction: &[u8]) -> Option<i32> {
    let Some((point, places)) = fraction.split_first() else { return Some(0) };
    let number = (*point == b'.').then(|| digits(places)).flatten()?;
    let scale = 10_u32.pow(u32::try_from(9 - places.len()).ok()?);
    i32::try_from(number * scale).ok()
}

/// Reads `Z`, `±hh:mm`, or as ISO 8601 has it besides, `±hhmm` or `±hh`.
fn ahead(offset: &[u8]) -> Option<SignedDuration> {
    if offset == b"Z" {
        return Some(SignedDuration::ZERO);
    }
    let (sign, offset) = offset.split_first()?;
    let (hours, minutes) = match offset {
        [_, _] => (offset, &b"00"[..]),
        [_, _, b':', minutes @ ..] | [_, _, minutes @ ..] if minutes.len() == 2 => (&offset[..2], minutes),
        _ => return None,
    };
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= MAX_OFFSET).then_some(())?;
    let ahead = SignedDuration::from_mins(i64::from(all));
    match sign {
        b'+' => Some(ahead),
        b'-' => Some(-ahead),
        _ => None,
    }
}
