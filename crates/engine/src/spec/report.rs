//! `report`: who is told.

use serde::{Deserialize, Serialize};

/// Who is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ReportSpec {
    /// Addresses that are told of every run, beside the operators' of the stack.
    pub recipients: Vec<String>,
    /// Addresses that are told of some verdicts only.
    pub on: RecipientsSpec,
    /// The subject of the mail. `{result}` stands for the verdict and what came of the run, as in `IMPORTED, nothing new: 5 unchanged`.
    /// `{verdict}`, `{file}`, `{feed}`, `{read}`, `{imported}`, `{unchanged}`, `{duplicate}`, `{stale}` and `{rejected}` are filled in, too.
    pub subject: Option<String>,
}

/// Addresses that are told of some verdicts only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RecipientsSpec {
    /// Of IMPORTED.
    pub imported: Vec<String>,
    /// Of IMPORTED with at least one reject.
    pub rejects: Vec<String>,
    /// Of PASSED: a dry run that the gate let pass.
    pub passed: Vec<String>,
    /// Of SKIPPED: an earlier run has imported the same content.
    pub skipped: Vec<String>,
    /// Of REJECTED: the gate said no.
    pub rejected: Vec<String>,
    /// Of REFUSED: the file was not accepted.
    pub refused: Vec<String>,
    /// Of INCONSISTENT: the numbers do not add up.
    pub inconsistent: Vec<String>,
    /// Of FAILED: the execution failed, timed out or was aborted.
    pub failed: Vec<String>,
}
