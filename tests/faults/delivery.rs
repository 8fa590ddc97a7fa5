//! How often, and in what order, events and calls are delivered.

use sluice_pipeline::Site;

/// How often, and in what order, events and calls are delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Each step once, in order.
    #[default]
    Plain,
    /// A step, or every step, twice: the second call when the first is done.
    Twice(Option<Site>),
    /// A step, or every step, twice at the same time, interleaved by a seed.
    AtOnce(Option<Site>, u64),
    /// A stalled call goes on when the attempt after it has succeeded.
    ReleasedSoon,
    /// A stalled call goes on when the run has ended.
    ReleasedLate,
    /// Chunks and ranges in an order by this seed; the event of the upload again before the run, in the middle, and after the end.
    Reordered(u64),
    /// All chunks and ranges at the same time, interleaved by a seed.
    Wide(u64),
}

impl Delivery {
    pub fn is_twice(self, site: Site) -> bool {
        matches!(self, Self::Twice(of) if of.is_none_or(|of| of == site))
    }

    /// The seed, if a step is called twice at the same time.
    pub fn at_once(self, site: Site) -> Option<u64> {
        match self {
            Self::AtOnce(of, seed) if of.is_none_or(|of| of == site) => Some(seed),
            _ => None,
        }
    }
}
