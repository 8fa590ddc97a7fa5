//! Exit codes: the only place that defines their meaning.

use std::process::ExitCode;

use sluice_contract::{Tally, Verdict};
use sluice_engine::report::Would;

/// The table of exit codes for `sluice --help`. README.md has the same table.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  Done. A run ended IMPORTED, PASSED or SKIPPED, and no record was rejected. Also: a file was
     handed over without --follow, a feed can be used (notes and warnings change nothing), every case
     came out as expected.
  2  The command line cannot be used: an unknown option, a file that is not there, a file that would
     be overwritten.
  3  Done, but with rejects. A run ended IMPORTED or PASSED, and at least one record was rejected.
  4  Turned down. A run ended REJECTED or REFUSED; a feed or a file cannot be used; a case did not come
     out as expected; a run cannot be resumed or imported again; another process works in the folder;
     doctor has found a problem.
  5  Failed. A run ended FAILED or INCONSISTENT, or the command itself failed: no network, no
     permission, a full disk. Also: redrive has left a message in its queue.
  130  Interrupted with Ctrl-C. The progress and the command that resumes the run were printed.
`run`, `check`, `follow` and `import --follow` end with the same code for the same file and feed.";

/// How the program ends. clap itself exits with the code of [`Ending::Misused`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything was done, and nothing was rejected.
    Good,
    /// The command line cannot be used.
    Misused,
    /// Everything was done, but records were rejected.
    Rejects,
    /// The file, the feed or the run was refused.
    Refused,
    /// The run failed or is inconsistent, or the command itself failed.
    Failed,
    /// Interrupted with Ctrl-C. As in shells, the code is 128 plus the number of the signal.
    Interrupted,
}

impl Ending {
    /// The ending for a run, by its verdict and its rejects. `would` counts the records that only the gate of
    /// a dry run would have rejected.
    pub fn of(verdict: Verdict, tally: Option<&Tally>, would: Option<&Would>) -> Self {
        let rejected = tally.map_or(0, |tally| tally.rejected) + would.map_or(0, |would| would.rejected);
        match verdict {
            Verdict::Imported | Verdict::Passed if rejected > 0 => Self::Rejects,
            Verdict::Imported | Verdict::Passed | Verdict::Skipped => Self::Good,
            Verdict::Rejected | Verdict::Refused => Self::Refused,
            Verdict::Inconsistent | Verdict::Failed => Self::Failed,
        }
    }

    /// The ending for an error: as [`refused`] or [`misused`] marked it, otherwise a failure.
    pub fn of_error(error: &anyhow::Error) -> Self {
        error.downcast_ref::<Ended>().map_or(Self::Failed, |ended| ended.ending)
    }

    /// The exit code for the shell.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(self.number())
    }

    /// The exit code as a number.
    pub fn number(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Misused => 2,
            Self::Rejects => 3,
            Self::Refused => 4,
            Self::Failed => 5,
            Self::Interrupted => 130,
        }
    }
}

/// An error with an ending of its own.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Ended {
    ending: Ending,
    message: String,
}

/// An error that says why a file, a feed or a run cannot be used.
pub fn refused(message: impl Into<String>) -> anyhow::Error {
    Ended { ending: Ending::Refused, message: message.into() }.into()
}

/// An error that says why the command line cannot be used.
pub fn misused(message: impl Into<String>) -> anyhow::Error {
    Ended { ending: Ending::Misused, message: message.into() }.into()
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn table_of_runs() {
        let tally = |rejected| Tally { read: 2, imported: 2 - rejected, rejected, ..Tally::default() };
        for (verdict, rejected, expected) in [
            (Verdict::Imported, 0, 0),
            (Verdict::Imported, 1, 3),
            (Verdict::Imported, 2, 3),
            (Verdict::Passed, 0, 0),
            (Verdict::Passed, 1, 3),
            (Verdict::Skipped, 0, 0),
            (Verdict::Rejected, 0, 4),
            (Verdict::Rejected, 2, 4),
            (Verdict::Inconsistent, 0, 5),
            (Verdict::Failed, 1, 5),
        ] {
            assert_eq!(Ending::of(verdict, Some(&tally(rejected)), None).number(), expected, "{verdict} {rejected}");
        }
        assert_eq!(Ending::of(Verdict::Refused, None, None), Ending::Refused);
        assert_eq!(Ending::of(Verdict::Failed, None, None), Ending::Failed);
        let would = Would { imported: 1, duplicate: 0, rejected: 1 };
        assert_eq!(Ending::of(Verdict::Passed, Some(&tally(0)), Some(&would)), Ending::Rejects);
    }

    #[test]
    fn an_error_keeps_its_ending_whatever_is_said_around_it() {
        for (error, expected) in [
            (refused("no"), Ending::Refused),
            (misused("no"), Ending::Misused),
            (anyhow::anyhow!("no"), Ending::Failed),
        ] {
            let wrapped = Err::<(), _>(error).context("reading a.csv").context("importing").unwrap_err();
            assert_eq!(Ending::of_error(&wrapped), expected);
            assert_eq!(format!("{wrapped:#}"), "importing: reading a.csv: no");
        }
    }

    #[test]
    fn the_help_and_the_readme_name_every_code() {
        let readme = include_str!("../../../README.md");
        for ending in
            [Ending::Good, Ending::Misused, Ending::Rejects, Ending::Refused, Ending::Failed, Ending::Interrupted]
        {
            let code = ending.number();
            assert!(EXIT_CODES.contains(&format!("\n  {code}  ")), "{code}");
            assert!(readme.contains(&format!("\n| {code} | ")), "{code}");
        }
    }
}
