//! What can be wrong with a file or a record.

mod code;
mod declare;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::severity::Severity;

pub use code::Code;

/// Something that is wrong with a file or a record: data, not a failure of the system.
///
/// The message says what was found and what was expected, in a sentence for the person who has to
/// fix it; code, field and value are for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Where it was found.
    pub stage: Stage,
    /// Its kind; stable.
    pub code: Code,
    /// What becomes of the record; what is not the finding of a rule rejects it.
    #[serde(default, skip_serializing_if = "Severity::is_reject")]
    pub severity: Severity,
    /// The target field, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The column of the file, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The value that was found, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What was found and what was expected.
    pub message: String,
}

impl Problem {
    /// A problem of a whole file or record.
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

    /// Says what becomes of the record.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Whether the record is imported in spite of it.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.severity == Severity::Warn
    }

    /// Says which target field it is about.
    #[must_use]
    pub fn field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// Says which column of the file it is about.
    #[must_use]
    pub fn column(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }

    /// Says which value was found.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        self.value = Some(value.to_owned());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.severity {
            Severity::Warn => write!(f, "[{}, warning] ", self.code)?,
            Severity::Reject => write!(f, "[{}] ", self.code)?,
            Severity::Abort => write!(f, "[{}, stops the file] ", self.code)?,
        }
        match (&self.field, &self.column) {
            (Some(field), Some(column)) if field != column => write!(f, "{field} (column {column:?}): ")?,
            (Some(name), _) | (None, Some(name)) => write!(f, "{name}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.message)
    }
}

/// Where a problem was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Before anything was started.
    Intake,
    /// Looking at the file as a whole.
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
