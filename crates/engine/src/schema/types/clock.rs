//! The default formats of the types `time` and `datetime`.

use jiff::SignedDuration;
use jiff::civil::{DateTime, Time};

use super::{calendar, digits};
use crate::dates::is_year;

/// The largest offset from UTC in XML Schema, in minutes.
const MAX_OFFSET: u32 = 14 * 60;

/// Reads `hh:mm:ss[.fraction][offset]`. With an offset, the result is in UTC and the flag is `true`.
pub(in crate::schema) fn time(text: &str) -> Option<(Time, bool)> {
    let (at, offset) = split(text)?;
    Some((in_utc(at, offset.unwrap_or_default()), offset.is_some()))
}

/// Reads `YYYY-MM-DDThh:mm:ss[.fraction][offset]`. With an offset, the result is in UTC and the flag is
/// `true`.
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

/// Converts a datetime to UTC; `None` if the result is before the year 1 or after 9999.
pub(in crate::schema) fn to_utc(local: DateTime, ahead: SignedDuration) -> Option<DateTime> {
    local.checked_sub(ahead).ok().filter(|at| is_year(at.year()))
}

/// Converts a time of day to UTC. The day is dropped: 00:30 at +01:00 is 23:30.
pub(in crate::schema) fn in_utc(at: Time, offset: SignedDuration) -> Time {
    at.wrapping_sub(offset)
}

/// A time of day, and its offset from UTC if it has one.
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

/// Reads a fraction with its point, of up to nine digits. Longer fractions are refused, not cut off.
fn nanoseconds(fraction: &[u8]) -> Option<i32> {
    let Some((point, places)) = fraction.split_first() else { return Some(0) };
    let number = (*point == b'.').then(|| digits(places)).flatten()?;
    let scale = 10_u32.pow(u32::try_from(9 - places.len()).ok()?);
    i32::try_from(number * scale).ok()
}

/// Reads an offset: `Z`, `±hh:mm`, or the other ISO 8601 forms `±hhmm` and `±hh`.
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
