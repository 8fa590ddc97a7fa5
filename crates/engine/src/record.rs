//! Records: where they begin and which cells they have.

mod reader;
mod rows;

pub use reader::{Position, ReadError, Reader, Record};
pub use rows::Rows;
