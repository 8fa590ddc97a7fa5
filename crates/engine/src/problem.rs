//! Problems of files and records.

pub mod cell;
mod code;
mod declare;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::severity::Severity;

pub use code::Code;

/// A problem of a file or a record. It is data, not a failure of the system.
///
/// The message says what was found and what was expected, for the person who has to fix it. Code, field and value
/// are for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Where it was found.
    pub stage: Stage,
    /// Its kind; stable.
    pub code: Code,
    /// What happens to the record. Every problem that no rule found rejects it.
    #[serde(default, skip_serializing_if = "Severity::is_reject")]
    pub severity: Severity,
    /// The target field, if the problem concerns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The column of the file, if the code concerns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The value that was found, if the problem concerns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What was found and what was expected.
    pub message: String,
}

impl Problem {
    /// Creates a problem of a whole file or record.
    pub fn new(stage: Stage, code: Code, message: impl Into<String>) -> Self {
        Self {
            stage,
            code,
            severity: Severity::Reject,
            field: None,
            column: None,
            value: None,
            message: message.into(),
        }
    }

    /// Sets what happens to the record.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Whether the record is imported despite the problem.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.severity == Severity::Warn
    }

    /// Sets the target field.
    #[must_use]
    pub fn field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// Sets the column of the file.
    #[must_use]
    pub fn column(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }

    /// Sets the value that was found.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        self.value = Some(value.to_owned());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every reject is written by this, so it spares the machinery of `write!` where it can.
        f.write_str("[")?;
        f.write_str(self.code.as_str())?;
        f.write_str(match self.severity {
            Severity::Warn => ", warning] ",
            Severity::Reject => "] ",
            Severity::Abort => ", stops the file] ",
        })?;
        if let Some(name) = self.field.as_ref().or(self.column.as_ref()) {
            f.write_str(name)?;
            if let Some(column) = self.column.as_ref().filter(|column| *column != name) {
                write!(f, " (column {column:?})")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

/// The stage that found a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Before the run was started.
    Intake,
    /// Checking the file as a whole.
    Split,
    /// Turning a record of the source into a target record.
    Restructure,
    /// Judging a target record.
    Validate,
    /// Deciding about the file.
    Gate,
    /// Writing to the sink.
    Import,
}
