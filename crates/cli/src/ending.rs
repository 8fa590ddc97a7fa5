//! How the program ends.

use std::process::ExitCode;

use sluice_contract::Verdict;

/// How the program ends. A command line that cannot be used ends it with 2, which clap does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The file is imported, was imported before, passed a dry run, or was handed over where nobody asked to wait.
    Good,
    /// The run ended in another way, or something failed.
    Other,
}

impl Ending {
    /// How a run that ended so ends the program.
    pub fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Imported | Verdict::Passed | Verdict::Skipped => Self::Good,
            Verdict::Rejected | Verdict::Refused | Verdict::Inconsistent | Verdict::Failed => Self::Other,
        }
    }

    /// What the shell sees.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Good => 0,
            Self::Other => 1,
        })
    }
}
