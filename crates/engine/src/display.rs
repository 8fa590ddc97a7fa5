//! Data made fit to be shown to people: texts on one line, and numbers with their units.

mod clip;
mod number;

pub(crate) use clip::{is_disturbing, one_line};
pub(crate) use number::{amount, bytes, dollars, duration};
pub use number::{count, thousands};
