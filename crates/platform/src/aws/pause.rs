//! How long to wait before the next attempt.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// A random time up to this long, so that clients that were refused at the same time do not all retry at the same time.
pub(crate) fn jitter(longest: Duration) -> Duration {
    // Each `RandomState` has random keys. That is random enough, and needs no dependency.
    let random = RandomState::new().hash_one(0_u8);
    longest * u32::try_from(random % 1000).unwrap_or_default() / 1000
}
