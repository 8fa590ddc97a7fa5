//! What a record must look like: Frictionless Table Schema, typed and constrained.

mod compile;
mod constraint;
mod expected;
mod field;
mod json;
mod reader;
mod types;
mod value;

pub use compile::Compiled;
pub use constraint::{Allowed, Constraints};
pub use field::Field;
pub use json::Json;
pub use types::duration::Duration;
pub use value::Value;
