//! What went wrong in an expression, for people. Values are never told: some must not be shown.

use cel::ExecutionError;

/// What went wrong, as a fragment.
pub(super) fn explain(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(name) => format!("there is no {name:?}"),
        ExecutionError::UndeclaredReference(name) => format!("{name:?} is not known"),
        ExecutionError::NoSuchOverload(overload) => {
            let types: Vec<&str> = overload.argument_types().iter().map(|name| plain(name)).collect();
            let without =
                if types.contains(&NOTHING) { "; ask whether there is a value first, by == null" } else { "" };
            format!("{} does not go with {}{without}", operator(overload.function()), types.join(" and "))
        }
        ExecutionError::FunctionError { function, message } => {
            format!("{}: {}", operator(function), message.lines().next().unwrap_or_default())
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "division by zero".into(),
        ExecutionError::Overflow(..) => "a whole number became too large; use decimal()".into(),
        ExecutionError::IndexOutOfBounds(_) => "a list has fewer elements than were asked for".into(),
        ExecutionError::InvalidArgumentCount { expected, actual } => {
            format!("a function takes {expected} values and was given {actual}")
        }
        ExecutionError::UnexpectedType { .. }
        | ExecutionError::UnsupportedTargetType { .. }
        | ExecutionError::UnsupportedIndex(..)
        | ExecutionError::UnsupportedBinaryOperator(..)
        | ExecutionError::UnsupportedKeyType(_)
        | ExecutionError::ValuesNotComparable(..) => {
            "a value has a type that does not go with what is done to it".into()
        }
        _ => "it could not be evaluated".into(),
    }
}

/// How a value that is none is called.
const NOTHING: &str = "no value";

/// The name of a type, for people.
pub(super) fn plain(name: &str) -> &str {
    match name {
        "null_type" | "null" => NOTHING,
        "string" => "a text",
        "int" | "uint" => "a whole number",
        "double" => "a number that is not exact",
        "bool" => "a truth value",
        "google.protobuf.Timestamp" | "timestamp" => "a time",
        "google.protobuf.Duration" | "duration" => "a duration",
        "list" => "a list",
        "map" => "a map",
        other => other,
    }
}

/// The name of an operator as it is written.
fn operator(name: &str) -> &str {
    match name {
        "@in" => "in",
        "@duration" => "duration",
        "@timestamp" => "timestamp",
        name if name.starts_with('_') => name.trim_matches('_'),
        name => name,
    }
}
