//! The header of a file, held against the feed.

mod binding;
mod check;
mod label;
mod told;

pub use binding::{Binding, Reads};
pub use check::{HeaderCheck, check};

#[cfg(test)]
mod tests;
