//! Is a target record acceptable? Schema constraints first, then business rules.

mod judge;
mod totals;

pub use judge::{Judge, Judged, Texts};
pub use totals::Totals;

#[cfg(test)]
mod tests;
