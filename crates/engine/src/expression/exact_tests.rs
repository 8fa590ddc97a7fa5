//! Compares numbers, times and durations of expressions with 128-bit integers and long decimals: nothing is
//! rounded, wrapped or cut silently, neither by our functions nor by those of the interpreter.

use std::borrow::Cow;
use std::collections::HashMap;
use std::str::FromStr;

use bigdecimal::{BigDecimal, RoundingMode, Zero};
use jiff::civil::{DateTime, Weekday};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{Column, Columns, Expression};
use crate::RunContext;

struct Row<'a>(HashMap<&'static str, &'a str>);

impl Columns for Row<'_> {
    fn column(&self, label: &str) -> Option<Column<'_>> {
        self.0.get(label).map(|text| Column::Text(Cow::Borrowed(*text)))
    }
}

/// The result of an expression for the texts `row.a` and `row.b`; `None` on an error.
fn made(source: &str, a: &str, b: &str) -> Option<String> {
    let expression = Expression::over_columns(source).unwrap_or_else(|reported| panic!("{source}: {reported:?}"));
    let run = RunContext { as_of: Timestamp::UNIX_EPOCH };
    expression.text(&Row(HashMap::from([("a", a), ("b", b)])), &run).ok()
}

fn whole(number: i128, range: std::ops::RangeInclusive<i128>) -> Option<String> {
    range.contains(&number).then(|| number.to_string())
}

fn plain(number: &BigDecimal) -> String {
    number.normalized().to_plain_string()
}

/// Numbers at the limits, and between.
fn int() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -20_i64..20,
        prop::sample::select(vec![
            i64::MIN,
            i64::MIN + 1,
            i64::MAX,
            i64::MAX - 1,
            1 << 53,
            (1 << 53) + 1,
            -(1 << 53) - 1
        ]),
    ]
}

const NUMBER: &str = "-?[0-9]{1,40}(\\.[0-9]{1,40})?|-?[0-9]{1,3}|-?0\\.0{0,50}[1-9]{1,5}|-?[1-9]0{0,60}";
const DURATION: &str = "-?([0-9]{1,6}(\\.[0-9]{1,3})?h)?([0-9]{1,9}m)?[0-9]{1,13}(\\.[0-9]{1,12})?(ns|us|ms|s|m|h)";

/// A duration in nanoseconds, computed with long decimals; `None` if it is finer, or beyond the range of CEL.
fn nanoseconds(text: &str) -> Option<i128> {
    let unsigned = text.trim_start_matches('-');
    let (mut sum, mut rest) = (BigDecimal::zero(), unsigned);
    while !rest.is_empty() {
        let end = rest.find(|char: char| char.is_ascii_alphabetic())?;
        let after = &rest[end..];
        let units = [("ns", 1_i64), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000)];
        let (name, unit) =
            units.into_iter().chain([("h", 3_600_000_000_000)]).find(|(name, _)| after.starts_with(name))?;
        sum += BigDecimal::from_str(&rest[..end]).ok()? * BigDecimal::from(unit);
        rest = &after[name.len()..];
    }
    let sum: i128 = sum.is_integer().then(|| plain(&sum).parse().ok())??;
    let sum = if text.starts_with('-') { -sum } else { sum };
    (sum.abs() <= MAX_DURATION).then_some(sum)
}

const MAX_DURATION: i128 = 315_576_000_000_000_000_000;
const SECOND: i128 = 1_000_000_000;

fn duration(nanoseconds: i128) -> Option<String> {
    let (seconds, rest) = (i64::try_from(nanoseconds / SECOND).unwrap(), i32::try_from(nanoseconds % SECOND).unwrap());
    (nanoseconds.abs() <= MAX_DURATION).then(|| SignedDuration::new(seconds, rest).to_string())
}

