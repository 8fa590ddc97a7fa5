//! Advice for seconds since 1970, which no date pattern can read.

use std::borrow::Cow;

use crate::RunContext;
use crate::expression::{Column, Columns, Expression};

/// An expression that reads seconds since 1970. It is tested before it is suggested.
pub(crate) fn epochs(column: &str) -> Option<String> {
    let value = format!("timestamp(\"1970-01-01T00:00:00Z\") + duration(row[{column:?}] + \"s\")");
    let run = RunContext { as_of: jiff::Timestamp::UNIX_EPOCH };
    let made = Expression::over_columns(&value).ok()?.text(&Epoch, &run);
    let is_right = made.is_ok_and(|text| text == "2026-01-01T00:00:00Z");
    is_right.then(|| {
        format!(
            "an expression reads seconds since 1970, for a field of the type datetime: value: '{}'",
            value.replace('\'', "''")
        )
    })
}

/// A row with the first second of 2026 in every column.
struct Epoch;

impl Columns for Epoch {
    fn column(&self, _: &str) -> Option<Column<'_>> {
        Some(Column::Text(Cow::Borrowed("1767225600")))
    }
}
