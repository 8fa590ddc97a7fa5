//! What a record must look like: Frictionless Table Schema, typed and constrained.

mod constraint;
mod field;
mod value;

pub use constraint::Constraints;
pub use field::Field;
pub use value::Value;
