//! `report`: who receives the report.

use serde::{Deserialize, Serialize};

/// Who receives the report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ReportSpec {
    /// Addresses that receive every report, in addition to the stack's operators.
    pub recipients: Vec<String>,
    /// Addresses that receive the reports of certain verdicts only.
    pub on: RecipientsSpec,
    /// The subject of the mail. `{result}` stands for the verdict and the result of the run, as in `IMPORTED,
    /// nothing new: 5 unchanged`. Other placeholders are `{verdict}`, `{file}`, `{feed}`, `{read}`,
    /// `{imported}`, `{unchanged}`, `{duplicate}`, `{stale}` and `{rejected}`.
    pub subject: Option<String>,
}

/// Addresses that receive the reports of certain verdicts only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RecipientsSpec {
    /// For IMPORTED.
    pub imported: Vec<String>,
    /// For IMPORTED with at least one reject.
    pub rejects: Vec<String>,
    /// For PASSED: a dry run that the gate would have allowed.
    pub passed: Vec<String>,
    /// For SKIPPED: an earlier run has imported the same content.
    pub skipped: Vec<String>,
    /// For REJECTED: the gate rejected the file.
    pub rejected: Vec<String>,
    /// For REFUSED: the file was not accepted.
    pub refused: Vec<String>,
    /// For INCONSISTENT: the numbers do not add up.
    pub inconsistent: Vec<String>,
    /// For FAILED: the execution failed, timed out or was aborted.
    pub failed: Vec<String>,
}
