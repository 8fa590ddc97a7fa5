//! How long to wait before asking again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Some time up to this long, so that those who were refused together do not come back together.
pub(crate) fn jitter(longest: Duration) -> Duration {
    // Each `RandomState` has keys of its own: randomness enough, without a dependency for it.
    let random = RandomState::new().hash_one(0_u8);
    longest * u32::try_from(random % 1000).unwrap_or_default() / 1000
}
