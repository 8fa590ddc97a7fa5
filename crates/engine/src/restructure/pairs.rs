//! Columns of names and values that become an object.

use std::collections::BTreeMap;

use super::cell::Cells;
use crate::clean::piece::{Bench, Piece};
use crate::schema::Json;
use crate::{Code, Problem, Stage};

/// The object of the names and values in these columns. A pair without a value is left out.
///
/// # Errors
/// The problem of a value without a name, of a name that occurs twice, and of a cell that cannot be decoded.
pub(super) fn object(
    cells: &Cells<'_, '_>,
    columns: &[(usize, usize)],
    bench: &mut Bench<'_>,
) -> Result<Piece, Box<Problem>> {
    let mut object = BTreeMap::new();
    for (of_name, of_value) in columns {
        let (name, value) = (cells.read(*of_name)?, cells.read(*of_value)?);
        let (name, value) = (name.trim(), value.trim());
        if value.is_empty() {
            continue;
        }
        let labels = &cells.binding.labels;
        let problem = |message: String| Problem::new(Stage::Restructure, Code::ConversionError, message);
        if name.is_empty() {
            let message =
                format!("the value {value:?} in {:?} has no name in {:?}", labels[*of_value], labels[*of_name]);
            return Err(problem(message).value(value).into());
        }
        if object.insert(name.to_owned(), Json::Text(value.to_owned())).is_some() {
            let message = format!("the name {name:?} in {:?} occurs before; expected each name once", labels[*of_name]);
            return Err(problem(message).value(name).into());
        }
    }
    Ok(if object.is_empty() { Piece::EMPTY } else { bench.make(&Json::Object(object).to_string()) })
}
