//! The clock as a value that is passed in, so that a test can pass another one.

use jiff::Timestamp;

/// A function that returns the current time.
pub type Clock = fn() -> Timestamp;

/// The time of the machine.
#[must_use]
pub fn system() -> Timestamp {
    Timestamp::now()
}

/// A time as RFC 3339 in UTC with whole seconds, as in S3: `2026-11-21T02:33:00Z`.
#[must_use]
pub fn rfc3339(time: Timestamp) -> String {
    format!("{time:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_of_a_second_is_dropped() {
        let time: Timestamp = "2026-11-21T02:33:00.987Z".parse().unwrap();
        assert_eq!(rfc3339(time), "2026-11-21T02:33:00Z");
    }

    #[test]
    fn utc_whatever_the_offset() {
        let time: Timestamp = "2026-11-21T02:33:00+02:00".parse().unwrap();
        assert_eq!(rfc3339(time), "2026-11-21T00:33:00Z");
    }
}
