//! Checks the header of a file against the feed.

mod advice;
mod binding;
mod check;
mod join;
mod label;
mod locate;
mod problems;
mod uneven;
mod unseen;

pub use advice::{HEAD_BYTES, advise};
pub use binding::{Binding, Reads};
pub use check::{HeaderCheck, check};
pub use join::join;
pub use locate::{LOCATE_BYTES, Located, locate};
pub use uneven::uneven;
pub use unseen::unseen;

pub(crate) use label::{same, same_loosely};

#[cfg(test)]
mod tests;
