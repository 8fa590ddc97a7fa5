//! The deadline of a call.

use std::time::{Duration, SystemTime};

// The clock of tokio, by which a step also waits: a test that pauses it pauses both.
use tokio::time::Instant;

/// The moment by which a step must have answered, if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// A deadline that is this long from now.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        Self(Instant::now().checked_add(time))
    }

    /// No deadline.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// A deadline by the wall clock. It is converted to the monotonic clock at once, so a later change of the wall
    /// clock does not move it.
    #[must_use]
    pub fn at(time: SystemTime) -> Self {
        Self::after(time.duration_since(SystemTime::now()).unwrap_or_default())
    }

    /// How much time is left: zero after the deadline, `Duration::MAX` if there is none.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.0.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()))
    }

    /// Whether less than this margin is left, so that a step must save its progress.
    #[must_use]
    pub fn over(&self, margin: Duration) -> bool {
        self.remaining() < margin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn the_margin_counts() {
        assert!(!Deadline::after(2 * MINUTE).over(MINUTE));
        assert!(Deadline::after(MINUTE).over(2 * MINUTE));
        assert!(!Deadline::none().over(Duration::MAX));
        assert!(Deadline::at(SystemTime::UNIX_EPOCH).over(Duration::from_nanos(1)));
        assert_eq!(Deadline::at(SystemTime::UNIX_EPOCH).remaining(), Duration::ZERO);
    }
}
