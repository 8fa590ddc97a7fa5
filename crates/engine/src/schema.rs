//! The structure of a record: Frictionless Table Schema, typed and constrained.

mod advice;
mod compile;
mod constraint;
mod expected;
mod field;
mod json;
mod limits;
mod quick;
mod reach;
mod reader;
mod types;
mod value;

pub use advice::patterns_that_read;
pub use compile::Compiled;
pub use constraint::{Allowed, Constraints};
pub use field::Field;
pub(crate) use field::is_blank;
pub use json::Json;
pub(crate) use limits::Limits;
pub(crate) use quick::Gist;
pub use types::duration::Duration;
pub use value::Value;
