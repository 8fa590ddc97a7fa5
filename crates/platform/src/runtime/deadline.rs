//! How much time is left.

use std::time::{Duration, SystemTime};

// The clock by which a step also waits: a test that stops the one stops the other.
use tokio::time::Instant;

/// The moment by which a step must have answered, if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// A deadline this far from now.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        Self(Instant::now().checked_add(time))
    }

    /// No deadline: all the time in the world.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// A deadline by the wall clock. It is moved to the monotonic clock at once, so that a step of
    /// the wall clock in between does no harm.
    #[must_use]
    pub fn at(time: SystemTime) -> Self {
        Self::after(time.duration_since(SystemTime::now()).unwrap_or_default())
    }

    /// How much time is left: zero once it is over, `Duration::MAX` where there is no deadline.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.0.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()))
    }

    /// Whether less than this margin is left: time to write down how far one has come.
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
