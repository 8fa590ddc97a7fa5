//! Checks target records: schema constraints first, then business rules.
//!
//! Each rule has a file that says what it checks and why, with an example. CONTRIBUTING.md explains how to
//! add one.

mod judge;
mod totals;

pub use judge::{Judge, Judged, Texts};
pub use totals::Totals;

#[cfg(test)]
mod tests;
