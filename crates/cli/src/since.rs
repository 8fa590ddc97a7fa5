//! A time in the past, as given on the command line.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// A time in the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// At this time.
    At(Timestamp),
    /// This long ago.
    Ago(SignedDuration),
}

impl Since {
    /// Reads a time (`2026-11-21T08:00:00Z`), the beginning of a day in UTC (`2026-11-21`), or how long ago (`7d`).
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(Self::At(time));
        }
        // Without this check, a time without an offset would be read as its day.
        if text.len() == "2026-11-21".len()
            && let Ok(day) = text.parse::<Date>()
            && let Ok(begins) = day.to_zoned(TimeZone::UTC)
        {
            return Ok(Self::At(begins.timestamp()));
        }
        let span = text.parse::<Span>().ok();
        let ago = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
        match ago.filter(|ago| !ago.is_negative()) {
            Some(ago) => Ok(Self::Ago(ago)),
            None => {
                Err("expected a time such as 2026-11-21 or 2026-11-21T08:00:00Z, or how long ago, such as 12h or 7d"
                    .to_owned())
            }
        }
    }

    /// The time itself.
    pub fn time(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_times() {
        let now: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-11-20", Some("2026-11-20T00:00:00Z")),
            ("2026-11-20T10:00:00+02:00", Some("2026-11-20T08:00:00Z")),
            ("90m", Some("2026-11-21T06:30:00Z")),
            ("12h", Some("2026-11-20T20:00:00Z")),
            ("7d", Some("2026-11-14T08:00:00Z")),
            ("2w", Some("2026-11-07T08:00:00Z")),
            ("1d 2h", Some("2026-11-20T06:00:00Z")),
            ("2026-11-21T08:00:00", None),
            ("-7d", None),
            ("7", None),
            ("1 month", None),
            ("yesterday", None),
            ("", None),
        ] {
            let found = Since::parse(text).ok().map(|since| since.time(now));
            assert_eq!(found, expected.map(|time| time.parse().unwrap()), "{text}");
        }
        assert_eq!(Since::Ago(SignedDuration::MAX).time(now), Timestamp::MIN);
    }
}
