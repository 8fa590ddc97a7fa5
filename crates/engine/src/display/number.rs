//! Formats numbers for people.

use jiff::Timestamp;

/// `1234567` as `1,234,567`.
#[must_use]
pub fn thousands(number: u64) -> String {
    group(&number.to_string())
}

/// A count and its noun: `1 record`, `2,000 records`.
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// A size with a unit that suits it: `917 bytes`, `177.4 kB`, `2.1 GB`.
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.iter().find(|(size, _)| number >= *size) {
        Some((size, unit)) => {
            let tenths = u128::from(number) * 10 / u128::from(*size);
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => count(number, "byte"),
    }
}

/// US dollars: two decimals from one dollar on, six below, because a run costs fractions of a cent.
pub(crate) fn dollars(amount: f64) -> String {
    if amount >= 1.0 { format!("${}", decimal(amount, 2)) } else { format!("${amount:.6}") }
}

/// An amount with at most three decimals: `1,234.5`.
pub(crate) fn amount(amount: f64) -> String {
    let text = decimal(amount, 3);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The time between two RFC 3339 timestamps: `8 s`, `3 min 20 s`, `1 h 2 min`. `None` if one is not a
/// timestamp, or if the second is before the first.
pub(crate) fn duration(from: &str, to: &str) -> Option<String> {
    let (from, to): (Timestamp, Timestamp) = (from.parse().ok()?, to.parse().ok()?);
    let seconds = u64::try_from(to.as_second() - from.as_second()).ok()?;
    Some(match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{} h {m} min", thousands(h)),
    })
}

fn decimal(amount: f64, places: usize) -> String {
    let text = format!("{amount:.places$}");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    format!("{}.{rest}", group(whole))
}

/// Puts commas between groups of three digits.
fn group(digits: &str) -> String {
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_counts() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (u64::MAX, "18,446,744,073,709,551,615")] {
            assert_eq!(thousands(number), expected);
        }
        assert_eq!(count(1, "record"), "1 record");
        assert_eq!(count(2_000, "record"), "2,000 records");
    }

    #[test]
    fn table_of_sizes() {
        for (number, expected) in
            [(1, "1 byte"), (999, "999 bytes"), (1_000, "1.0 kB"), (177_448, "177.4 kB"), (u64::MAX, "18446744.0 TB")]
        {
            assert_eq!(bytes(number), expected);
        }
    }

    #[test]
    fn table_of_amounts() {
        for (number, expected) in [(0.0, "0"), (12.0, "12"), (1234.5, "1,234.5"), (100.0, "100"), (0.1234, "0.123")] {
            assert_eq!(amount(number), expected);
        }
        for (number, expected) in [(0.0, "$0.000000"), (0.001_234, "$0.001234"), (1234.5, "$1,234.50")] {
            assert_eq!(dollars(number), expected);
        }
    }

    #[test]
    fn table_of_durations() {
        let from = "2026-11-21T02:33:00Z";
        for (to, expected) in [
            ("2026-11-21T02:33:00Z", Some("0 s")),
            ("2026-11-21T02:33:08Z", Some("8 s")),
            ("2026-11-21T02:36:20Z", Some("3 min 20 s")),
            ("2026-11-21T03:35:20Z", Some("1 h 2 min")),
            ("2026-11-21T02:32:59Z", None),
            ("yesterday", None),
        ] {
            assert_eq!(duration(from, to).as_deref(), expected, "{to}");
        }
    }
}
