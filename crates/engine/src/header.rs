//! Checks the header of a file against the feed.

mod advice;
mod binding;
mod check;
mod label;
mod problems;
mod uneven;

pub use advice::{HEAD_BYTES, advise};
pub use binding::{Binding, Reads};
pub use check::{HeaderCheck, check};
pub use uneven::uneven;

pub(crate) use label::{same, same_loosely};

#[cfg(test)]
mod tests;
