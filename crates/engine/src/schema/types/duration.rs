//! The type `duration`: ISO 8601, in the form of XML Schema.

use std::cmp::Ordering;
use std::fmt;

/// The seconds of an average month over the 400-year cycle of the calendar: 146,097 days of 86,400 seconds in
/// 4,800 months.
const SECONDS_OF_A_MONTH: i128 = 146_097 * 86_400 / 4_800;

/// A duration in months and seconds. Durations are equal if both numbers are: `P1Y` and `P12M`, `P1D` and
/// `PT24H`, but not `P1M` and `P30D`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duration {
    negative: bool,
    months: u64,
    seconds: u64,
    /// Digits after the point, without trailing zeros.
    fraction: String,
}

impl Duration {
    /// Reads `[-]PnYnMnDTnHnMnS` or `[-]PnW`. Only the seconds may have a fraction.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let rest = rest.strip_prefix('P')?;
        if let Some(weeks) = rest.strip_suffix('W') {
            let seconds = number(weeks)?.checked_mul(7 * 86_400)?;
            return Some(Self { negative: negative && seconds > 0, months: 0, seconds, fraction: String::new() });
        }
        let (days, clock) = rest.split_once('T').map_or((rest, None), |(days, clock)| (days, Some(clock)));
        if clock.map_or(days.is_empty(), str::is_empty) {
            return None;
        }
        let mut days = Parts(days);
        let months = days.take('Y')?.checked_mul(12)?.checked_add(days.take('M')?)?;
        let mut seconds = days.take('D')?.checked_mul(86_400)?;
        days.0.is_empty().then_some(())?;
        let mut clock = Parts(clock.unwrap_or_default());
        seconds = seconds.checked_add(clock.take('H')?.checked_mul(3_600)?)?;
        seconds = seconds.checked_add(clock.take('M')?.checked_mul(60)?)?;
        let (whole, fraction) = whole_and_fraction(clock.0)?;
        seconds = seconds.checked_add(whole)?;
        let nothing = months == 0 && seconds == 0 && fraction.is_empty();
        Some(Self { negative: negative && !nothing, months, seconds, fraction: fraction.to_owned() })
    }

    /// The length in whole seconds, with months of average length.
    fn length(&self) -> i128 {
        i128::from(self.months) * SECONDS_OF_A_MONTH + i128::from(self.seconds)
    }

    fn compare_lengths(&self, other: &Self) -> Ordering {
        self.length()
            .cmp(&other.length())
            .then_with(|| self.fraction.cmp(&other.fraction))
            .then_with(|| self.months.cmp(&other.months))
    }
}

impl Ord for Duration {
    /// Compares by length. XML Schema leaves open whether a month is longer than 30 days. Here a month is
    /// 30.436875 days, the average, so that any two durations can be compared.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.compare_lengths(other),
            (true, true) => other.compare_lengths(self),
            (negative, _) => {
                if negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
        }
    }
}

impl PartialOrd for Duration {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Duration {
    /// The canonical text, in the largest units.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.negative { "-P" } else { "P" })?;
        let part = |f: &mut fmt::Formatter<'_>, number: u64, unit: char| match number {
            0 => Ok(()),
            _ => write!(f, "{number}{unit}"),
        };
        part(f, self.months / 12, 'Y')?;
        part(f, self.months % 12, 'M')?;
        part(f, self.seconds / 86_400, 'D')?;
        let (clock, fraction) = (self.seconds % 86_400, &self.fraction);
        let nothing = self.months == 0 && self.seconds == 0;
        if clock == 0 && fraction.is_empty() && !nothing {
            return Ok(());
        }
        f.write_str("T")?;
        part(f, clock / 3_600, 'H')?;
        part(f, clock % 3_600 / 60, 'M')?;
        match (clock % 60, fraction.is_empty()) {
            (0, true) if clock > 0 => Ok(()),
            (seconds, true) => write!(f, "{seconds}S"),
            (seconds, false) => write!(f, "{seconds}.{fraction}S"),
        }
    }
}

/// The unread rest of a duration.
struct Parts<'a>(&'a str);

impl Parts<'_> {
    /// Takes the number before a unit; 0 if another unit comes next.
    fn take(&mut self, unit: char) -> Option<u64> {
        let end = self.0.find(|other: char| !other.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        let Some(rest) = rest.strip_prefix(unit) else { return Some(0) };
        self.0 = rest;
        number(digits)
    }
}

/// Reads the seconds with their unit. They come last and are optional.
fn whole_and_fraction(text: &str) -> Option<(u64, &str)> {
    if text.is_empty() {
        return Some((0, ""));
    }
    let Some((whole, fraction)) = text.strip_suffix('S')?.split_once('.') else {
        return Some((number(&text[..text.len() - 1])?, ""));
    };
    let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some((number(whole)?, fraction.trim_end_matches('0')))
}

fn number(digits: &str) -> Option<u64> {
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_texts() {
        for (text, canonical) in [
            ("P1Y10M3DT5H11M7S", Some("P1Y10M3DT5H11M7S")),
            ("P1Y", Some("P1Y")),
            ("P14M", Some("P1Y2M")),
            ("PT24H", Some("P1D")),
            ("PT90S", Some("PT1M30S")),
            ("PT1M", Some("PT1M")),
            ("P2W", Some("P14D")),
            ("-P1D", Some("-P1D")),
            ("-P0D", Some("PT0S")),
            ("PT0S", Some("PT0S")),
            ("PT1.50S", Some("PT1.5S")),
            ("P1DT0.25S", Some("P1DT0.25S")),
            ("PT2M3.000S", Some("PT2M3S")),
            ("PT0.0000000000000000000001S", Some("PT0.0000000000000000000001S")),
            ("P", None),
            ("PT", None),
            ("P1YT", None),
            ("P1M1Y", None),
            ("P-1Y", None),
            ("+P1Y", None),
            ("P1S", None),
            ("PT1Y", None),
            ("P1.5Y", None),
            ("PT1.5H", None),
            ("PT.5S", None),
            ("PT5.S", None),
            ("PT1.5.5S", None),
            ("PT1.5S1", None),
            ("P1W1D", None),
            ("PYMD", None),
            ("1Y", None),
            ("year", None),
            ("P99999999999999999999Y", None),
            ("P18446744073709551615Y", None),
        ] {
            let read = Duration::read(text).map(|duration| duration.to_string());
            assert_eq!(read.as_deref(), canonical, "{text}");
        }
    }

    #[test]
    fn table_of_orders() {
        use Ordering::{Equal, Greater, Less};
        for (a, b, order) in [
            ("P1Y", "P12M", Equal),
            ("P1D", "PT24H", Equal),
            ("P30D", "P1M", Less),
            ("P31D", "P1M", Greater),
            ("P365D", "P1Y", Less),
            ("P366D", "P1Y", Greater),
            ("PT1.25S", "PT1.3S", Less),
            ("-P1D", "PT0S", Less),
            ("-P2D", "-P1D", Less),
            ("-PT1.5S", "-PT1.25S", Less),
        ] {
            let read = |text| Duration::read(text).unwrap();
            assert_eq!(read(a).cmp(&read(b)), order, "{a} {b}");
            assert_eq!(read(b).cmp(&read(a)), order.reverse(), "{b} {a}");
        }
    }
}