fn time(nanoseconds: i128) -> Option<DateTime> {
    let (seconds, rest) = (i64::try_from(nanoseconds / SECOND).ok()?, i32::try_from(nanoseconds % SECOND).ok()?);
    let at = DateTime::constant(1970, 1, 1, 0, 0, 0, 0).checked_add(SignedDuration::new(seconds, rest)).ok()?;
    (1..=9999).contains(&at.year()).then_some(at)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn whole_numbers_are_exact(a in int(), b in int()) {
        let (x, y) = (i128::from(a), i128::from(b));
        let ints = i128::from(i64::MIN)..=i128::from(i64::MAX);
        let uints = 0..=i128::from(u64::MAX);
        let int = |number: i128| whole(number, ints.clone());
        let quotient = |number: fn(i128, i128) -> i128| if y == 0 { None } else { int(number(x, y)) };
        // The remainder of the smallest number by -1 is 0; refusing it is safe too.
        let remainder = quotient(|x, y| x % y).filter(|_| (a, b) != (i64::MIN, -1));
        for (source, expected) in [
            ("int(row.a) + int(row.b)", int(x + y)),
            ("int(row.a) - int(row.b)", int(x - y)),
            ("int(row.a) * int(row.b)", int(x * y)),
            ("int(row.a) / int(row.b)", quotient(|x, y| x / y)),
            ("int(row.a) % int(row.b)", remainder),
            ("-int(row.a)", int(-x)),
            ("abs(int(row.a))", Some(x.abs().to_string())),
            ("min(int(row.a), int(row.b))", Some(x.min(y).to_string())),
            ("max(int(row.a), int(row.b))", Some(x.max(y).to_string())),
            ("int(row.a) < int(row.b)", Some((x < y).to_string())),
            ("int(row.a) <= int(row.b)", Some((x <= y).to_string())),
            ("int(row.a) > decimal(row.b)", Some((x > y).to_string())),
            ("decimal(row.a) >= int(row.b)", Some((x >= y).to_string())),
            ("int(row.a) == decimal(row.b)", Some((x == y).to_string())),
            ("decimal(row.a) != int(row.b)", Some((x != y).to_string())),
            ("int(row.a) in [decimal(row.b)]", Some((x == y).to_string())),
            ("[int(row.a)] == [decimal(row.b)]", Some((x == y).to_string())),
            ("[decimal(row.a)] == [int(row.b)]", Some((x == y).to_string())),
            ("string(int(row.a))", int(x)),
            ("int(string(int(row.a)))", int(x)),
            ("int(decimal(row.a))", int(x)),
            ("int(int(row.a))", int(x)),
            ("uint(int(row.a))", whole(x, uints.clone())),
            ("uint(row.a)", whole(x, uints.clone())),
            ("int(uint(row.a))", int(x).filter(|_| x >= 0)),
            ("uint(row.a) + uint(row.b)", whole(x + y, uints.clone()).filter(|_| x >= 0 && y >= 0)),
            ("uint(row.a) - uint(row.b)", whole(x - y, uints.clone()).filter(|_| x >= 0 && y >= 0)),
            ("uint(row.a) * uint(row.b)", whole(x * y, uints).filter(|_| x >= 0 && y >= 0)),
            ("uint(row.a) < int(row.b)", Some((x < y).to_string()).filter(|_| x >= 0)),
            ("int(row.a) == uint(row.b)", Some((x == y).to_string()).filter(|_| y >= 0)),
            ("uint(row.a) > decimal(row.b)", Some((x > y).to_string()).filter(|_| x >= 0)),
            ("string(uint(row.a))", int(x).filter(|_| x >= 0)),
        ] {
            prop_assert_eq!(made(source, &a.to_string(), &b.to_string()), expected, "{} {} {}", source, a, b);
        }
    }

    #[test]
    fn decimal_numbers_are_exact(a in NUMBER, b in NUMBER, scale in 0_i64..60) {
        let (x, y) = (BigDecimal::from_str(&a).unwrap(), BigDecimal::from_str(&b).unwrap());
        let cut = x.with_scale_round(0, RoundingMode::Down);
        let int: Option<String> = plain(&cut).parse::<i64>().ok().map(|int| int.to_string());
        for (source, expected) in [
            ("decimal(row.a)".to_owned(), Some(plain(&x))),
            ("decimal(row.a) + decimal(row.b)".to_owned(), Some(plain(&(&x + &y)))),
            ("decimal(row.a) - decimal(row.b)".to_owned(), Some(plain(&(&x - &y)))),
            ("decimal(row.a) * decimal(row.b)".to_owned(), Some(plain(&(&x * &y)))),
            ("-decimal(row.a)".to_owned(), Some(plain(&-&x))),
            ("abs(decimal(row.a))".to_owned(), Some(plain(&x.abs()))),
            ("min(decimal(row.a), decimal(row.b))".to_owned(), Some(plain(&x.clone().min(y.clone())))),
            ("decimal(row.a) < decimal(row.b)".to_owned(), Some((x < y).to_string())),
            ("decimal(row.a) == decimal(row.b)".to_owned(), Some((x == y).to_string())),
            ("string(decimal(row.a))".to_owned(), Some(plain(&x))),
            ("int(decimal(row.a))".to_owned(), int),
            (format!("round(decimal(row.a), {scale})"), Some(plain(&x.with_scale_round(scale, RoundingMode::HalfUp)))),
        ] {
            prop_assert_eq!(made(&source, &a, &b), expected, "{} {} {}", source, a, b);
        }
        // A quotient has the least possible error: at most half of its last digit.
        let half = BigDecimal::new(5.into(), 1);
        let quotient = made("decimal(row.a) / decimal(row.b)", &a, &b);
        let rounded = made(&format!("div(decimal(row.a), decimal(row.b), {scale})"), &a, &b);
        if y.is_zero() {
            prop_assert_eq!((quotient, rounded), (None, None));
        } else {
            let quotient = BigDecimal::from_str(&quotient.unwrap()).unwrap();
            // 34 digits, counted from the first one.
            let unit = BigDecimal::new(1.into(), 34 - i64::try_from(quotient.digits()).unwrap() + quotient.fractional_digit_count());
            prop_assert!((&quotient * &y - &x).abs() <= &half * &unit * y.abs(), "{} / {} = {}", a, b, quotient);
            let rounded = BigDecimal::from_str(&rounded.unwrap()).unwrap();
            let unit = BigDecimal::new(1.into(), scale);
            let off = (&rounded * &y - &x).abs();
            let bound = &half * &unit * y.abs();
            // Ties are rounded away from zero.
            let is_tie = off == bound;
            prop_assert!(off < bound || (is_tie && (&rounded * &y).abs() > x.abs()), "div({}, {}, {}) = {}", a, b, scale, rounded);
        }
    }

    #[test]
    fn durations_are_exact(a in DURATION, b in DURATION) {
        let (x, y) = (nanoseconds(&a), nanoseconds(&b));
        let both = x.zip(y);
        let parts = |unit: i128| x.map(|x| (x / unit).to_string());
        for (source, expected) in [
            ("duration(row.a)", x.and_then(duration)),
            ("duration(duration(row.a))", x.and_then(duration)),
            ("duration(string(duration(row.a)))", x.and_then(duration)),
            ("duration(row.a) + duration(row.b)", both.and_then(|(x, y)| duration(x + y))),
            ("duration(row.a) - duration(row.b)", both.and_then(|(x, y)| duration(x - y))),
            ("duration(row.a) < duration(row.b)", both.map(|(x, y)| (x < y).to_string())),
            ("duration(row.a) == duration(row.b)", both.map(|(x, y)| (x == y).to_string())),
            ("duration(row.a).getHours()", parts(3600 * SECOND)),
            ("duration(row.a).getMinutes()", parts(60 * SECOND)),
            ("duration(row.a).getSeconds()", parts(SECOND)),
            ("duration(row.a).getMilliseconds()", parts(1_000_000)),
        ] {
            prop_assert_eq!(made(source, &a, &b), expected, "{} {} {}", source, a, b);
        }
    }

    #[test]
    fn times_are_exact(
        seconds in prop_oneof![-62_135_596_800_i64..=253_402_300_799, -10_i64..10], rest in 0_i128..SECOND, b in DURATION,
        other in -62_135_596_800_i64..=253_402_300_799, zone in prop::sample::select(vec!["Europe/Berlin", "America/St_Johns", "+05:45"]),
    ) {
        let x = i128::from(seconds) * SECOND + rest;
        let at = time(x).unwrap();
        let (a, y) = (format!("{at}Z"), nanoseconds(&b));
        let zoned = at;
        let weekday = match zoned.weekday() { Weekday::Sunday => 0, day => day.to_monday_one_offset() };
        let text = |at: Option<DateTime>| at.map(|at| format!("{at}Z"));
        let difference = i128::from(other) * SECOND - x;
        let number = |number: i64| Some(number.to_string());
        for (source, expected) in [
            ("timestamp(row.a)".to_owned(), Some(a.clone())),
            ("string(timestamp(row.a))".to_owned(), Some(a.clone())),
            ("timestamp(timestamp(row.a))".to_owned(), Some(a.clone())),
            ("int(timestamp(row.a))".to_owned(), number(seconds)),
            (format!("timestamp({seconds})"), text(time(i128::from(seconds) * SECOND))),
            (format!("timestamp(decimal(\"{seconds}\") + div({rest}, 1000000000, 9))"), Some(a.clone())),
            ("timestamp(row.a) + duration(row.b)".to_owned(), text(y.and_then(|y| time(x + y)))),
            ("duration(row.b) + timestamp(row.a)".to_owned(), text(y.and_then(|y| time(x + y)))),
            ("timestamp(row.a) - duration(row.b)".to_owned(), text(y.and_then(|y| time(x - y)))),
            (format!("timestamp({other}) - timestamp(row.a)"), duration(difference)),
            (format!("timestamp({other}) > timestamp(row.a)"), Some((difference > 0).to_string())),
            (format!("timestamp({other}) == timestamp(row.a)"), Some((difference == 0).to_string())),
            ("timestamp(row.a).getFullYear()".to_owned(), number(zoned.year().into())),
            ("timestamp(row.a).getMonth()".to_owned(), number(i64::from(zoned.month()) - 1)),
            ("timestamp(row.a).getDate()".to_owned(), number(zoned.day().into())),
            ("timestamp(row.a).getDayOfMonth()".to_owned(), number(i64::from(zoned.day()) - 1)),
            ("timestamp(row.a).getDayOfYear()".to_owned(), number(i64::from(zoned.day_of_year()) - 1)),
            ("timestamp(row.a).getDayOfWeek()".to_owned(), number(weekday.into())),
            ("timestamp(row.a).getHours()".to_owned(), number(zoned.hour().into())),
            ("timestamp(row.a).getMinutes()".to_owned(), number(zoned.minute().into())),
            ("timestamp(row.a).getSeconds()".to_owned(), number(zoned.second().into())),
            ("timestamp(row.a).getMilliseconds()".to_owned(), number(zoned.millisecond().into())),
        ] {
            prop_assert_eq!(made(&source, &a, &b), expected, "{} {} {}", source, a, b);
        }
        // In a zone, from the year in which zones were first recorded.
        let there = if zone.starts_with('+') {
            Some(jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(20_700).unwrap()))
        } else {
            jiff::tz::TimeZoneDatabase::bundled().get(zone).ok()
        };
        if (1900..2037).contains(&at.year()) {
            let local = at.to_zoned(jiff::tz::TimeZone::UTC).unwrap().with_time_zone(there.unwrap());
            prop_assert_eq!(made(&format!("timestamp(row.a).getHours(\"{zone}\")"), &a, &b), number(local.hour().into()));
            prop_assert_eq!(made(&format!("timestamp(row.a).getMinutes(\"{zone}\")"), &a, &b), number(local.minute().into()));
            prop_assert_eq!(made(&format!("timestamp(row.a).getDate(\"{zone}\")"), &a, &b), number(local.day().into()));
        }
    }
}

