//! Explains evaluation errors to people. Values are never shown, because some are sensitive.

use cel::ExecutionError;

/// The error as a fragment.
pub(super) fn explain(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(name) => format!("there is no {name:?}"),
        ExecutionError::UndeclaredReference(name) => format!("{name:?} is not known"),
        ExecutionError::NoSuchOverload(overload) => {
            let types: Vec<&str> = overload.argument_types().iter().map(|name| plain(name)).collect();
            let without = if types.contains(&NOTHING) { "; check for a value first with == null" } else { "" };
            format!("{} cannot be applied to {}{without}", operator(overload.function()), types.join(" and "))
        }
        ExecutionError::FunctionError { function, message } => {
            format!("{}: {}", operator(function), message.lines().next().unwrap_or_default())
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "division by zero".into(),
        ExecutionError::Overflow(..) => "a whole number became too large; use decimal()".into(),
        ExecutionError::IndexOutOfBounds(_) => "a list has fewer elements than the index needs".into(),
        ExecutionError::InvalidArgumentCount { expected, actual } => {
            format!("a function takes {expected} values but got {actual}")
        }
        ExecutionError::UnexpectedType { .. }
        | ExecutionError::UnsupportedTargetType { .. }
        | ExecutionError::UnsupportedIndex(..)
        | ExecutionError::UnsupportedBinaryOperator(..)
        | ExecutionError::UnsupportedKeyType(_)
        | ExecutionError::ValuesNotComparable(..) => "a value has the wrong type for this operation".into(),
        _ => "it could not be evaluated".into(),
    }
}

/// The name of a missing value.
const NOTHING: &str = "no value";

/// The name of a type, for people.
pub(super) fn plain(name: &str) -> &str {
    match name {
        "null_type" | "null" => NOTHING,
        "string" => "a text",
        "int" | "uint" => "a whole number",
        "double" => "an inexact number",
        "bool" => "a truth value",
        "google.protobuf.Timestamp" | "timestamp" => "a time",
        "google.protobuf.Duration" | "duration" => "a duration",
        "list" => "a list",
        "map" => "a map",
        other => other,
    }
}

/// The operator as it is written.
fn operator(name: &str) -> &str {
    match name {
        "@in" => "in",
        "@duration" => "duration",
        "@timestamp" => "timestamp",
        name if name.starts_with('_') => name.trim_matches('_'),
        name => name,
    }
}