#[test]
fn table_of_durations_and_times() {
    for (source, expected) in [
        (r#"duration("1517587275123ms")"#, Some("PT421552H1M15.123S")),
        (r#"timestamp("1970-01-01T00:00:00Z") + duration("1517587275123ms")"#, Some("2018-02-02T16:01:15.123Z")),
        (r#"timestamp(decimal("1517587275123") / 1000)"#, Some("2018-02-02T16:01:15.123Z")),
        (r#"duration("0.1s")"#, Some("PT0.1S")),
        (r#"duration("1h1.5m")"#, Some("PT1H1M30S")),
        (r#"duration("-1.5h")"#, Some("-PT1H30M")),
        (r#"duration("+1ns")"#, Some("PT0.000000001S")),
        (r#"duration(".5us")"#, Some("PT0.0000005S")),
        (r#"duration("0")"#, Some("PT0S")),
        (r#"duration("1h") == duration("60m")"#, Some("true")),
        // Nothing is cut off.
        (r#"duration("1.5ns")"#, None),
        (r#"duration("1h and more")"#, None),
        (r#"duration("1")"#, None),
        (r#"duration("")"#, None),
        (r#"duration("1e3s")"#, None),
        (r#"duration("--1s")"#, None),
        (r#"duration("1.2.3s")"#, None),
        (r#"duration("inf s")"#, None),
        (r#"duration("87660000h")"#, Some("PT87660000H")),
        (r#"duration("87660001h")"#, None),
        (r#"duration("99999999999999999999999999999999999999999999h")"#, None),
        (r#"timestamp("9999-12-31T23:59:59Z") + duration("1s")"#, None),
        (r#"timestamp("9999-12-31T23:59:59Z") - timestamp("0001-01-01T00:00:00Z")"#, Some("PT87649415H59M59S")),
        // CEL returns UTC unless a zone is given.
        (r#"timestamp("2026-01-01T00:30:00+02:00").getHours()"#, Some("22")),
        (r#"timestamp("2026-01-01T00:30:00+02:00").getHours("+02:00")"#, Some("0")),
        (r#"timestamp("2026-01-01 00:30:00z")"#, Some("2026-01-01T00:30:00Z")),
        (r#"timestamp("2026-01-01T00:30:00")"#, None),
        (r#"timestamp("2016-12-31T23:59:60Z")"#, None),
        (r#"timestamp("2026-01-01T00:00:00.1234567891Z")"#, None),
        (r#"timestamp("0000-12-31T00:00:00Z")"#, None),
        ("timestamp(-62135596801)", None),
        (r#"timestamp(decimal("0.0000000001"))"#, None),
        ("div(1, 3, 50)", Some("0.33333333333333333333333333333333333333333333333333")),
        // Rounded once: 0.49999…, with more digits than a quotient has, is nearer to 0.
        (r#"div(decimal("0.49999999999999999999999999999999999999999"), 1, 0)"#, Some("0")),
        ("div(-5, 2, 0)", Some("-3")),
    ] {
        assert_eq!(made(source, "", "").as_deref(), expected, "{source}");
    }
}
